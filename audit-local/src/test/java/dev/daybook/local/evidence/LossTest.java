package dev.daybook.local.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Topic;
import dev.daybook.evidence.Policy;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Report;
import dev.daybook.seal.Verification;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * What is lost between a source and the log, or taken out of it before it was sealed, is a gap with
 * bounds: in the audit database, which coverage shows, and in what a verification lists.
 */
class LossTest {

    private static final String REPORT =
            """
            {"stage":"ingest","instance":"a-test/1","failing_since":null,"reason":null}""";

    @TempDir private static Path directory;
    private static LocalPipeline pipeline;
    private static DatabaseUrl audit;

    @BeforeAll
    static void start() throws Exception {
        pipeline =
                LocalPipeline.start(
                        new LocalSettings(directory, 0, null, "public.*", false), line -> {});
        audit = pipeline.auditAdministrator();
        source(
                "CREATE TABLE public.t (id bigint PRIMARY KEY, name text)",
                "CREATE TABLE public.u (id bigint PRIMARY KEY)",
                "INSERT INTO public.t VALUES (1, 'first')");
        await(() -> count("SELECT count(*) FROM audit.entry WHERE entity_key = '1'") > 0);
        await(() -> count("SELECT count(*) FROM audit.completeness") > 0);
    }

    @AfterAll
    static void stop() {
        pipeline.close();
    }

    @Test
    void aSlotThatWasMovedOn() throws Exception {
        List<String> before = gaps();
        whileNobodyReads(
                "INSERT INTO public.t VALUES (10, 'missed')",
                "SELECT pg_replication_slot_advance('" + slot() + "', pg_current_wal_lsn())");

        requireFound(before, "slot-moved|source|");
    }

    @Test
    void aSlotThatWasMovedOnInSecret() throws Exception {
        List<String> before = gaps();
        whileNobodyReads(
                "INSERT INTO public.t VALUES (20, 'missed')",
                "SELECT pg_replication_slot_advance('" + slot() + "', pg_current_wal_lsn())",
                "UPDATE daybook.capture_slot SET confirmed_lsn = pg_current_wal_lsn()");

        requireFound(before, "chain-broken|sink|");
    }

    @Test
    void aSlotThatWasMadeAgainUnderItsName() throws Exception {
        List<String> before = gaps();
        whileNobodyReads(
                "INSERT INTO public.t VALUES (30, 'missed')",
                "SELECT pg_drop_replication_slot('" + slot() + "')",
                "SELECT pg_create_logical_replication_slot('" + slot() + "', 'pgoutput')",
                "UPDATE daybook.capture_slot SET confirmed_lsn = (SELECT confirmed_flush_lsn FROM"
                        + " pg_replication_slots WHERE slot_name = slot)");

        requireFound(before, "chain-broken|sink|");
    }

    @Test
    void aSlotThatWasDropped() throws Exception {
        List<String> before = gaps();
        whileNobodyReads(
                "INSERT INTO public.t VALUES (40, 'missed')",
                "SELECT pg_drop_replication_slot('" + slot() + "')");
        // The capture goes on over that only when it is told to.
        source("SELECT daybook.forget_slot('" + slot() + "')");

        requireFound(before, "slot-lost|source|");
    }

    @Test
    void aPublicationWithoutATable() throws Exception {
        List<String> before = gaps();
        source(
                "ALTER PUBLICATION daybook DROP TABLE public.t",
                "INSERT INTO public.t VALUES (50, 'missed')");

        requireFound(before, "not-published|source|");
    }

    @Test
    void changesThatWereLostBeforeTheIngestReadThem() throws Exception {
        List<String> before = gaps();
        pipeline.kill(Part.INGEST);
        source("INSERT INTO public.t VALUES (60, 'missed')");
        String told = one("SELECT max(complete_until)::text FROM audit.watermark");
        Thread.sleep(3_000);
        deleteRecords("changes." + one("SELECT max(source) FROM audit.watermark"));
        pipeline.start(Part.INGEST);
        await(
                () ->
                        count(
                                        "SELECT count(*) FROM audit.watermark WHERE complete_until > '"
                                                + told
                                                + "'")
                                > 0);

        requireFound(before, "chain-broken|sink|");
    }

    @Test
    void entriesThatExpiredBeforeTheSinkReadThem() throws Exception {
        List<String> before = gaps();
        pipeline.kill(Part.CONNECT);
        sendToEntries();
        deleteRecords(Topic.ENTRIES.defaultName());
        pipeline.start(Part.CONNECT);

        requireFound(before, "expired|sink|entries-");
    }

    @Test
    void anOffsetThatWasSetForward() throws Exception {
        List<String> before = gaps();
        pipeline.kill(Part.CONNECT);
        sendToEntries();
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            statement.execute(
                    "UPDATE audit.sink_offset SET next_offset = next_offset + 3 WHERE topic = 'entries'"
                            + " AND partition = 0");
        }
        pipeline.start(Part.CONNECT);

        requireFound(before, "skipped|sink|entries-0|");
    }

    /** Waits until a gap comes that begins so, and requires that a verification lists it too. */
    private static void requireFound(List<String> before, String beginning) throws Exception {
        List<String> came = new ArrayList<>();
        await(
                () -> {
                    came.clear();
                    came.addAll(gaps());
                    came.removeAll(before);
                    return came.stream().anyMatch(gap -> isWanted(gap, beginning));
                });
        String gap = came.stream().filter(of -> isWanted(of, beginning)).findFirst().orElseThrow();
        String reason = gap.split("\\|")[3];
        Report report = verify();
        assertThat(report.findings()).isEmpty();
        assertThat(report.outcome()).isEqualTo(Report.Outcome.INTACT);
        assertThat(report.gaps()).anySatisfy(line -> assertThat(line).contains(reason));
        if (gap.startsWith("chain-broken|")) {
            String[] bounds = gap.split("\\|")[4].split(" ");
            assertThat(report.gaps())
                    .as("what the segments themselves say")
                    .anySatisfy(
                            line ->
                                    assertThat(line)
                                            .contains(
                                                    "from position "
                                                            + bounds[0]
                                                            + " to "
                                                            + bounds[1]));
        }
        if (gap.startsWith("expired|") || gap.startsWith("skipped|")) {
            String[] bounds = gap.split("\\|")[4].split(" ");
            assertThat(report.gaps())
                    .as("what the segments themselves say")
                    .anySatisfy(
                            line ->
                                    assertThat(line)
                                            .contains(
                                                    "offsets "
                                                            + bounds[0]
                                                            + " to "
                                                            + (Long.parseLong(bounds[1]) - 1)
                                                            + " were not read"));
        }
    }

    private static boolean isWanted(String gap, String beginning) {
        return gap.startsWith(beginning) && !gap.endsWith("|open");
    }

    private static void whileNobodyReads(String... statements) throws Exception {
        pipeline.kill(Part.CONNECT);
        await(
                () -> {
                    try (Connection source = pipeline.sourceAdministrator().connect("the source");
                            Statement statement = source.createStatement()) {
                        return "0"
                                .equals(
                                        Tamper.one(
                                                statement,
                                                "SELECT count(*) FROM pg_replication_slots WHERE active"));
                    }
                });
        source(statements);
        pipeline.start(Part.CONNECT);
    }

    /** The gaps: cause, stage, where, reason, bounds. */
    private static List<String> gaps() throws SQLException {
        List<String> gaps = new ArrayList<>();
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT concat_ws('|', cause, stage, coalesce(topic || '-' || partition, '-'), reason,
                                  coalesce(from_position, from_offset::text, '-') || ' '
                                    || coalesce(to_position, to_offset::text, '-'))
                                    || CASE WHEN to_time IS NULL THEN '|open' ELSE '' END
                                FROM audit.known_gap""")) {
            while (row.next()) {
                gaps.add(row.getString(1));
            }
        }
        return gaps;
    }

    private static void sendToEntries() throws Exception {
        try (Producer<byte[], byte[]> producer =
                        new KafkaProducer<>(
                                new HashMap<>(clientSettings()),
                                new ByteArraySerializer(),
                                new ByteArraySerializer());
                Admin admin = Admin.create(new HashMap<>(clientSettings()))) {
            for (TopicPartition partition : partitions(admin, Topic.ENTRIES.defaultName())) {
                for (int i = 0; i < 5; i++) {
                    ProducerRecord<byte[], byte[]> record =
                            new ProducerRecord<>(
                                    partition.topic(),
                                    partition.partition(),
                                    null,
                                    REPORT.getBytes(StandardCharsets.UTF_8));
                    record.headers().add("daybook.kind", "report".getBytes(StandardCharsets.UTF_8));
                    producer.send(record).get();
                }
            }
        }
    }

    private static void deleteRecords(String topic) throws Exception {
        try (Admin admin = Admin.create(new HashMap<>(clientSettings()))) {
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            partitions(admin, topic).forEach(of -> latest.put(of, OffsetSpec.latest()));
            Map<TopicPartition, RecordsToDelete> delete = new HashMap<>();
            admin.listOffsets(latest)
                    .all()
                    .get()
                    .forEach(
                            (partition, end) ->
                                    delete.put(
                                            partition, RecordsToDelete.beforeOffset(end.offset())));
            admin.deleteRecords(delete).all().get();
        }
    }

    private static List<TopicPartition> partitions(Admin admin, String topic) throws Exception {
        return admin
                .describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    private static Map<String, String> clientSettings() {
        ConnectionInfo connection = pipeline.connection();
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

    private static Report verify() throws IOException, SQLException {
        DataDirectory data = new DataDirectory(directory);
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        return new Verification(
                        new DirectoryStore(Sealing.log(data)),
                        Policy.parse(Files.readString(Sealing.policy(data))),
                        List.of(),
                        Duration.ofSeconds(60))
                .run(audit.jdbcUrl(), user, rows -> {});
    }

    private static String slot() {
        return pipeline.slot();
    }

    private static void source(String... statements) throws SQLException {
        try (Connection source = pipeline.sourceAdministrator().connect("the source");
                Statement statement = source.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String one(String query) throws SQLException {
        try (Connection database = audit.connect("the audit database");
                Statement statement = database.createStatement()) {
            return Tamper.one(statement, query);
        }
    }

    private static long count(String query) throws SQLException {
        return Long.parseLong(one(query));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("it comes in time").isLessThan(end);
            Thread.sleep(200);
        }
    }
}
