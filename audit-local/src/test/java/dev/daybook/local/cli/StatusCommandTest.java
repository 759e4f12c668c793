package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.daybook.local.FreePorts;
import dev.daybook.local.pipeline.DataDirectory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;

/** Holds {@code status} to figures and words for people. */
class StatusCommandTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir Path directory;

    private final StringWriter out = new StringWriter();
    private HttpServer pipeline;
    private String source = "";
    private String standstills = "";

    @BeforeEach
    void start() throws IOException {
        pipeline = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        answer("/ingest/health", () -> "{\"status\":\"UP\"}");
        answer(
                "/api/v1/coverage",
                () -> "{\"data\":[" + source + "],\"standstills\":[" + standstills + "]}");
        pipeline.start();
        String base = "http://127.0.0.1:" + pipeline.getAddress().getPort();
        DataDirectory data = new DataDirectory(directory);
        Files.writeString(
                data.connection(),
                JSON.writeValueAsString(
                        Map.of(
                                "api",
                                base + "/api/v1",
                                "api_key",
                                "k",
                                "ingest",
                                base + "/ingest",
                                "source_url",
                                "postgresql://a:b@127.0.0.1:" + FreePorts.one() + "/shop",
                                "pid",
                                ProcessHandle.current().pid())));
    }

    private interface Answer {
        String body();
    }

    private void answer(String path, Answer answer) {
        pipeline.createContext(
                path,
                exchange -> {
                    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
    }

    @AfterEach
    void stop() {
        pipeline.stop(0);
    }

    @Test
    void figuresAreForPeople() throws IOException {
        parts("{\"part\":\"source\",\"works\":true,\"reason\":\"streaming\"}");
        source =
                "{\"source\":\"shop\",\"complete_until\":\""
                        + now().minusSeconds(3)
                        + "\",\"lag_seconds\":0.97,\"entries\":1030,\"entries_estimated\":true,"
                        + "\"unattributed_share\":0.1145631067961165,\"sealed_until\":null}";

        int exit = status();

        assertThat(out.toString())
                .containsPattern("source +streaming")
                .containsPattern("unattributed share +11\\.5 %\\n")
                .containsPattern("lag +1 s behind\\n")
                .containsPattern("complete until +\\S+Z \\([3-9] s ago\\)\\n")
                .containsPattern("entries +about 1030\\n")
                .containsPattern("sealed until +nothing is sealed as complete\\n")
                .doesNotContain("0.1145", "null");
        assertThat(exit).isZero();
    }

    @Test
    void aPartThatDoesNotWorkIsSaidWithSinceWhenAndWhy() throws IOException {
        parts(
                "{\"part\":\"source\",\"works\":false,\"reason\":\"The source is unreachable.\",\"since\":\""
                        + now().minusSeconds(40)
                        + "\"}");

        assertThat(status()).isEqualTo(1);
        assertThat(out.toString())
                .containsPattern(
                        "source +FAILED since \\S+Z \\(4[0-9] s ago\\): The source is unreachable\\.\\n");
    }

    @Test
    void whatStandsStillIsNoSuccess() throws IOException {
        parts("{\"part\":\"source\",\"works\":true,\"reason\":\"streaming\"}");
        source = "{\"source\":\"shop\"}";
        standstills =
                "{\"source\":\"shop\",\"since\":\""
                        + now().minusSeconds(600)
                        + "\",\"stage\":\"ingest\",\"reason\":\"It\\u001b[2K does not run.\"}";

        assertThat(status()).isEqualTo(1);
        assertThat(out.toString())
                .containsPattern("STANDS STILL +since \\S+Z \\(10 min ago\\), ingest: It")
                .doesNotContain("\u001b");
    }

    private static Instant now() {
        return Instant.now(Clock.systemUTC());
    }

    private void parts(String parts) throws IOException {
        Files.writeString(
                directory.resolve("state.json"),
                "{\"at\":\"" + now() + "\",\"parts\":[" + parts + "]}");
    }

    private int status() {
        return Daybook.commandLine()
                .setOut(new PrintWriter(out, true))
                .execute("status", "--data-dir", directory.toString());
    }
}
