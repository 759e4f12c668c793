package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What became of rejected records that were replayed, and what a replay needs of them. */
class ReplaySinkTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);
    private static final TopicPartition REJECTED_0 = new TopicPartition("rejected", 0);

    private static final String OUTCOME =
            """
            {"replay_id":"00000000-0000-4000-8000-00000000000%d",
             "rejected_id":"00000000-0000-8000-8000-000000000001","outcome":"%s","became":%s,
             "entry_id":%s,"code":%s,"reason":%s}\
            """;

    private final AuditDatabase database = AuditDatabase.create();

    @Test
    void anOutcomeIsStoredOnceAndClosesItsRequest() {
        database.execute(
                """
                INSERT INTO audit.replay (id, rejected_id, requested_by)
                SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid,
                  '00000000-0000-8000-8000-000000000001', 'key ops' FROM generate_series(1, 3) AS n\
                """);
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            for (int i = 0; i < 2; i++) {
                outcome(
                        worker,
                        OUTCOME.formatted(
                                1,
                                "replayed",
                                "\"update\"",
                                "\"00000000-0000-8000-8000-000000000009\"",
                                "null",
                                "null"));
                outcome(
                        worker,
                        OUTCOME.formatted(
                                2,
                                "rejected",
                                "null",
                                "null",
                                "\"wrong-format\"",
                                "\"It is another format.\""));
            }
            outcome(worker, OUTCOME.formatted(3, "lost", "null", "null", "null", "null"));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT outcome, became, entry_id, code, reason FROM"
                                            + " audit.replay_outcome ORDER BY replay_id"))
                    .containsExactly(
                            "replayed|update|00000000-0000-8000-8000-000000000009|-|-",
                            "rejected|-|-|wrong-format|It is another format.");
            assertThat(database.rows("SELECT replay_id FROM audit.open_replay"))
                    .containsExactly("00000000-0000-4000-8000-000000000003");
            assertThat(database.rows("SELECT code, reason FROM audit.rejected"))
                    .containsExactly(
                            "bad-value|outcome is lost, but must be one of replayed, rejected,"
                                    + " unavailable.");
        }
    }

    @Test
    void aRejectedRecordIsStoredWithItsHeadersAndTime() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append(
                    "rejected",
                    0,
                    """
                    {"id":"00000000-0000-8000-8000-000000000001","rejected_at":"2026-11-22T09:30:00Z","source":"shop",
                     "stage":"ingest","code":"not-json","reason":"No.","topic":"changes.shop","partition":1,
                     "record_offset":7,"table_name":null,"record_key":"aw==","record_value":"eA==",
                     "record_headers":[{"name":"daybook.key","value":"W10="},{"name":"n","value":null}],
                     "record_time":"2026-11-22T09:29:00.125000Z"}\
                    """);
            worker.open(REJECTED_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT record_headers, extract(epoch FROM record_time) FROM"
                                            + " audit.rejected"))
                    .containsExactly(
                            "[{\"name\":\"daybook.key\",\"value\":\"W10=\"},{\"name\":\"n\",\"value\":null}]"
                                    + "|1795339740.125000");
        }
    }

    @Test
    void onlyRecordsOfAChangeTopicMayBeRequested() {
        database.execute(
                """
                INSERT INTO audit.rejected (id, rejected_at, stage, code, reason, topic, partition, record_offset)
                VALUES ('00000000-0000-8000-8000-000000000001', now(), 'ingest', 'a', 'b', 'changes.shop', 0, 1),
                  ('00000000-0000-8000-8000-000000000002', now(), 'sink', 'a', 'b', 'entries', 0, 1),
                  ('00000000-0000-8000-8000-000000000003', now(), 'source', 'a', 'b', 'changes.shop', NULL, NULL)\
                """);

        assertThat(
                        database.rows(
                                """
                                SELECT rejected_id, requested_by FROM audit.request_replays(
                                  (SELECT array_agg(gen_random_uuid()) FROM audit.rejected),
                                  (SELECT array_agg(id) FROM audit.rejected), 'key ops')\
                                """))
                .containsExactly("00000000-0000-8000-8000-000000000001|key ops");
    }

    private static void outcome(TaskHarness worker, String json) {
        worker.append("entries", 0, json).headers().addString("daybook.kind", "replay");
    }
}
