package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.RecordHeader;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a watermark claims is held to what can be so before coverage trusts it. */
class WatermarkRangesTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);
    private static final TopicPartition ENTRIES_1 = new TopicPartition("entries", 1);
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-22T09:30:00Z"), ZoneOffset.UTC);

    private AuditDatabase database;

    @BeforeEach
    void create() {
        database = AuditDatabase.create();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "99@2@2026-11-22T09:00:00Z@changes_partition is 99 of 2",
                "2@2@2026-11-22T09:00:00Z@changes_partition is 2 of 2",
                "-1@2@2026-11-22T09:00:00Z@changes_partition is -1 of 2",
                "0@0@2026-11-22T09:00:00Z@changes_partition is 0 of 0",
                "0@2147483647@2026-11-22T09:00:00Z@changes_partition is 0 of 2147483647",
                "0@2@9999-12-31T23:59:59.999999Z@complete_until is 9999-12-31T23:59:59.999999Z",
                "0@2@2026-11-22T09:31:00.000001Z@complete_until is 2026-11-22T09:31:00.000001Z"
            })
    void aWatermarkOutOfRangeIsRejectedAndCoverageStaysAsItWas(
            int partition, int partitions, String time, String reason) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database), CLOCK)) {
            // Given
            watermark(worker, 0, "shop", 0, 2, "2026-11-22T09:00:00Z", "");

            // When
            watermark(worker, 1, "shop", partition, partitions, time, "");
            worker.open(ENTRIES_0, ENTRIES_1);
            worker.drain();

            // Then
            assertThat(
                            database.rows(
                                    "SELECT source, changes_partition, entries_partition FROM"
                                            + " audit.watermark"))
                    .containsExactly("shop|0|0");
            assertThat(
                            database.rows(
                                    "SELECT stage, code, source, reason LIKE '"
                                            + reason
                                            + ", but must%' FROM audit.rejected"))
                    .containsExactly("sink|bad-watermark|shop|t");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                ",\"entries_partition\":0@entries_partition is 0",
                ",\"entries_partitions\":1@entries_partition is 1 of 1"
            })
    void aWatermarkThatSpeaksOfAnotherPartitionThanItsOwnIsRejected(String more, String reason) {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database), CLOCK)) {
            watermark(worker, 1, "shop", 0, 2, "2026-11-22T09:00:00Z", more);
            worker.open(ENTRIES_1);
            worker.drain();

            assertThat(database.rows("SELECT * FROM audit.watermark")).isEmpty();
            assertThat(database.rows("SELECT reason FROM audit.rejected"))
                    .singleElement()
                    .asString()
                    .startsWith(reason + ", but must");
        }
    }

    @Test
    void aWatermarkOfNoSourceIsRejected() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database), CLOCK)) {
            watermark(worker, 0, "", 0, 2, "2026-11-22T09:00:00Z", "");
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(database.rows("SELECT * FROM audit.watermark")).isEmpty();
        }
    }

    @Test
    void aWatermarkOfASourceThatIsNotNamedIsRejectedWhereTheyAre() {
        Map<String, String> settings = new HashMap<>(TaskHarness.settings(database));
        settings.put("sources", "shop, mill");
        try (TaskHarness worker = new TaskHarness(settings, CLOCK)) {
            watermark(worker, 0, "shop", 0, 2, "2026-11-22T09:00:00Z", "");
            watermark(worker, 0, "mill", 0, 2, "2026-11-22T09:00:00Z", "");
            watermark(worker, 0, "sh0p", 0, 2, "2026-11-22T09:00:00Z", "");
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(database.rows("SELECT source FROM audit.watermark ORDER BY 1"))
                    .containsExactly("mill", "shop");
            assertThat(database.rows("SELECT code, source, reason FROM audit.rejected"))
                    .singleElement()
                    .asString()
                    .startsWith(
                            "bad-watermark|sh0p|source is sh0p, but the sink's setting sources does"
                                    + " not name it.");
        }
    }

    @Test
    void clocksMayBeAMinuteApart() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database), CLOCK)) {
            watermark(worker, 0, "shop", 1, 2, "2026-11-22T09:31:00Z", "");
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(database.rows("SELECT complete_until FROM audit.watermark"))
                    .containsExactly("2026-11-22 09:31:00+00");
        }
    }

    @Test
    void aWatermarkInTheFutureThatAnEarlierBuildBelievedIsPutRight() {
        // Given
        database.execute(
                "INSERT INTO audit.watermark (source, changes_partition, entries_partition,"
                        + " changes_partitions, entries_partitions, complete_until) VALUES ('shop',"
                        + " 0, 0, 2, 2, '9999-12-31 23:59:59Z')");

        // When
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database), CLOCK)) {
            watermark(worker, 0, "shop", 0, 2, "2026-11-22T09:00:00Z", "");
            worker.open(ENTRIES_0);
            worker.drain();
        }

        // Then
        assertThat(database.rows("SELECT complete_until FROM audit.watermark"))
                .containsExactly("2026-11-22 09:00:00+00");
    }

    @Test
    void theLogIsCompleteUntilTheLeastOfAllPairsOfPartitions() {
        store(0, 2, "now() - interval '3 minutes'");

        assertThat(completeness()).containsExactly("shop|-");

        store(1, 2, "now() - interval '2 minutes'");
        assertThat(completeness()).containsExactly("shop|t");
    }

    @Test
    void aStoredWatermarkOfAPartitionThatIsNotThereHoldsNothingBack() {
        store(0, 2, "now() - interval '3 minutes'");
        store(1, 2, "now() - interval '2 minutes'");
        store(99, 2, "now() - interval '1 year'");
        store(2, 2, "now() - interval '1 year'");

        assertThat(completeness()).containsExactly("shop|t");
    }

    @Test
    void aStoredWatermarkOfTheFutureMakesNothingComplete() {
        store(0, 2, "timestamptz '9999-12-31 23:59:59Z'");
        store(1, 2, "timestamptz '9999-12-31 23:59:59Z'");
        assertThat(database.rows("SELECT complete_until FROM audit.completeness")).isEmpty();

        store(1, 1, "now() + interval '50 seconds'", "mill");
        store(0, 1, "now() + interval '50 seconds'", "mill");
        assertThat(database.rows("SELECT source, complete_until <= now() FROM audit.completeness"))
                .containsExactly("mill|t");
    }

    /** Whether the log is complete until three minutes ago. */
    private List<String> completeness() {
        return database.rows(
                "daybook_reader",
                "SELECT source, complete_until BETWEEN now() - interval '3 minutes 30 seconds' AND"
                        + " now() - interval '2 minutes 30 seconds' FROM audit.completeness");
    }

    private void store(int partition, int partitions, String time) {
        store(partition, partitions, time, "shop");
    }

    private void store(int partition, int partitions, String time, String source) {
        database.execute(
                "INSERT INTO audit.watermark (source, changes_partition, entries_partition,"
                        + " changes_partitions, entries_partitions, complete_until) VALUES ('"
                        + source
                        + "', "
                        + partition
                        + ", 0, "
                        + partitions
                        + ", 1, "
                        + time
                        + ")");
    }

    private static void watermark(
            TaskHarness worker,
            int entriesPartition,
            String source,
            int partition,
            int partitions,
            String time,
            String more) {
        worker.append(
                        "entries",
                        entriesPartition,
                        """
                        {"source":"%s","changes_partition":%d,"changes_partitions":%d,
                         "complete_until":"%s","position":null%s}\
                        """
                                .formatted(source, partition, partitions, time, more))
                .headers()
                .addString(RecordHeader.KIND, RecordHeader.WATERMARK);
    }
}
