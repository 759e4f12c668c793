package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.RecordHeader;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.header.Headers;
import org.junit.jupiter.api.Test;

import java.util.List;

/** How the sink says that it works, or why it does not, and keeps what the ingest says. */
class SelfReportTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);

    private final AuditDatabase database = AuditDatabase.create();

    private List<String> parts() {
        return database.rows(
                "SELECT stage, instance, failing_since IS NOT NULL, reason FROM audit.part ORDER"
                        + " BY stage");
    }

    private List<String> standstill() {
        return database.rows("SELECT source, stage, reason FROM audit.standstill");
    }

    private void age(String what) {
        database.execute(
                "UPDATE audit."
                        + what
                        + (what.equals("watermark") ? " SET recorded_at = " : " SET reported_at = ")
                        + "now() - interval '1 minute'");
    }

    @Test
    void aTaskThatHasNothingToStoreReportsThatItWorks() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.open(ENTRIES_0);
            worker.poll();
            worker.poll();

            assertThat(parts()).singleElement().asString().startsWith("sink|").endsWith("|f|-");
        }
    }

    @Test
    void aTaskThatTheDatabaseRefusesReportsSinceWhenAndWhy() {
        database.execute("REVOKE INSERT ON audit.watermark FROM daybook_writer");
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            watermark(worker);
            worker.open(ENTRIES_0);
            worker.poll();

            assertThat(parts())
                    .singleElement()
                    .asString()
                    .contains("|t|", "permission denied for table watermark");
        }
    }

    @Test
    void theIngestsReportIsKeptAndTheNextOneTakesItsPlace() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            report(worker, "\"2026-11-22T09:30:00.000000Z\"", "\"It fails.\"");
            worker.open(ENTRIES_0);
            worker.drain();
            assertThat(parts()).contains("ingest|a/1|t|It fails.");

            report(worker, "null", "null");
            worker.drain();
            assertThat(parts()).contains("ingest|a/1|f|-");
            assertThat(database.rows("SELECT * FROM audit.rejected")).isEmpty();
        }
    }

    @Test
    void aKindOfALaterBuildIsPassedOverIfItIsNoEvidenceAndRejectedIfItIs() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            later(worker).addString(RecordHeader.OPTIONAL, "");
            later(worker);
            later(worker).addString(RecordHeader.OPTIONAL, "");
            worker.open(ENTRIES_0);
            worker.drain();
            // A batch of nothing else.
            later(worker).addString(RecordHeader.OPTIONAL, "");
            worker.drain();
            watermark(worker);
            worker.drain();

            assertThat(database.rows("SELECT code, record_offset FROM audit.rejected"))
                    .containsExactly("unknown-kind|1");
            assertThat(database.rows("SELECT count(*) FROM audit.watermark")).containsExactly("1");
            assertThat(database.rows("SELECT count(*) FROM audit.gap")).containsExactly("0");
            assertThat(database.rows("SELECT next_offset FROM audit.sink_offset"))
                    .containsExactly("5");
        }
    }

    private static Headers later(TaskHarness worker) {
        return worker.append("entries", 0, "{\"something\":\"new\"}")
                .headers()
                .addString(RecordHeader.KIND, "forecast");
    }

    @Test
    void aStandstillIsBlamedOnTheFirstPartThatIsSilentOrFails() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            watermark(worker);
            report(worker, "null", "null");
            worker.open(ENTRIES_0);
            worker.drain();
            assertThat(standstill()).isEmpty();

            age("watermark");
            assertThat(standstill())
                    .singleElement()
                    .asString()
                    .contains("shop|source|No heartbeat");

            report(worker, "\"2026-11-22T09:30:00.000000Z\"", "\"It fails.\"");
            worker.drain();
            assertThat(standstill()).containsExactly("shop|ingest|It fails.");

            database.execute(
                    "UPDATE audit.part SET reported_at = now() - interval '1 minute' WHERE stage = 'ingest'");
            assertThat(standstill())
                    .singleElement()
                    .asString()
                    .contains("shop|ingest|It has not reported since");

            age("part");
            assertThat(standstill())
                    .singleElement()
                    .asString()
                    .contains("shop|sink|It has not reported since");

            watermark(worker);
            worker.drain();
            assertThat(standstill()).isEmpty();
        }
    }

    @Test
    void aSourceThatGoesOnWhileItsClockIsBehindIsSaidToHaveHadItSetBack() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            watermark(worker);
            report(worker, "null", "null");
            worker.open(ENTRIES_0);
            worker.drain();
            age("watermark");
            database.execute(
                    "INSERT INTO audit.entry (id, committed_at, source_committed_at, source, table_name,"
                            + " entity_key, operation, sequence, after) SELECT gen_random_uuid(),"
                            + " at, at - interval '1 hour', 'shop', 'public.t', '1', 'insert', 1,"
                            + " '{}' FROM (SELECT date_trunc('milliseconds', now()) AS at) AS t");

            assertThat(standstill())
                    .singleElement()
                    .asString()
                    .contains("shop|source|Its server's clock was set back, by 3600 s");

            // Where other partitions go on, it is not the clock.
            database.execute(
                    "INSERT INTO audit.watermark (source, changes_partition, entries_partition,"
                            + " changes_partitions, entries_partitions, complete_until) VALUES"
                            + " ('shop', 1, 0, 2, 1, now())");
            assertThat(standstill())
                    .singleElement()
                    .asString()
                    .contains("shop|ingest|Watermarks of these partitions");
        }
    }

    @Test
    void aSourceWhoseHeartbeatsAreRareIsNotSaidToStandStillBetweenThem() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            watermark(worker, "2026-11-22T09:30:00.000000Z");
            worker.open(ENTRIES_0);
            worker.drain();
            watermark(worker, "2026-11-22T09:31:00.000000Z");
            worker.drain();
            age("watermark");

            assertThat(standstill()).isEmpty();
        }
    }

    private static void watermark(TaskHarness worker) {
        watermark(worker, "2026-11-22T09:30:00.000000Z");
    }

    private static void watermark(TaskHarness worker, String completeUntil) {
        worker.append(
                        "entries",
                        0,
                        """
                        {"source":"shop","changes_partition":0,"changes_partitions":1,
                         "complete_until":"%s","position":null}\
                        """
                                .formatted(completeUntil))
                .headers()
                .addString("daybook.kind", "watermark");
    }

    private static void report(TaskHarness worker, String since, String reason) {
        worker.append(
                        "entries",
                        0,
                        """
                        {"stage":"ingest","instance":"a/1","failing_since":%s,"reason":%s}\
                        """
                                .formatted(since, reason))
                .headers()
                .addString("daybook.kind", "report");
    }
}
