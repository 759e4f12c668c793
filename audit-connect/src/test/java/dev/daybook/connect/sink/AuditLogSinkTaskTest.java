package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
                    {"id":"0199a2b0-0000-8001-8000-000000000001","committed_at":"2026-11-22T09:30:00.120001Z",
                     "source":"shop","table_name":"public.orders","entity_key":"4\\"2\\u00e9",
                     "old_entity_key":"41","operation":"update","transaction_id":7431,"sequence":12,
                     "position":"00000000/0A1B2C3D.2.00000000/0A1B2C30",
                     "before":{"id":41, "n":1.10},"after":{"id":42,"n":1e400,"t":"\\u0000 \\ud83d\\ude00"},
                     "unknown_columns":["a\\"b","c\\\\d",""],"actor":"anna"}\
                    """);
            worker.append(
                    "transactions",
                    0,
                    """
                    {"source":"shop","transaction_id":7431,"committed_at":"2026-11-22T09:30:00.120001Z",
                     "actor":"anna","reason":"why","request_id":null,"attributes":{"a": [1, 2]}}\
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
                            "0199a2b0-0000-8001-8000-000000000001|2026-11-22 09:30:00.120001+00|shop|"
                                    + "public.orders|4\"2é|41|update|7431|12|"
                                    + "00000000/0A1B2C3D.2.00000000/0A1B2C30|{\"id\":41, \"n\":1.10}|"
                                    + "{\"id\":42,\"n\":1e400,\"t\":\"\\u0000 \\ud83d\\ude00\"}|"
                                    + "{\"a\\\"b\",\"c\\\\d\",\"\"}|anna");
            assertThat(
                            database.rows(
                                    "SELECT source, transaction_id, committed_at, actor, reason, request_id,"
                                            + " attributes FROM audit.transaction"))
                    .containsExactly(
                            "shop|7431|2026-11-22 09:30:00.120001+00|anna|why|-|{\"a\": [1, 2]}");
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
                    .containsExactly("test|entries|0|1", "test|rejected|0|1", "test|transactions|0|1");
            assertThat(worker.committable()).containsEntry(ENTRIES_0, 1L).hasSize(3);
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

    static String entry(long number) {
        return """
        {"id":"%s","committed_at":"2026-11-22T09:30:00.120001Z","source":"shop","table_name":"public.t",\
        "operation":"insert","sequence":%d}\
        """
                .formatted(new UUID(0x8000L, 0x8000_0000_0000_0000L | number), number);
    }
}
