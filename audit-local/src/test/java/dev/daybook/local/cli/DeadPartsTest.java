package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Topic;
import dev.daybook.local.FreePorts;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Supervisor;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.local.postgres.PostgresServer;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
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
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A part that dies is seen to be dead within 30 seconds: by the health of the ingest, by {@code
 * status}, by {@code doctor} and by {@code /coverage}. The parts die one after the other, from the
 * source on, so that none has to come back.
 */
class DeadPartsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir private Path directory;

    private Path data() {
        return directory.resolve("data");
    }

    @Test
    void aSourceAnIngestAndAConnectorThatDieAreSeenEverywhereWithinHalfAMinute() throws Exception {
        try (PostgresServer server = sourceServer();
                Connection application =
                        DriverManager.getConnection(
                                server.jdbcUrl("postgres"), "postgres", "dead");
                ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor()) {
            application.createStatement().execute("CREATE TABLE t (id int PRIMARY KEY)");
            DatabaseUrl source =
                    new DatabaseUrl("127.0.0.1", server.port(), "postgres", "postgres", "dead", "");
            try (LocalPipeline pipeline =
                    LocalPipeline.start(
                            new LocalSettings(data(), 0, source, "public.*", false), line -> {})) {
                ConnectionInfo connection = pipeline.connection();
                Supervisor supervisor =
                        new Supervisor(
                                pipeline, new DataDirectory(data()), line -> {}, Clock.systemUTC());
                watch.scheduleWithFixedDelay(supervisor::look, 0, 500, TimeUnit.MILLISECONDS);
                awaitCompleteUntil(connection);
                awaitHealthyStatus();
                assertThat(standstill(connection)).isNull();

                server.kill();
                seen("source", connection, "source", "connector-down", "Connection");

                stopRejections(connection);
                seen("ingest", connection, "ingest", "ingest-down", "RecordTooLarge");
                assertThat(readiness(connection)).isEqualTo(503);

                pipeline.kill(LocalPipeline.Part.CONNECT);
                seen("sink", connection, "sink", "connector-down", "worker is not running");
            }
        }
    }

    /** A part of the pipeline is dead: all four say so in time, with the reason. */
    private void seen(
            String part, ConnectionInfo connection, String stage, String code, String reason)
            throws Exception {
        Instant died = Instant.now();
        String coverage = "";
        while (true) {
            JsonNode standstill = standstill(connection);
            coverage = String.valueOf(standstill);
            if (standstill != null && standstill.path("stage").asString().equals(stage)) {
                assertThat(Instant.parse(standstill.path("since").asString()))
                        .isAfter(died.minusSeconds(120))
                        .isBefore(Instant.now());
                assertThat(standstill.path("reason").asString()).isNotBlank();
                break;
            }
            assertThat(Duration.between(died, Instant.now()))
                    .as("/coverage on %s: %s", part, coverage)
                    .isLessThan(PATIENCE);
            TimeUnit.MILLISECONDS.sleep(250);
        }
        ByteArrayOutputStream status = new ByteArrayOutputStream();
        assertThat(run(status, "status")).isEqualTo(1);
        assertThat(text(status))
                .containsPattern(part + " +FAILED since .*" + reason)
                .containsPattern("STANDS STILL +since .*" + stage + ": ");
        ByteArrayOutputStream doctor = new ByteArrayOutputStream();
        assertThat(run(doctor, "doctor", "--json")).isEqualTo(1);
        JsonNode findings = JSON.readTree(text(doctor)).path("findings");
        assertThat(findings)
                .as(text(doctor))
                .anySatisfy(
                        finding -> {
                            assertThat(finding.path("code").asString()).isEqualTo(code);
                            assertThat(finding.path("object").asString()).contains(part);
                            assertThat(finding.path("evidence").asString()).contains(reason);
                            assertThat(finding.path("remedy").asString()).isNotBlank();
                        })
                .anySatisfy(
                        finding -> {
                            assertThat(finding.path("code").asString())
                                    .isEqualTo("log-stands-still");
                            assertThat(finding.path("message").asString()).contains(stage);
                        });
        assertThat(Duration.between(died, Instant.now())).as(part).isLessThan(PATIENCE);
    }

    /** The first look at all parts may come before the last of them has begun to work. */
    private void awaitHealthyStatus() throws InterruptedException {
        Instant begun = Instant.now();
        while (answered("status") != 0) {
            assertThat(Duration.between(begun, Instant.now())).isLessThan(PATIENCE);
            TimeUnit.MILLISECONDS.sleep(250);
        }
    }

    private int answered(String command) {
        return run(new ByteArrayOutputStream(), command);
    }

    private int run(ByteArrayOutputStream said, String command, String... more) {
        String[] line = new String[more.length + 3];
        line[0] = command;
        line[1] = "--data-dir";
        line[2] = data().toString();
        System.arraycopy(more, 0, line, 3, more.length);
        PrintStream out = System.out;
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            return Daybook.run(line);
        } finally {
            System.setOut(out);
        }
    }

    private static String text(ByteArrayOutputStream said) {
        return said.toString(StandardCharsets.UTF_8);
    }

    private PostgresServer sourceServer() throws IOException {
        return PostgresServer.start(
                Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                directory.resolve("source"),
                directory.resolve("source.log"),
                FreePorts.one(),
                "dead",
                Map.of("wal_level", "logical", "fsync", "off"));
    }

    /** Makes the topic refuse what the ingest rejects, which stops its thread. */
    private static void stopRejections(ConnectionInfo connection) throws Exception {
        Map<String, Object> client = new HashMap<>();
        client.put("bootstrap.servers", connection.kafka());
        client.put("security.protocol", "SASL_PLAINTEXT");
        client.put("sasl.mechanism", "PLAIN");
        client.put(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
                        + connection.kafkaUser()
                        + "\" password=\""
                        + connection.kafkaPassword()
                        + "\";");
        try (Admin admin = Admin.create(client);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(
                                client, new ByteArraySerializer(), new ByteArraySerializer())) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(
                                            ConfigResource.Type.TOPIC,
                                            Topic.REJECTED.defaultName()),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry("max.message.bytes", "1"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            producer.send(
                            new ProducerRecord<>(
                                    Topic.changesOf("postgres"),
                                    0,
                                    null,
                                    "no json".getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    /** Returns what keeps the one source from going on, or null. */
    /** What never was complete anywhere cannot stand still. */
    private static void awaitCompleteUntil(ConnectionInfo connection) throws Exception {
        Instant begun = Instant.now();
        while (JSON.readTree(get(connection, connection.api() + "/coverage").body())
                .at("/data/0/complete_until")
                .asString("")
                .isEmpty()) {
            assertThat(Duration.between(begun, Instant.now())).isLessThan(PATIENCE);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private static JsonNode standstill(ConnectionInfo connection) throws Exception {
        JsonNode standstills =
                JSON.readTree(get(connection, connection.api() + "/coverage").body())
                        .path("standstills");
        assertThat(standstills.isArray()).isTrue();
        return standstills.isEmpty() ? null : standstills.get(0);
    }

    private static int readiness(ConnectionInfo connection) throws Exception {
        return get(connection, connection.ingest() + "/health/readiness").statusCode();
    }

    private static HttpResponse<String> get(ConnectionInfo connection, String url)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .header("X-API-Key", connection.apiKey())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
