package dev.daybook.connect.sink;

import static dev.daybook.connect.sink.TestEntries.entry;
import static dev.daybook.connect.sink.TestEntries.id;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.SinkSetting;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** The task against a real audit database. */
class AuditLogSinkTaskTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);
    private static final TopicPartition ENTRIES_1 = new TopicPartition("entries", 1);
    private static final TopicPartition TRANSACTIONS = new TopicPartition("transactions", 0);
    private static final TopicPartition REJECTED = new TopicPartition("rejected", 0);

    private AuditDatabase database;

    @BeforeEach
    void create() {
        database = AuditDatabase.create();
    }

    @Test
    void everyColumnArrivesAsItWas() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            worker.append(
                    "entries",
                    0,
                    """
                    {"id":"%s","committed_at":"2026-11-22T09:30:00.120001Z",
                     "source":"shop","table_name":"public.orders","entity_key":"4\\"2\\u00e9",
                     "old_entity_key":"41","operation":"update","transaction_id":7431,"sequence":12,
                     "position":"00000000/0A1B2C3D.2.00000000/0A1B2C30",
                     "before":{"id":41, "n":1.10},"after":{"id":42,"n":1e400,"t":"\\u0000 \\ud83d\\ude00"},
                     "unknown_columns":["a\\"b","c\\\\d",""],"actor":"anna"}\
                    """
                            .formatted(id(1, "2026-11-22T09:30:00.120001Z")));
            worker.append(
                    "transactions",
                    0,
                    """
                    {"source":"shop","transaction_id":7431,"committed_at":"2026-11-22T09:30:00.120001Z",
                     "actor":"anna","reason":"why","request_id":null,"attributes":{"a": [1, 2]},
                     "login_role":"eve"}\
                    """);
            worker.append(
                    "rejected",
                    0,
                    """
                    {"id":"0199a2b0-0000-8001-8000-000000000003","rejected_at":"2026-11-22T09:30:00Z",
                     "source":"shop","stage":"ingest","code":"not-json","reason":"No.","topic":"changes.shop",
                     "partition":3,"record_offset":99,"table_name":null,"record_key":"AQI=","record_value":null}\
                    """);

            // When
            worker.open(ENTRIES_0, TRANSACTIONS, REJECTED);
            worker.drain();

            // Then
            assertThat(
                            database.rows(
                                    "SELECT id, committed_at, source, table_name, entity_key, old_entity_key,"
                                            + " operation, transaction_id, sequence, position, before, after,"
                                            + " unknown_columns, actor FROM audit.entry"))
                    .containsExactly(
                            id(1, "2026-11-22T09:30:00.120001Z")
                                    + "|2026-11-22 09:30:00.120001+00|shop|"
                                    + "public.orders|4\"2é|41|update|7431|12|"
                                    + "00000000/0A1B2C3D.2.00000000/0A1B2C30|{\"id\":41, \"n\":1.10}|"
                                    + "{\"id\":42,\"n\":1e400,\"t\":\"\\u0000 \\ud83d\\ude00\"}|"
                                    + "{\"a\\\"b\",\"c\\\\d\",\"\"}|anna");
            assertThat(
                            database.rows(
                                    "SELECT source, transaction_id, committed_at, actor, reason, request_id,"
                                            + " attributes, login_role FROM audit.transaction"))
                    .containsExactly(
                            "shop|7431|2026-11-22 09:30:00.120001+00|anna|why|-|{\"a\": [1, 2]}|eve");
            assertThat(
                            database.rows(
                                    "SELECT id, rejected_at, source, stage, code, reason, topic, partition,"
                                            + " record_offset, table_name, record_key, record_value FROM"
                                            + " audit.rejected"))
                    .containsExactly(
                            "0199a2b0-0000-8001-8000-000000000003|2026-11-22 09:30:00+00|shop|ingest|not-json|"
                                    + "No.|changes.shop|3|99|-|\\x0102|-");
            assertThat(
                            database.rows(
                                    "SELECT sink, topic, partition, next_offset FROM audit.sink_offset ORDER"
                                            + " BY topic"))
                    .containsExactly(
                            "test|entries|0|1", "test|rejected|0|1", "test|transactions|0|1");
            assertThat(worker.committable()).containsEntry(ENTRIES_0, 1L).hasSize(3);
        }
    }

    @Test
    void attributesMayNestAsDeepAsTheIngestLetsThem() {
        attributesAreAnyJson("[".repeat(2_000) + "]".repeat(2_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100})
    void theSourcesOwnCommitTimeIsStoredHoweverManyEntriesAreThere(int entries) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            for (int i = 1; i <= entries; i++) {
                worker.append("entries", 0, entry(2 * i));
                worker.append(
                        "entries",
                        0,
                        entry(2 * i + 1)
                                .replace(
                                        "}",
                                        ",\"source_committed_at\":\"2026-11-22T08:30:00.000007Z\"}"));
            }
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT source_committed_at, count(*) FROM audit.entry GROUP BY 1"
                                            + " ORDER BY 1"))
                    .containsExactly("2026-11-22 08:30:00.000007+00|" + entries, "-|" + entries);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\" : 1}", "[1, {}]", "\"te\\\"xt é\"", "-1.50e+3", "7", "true"})
    void attributesAreAnyJson(String attributes) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append(
                    "transactions",
                    0,
                    "{\"attributes\": "
                            + attributes
                            + " , \"source\":\"shop\",\"transaction_id\":1,"
                            + "\"committed_at\":\"2026-11-22T09:30:00.000000Z\"}");
            worker.open(TRANSACTIONS);
            worker.drain();

            assertThat(database.rows("SELECT attributes FROM audit.transaction"))
                    .containsExactly(attributes);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T09:30:00Z, 2026-11-22 09:30:00+00",
        "2026-11-22T09:30:00.5Z, 2026-11-22 09:30:00.5+00",
        "2026-11-22T09:30:00.123456400Z, 2026-11-22 09:30:00.123456+00"
    })
    void aRejectionsTimeMayHaveNanoseconds(String time, String stored) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append(
                    "rejected",
                    0,
                    "{\"id\":\"0199a2b0-0000-8001-8000-000000000003\",\"rejected_at\":\""
                            + time
                            + "\",\"stage\":\"ingest\",\"code\":\"c\",\"reason\":\"r\"}");
            worker.open(REJECTED);
            worker.drain();

            assertThat(database.rows("SELECT rejected_at, stage FROM audit.rejected"))
                    .containsExactly(stored + "|ingest");
        }
    }

    @Test
    void nullsAreNulls() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, entry(1));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT entity_key, old_entity_key, transaction_id, position, before,"
                                            + " after, unknown_columns, actor FROM audit.entry"))
                    .containsExactly("-|-|-|-|-|-|-|-");
        }
    }

    @Test
    void watermarksOnlyMoveForward() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            for (String time : new String[] {"10:00", "11:00", "10:30"}) {
                SinkRecord record =
                        worker.append(
                                "entries",
                                1,
                                """
                                {"source":"shop","changes_partition":3,"changes_partitions":4,
                                 "complete_until":"2026-11-22T%s:00.000000Z","position":"0/1"}\
                                """
                                        .formatted(time));
                record.headers().addString("daybook.kind", "watermark");
            }
            worker.open(ENTRIES_1);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT source, changes_partition, entries_partition,"
                                            + " changes_partitions, entries_partitions, complete_until,"
                                            + " position FROM audit.watermark"))
                    .containsExactly("shop|3|1|4|2|2026-11-22 11:00:00+00|0/1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 200})
    void aRepeatedEntryIsStoredOnce(int count) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            for (int i = 0; i < count; i++) {
                worker.append("entries", 0, entry(i));
            }
            worker.open(ENTRIES_0);
            worker.drain();

            // When
            for (int i = 0; i < 2 * count; i++) {
                worker.append("entries", 0, entry(i));
            }
            worker.drain();
            worker.append("entries", 0, entry(0));
            worker.drain();

            // Then
            assertThat(database.rows("SELECT count(*), count(DISTINCT id) FROM audit.entry"))
                    .containsExactly(2 * count + "|" + 2 * count);
            assertThat(worker.committable()).containsEntry(ENTRIES_0, 3L * count + 1);
        }
    }

    @Test
    void aLargeBatchIsStoredByCopyWithTheSameColumns() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            String[] months = {"2026-11", "1999-01", "2026-12", "0001-01", "6000-02"};
            for (int i = 0; i < 500; i++) {
                worker.append(
                        "entries",
                        i % 2,
                        """
                        {"id":"%s","committed_at":"%s-22T09:30:00.12Z","source":"shop",
                         "table_name":"public.t","entity_key":"ключ\\n%d","operation":"update",
                         "transaction_id":%d,"sequence":-3,"before":{"a" : %d},"after":{},
                         "unknown_columns":%s,"actor":""}\
                        """
                                .formatted(
                                        id(i, months[i % months.length] + "-22T09:30:00.12Z"),
                                        months[i % months.length],
                                        i,
                                        i,
                                        i,
                                        i % 3 == 0 ? "[]" : "[\"x\\\"\",\"é\"]"));
            }
            worker.append(
                    "transactions",
                    0,
                    "{\"source\":\"shop\",\"transaction_id\":1,"
                            + "\"committed_at\":\"1980-01-01T00:00:00.000000Z\"}");

            // When
            worker.open(ENTRIES_0, ENTRIES_1, TRANSACTIONS);
            worker.drain();

            // Then
            assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("500");
            assertThat(
                            database.rows(
                                    "SELECT committed_at, entity_key, transaction_id, sequence, before, after,"
                                            + " unknown_columns, actor, tableoid::regclass FROM audit.entry WHERE"
                                            + " transaction_id IN (3, 4, 5) ORDER BY transaction_id"))
                    .containsExactly(
                            "0001-01-22 09:30:00.12+00|ключ\n3|3|-3|{\"a\" : 3}|{}|{}||audit.entry_0001_01",
                            "6000-02-22 09:30:00.12+00|ключ\n4|4|-3|{\"a\" : 4}|{}|{\"x\\\"\",é}||"
                                    + "audit.entry_6000_02",
                            "2026-11-22 09:30:00.12+00|ключ\n5|5|-3|{\"a\" : 5}|{}|{\"x\\\"\",é}||"
                                    + "audit.entry_2026_11");
            assertThat(database.rows("SELECT sum(next_offset) FROM audit.sink_offset"))
                    .containsExactly("501");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "@empty-record",
                "nonsense@not-json",
                "[]@bad-shape",
                "{}@missing-member",
                "{} {}@not-json",
                "{\"surprise\":1}@unknown-member",
                "{\"id\":\"x\"}@bad-value",
                "{\"id\":\"1-1-1-1-1\"}@bad-value",
                "{\"committed_at\":\"2026-02-30T00:00:00Z\"}@bad-value",
                "{\"committed_at\":\"2026-02-20T00:00:00.1234567Z\"}@bad-value",
                "{\"committed_at\":\"infinity\"}@bad-value",
                "{\"sequence\":9223372036854775808}@bad-value",
                "{\"sequence\":1.5}@bad-value",
                "{\"sequence\":1,\"sequence\":1}@bad-shape",
                "{\"before\":[]}@bad-value",
                "{\"entity_key\":\"a\\u0000b\"}@bad-text",
                "{\"entity_key\":\"\\ud800\"}@bad-text",
                "{\"after\":{\"a\":}}@not-json"
            })
    void whatBreaksTheContractIsRejectedAlone(String value, String code) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            worker.append("entries", 0, entry(1));
            worker.append("entries", 0, value);
            worker.append("entries", 0, entry(2));

            // When
            worker.open(ENTRIES_0);
            worker.drain();

            // Then
            assertThat(database.rows("SELECT sequence FROM audit.entry ORDER BY 1"))
                    .containsExactly("1", "2");
            String bytes = value == null ? "-" : value;
            assertThat(
                            database.rows(
                                    "SELECT stage, code, topic, partition, record_offset,"
                                            + " convert_from(record_key, 'UTF8'), convert_from(record_value,"
                                            + " 'UTF8') FROM audit.rejected"))
                    .containsExactly("sink|" + code + "|entries|0|1|key|" + bytes);
            assertThat(worker.committable()).containsEntry(ENTRIES_0, 3L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 31, 300})
    void aRowThatTheDatabaseRefusesIsRejectedAlone(int count) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given a table name that no index holds, and JSON that is no UTF-8
            for (int i = 0; i < count; i++) {
                worker.append("entries", 0, entry(i));
            }
            worker.append("entries", 0, entry(count).replace("public.t", noise(9_000)));
            byte[] bytes =
                    entry(count + 1)
                            .replace("\"sequence\"", "\"after\":{\"a\":\"\u00ff\"},\"sequence\"")
                            .getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == (byte) 0xC3) {
                    // An overlong form of '/', which parsers of JSON let pass.
                    bytes[i] = (byte) 0xC0;
                    bytes[i + 1] = (byte) 0xAF;
                }
            }
            worker.append("entries", 0, bytes);
            worker.append("entries", 0, entry(count + 2));

            // When
            worker.open(ENTRIES_0);
            worker.drain();

            // Then
            assertThat(database.rows("SELECT count(*) FROM audit.entry"))
                    .containsExactly(String.valueOf(count + 1));
            assertThat(database.rows("SELECT code, record_offset FROM audit.rejected ORDER BY 2"))
                    .hasSize(2)
                    .allMatch(
                            row ->
                                    row.matches(
                                            "(database-refused|not-json)\\|"
                                                    + count
                                                    + "|.*\\|"
                                                    + (count + 1)));
        }
    }

    @Test
    void anEntityKeyLongerThanAnIndexHoldsIsStoredAndFound() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            String key = "é" + noise(20_000);
            worker.append(
                    "entries",
                    0,
                    entry(1).replace(
                                    "\"operation\"",
                                    "\"entity_key\":\"" + key + "\",\"operation\""));
            worker.open(ENTRIES_0);
            worker.drain();

            String where =
                    " FROM audit.entry WHERE table_name = 'public.t' AND left(entity_key, 200) = left('"
                            + key
                            + "', 200) AND entity_key = '"
                            + key
                            + "'";
            assertThat(database.rows("SELECT sequence" + where)).containsExactly("1");
            assertThat(
                            database.rows(
                                    "EXPLAIN SELECT sequence"
                                            + where
                                            + " ORDER BY committed_at DESC"))
                    .anyMatch(line -> line.contains("Index Scan"));
        }
    }

    @Test
    void theStoredOffsetsAreTheTruth() {
        // Given
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            for (int i = 0; i < 10; i++) {
                worker.append("entries", 0, entry(i));
            }
            worker.open(ENTRIES_0);
            worker.drain();
        }
        database.execute("UPDATE audit.sink_offset SET next_offset = 6");

        // When the consumer group says that everything has been read, or nothing
        for (long believed : new long[] {12, 0}) {
            try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
                for (int i = 0; i < 12; i++) {
                    worker.append("entries", 0, entry(100 + i));
                }
                worker.position(ENTRIES_0, believed);
                worker.open(ENTRIES_0);
                worker.drain();

                // Then
                assertThat(worker.committable()).containsEntry(ENTRIES_0, 12L);
            }
        }
        assertThat(
                        database.rows(
                                "SELECT sequence FROM audit.entry WHERE sequence >= 100 ORDER BY 1"))
                .containsExactly("106", "107", "108", "109", "110", "111");
    }

    @Test
    void aTaskThatHasBeenReplacedStoresNothing() {
        try (TaskHarness old = new TaskHarness(TaskHarness.settings(database));
                TaskHarness successor = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            for (int i = 0; i < 5; i++) {
                old.append("entries", 0, entry(i));
                successor.append("entries", 0, entry(i));
            }
            old.open(ENTRIES_0);
            old.drain();
            successor.open(ENTRIES_0);
            successor.append("entries", 0, entry(5));
            successor.drain();

            // When the old one goes on with what only it has seen
            old.append("entries", 0, entry(99));
            old.poll();

            // Then
            assertThat(database.rows("SELECT max(sequence) FROM audit.entry")).containsExactly("5");
            assertThat(database.rows("SELECT next_offset FROM audit.sink_offset"))
                    .containsExactly("6");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 200})
    void aBatchWhoseConnectionIsLostIsStoredWholeOrNotAtAll(int count) throws Exception {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database));
                Connection other = database.connect("postgres")) {
            // Given a batch that is held up before its commit
            worker.append("entries", 0, entry(0));
            worker.open(ENTRIES_0);
            worker.drain();
            for (int i = 1; i < count; i++) {
                worker.append("entries", 0, entry(i));
            }
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute("SELECT * FROM audit.sink_offset FOR UPDATE");

                // When its connection is cut
                Thread cut =
                        new Thread(
                                () -> {
                                    String kill =
                                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                                                    + " usename = 'daybook_writer' AND wait_event_type = 'Lock'"
                                                    + " AND datname = current_database()";
                                    long deadline = System.nanoTime() + 20_000_000_000L;
                                    while (database.rows(kill).isEmpty()
                                            && System.nanoTime() < deadline) {
                                        Thread.onSpinWait();
                                    }
                                });
                cut.start();
                boolean taken = worker.poll();
                cut.join();

                // Then
                assertThat(taken).isFalse();
                assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("1");
                other.rollback();
            }
            worker.drain();
            assertThat(database.rows("SELECT count(*), count(DISTINCT id) FROM audit.entry"))
                    .containsExactly(count + "|" + count);
            assertThat(worker.committable()).containsEntry(ENTRIES_0, (long) count);
        }
    }

    @Test
    void aPartitionThatComesWhileTheDatabaseIsAwayCostsTheOthersNothing() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            // Given
            worker.append("entries", 0, entry(0));
            worker.open(ENTRIES_0);
            worker.drain();
            database.rows(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename ="
                            + " 'daybook_writer' AND datname = current_database()");

            // When
            worker.append("entries", 0, entry(1));
            worker.append("entries", 1, entry(2));
            worker.open(ENTRIES_1);
            worker.poll();

            // Then
            worker.drain();
            assertThat(database.rows("SELECT sequence FROM audit.entry ORDER BY 1"))
                    .containsExactly("0", "1", "2");
            assertThat(worker.committable())
                    .containsEntry(ENTRIES_0, 2L)
                    .containsEntry(ENTRIES_1, 1L);
        }
    }

    @Test
    void aMonthThatWasDroppedMeanwhileIsMadeAgain() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, entry(1, "1990-05-22T09:30:00.120001Z"));
            worker.open(ENTRIES_0);
            worker.drain();
            database.execute("SELECT audit.drop_partitions_before('2000-01-01')");

            worker.append("entries", 0, entry(2, "1990-05-22T09:30:00.120001Z"));
            worker.drain();

            assertThat(database.rows("SELECT sequence FROM audit.entry")).containsExactly("2");
            assertThat(database.rows("SELECT * FROM audit.rejected")).isEmpty();
        }
    }

    @Test
    void aTaskThatIsRefusedAtFirstNamesTheRemedyAndComesBackByItself() throws Exception {
        // Given
        Map<String, String> settings = TaskHarness.settings(database);
        settings.put(SinkSetting.DATABASE_URL, database.url() + "_late");
        try (TaskHarness worker = new TaskHarness(settings)) {
            worker.append("entries", 0, entry(1));
            worker.open(ENTRIES_0);
            assertThat(worker.poll()).isFalse();
            assertThat(worker.figure("DatabaseFailure").toString()).contains("database.url");

            // When
            AuditDatabase late = database.copy("_late");

            // Then
            worker.drain();
            assertThat(late.rows("SELECT sequence FROM audit.entry")).containsExactly("1");
            assertThat(worker.figure("DatabaseFailure")).isEqualTo("");
        }
    }

    @Test
    void aTaskWithoutRecordsSeesThatTheDatabaseIsThereAgain() throws Exception {
        // Given
        Map<String, String> settings = TaskHarness.settings(database);
        settings.put(SinkSetting.DATABASE_URL, database.url() + "_later");
        try (TaskHarness worker = new TaskHarness(settings)) {
            worker.open(ENTRIES_0);
            assertThat(worker.poll()).isTrue();
            assertThat(worker.figure("DatabaseAvailable")).isEqualTo(false);

            // When
            database.copy("_later");
            worker.poll();

            // Then
            assertThat(worker.figure("DatabaseAvailable")).isEqualTo(true);
        }
    }

    @Test
    void anOperatorSetsTheOffsetsByConnectsInterface() {
        // Given
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, entry(1));
            worker.append("entries", 0, entry(2));
            worker.open(ENTRIES_0);
            worker.drain();
        }

        // When
        Map<TopicPartition, Long> offsets = new HashMap<>();
        offsets.put(ENTRIES_0, null);
        offsets.put(ENTRIES_1, 7L);
        boolean altered =
                new AuditLogSinkConnector().alterOffsets(TaskHarness.settings(database), offsets);

        // Then
        assertThat(altered).isTrue();
        assertThat(database.rows("SELECT partition, next_offset FROM audit.sink_offset ORDER BY 1"))
                .containsExactly("0|0", "1|7");
    }

    /** A text that does not compress. */
    private static String noise(int length) {
        return new Random(1)
                .ints(length, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
