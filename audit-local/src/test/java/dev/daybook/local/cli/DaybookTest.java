package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.FreePorts;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a wrong command line or a wrong setting is answered with: one line, exit code 2, nothing
 * left.
 */
class DaybookTest {

    @TempDir Path directory;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private PrintStream err;

    @BeforeEach
    void listen() {
        err = System.err;
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setErr(err);
    }

    @Test
    void unknownCommand() {
        assertThat(Daybook.run("frobnicate")).isEqualTo(2);
        assertOneLine("frobnicate");
    }

    @Test
    void unknownOption() {
        assertThat(Daybook.run("up", "--frobnicate")).isEqualTo(2);
        assertOneLine("--frobnicate", "./daybook help up");
    }

    @Test
    void sourceThatIsNoUrl() {
        assertThat(Daybook.run("up", "--data-dir", directory.toString(), "--source", "shop"))
                .isEqualTo(2);
        assertOneLine("not a PostgreSQL URL");
    }

    @Test
    void sourceThatDoesNotAnswer() throws IOException {
        int port = FreePorts.one();

        int exit =
                Daybook.run(
                        "source",
                        "check",
                        "--source",
                        "postgresql://ann@127.0.0.1:" + port + "/shop");

        assertThat(exit).isEqualTo(2);
        assertOneLine(
                "postgresql://ann@127.0.0.1:" + port + "/shop cannot be reached", "PGPASSWORD");
    }

    @Test
    void takenPort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            int exit =
                    Daybook.run(
                            "up",
                            "--data-dir",
                            directory.toString(),
                            "--port",
                            Integer.toString(port));

            assertThat(exit).isEqualTo(2);
            assertOneLine("Port " + port + ", meant for the API, is taken", "--port 0");
        }
        assertThat(directory.resolve("audit")).doesNotExist();
    }

    @Test
    void dataDirectoryThatIsAFile() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(Daybook.run("up", "--data-dir", file.toString(), "--port", "0")).isEqualTo(2);
        assertOneLine("cannot be written", "--data-dir");
    }

    @Test
    void nothingRunning() {
        assertThat(Daybook.run("status", "--data-dir", directory.toString())).isEqualTo(2);
        assertOneLine("Nothing is running on " + directory, "./daybook up");
    }

    private void assertOneLine(String... parts) {
        assertThat(said.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).startsWith("daybook: ").contains(parts);
    }
}
