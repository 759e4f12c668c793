package dev.daybook.local.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Topic;
import dev.daybook.local.postgres.DatabaseUrl;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Marked values go through the whole pipeline under rules of redaction, some in records that are
 * rejected and replayed, and stand in no topic behind the change topic, no table of the audit
 * database, no answer of REST, no export, page, pack or log file.
 */
class RedactedPipelineTest {

    private static final String MARK = "sEcReT-7391";

    private static final String RULES = "daybook.ingest.redaction";

    /** Rules as on a command line: the pipeline of one machine hands none over itself. */
    private static final Map<String, String> SETTINGS =
            Map.ofEntries(
                    Map.entry("daybook.ingest.redaction-key", "a key of sixteen letters"),
                    Map.entry(RULES + "[0].name", "contact data"),
                    Map.entry(RULES + "[0].tables", "public.customers"),
                    Map.entry(RULES + "[0].columns", "email"),
                    Map.entry(RULES + "[0].action", "hash"),
                    Map.entry(RULES + "[1].tables", "public.customers"),
                    Map.entry(RULES + "[1].columns", "phone"),
                    Map.entry(RULES + "[1].action", "drop"),
                    Map.entry(RULES + "[2].tables", "public.customers"),
                    Map.entry(RULES + "[2].columns", "note"),
                    Map.entry(RULES + "[2].action", "mask"),
                    Map.entry(RULES + "[3].tables", "public.tokens"),
                    Map.entry(RULES + "[3].columns", "token"),
                    Map.entry(RULES + "[3].action", "hash"),
                    Map.entry(RULES + "[4].tables", "daybook.transaction_context"),
                    Map.entry(RULES + "[4].columns", "reason"),
                    Map.entry(RULES + "[4].action", "mask"));

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir Path directory;

    private final Map<String, String> found = new TreeMap<>();

    @BeforeEach
    void setRules() {
        SETTINGS.forEach(System::setProperty);
    }

    @AfterEach
    void forgetRules() {
        SETTINGS.keySet().forEach(System::clearProperty);
    }

    @Test
    void noMarkedValueStandsBehindTheChangeTopic() throws Exception {
        try (LocalPipeline pipeline =
                LocalPipeline.start(
                        new LocalSettings(
                                new DataDirectory(directory), 0, null, "public.*", false, true),
                        line -> {})) {
            change(pipeline.sourceAdministrator());
            DatabaseUrl audit = pipeline.auditAdministrator();
            await(audit, "SELECT count(*) >= 6 FROM audit.entry WHERE source IS NOT NULL");
            String source = one(audit, "SELECT min(source) FROM audit.entry");
            reject(pipeline.connection(), source);
            await(audit, "SELECT count(*) = 3 FROM audit.rejected");
            api(pipeline.connection(), "POST", "/api/v1/rejected/replay");
            await(audit, "SELECT count(*) = 3 FROM audit.replay_outcome");
            // A batch is sealed by the time that a pack of it can be made.
            String pack =
                    "/api/v1/evidence/rows/public.customers/1?source=" + source + "&whole=true";
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (status(pipeline.connection(), pack) != 200) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(100);
            }

            tables(audit);
            topics(pipeline.connection());
            String transaction = one(audit, "SELECT max(transaction_id::text) FROM audit.entry");
            String token =
                    one(
                            audit,
                            "SELECT max(entity_key) FROM audit.entry WHERE table_name = 'public.tokens'");
            for (String path :
                    List.of(
                            "/api/v1/entries",
                            "/api/v1/entries/export",
                            "/api/v1/entities/public.customers/1/history",
                            "/api/v1/entities/public.customers/1/state",
                            "/api/v1/transactions/" + source + "/" + transaction,
                            "/api/v1/tables",
                            "/api/v1/coverage",
                            "/api/v1/rejected",
                            "/api/v1/reads",
                            "/view",
                            "/view/rejected",
                            "/view/coverage",
                            "/view/search?table=public.customers",
                            "/view/export?table=public.customers",
                            "/view/rows/" + source + "/public.customers/1?show=all",
                            "/view/rows/" + source + "/public.tokens/" + token,
                            "/view/tx/" + source + "/" + transaction,
                            pack)) {
                api(pipeline.connection(), "GET", path);
            }
            logs();
        }

        assertThat(found.get("audit.entry")).contains("[contact data]", "[redacted]", "hmac:");
        assertThat(found.get("audit.rejected")).contains("not-json");
        assertThat(found).containsKeys("audit.replay", "audit.replay_outcome", "audit.segment");
        assertThat(found.keySet()).anyMatch(name -> name.endsWith("pack rows.jsonl"));
        List<String> marked = new ArrayList<>();
        found.forEach(
                (where, text) -> {
                    for (String spelling : spellings()) {
                        if (text.contains(spelling)) {
                            marked.add(where + " has " + spelling);
                        }
                    }
                });
        assertThat(marked).isEmpty();
    }

    /** The mark as text, as hexadecimal digits, and at each place of a group in base64. */
    private static List<String> spellings() {
        List<String> spellings = new ArrayList<>();
        spellings.add(MARK);
        spellings.add(HexFormat.of().formatHex(MARK.getBytes(StandardCharsets.UTF_8)));
        for (int shift = 0; shift < 3; shift++) {
            String base64 =
                    Base64.getEncoder()
                            .encodeToString(
                                    (" ".repeat(shift) + MARK).getBytes(StandardCharsets.UTF_8));
            spellings.add(base64.substring(4, base64.length() - 4));
        }
        return spellings;
    }

    private static void change(DatabaseUrl source) throws Exception {
        try (Connection connection = source.connect("the source");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE public.customers (id bigint PRIMARY KEY, email text, phone text, note text)");
            statement.execute("CREATE TABLE public.tokens (token text PRIMARY KEY, uses int)");
            statement.execute("ALTER TABLE public.customers REPLICA IDENTITY FULL");
            await(
                    source,
                    "SELECT count(*) = 2 FROM pg_publication_tables WHERE tablename IN ('customers', 'tokens')");
            connection.setAutoCommit(false);
            statement.execute("SELECT daybook.set_context('anna', '" + MARK + "')");
            for (String sql :
                    List.of(
                            "INSERT INTO public.customers VALUES (1, '@', '@', '@'), (2, '@', '@', '@')",
                            "UPDATE public.customers SET email = '@2', phone = '@2', note = '@2' WHERE id = 1",
                            "DELETE FROM public.customers WHERE id = 2",
                            "INSERT INTO public.tokens VALUES ('@', 1)",
                            "UPDATE public.tokens SET uses = 2",
                            "UPDATE public.tokens SET token = '@3'")) {
                statement.execute(sql.replace("@", MARK));
            }
            connection.commit();
        }
    }

    /** Sends records that cannot become entries: broken, of no table, of a table with rules. */
    private static void reject(ConnectionInfo connection, String source) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        client(connection), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String value :
                    List.of(
                            "{\"data\":{\"email\":\"@\"",
                            "{\"email\":\"@\"}",
                            """
                            {"data":{"id":1,"email":"@"},"metadata":{"timestamp":"2026-11-22T09:30:00Z",
                             "record-type":"data","operation":"upsert","schema-name":"public","table-name":"customers"}}""")) {
                producer.send(
                                new ProducerRecord<>(
                                        Topic.changesOf(source),
                                        0,
                                        MARK.getBytes(StandardCharsets.UTF_8),
                                        value.replace("@", MARK).getBytes(StandardCharsets.UTF_8)))
                        .get();
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

    /** Reads every table that stores anything. */
    private void tables(DatabaseUrl audit) throws Exception {
        List<String> names = new ArrayList<>();
        try (Connection connection = audit.connect("the audit database");
                Statement statement = connection.createStatement()) {
            try (ResultSet row =
                    statement.executeQuery(
                            """
                            SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                            WHERE relkind IN ('r', 'p') AND NOT relispartition
                              AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')""")) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
            for (String name : names) {
                found.put(name, text(statement, "SELECT t::text FROM " + name + " t"));
            }
        }
    }

    private static String text(Statement statement, String query) throws Exception {
        StringBuilder text = new StringBuilder();
        try (ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                text.append(row.getString(1)).append('\n');
            }
        }
        return text.toString();
    }

    private void topics(ConnectionInfo connection) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        new HashMap<>(client(connection)),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.listTopics().values().stream()
                            .flatMap(List::stream)
                            .filter(info -> !info.topic().startsWith("changes."))
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            assertThat(partitions).isNotEmpty();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            StringBuilder text = new StringBuilder();
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofSeconds(1))
                        .forEach(
                                record -> {
                                    text.append(latin(record.key()))
                                            .append(latin(record.value()))
                                            .append('\n');
                                    record.headers()
                                            .forEach(header -> text.append(latin(header.value())));
                                });
            }
            found.put("topics", text.toString());
        }
    }

    private static String latin(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static HttpResponse<byte[]> ask(ConnectionInfo connection, String method, String path)
            throws Exception {
        String root = connection.viewer().replaceFirst("/view$", "");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(root + path))
                            .header("X-API-Key", connection.apiKey())
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static int status(ConnectionInfo connection, String path) throws Exception {
        return ask(connection, "GET", path).statusCode();
    }

    private void api(ConnectionInfo connection, String method, String path) throws Exception {
        HttpResponse<byte[]> response = ask(connection, method, path);
        assertThat(response.statusCode()).as(path + ": " + latin(response.body())).isEqualTo(200);
        found.put(path, latin(response.body()));
        if (response.headers().firstValue("Content-Type").orElse("").equals("application/zip")) {
            try (ZipInputStream pack =
                    new ZipInputStream(new ByteArrayInputStream(response.body()))) {
                for (ZipEntry file = pack.getNextEntry();
                        file != null;
                        file = pack.getNextEntry()) {
                    found.put("pack " + file.getName(), latin(pack.readAllBytes()));
                }
            }
        }
    }

    private void logs() throws Exception {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file :
                    files.filter(Files::isRegularFile)
                            .filter(path -> !path.toString().contains("kafka"))
                            .filter(path -> path.toString().endsWith(".log"))
                            .toList()) {
                found.put(file.toString(), latin(Files.readAllBytes(file)));
            }
        }
    }

    private static String one(DatabaseUrl database, String query) throws Exception {
        try (Connection connection = database.connect("the database");
                Statement statement = connection.createStatement()) {
            return text(statement, query).strip();
        }
    }

    private static void await(DatabaseUrl database, String condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!one(database, condition).equals("t")) {
            assertThat(System.nanoTime()).as(condition).isLessThan(end);
            Thread.sleep(100);
        }
    }
}
