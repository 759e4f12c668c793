package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.FreePorts;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    @ParameterizedTest
    @ValueSource(strings = {"key create", "rejected replay", "source remove", "key", "history"})
    void misuseNamesTheHelpOfTheCommandWithAllItsWords(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
        words.add("--frobnicate");

        assertThat(Daybook.run(words.toArray(String[]::new))).isEqualTo(2);
        assertOneLine("See ./daybook help " + command + ".");
        StringWriter help = new StringWriter();
        words.removeLast();
        words.addFirst("help");
        assertThat(
                        Daybook.commandLine()
                                .setOut(new PrintWriter(help, true))
                                .execute(words.toArray(String[]::new)))
                .isZero();
        assertThat(help.toString()).contains("Usage: daybook " + command);
    }

    @Test
    void helpForACommandThatThereIsNot() {
        assertThat(Daybook.run("help", "key", "forge")).isEqualTo(2);
        assertOneLine("\"forge\"", "See ./daybook help key.");
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "-h",
                "--version",
                "-V",
                "up --help",
                "status -h",
                "history --help",
                "doctor -h",
                "stop --version",
                "source --help",
                "source prepare --help",
                "source remove -h",
                "key -h",
                "key create --help",
                "completion --help",
                "help",
                "help up"
            })
    void helpAndVersionAreEverywhere(String words) {
        StringWriter out = new StringWriter();
        int exit =
                Daybook.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .execute(words.split(" ", -1));

        assertThat(exit).isZero();
        assertThat(out.toString()).contains("daybook");
        assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void completionKnowsEveryCommand() {
        StringWriter out = new StringWriter();

        assertThat(Daybook.commandLine().setOut(new PrintWriter(out)).execute("completion"))
                .isZero();
        assertThat(out.toString()).contains("complete -F", "history", "--data-dir");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "", ",", "!public.*"})
    void aWrongTablePatternIsRefusedBeforeAnythingIsMade(String tables) {
        Path data = directory.resolve("data");

        int exit = Daybook.run("up", "--data-dir", data.toString(), "--tables", tables);

        assertThat(exit).isEqualTo(2);
        assertOneLine("--tables");
        assertThat(data).doesNotExist();
    }

    @Test
    void aSourceThatIsAwayIsSaidBeforeAnythingIsMade() {
        Path data = directory.resolve("data");
        String url = "postgresql://ann@127.0.0.1:" + FreePorts.one() + "/shop";

        int exit = Daybook.run("up", "--data-dir", data.toString(), "--source", url);

        assertThat(exit).isEqualTo(2);
        assertOneLine(url + " cannot be reached", "PGPASSWORD");
        assertThat(data).doesNotExist();
    }

    @Test
    void aRefusedStartLeavesTheWayToWhatRuns() throws IOException {
        Path connection = directory.resolve("connection.json");
        Files.writeString(connection, "{\"pid\": 1}");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            assertThat(Daybook.run("up", "--data-dir", directory.toString(), "--port", port))
                    .isEqualTo(2);
        }
        assertThat(connection).exists();
    }

    @Test
    void aProcessThatWasKilledIsSaid() throws IOException {
        Files.writeString(
                directory.resolve("connection.json"), "{\"pid\": " + Integer.MAX_VALUE + "}");

        assertThat(Daybook.run("status", "--data-dir", directory.toString())).isEqualTo(2);
        assertOneLine("its process " + Integer.MAX_VALUE + " has ended", "./daybook up");
    }

    @Test
    void whatWasNotForeseenIsOneLineThatNamesAFile() {
        StringWriter err = new StringWriter();

        Daybook.sayFailure(
                new PrintWriter(err, true), new IllegalStateException("broken\n\u001b[2Kmore"));

        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString())
                .startsWith("daybook: An unexpected failure: broken.")
                .contains("daybook-failure-")
                .doesNotContain("Exception", "\u001b");
    }

    private void assertOneLine(String... parts) {
        assertThat(said.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).startsWith("daybook: ").contains(parts);
    }
}
