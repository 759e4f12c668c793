package dev.daybook.connect.sink;

import static dev.daybook.connect.sink.TestEntries.entry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.DynamicMBean;
import javax.management.MBeanInfo;
import javax.management.ObjectName;

/** Records that are gone before the sink read them are a gap, never a silent jump. */
class GapTest {

    private static final TopicPartition ENTRIES_0 = new TopicPartition("entries", 0);
    private static final TopicPartition ENTRIES_1 = new TopicPartition("entries", 1);

    private AuditDatabase database;

    @BeforeEach
    void create() {
        database = AuditDatabase.create();
    }

    @Test
    void recordsThatExpiredWhileTheSinkStoodStillAreAGapWithBoundsAndCause() throws Exception {
        // Given
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            append(worker, 3);
            watermark(worker, "shop", "10:00");
            watermark(worker, "mill", "11:00");
            worker.open(ENTRIES_0, ENTRIES_1);
            worker.drain();
        }

        // When
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            append(worker, 10);
            worker.expire(ENTRIES_0, 8);
            worker.open(ENTRIES_0, ENTRIES_1);
            worker.drain();

            // Then
            assertThat(
                            database.rows(
                                    "SELECT source, stage, cause, topic, partition, from_offset,"
                                            + " to_offset, from_time, to_time = found_at, found_at"
                                            + " > now() - interval '1 minute' FROM audit.gap ORDER"
                                            + " BY source"))
                    .containsExactly(
                            "mill|sink|expired|entries|0|5|8|2026-11-22 11:00:00+00|t|t",
                            "shop|sink|expired|entries|0|5|8|2026-11-22 10:00:00+00|t|t");
            assertThat(database.rows("SELECT sequence FROM audit.entry ORDER BY 1"))
                    .containsExactly("0", "1", "2", "8", "9");
            assertThat(worker.figure("Gaps")).isEqualTo(1L);
            assertThat(worker.committable()).containsEntry(ENTRIES_0, 10L);
        }
    }

    @Test
    void recordsThatExpireBeforeASinkThatIsTooSlowAreAGap() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            append(worker, 2);
            worker.open(ENTRIES_0);
            worker.drain();

            append(worker, 7);
            worker.expire(ENTRIES_0, 6);
            worker.drain();

            assertThat(database.rows("SELECT source, from_offset, to_offset FROM audit.gap"))
                    .containsExactly("-|2|6");
        }
    }

    @Test
    void aTopicThatWasMadeAnewIsAGapWithoutEnd() {
        // Given
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            append(worker, 5);
            worker.open(ENTRIES_0);
            worker.drain();
        }

        // When
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, entry(100));
            worker.position(ENTRIES_0, 5);
            worker.open(ENTRIES_0);
            worker.drain();
        }

        // Then
        assertThat(database.rows("SELECT cause, from_offset, to_offset FROM audit.gap"))
                .containsExactly("topic-replaced|5|-");
        assertThat(database.rows("SELECT max(sequence) FROM audit.entry")).containsExactly("100");
    }

    @Test
    void aGapThatTheSourceFoundIsRecordedOnceAndClosedLater() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            reported(worker, "null");
            reported(worker, "null");
            reported(worker, "\"2026-11-22T10:00:00Z\"");
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT source, stage, cause, table_name, from_time, to_time,"
                                            + " from_position FROM audit.gap ORDER BY to_time"))
                    .containsExactly(
                            "shop|source|not-published|public.t|2026-11-22 09:00:00+00"
                                    + "|2026-11-22 10:00:00+00|0/1",
                            "shop|source|not-published|public.t|2026-11-22 09:00:00+00|-|0/1");
            assertThat(database.rows("daybook_reader", "SELECT to_time FROM audit.known_gap"))
                    .containsExactly("2026-11-22 10:00:00+00");
            assertThat(database.rows("SELECT * FROM audit.rejected")).isEmpty();
        }
    }

    @Test
    void aPositionThatDoesNotFollowTheOneBeforeIsAGapWithBounds() throws Exception {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            linked(worker, 0, "09:00", "00000000/00000028", "00000000/00000010");
            linked(worker, 1, "09:00", "00000000/00000028", "00000000/00000010");
            linked(worker, 0, "10:00", "00000000/00000040", "00000000/00000028");
            linked(worker, 1, "10:00", "00000000/00000040", "00000000/00000028");
            worker.open(ENTRIES_0, ENTRIES_1);
            worker.drain();
        }
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, entry(0));
            for (int i = 1; i < 2; i++) {
                worker.append("entries", 0, entry(i));
            }
            worker.append("entries", 1, entry(2));
            worker.append("entries", 1, entry(3));
            linked(worker, 0, "11:00", "00000001/00000000", "00000000/00000050");
            linked(worker, 1, "11:00", "00000001/00000000", "00000000/00000050");
            worker.open(ENTRIES_0, ENTRIES_1);
            worker.drain();

            assertThat(
                            database.rows(
                                    "SELECT source, stage, cause, from_position, to_position, from_time, to_time"
                                            + " FROM audit.gap"))
                    .containsExactly(
                            "shop|sink|chain-broken|00000000/00000040|00000000/00000050"
                                    + "|2026-11-22 10:00:00+00|1970-01-01 00:00:00+00");
            assertThat(database.rows("SELECT DISTINCT read_until FROM audit.read_until"))
                    .containsExactly("00000001/00000000");
        }
    }

    @Test
    void positionsThatComeAgainOrBeginAnewAreNoGap() {
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            position(worker, "00000000/00000020", "00000000/00000010");
            position(worker, "00000000/00000030", "00000000/00000020");
            worker.open(ENTRIES_0);
            worker.drain();
            position(worker, "00000000/00000020", "00000000/00000010");
            position(worker, "00000000/00000030", "00000000/00000020");
            position(worker, "00000000/00000040", "00000000/00000030");
            worker.drain();
            assertThat(database.rows("SELECT read_until FROM audit.read_until"))
                    .containsExactly("00000000/00000040");
            position(worker, "00000000/00000015", "00000000/00000000");
            position(worker, "00000000/00000018", "00000000/00000015");
            worker.drain();

            assertThat(database.rows("SELECT * FROM audit.gap")).isEmpty();
            assertThat(database.rows("SELECT * FROM audit.rejected")).isEmpty();
            assertThat(database.rows("SELECT read_until FROM audit.read_until"))
                    .containsExactly("00000000/00000018");

            position(worker, "00000000/00000030", "00000000/00000020");
            position(worker, "00000000/00000050", "00000000/00000045");
            worker.drain();
            assertThat(database.rows("SELECT from_position, to_position FROM audit.gap ORDER BY 1"))
                    .containsExactly(
                            "00000000/00000018|00000000/00000020",
                            "00000000/00000030|00000000/00000045");
            assertThat(database.rows("SELECT * FROM audit.watermark")).isEmpty();
        }
    }

    private static void linked(
            TaskHarness worker, int partition, String time, String position, String previous) {
        worker.append(
                        "entries",
                        partition,
                        """
                        {"source":"shop","changes_partition":0,"changes_partitions":1,
                         "complete_until":"2026-11-22T%s:00.000000Z","position":"%s","previous":"%s"}\
                        """
                                .formatted(time, position, previous))
                .headers()
                .addString("daybook.kind", "watermark");
    }

    private static void position(TaskHarness worker, String position, String previous) {
        worker.append(
                        "entries",
                        0,
                        """
                        {"source":"shop","changes_partition":0,"changes_partitions":1,"position":"%s","previous":"%s"}\
                        """
                                .formatted(position, previous))
                .headers()
                .addString("daybook.kind", "position");
    }

    @Test
    void aLogThatIsReadAgainFromItsBeginningHasNoGap() {
        // Given
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            append(worker, 5);
            worker.open(ENTRIES_0);
            worker.drain();
        }
        database.execute("UPDATE audit.sink_offset SET next_offset = 0");

        // When
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            append(worker, 6);
            worker.expire(ENTRIES_0, 3);
            worker.open(ENTRIES_0);
            worker.drain();
        }

        // Then
        assertThat(database.rows("SELECT * FROM audit.gap")).isEmpty();
        assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("6");
    }

    @Test
    void theMarkersOfTransactionsAreNoGap() throws Exception {
        ObjectName name =
                new ObjectName(
                        "kafka.consumer:type=consumer-fetch-manager-metrics,"
                                + "client-id=connector-consumer-test-0,topic=entries,partition=0");
        ManagementFactory.getPlatformMBeanServer().registerMBean(new Lead(6), name);
        try (TaskHarness worker = new TaskHarness(TaskHarness.settings(database))) {
            worker.append("entries", 0, entry(0));
            worker.append("entries", 0, entry(1));
            worker.appendMarker("entries", 0);
            worker.append("entries", 0, entry(2));
            worker.appendMarker("entries", 0);
            worker.append("entries", 0, entry(3));
            worker.open(ENTRIES_0);
            worker.drain();

            assertThat(database.rows("SELECT * FROM audit.gap")).isEmpty();
            assertThat(database.rows("SELECT count(*) FROM audit.entry")).containsExactly("4");
        } finally {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
        }
    }

    @Test
    void aGapCannotBeRemoved() {
        recordsThatExpireBeforeASinkThatIsTooSlowAreAGap();

        assertThat(database.rows("daybook_reader", "SELECT count(*) FROM audit.gap"))
                .containsExactly("1");
        assertThatThrownBy(() -> database.execute("DELETE FROM audit.gap"))
                .hasMessageContaining("append-only");
    }

    /** Fills partition 0 up to so many entries. */
    private static void append(TaskHarness worker, int to) {
        for (int i = worker.size(ENTRIES_0); i < to; i++) {
            worker.append("entries", 0, entry(i));
        }
    }

    private static void watermark(TaskHarness worker, String source, String time) {
        worker.append(
                        "entries",
                        0,
                        """
                        {"source":"%s","changes_partition":0,"changes_partitions":1,
                         "complete_until":"2026-11-22T%s:00.000000Z","position":null}\
                        """
                                .formatted(source, time))
                .headers()
                .addString("daybook.kind", "watermark");
    }

    private static void reported(TaskHarness worker, String to) {
        worker.append(
                        "entries",
                        0,
                        """
                        {"id":"0f2f4a31-8f0e-4b8e-9d3c-6f6a1f6a7c11",
                         "found_at":"2026-11-22T09:30:00Z","source":"shop","stage":"source",
                         "cause":"not-published","reason":"r","table_name":"public.t",
                         "from_time":"2026-11-22T09:00:00Z","to_time":%s,"from_position":"0/1"}\
                        """
                                .formatted(to))
                .headers()
                .addString("daybook.kind", "gap");
    }

    /** The metric of a consumer, as Kafka gives it to JMX. */
    private static final class Lead implements DynamicMBean {

        private final double lead;

        Lead(double lead) {
            this.lead = lead;
        }

        @Override
        public Object getAttribute(String attribute) {
            return lead;
        }

        @Override
        public void setAttribute(Attribute attribute) {}

        @Override
        public AttributeList getAttributes(String[] attributes) {
            return new AttributeList();
        }

        @Override
        public AttributeList setAttributes(AttributeList attributes) {
            return attributes;
        }

        @Override
        public Object invoke(String action, Object[] parameters, String[] signature) {
            return lead;
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            return new MBeanInfo(
                    Lead.class.getName(), "a consumer's metrics", null, null, null, null);
        }
    }
}
