package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code up} that is asked to end while it starts, at two moments of the start. */
class StoppedStartTest {

    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"Starting Kafka", "Starting the ingest"})
    void aStartThatIsStoppedSaysSoInOneSentenceAndLeavesNothing(String moment) throws Exception {
        // Given
        Process up = up();
        try {
            awaitSaid(up, moment);
            List<ProcessHandle> children = up.descendants().toList();

            // When
            // As stop does.
            up.destroy();

            // Then
            assertThat(up.waitFor(90, TimeUnit.SECONDS)).as(said()).isTrue();
            assertThat(said())
                    .contains("Stopped before it was ready; nothing is left running.")
                    .doesNotContain("daybook:", "nexpected", "Exception", "\tat ");
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            try (Stream<Path> files = Files.list(Files.createDirectories(temporary()))) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .noneMatch(name -> name.startsWith("daybook-failure"));
            }
            assertThat(directory.resolve("data/audit/postmaster.pid")).doesNotExist();
            assertThat(directory.resolve("data/source/postmaster.pid")).doesNotExist();
            assertThat(directory.resolve("data/connection.json")).doesNotExist();
        } finally {
            up.descendants().forEach(ProcessHandle::destroyForcibly);
            up.destroyForcibly().waitFor();
        }
    }

    private void awaitSaid(Process up, String text) throws IOException, InterruptedException {
        while (!said().contains(text)) {
            assertThat(up.isAlive()).as(said()).isTrue();
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private String said() throws IOException {
        Path file = directory.resolve("up.out");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private Path temporary() {
        return directory.resolve("tmp");
    }

    private Process up() throws IOException {
        List<String> line =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx768m",
                        "-Djava.io.tmpdir=" + Files.createDirectories(temporary()),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dorg.springframework.boot.logging.LoggingSystem=none",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        Daybook.class.getName(),
                        "up",
                        "--no-demo",
                        "--port",
                        "0",
                        "--data-dir",
                        directory.resolve("data").toString());
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("up.out").toFile())
                .start();
    }
}
