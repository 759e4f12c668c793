package dev.daybook.local.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.FreePorts;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class PostgresServerTest {

    @TempDir Path directory;

    /** What a process does that is killed while it starts a server. */
    static final class Starting {

        private Starting() {}

        public static void main(String[] arguments) throws IOException {
            start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        }
    }

    private static PostgresServer start(Path directory, int port) throws IOException {
        return PostgresServer.start(
                Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                directory.resolve("audit"),
                directory.resolve("audit.log"),
                port,
                "secret",
                Map.of());
    }

    @Test
    void aServerIsMadeWhereAKilledProcessWasMakingOne() throws Exception {
        // Given
        killWhileItMakesOne();

        // When
        try (PostgresServer server = start(directory, FreePorts.one());
                Connection connection = server.connect("postgres")) {

            // Then
            assertThat(connection.isValid(10)).isTrue();
            assertThat(left()).containsExactlyInAnyOrder("audit", "audit.log");
            assertThat(initdb()).isEmpty();
        }
    }

    @Test
    void stoppingRemovesWhatAKilledProcessWasMaking() throws Exception {
        // Given
        killWhileItMakesOne();

        // When
        boolean stopped = PostgresServer.stopOn(directory.resolve("audit"));

        // Then
        assertThat(stopped).as("a server ran").isFalse();
        assertThat(left()).containsExactly("audit.log");
        assertThat(initdb()).isEmpty();
    }

    /** Kills a process while its initdb writes, and leaves initdb to itself. */
    private void killWhileItMakesOne() throws Exception {
        Process starting =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                Starting.class.getName(),
                                directory.toString(),
                                Integer.toString(FreePorts.one()))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            while (!Files.exists(directory.resolve("audit.initialising/PG_VERSION"))) {
                assertThat(starting.isAlive()).isTrue();
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } finally {
            starting.destroyForcibly().waitFor();
        }
        assertThat(initdb()).isNotEmpty();
    }

    private List<ProcessHandle> initdb() {
        return ProcessHandle.allProcesses()
                .filter(
                        process ->
                                process.info()
                                        .commandLine()
                                        .orElse("")
                                        .contains(directory.resolve("audit.init").toString()))
                .toList();
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
