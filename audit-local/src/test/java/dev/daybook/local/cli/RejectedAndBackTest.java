package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Topic;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Records that a wrong key and a wrong setting had rejected, listed, shown and replayed by the
 * command line of a running pipeline once both are mended.
 */
class RejectedAndBackTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final String KEY = "daybook.ingest.keys[crm.parts]";

    /** A row whose {@code code} is no key that PostgreSQL can keep. */
    private static final String PART =
            record("parts", 1, "{\"id\":7,\"code\":\"a\\u0000b\"}", "\"transaction-id\":71,");

    private static final String LATER =
            record("parts", 2, "{\"id\":8,\"code\":\"c\"}", "\"transaction-id\":72,");

    /** A row of a table that was taken for that of contexts; it has no transaction. */
    private static final String NOTE = record("notes", 1, "{\"id\":1,\"actor\":\"anna\"}", "");

    @TempDir private Path directory;

    private final List<String> properties = new ArrayList<>();

    @AfterEach
    void forgetSettings() {
        properties.forEach(System::clearProperty);
    }

    @Test
    void whatWasRejectedComesBackOnceTheKeyAndTheSettingAreRight() throws Exception {
        try (LocalPipeline pipeline =
                LocalPipeline.start(
                        new LocalSettings(
                                new DataDirectory(directory), 0, null, "public.*", false, true),
                        line -> {})) {
            String topic = changes(pipeline.connection());
            String contextTable =
                    "daybook.ingest.sources."
                            + topic.substring(Topic.changesOf("").length())
                            + ".context-table";
            set(KEY, "code");
            set(contextTable, "crm.notes");
            restartIngest(pipeline);
            send(pipeline.connection(), topic, PART, LATER, NOTE);
            await(pipeline, "SELECT count(*) = 2 FROM audit.rejected");
            await(pipeline, "SELECT count(*) = 1 FROM audit.entry WHERE table_name = 'crm.parts'");

            Ran listed = run("rejected", "list");
            assertThat(listed.out()).contains("key-not-storable", "no-transaction", topic + "-0@");
            String part = id("key-not-storable");
            String note = id("no-transaction");
            JsonNode detail = JSON.readTree(run("rejected", "show", part).out());
            assertThat(detail.path("replays").size()).isZero();
            JsonNode shown = detail.path("rejected");
            assertThat(shown.path("code").asString()).isEqualTo("key-not-storable");
            assertThat(shown.path("table").asString()).isEqualTo("crm.parts");
            assertThat(
                            new String(
                                    Base64.getDecoder()
                                            .decode(shown.path("record_value").asString()),
                                    StandardCharsets.UTF_8))
                    .isEqualTo(PART);

            // Nothing is mended yet.
            Ran again = run("rejected", "replay", part, note);
            assertThat(again.code()).isEqualTo(1);
            assertThat(again.out()).contains(part + "  rejected  key-not-storable");

            set(KEY, "id");
            System.clearProperty(contextTable);
            restartIngest(pipeline);
            for (int times = 0; times < 2; times++) {
                Ran replayed = run("rejected", "replay", part, note);
                assertThat(replayed.out())
                        .contains(part + "  replayed  insert  entry ")
                        .contains(note + "  replayed  insert  entry ");
                assertThat(replayed.code()).isZero();
            }

            assertThat(
                            rows(
                                    pipeline,
                                    "SELECT entity_key FROM audit.entry WHERE table_name LIKE 'crm.%' ORDER BY committed_at, table_name"))
                    .as("each once, in the order of their commits")
                    .isEqualTo("null 7 c");
            Ran history = run("history", "crm.parts", "7", "--json");
            JsonNode entry = JSON.readTree(history.out().strip());
            assertThat(entry.path("operation").asString()).isEqualTo("insert");
            assertThat(entry.path("committed_at").asString()).startsWith("2026-03-01T08:00:01");
            JsonNode replays = JSON.readTree(run("rejected", "show", part).out()).path("replays");
            assertThat(replays.size()).as("it stays on record, with each replay").isEqualTo(3);
            assertThat(replays.get(0).path("result").path("outcome").asString())
                    .isEqualTo("replayed");
            assertThat(replays.get(2).path("result").path("outcome").asString())
                    .isEqualTo("rejected");
        }
    }

    private void set(String property, String value) {
        System.setProperty(property, value);
        properties.add(property);
    }

    private static void restartIngest(LocalPipeline pipeline) throws IOException {
        pipeline.kill(LocalPipeline.Part.INGEST);
        pipeline.start(LocalPipeline.Part.INGEST);
    }

    private static String record(String table, int second, String data, String transaction) {
        return """
        {"data":%s,"metadata":{"timestamp":"2026-03-01T08:00:0%d.500000Z","record-type":"data",\
        "operation":"insert","partition-key-type":"schema-table","schema-name":"crm",\
        "table-name":"%s",%s"transaction-record-id":1,"commit-timestamp":"2026-03-01T08:00:0%d.000000Z"}}\
        """
                .formatted(data, second, table, transaction, second);
    }

    private static String changes(ConnectionInfo connection) throws Exception {
        try (Admin admin = Admin.create(client(connection))) {
            return admin.listTopics().names().get().stream()
                    .filter(name -> name.startsWith(Topic.changesOf("")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void send(ConnectionInfo connection, String topic, String... values)
            throws Exception {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        client(connection), new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, 0, null, value)).get();
            }
        }
    }

    private static Map<String, Object> client(ConnectionInfo connection) {
        return Map.of(
                "bootstrap.servers",
                connection.kafka(),
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";"
                        .formatted(connection.kafkaUser(), connection.kafkaPassword()));
    }

    private String id(String code) {
        JsonNode record =
                JSON.readTree(run("rejected", "list", "--code", code, "--json").out().strip());
        return record.path("id").asString();
    }

    private static void await(LocalPipeline pipeline, String question) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!rows(pipeline, question).equals("t")) {
            assertThat(System.nanoTime()).as(question).isLessThan(end);
            Thread.sleep(200);
        }
    }

    /** Returns the first column of what is found. */
    private static String rows(LocalPipeline pipeline, String query) throws Exception {
        List<String> rows = new ArrayList<>();
        try (Connection connection = pipeline.auditAdministrator().connect("the audit database");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                rows.add(String.valueOf(row.getString(1)));
            }
        }
        return String.join(" ", rows);
    }

    private record Ran(int code, String out, String err) {}

    private Ran run(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--data-dir");
        all.add(directory.toString());
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Daybook.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true));
        int code = command.execute(all.toArray(String[]::new));
        return new Ran(code, out.toString(), err.toString());
    }
}
