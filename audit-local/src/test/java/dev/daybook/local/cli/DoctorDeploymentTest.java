package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.FreePorts;
import dev.daybook.local.doctor.AuditExamination;
import dev.daybook.local.doctor.KafkaExamination;
import dev.daybook.local.doctor.TestServer;
import dev.daybook.local.doctor.TopicNames;
import dev.daybook.local.kafka.KafkaBroker;
import dev.daybook.source.Finding;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The doctor on a deployment's broker and databases: the faults of topics, of the ingest and of the
 * sink, and what the command answers.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DoctorDeploymentTest {

    private static final TopicNames NAMES = new TopicNames(Map.of());
    private static final TopicPartition CHANGES = new TopicPartition("changes.shop", 0);
    private static final String MEBIBYTES = Integer.toString(16 << 20);

    @TempDir static Path directory;
    private static KafkaBroker broker;
    private static Admin admin;
    private static KafkaConsumer<byte[], byte[]> ingest;
    private static TestServer server;
    private static String audit;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private PrintStream systemOut;
    private PrintStream systemErr;

    @BeforeAll
    static void start() throws Exception {
        int[] ports = FreePorts.distinct(2);
        broker = KafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1], "secret");
        admin = Admin.create(client(Map.of()));
        assertThat(codes(kafka())).containsOnly("topic-missing").hasSize(TopicNames.ROLES.size());
        Map<String, String> kept =
                Map.of("retention.ms", "604800000", "max.message.bytes", MEBIBYTES);
        Map<String, String> keptLong =
                Map.of("retention.ms", "2592000000", "max.message.bytes", MEBIBYTES);
        Map<String, String> compacted = Map.of("cleanup.policy", "compact");
        admin.createTopics(
                        List.of(
                                new NewTopic("changes.shop", 2, (short) 1).configs(kept),
                                new NewTopic("entries", 2, (short) 1).configs(kept),
                                new NewTopic("transactions", 1, (short) 1).configs(kept),
                                new NewTopic("rejected", 1, (short) 1).configs(keptLong),
                                new NewTopic("tables", 1, (short) 1).configs(compacted),
                                new NewTopic("two.tables", 2, (short) 1).configs(compacted)))
                .all()
                .get();
        ingest =
                new KafkaConsumer<>(
                        client(Map.of("group.id", "daybook-ingest", "enable.auto.commit", "false")),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        ingest.subscribe(List.of("changes.shop"));
        while (ingest.assignment().isEmpty()) {
            ingest.poll(Duration.ofMillis(200));
        }
        server =
                TestServer.start(
                        directory,
                        Map.of(
                                "wal_level",
                                "logical",
                                "max_slot_wal_keep_size",
                                "1GB",
                                "fsync",
                                "off",
                                "shared_buffers",
                                "32MB"));
        audit = server.create("");
        Flyway.configure()
                .dataSource(server.jdbcUrl(audit), "postgres", TestServer.PASSWORD)
                .locations("classpath:db/migrations")
                .load()
                .migrate();
        server.run("postgres", "ALTER ROLE daybook_reader PASSWORD '" + TestServer.PASSWORD + "'");
    }

    @AfterAll
    static void stop() {
        if (ingest != null) {
            ingest.close();
        }
        if (admin != null) {
            admin.close();
        }
        if (broker != null) {
            broker.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void listen() {
        systemOut = System.out;
        systemErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setOut(systemOut);
        System.setErr(systemErr);
    }

    // Topics --------------------------------------------------------------------------------------

    @Test
    void topicsAsTheyShouldBe() throws Exception {
        assertThat(codes(kafka())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "topic-cleanup,     ERROR,   changes.shop, cleanup.policy,                 compact",
        "topic-cleanup,     ERROR,   tables,       cleanup.policy,                 delete",
        "topic-retention,   ERROR,   entries,      retention.ms,                   3600000",
        "topic-retention,   WARNING, rejected,     retention.ms,                   604800000",
        "topic-retention,   WARNING, transactions, retention.bytes,                1000000",
        "topic-max-message, WARNING, changes.shop, max.message.bytes,              1000000",
        "topic-max-message, WARNING, entries,      max.message.bytes,              16000000",
        "topic-unclean,     WARNING, changes.shop, unclean.leader.election.enable, true"
    })
    void aFaultOfATopicIsFoundAndNothingElse(
            String code, Finding.Severity severity, String topic, String setting, String value)
            throws Exception {
        String before = setting(topic, setting);
        set(topic, setting, value);
        try {
            assertThat(kafka().findings())
                    .extracting(Finding::code, Finding::severity, Finding::object)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(code, severity, topic));
        } finally {
            set(topic, setting, before);
        }
    }

    @Test
    void oneBrokerIsTooFewForADeployment() throws Exception {
        KafkaExamination examination =
                KafkaExamination.of(admin, NAMES, KafkaExamination.DEFAULT_GROUP, false);
        assertThat(codes(examination)).hasSize(5).containsOnly("topic-replication");
    }

    @Test
    void definitionsAreInOnePartition() throws Exception {
        KafkaExamination examination =
                KafkaExamination.of(
                        admin,
                        new TopicNames(Map.of("tables", "two.tables")),
                        KafkaExamination.DEFAULT_GROUP,
                        true);
        assertThat(codes(examination)).containsExactly("topic-partitions");
    }

    // The ingest and the sink ---------------------------------------------------------------------

    @Test
    void anIngestThatDoesNotRun() throws Exception {
        KafkaExamination examination = KafkaExamination.of(admin, NAMES, "nobody", true);
        assertThat(codes(examination)).containsExactly("ingest-inactive");
    }

    @Test
    void lagAndLoss() throws Exception {
        produce("changes.shop", 10_001);
        produce("entries", 10_001);
        try {
            assertThat(codes(kafka())).containsExactly("ingest-lag");
            assertThat(auditCodes(kafka())).containsExactly("sink-lag", "sink-lag");

            ingest.commitSync(Map.of(CHANGES, new OffsetAndMetadata(9_000)));
            server.run(audit, "INSERT INTO audit.sink_offset VALUES ('s', 'entries', 0, 9000)");
            assertThat(codes(kafka())).isEmpty();
            assertThat(auditCodes(kafka())).isEmpty();

            admin.deleteRecords(
                            Map.of(
                                    CHANGES,
                                    RecordsToDelete.beforeOffset(10_001),
                                    new TopicPartition("entries", 0),
                                    RecordsToDelete.beforeOffset(10_001)))
                    .all()
                    .get();
            assertThat(codes(kafka())).containsExactly("ingest-loss");
            assertThat(auditCodes(kafka())).containsExactly("sink-loss");
        } finally {
            ingest.commitSync(Map.of(CHANGES, new OffsetAndMetadata(10_001)));
            server.run(audit, "UPDATE audit.sink_offset SET next_offset = 10001");
        }
    }

    @Test
    void aConnectorThatWasToldAnotherNumber() throws Exception {
        server.run(
                audit,
                """
                INSERT INTO audit.watermark (source, changes_partition, entries_partition,
                    changes_partitions, entries_partitions, complete_until)
                SELECT 'shop', c, 0, 2, 1, now() FROM generate_series(0, 1) c
                """);
        try {
            assertThat(auditCodes(kafka())).containsExactly("partitions-differ");
        } finally {
            server.run(audit, "DELETE FROM audit.watermark");
        }
    }

    // The command ---------------------------------------------------------------------------------

    @Test
    void theCommandSaysItByItsExitCode() throws Exception {
        String source = server.create("");
        server.prepare(source, "public.*");
        server.run(source, "CREATE TABLE orders (id bigint PRIMARY KEY)");
        String url = server.url(source, "postgres");

        assertThat(Daybook.run("doctor", "--source", url)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("source: postgresql://postgres@127.0.0.1", "No findings.")
                .doesNotContain(TestServer.PASSWORD);

        assertThat(Daybook.run("doctor", "--source", url, "--tables", "none.*")).isEqualTo(3);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("WARNING no-tables", "0 errors, 1 warnings");

        assertThat(Daybook.run("doctor", "--audit", url)).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("ERROR audit-not-migrated");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void theCommandSpeaksJson() throws Exception {
        Path config = directory.resolve("client.properties");
        StringBuilder properties = new StringBuilder();
        broker.clientSettings()
                .forEach((name, value) -> properties.append(name + "=" + value + "\n"));
        Files.writeString(config, properties);

        int exit =
                Daybook.run(
                        "doctor",
                        "--json",
                        "--audit",
                        server.url(audit, "daybook_reader"),
                        "--kafka",
                        broker.bootstrapServers(),
                        "--kafka-config",
                        config.toString(),
                        "--topic",
                        "entries=elsewhere");

        assertThat(exit).isEqualTo(1);
        tools.jackson.databind.JsonNode report =
                tools.jackson.databind.json.JsonMapper.builder()
                        .build()
                        .readTree(out.toString(StandardCharsets.UTF_8));
        assertThat(report.path("summary").path("errors").asInt()).isEqualTo(1);
        assertThat(report.path("summary").path("warnings").asInt()).isEqualTo(4);
        assertThat(report.path("findings").get(0).path("code").asString())
                .isEqualTo("topic-missing");
        assertThat(report.path("findings").get(0).path("object").asString()).isEqualTo("elsewhere");
        assertThat(report.path("findings").get(0).propertyNames())
                .containsExactlyInAnyOrder(
                        "severity", "code", "area", "object", "message", "evidence", "remedy");
    }

    @Test
    void whatThePersonCanPutRight() throws Exception {
        refused("--tables narrows --source", "--tables", "x.*");
        refused("--dms says who captures", "--dms");
        refused("are about --kafka", "--kafka-config", "x");
        refused("names no topic", "--kafka", broker.bootstrapServers(), "--topic", "x=y");
        refused("cannot be read", "--dms-task-settings", directory.resolve("none").toString());
        refused(
                "cannot be reached",
                "--audit",
                "postgresql://ann:x@127.0.0.1:" + FreePorts.one() + "/audit");
        Path wrong = directory.resolve("wrong.properties");
        Files.writeString(wrong, "security.protocol=NONE\n");
        refused(
                "settings of the Kafka client are wrong",
                "--kafka",
                broker.bootstrapServers(),
                "--kafka-config",
                wrong.toString());
        refused("Nothing is running", "--data-dir", directory.toString());
    }

    private void refused(String reason, String... options) {
        err.reset();
        String[] arguments = new String[options.length + 1];
        arguments[0] = "doctor";
        System.arraycopy(options, 0, arguments, 1, options.length);
        assertThat(Daybook.run(arguments)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("daybook: ").contains(reason);
    }

    private static KafkaExamination kafka() throws Exception {
        return KafkaExamination.of(admin, NAMES, KafkaExamination.DEFAULT_GROUP, true);
    }

    private static List<String> codes(KafkaExamination examination) {
        return examination.findings().stream().map(Finding::code).toList();
    }

    private static List<String> auditCodes(KafkaExamination cluster) throws Exception {
        try (Connection reader = server.connect(audit, "daybook_reader")) {
            return AuditExamination.of(reader, cluster).stream().map(Finding::code).toList();
        }
    }

    private static void produce(String topic, int records) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        client(Map.of()), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {'x'}));
            }
        }
    }

    private static String setting(String topic, String setting) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .get(setting)
                .value();
    }

    private static void set(String topic, String setting, String value) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        admin.incrementalAlterConfigs(
                        Map.of(
                                resource,
                                List.of(
                                        new AlterConfigOp(
                                                new ConfigEntry(setting, value),
                                                AlterConfigOp.OpType.SET))))
                .all()
                .get();
        // The broker learns of it a moment after the controller has.
        while (!value.equals(setting(topic, setting))) {
            Thread.sleep(20);
        }
    }

    private static Map<String, Object> client(Map<String, String> more) {
        Map<String, Object> settings = new HashMap<>(broker.clientSettings());
        settings.putAll(more);
        return settings;
    }
}
