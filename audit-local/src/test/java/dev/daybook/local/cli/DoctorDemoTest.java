package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Supervisor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;

/** The doctor on the demo: nothing is wrong with it. */
class DoctorDemoTest {

    @Test
    void theDemoIsCleanAndClosedToOthers(@TempDir Path directory) throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int exit;
        try (LocalPipeline pipeline =
                LocalPipeline.start(
                        new LocalSettings(directory, 0, null, LocalSettings.DEFAULT_TABLES, true),
                        line -> {})) {
            assertThat(pipeline.failures()).isEmpty();
            assertThat(
                            new Supervisor(
                                            pipeline,
                                            new DataDirectory(directory),
                                            line -> {},
                                            Clock.systemUTC())
                                    .look())
                    .isTrue();
            PrintStream out = System.out;
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            try {
                exit = Daybook.run("doctor", "--json", "--data-dir", directory.toString());
            } finally {
                System.setOut(out);
            }
            assertThatTheIngestAsksForTheKey(pipeline.connection());
            assertThatNobodyElseMayRead(directory);
            assertThat(Daybook.run("status", "--data-dir", directory.toString())).isZero();
        }

        JsonNode report =
                JsonMapper.builder().build().readTree(said.toString(StandardCharsets.UTF_8));
        assertThat(exit).as(report.toPrettyString()).isZero();
        assertThat(report.path("summary").path("checked")).hasSize(7);
        // page_views has no key on purpose, and nobody updates it.
        assertThat(report.path("findings")).hasSize(1);
        assertThat(report.path("findings").get(0).path("object").asString())
                .isEqualTo("public.page_views");
        assertThat(report.path("findings").get(0).path("severity").asString()).isEqualTo("info");
    }

    private static void assertThatTheIngestAsksForTheKey(ConnectionInfo connection)
            throws IOException, InterruptedException {
        String ingest = connection.ingest();
        for (String path : List.of("", "/prometheus", "/metrics", "/info", "/healthx")) {
            assertThat(answer(ingest + path, "wrong").statusCode()).as(path).isEqualTo(401);
        }
        assertThat(answer(ingest + "/prometheus", connection.apiKey()).statusCode()).isEqualTo(200);
        assertThat(answer(ingest + "/health", "wrong").body()).contains("UP");
        assertThat(answer(ingest + "/health", "wrong").body()).doesNotContain("details");
        assertThat(answer(ingest + "/health/readiness", "wrong").statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> answer(String url, String key)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(url)).header("X-API-Key", key).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    /** But for what is below a directory of PostgreSQL's, which sees to itself. */
    private static void assertThatNobodyElseMayRead(Path directory) throws IOException {
        assertThat(Files.getPosixFilePermissions(directory.resolve("logs")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(directory))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        for (String file : List.of("connection.json", "secrets.properties", "pg_service.conf")) {
            assertThat(Files.getPosixFilePermissions(directory.resolve(file)))
                    .as(file)
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }
}
