package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.daybook.local.pipeline.DataDirectory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Holds {@code rejected} to answers as an API may send them. */
class RejectedCommandTest {

    private static final String ID = "00000000-0000-8000-8000-000000000001";

    @TempDir Path directory;

    private final List<String> asked = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private HttpServer api;

    @BeforeEach
    void startApi() throws IOException {
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext(
                "/api/v1/",
                exchange -> {
                    asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                    byte[] body = answers.removeFirst().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        api.start();
        Files.writeString(
                new DataDirectory(directory).connection(),
                JsonMapper.builder()
                        .build()
                        .writeValueAsString(
                                Map.of(
                                        "api",
                                        "http://127.0.0.1:"
                                                + api.getAddress().getPort()
                                                + "/api/v1",
                                        "api_key",
                                        "k")));
    }

    @AfterEach
    void stopApi() {
        api.stop(0);
    }

    @Test
    void aListNamesEachRecordItsPlaceAndItsReason() {
        answers.add(
                """
                {"data":[{"id":"%s","rejected_at":"2026-11-22T09:30:00Z","code":"not-json","reason":"a\\nb",
                 "topic":"changes.shop","partition":1,"offset":7},
                 {"id":"x","rejected_at":"t","code":"c","reason":"r","topic":null}],"next_cursor":null}"""
                        .formatted(ID));

        Answer answer = run("list", "--code", "not json", "--limit", "5");

        assertThat(asked).containsExactly("GET /api/v1/rejected?code=not%20json&limit=5");
        assertThat(answer.text())
                .contains(
                        ID
                                + "  2026-11-22T09:30:00Z  not-json  changes.shop-1@7\n    \"a\\u000ab\"\n")
                .contains("(in no topic)");
        assertThat(answer.code()).isZero();
    }

    @Test
    void aReplayWaitsForWhatBecomesOfIt() {
        answers.add("{}");
        answers.add("{\"replays\":[{\"result\":null}]}");
        answers.add(
                "{\"replays\":[{\"result\":{\"outcome\":\"replayed\",\"became\":\"update\",\"entry_id\":\"e\"}}]}");

        Answer answer = run("replay", ID);

        assertThat(asked)
                .containsExactly(
                        "POST /api/v1/rejected/" + ID + "/replay",
                        "GET /api/v1/rejected/" + ID,
                        "GET /api/v1/rejected/" + ID);
        assertThat(answer.text()).isEqualTo(ID + "  replayed  update  entry e\n");
        assertThat(answer.code()).isZero();
    }

    @Test
    void aReplayThatIsRejectedAgainSaysWhyAndIsANo() {
        answers.add("{}");
        answers.add(
                "{\"replays\":[{\"result\":{\"outcome\":\"rejected\",\"code\":\"bad-key\",\"reason\":\"Why.\"}}]}");

        Answer answer = run("replay", ID);

        assertThat(answer.text()).isEqualTo(ID + "  rejected  bad-key: Why.\n");
        assertThat(answer.code()).isEqualTo(1);
    }

    @Test
    void aFilterIsRepeatedWhileThereAreMore() {
        answers.add("{\"records\":10000,\"more\":true}");
        answers.add("{\"records\":3,\"more\":false}");

        Answer answer = run("replay", "--table", "public.t");

        assertThat(asked).containsOnly("POST /api/v1/rejected/replay?table=public.t").hasSize(2);
        assertThat(answer.text()).startsWith("10003 records are replayed");
        assertThat(answer.code()).isZero();
    }

    @Test
    void whichRecordsAreMeantHasToBeSaidInOneWay() {
        assertThat(run("replay").error()).contains("Nothing says which records to replay.");
        assertThat(run("replay", ID, "--all").error()).contains("in more than one way");
        assertThat(asked).isEmpty();
    }

    private record Answer(int code, String text, String error) {}

    private Answer run(String... words) {
        List<String> all = new ArrayList<>(List.of("rejected", words[0]));
        all.addAll(List.of("--data-dir", directory.toString()));
        all.addAll(List.of(words).subList(1, words.length));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Daybook.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true));
        int code = command.execute(all.toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }
}
