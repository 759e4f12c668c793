package dev.daybook.connect.sink;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.SinkSetting;
import dev.daybook.contract.Stage;
import dev.daybook.contract.WireTime;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.util.List;
import java.util.OptionalLong;

/**
 * Tells why the records of a partition go on at another offset than the one that was to be read
 * next.
 *
 * <p>A consumer whose position has been deleted from the topic goes on at the topic's beginning
 * without a word. The markers of transactions leave holes too, which are no loss; the log's
 * beginning tells the two apart. Where it is not known, a hole counts as a loss.
 */
final class GapFinder {

    private static final Logger LOG = LoggerFactory.getLogger(GapFinder.class);

    private final String entriesTopic;
    private final String consumer;
    private final Clock clock;

    GapFinder(SinkConfig config, Clock clock) {
        this.entriesTopic = config.getString(SinkSetting.ENTRIES_TOPIC);
        this.consumer = config.sinkName() + "-" + config.getInt(SinkConfig.TASK_NUMBER);
        this.clock = clock;
    }

    /**
     * Returns the gap before a record; null if nothing is missing.
     *
     * @param expected the offset that was to be read next
     * @param position the offset behind the last record of the last poll
     */
    Row.@Nullable Gap before(
            SinkRecord record, TopicPartition partition, long expected, long position) {
        long offset = record.originalKafkaOffset();
        GapCause cause;
        Long end;
        String reason;
        if (offset > expected) {
            OptionalLong start = LogStart.of(partition, consumer, position);
            if (start.isPresent() && start.getAsLong() <= expected) {
                return null;
            }
            cause = GapCause.EXPIRED;
            end = offset;
            reason =
                    "Records "
                            + expected
                            + " to "
                            + (offset - 1)
                            + " of "
                            + partition
                            + " were deleted from the topic before the sink read them. Keep records"
                            + " for longer than the sink may stand still (retention.ms,"
                            + " retention.bytes), and load the tables again.";
        } else {
            cause = GapCause.TOPIC_REPLACED;
            end = null;
            reason =
                    "The sink was to read record "
                            + expected
                            + " of "
                            + partition
                            + " next, but the partition goes on with record "
                            + offset
                            + ": the topic was made anew. What it held behind "
                            + expected
                            + " is not known. Load the tables again.";
        }
        return gap(record, partition, cause, reason, expected, end);
    }

    /**
     * Adds a gap where a stretch does not begin at the end of what was sealed before, and no other
     * gap says so: the stored offset was set forward.
     *
     * @param rows the rows of a batch, to which the gap is added
     * @param end the offset behind the last that was sealed
     */
    void skipped(List<Row> rows, Batch.Stretch stretch, long end) {
        SinkRecord first = null;
        long until = stretch.first();
        for (Row row : rows) {
            SinkRecord record = row.record();
            if (record.originalKafkaPartition() == stretch.partition().partition()
                    && record.originalTopic().equals(stretch.partition().topic())) {
                if (row instanceof Row.Gap gap) {
                    until = Math.min(until, gap.fromOffset());
                }
                if (first == null && record.originalKafkaOffset() >= stretch.first()) {
                    first = record;
                }
            }
        }
        if (first != null && until > end) {
            String reason =
                    "Records "
                            + end
                            + " to "
                            + (until - 1)
                            + " of "
                            + stretch.partition()
                            + " were passed over: the offset from which the sink goes on was set"
                            + " forward. Set it back to "
                            + end
                            + " while the topic has them.";
            rows.add(gap(first, stretch.partition(), GapCause.SKIPPED, reason, end, until));
        }
    }

    private Row.Gap gap(
            SinkRecord record,
            TopicPartition partition,
            GapCause cause,
            String reason,
            long expected,
            @Nullable Long end) {
        LOG.warn("Changes may be missing. {}", reason);
        return new Row.Gap(
                record,
                RejectionId.of(
                        Stage.SINK, partition.topic(), partition.partition(), expected, reason),
                WireTime.micros(clock.instant()),
                cause,
                reason,
                partition.topic(),
                partition.partition(),
                partition.topic().equals(entriesTopic),
                expected,
                end);
    }
}
