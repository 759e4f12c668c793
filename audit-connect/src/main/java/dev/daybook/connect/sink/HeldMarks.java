package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Holds watermarks for a few seconds while nothing else comes: each transaction of a sink that
 * seals leaves a segment, for ever, and while nothing happens there would be several a second. What
 * is held is not stored, so after a failure it comes again.
 */
final class HeldMarks {

    private static final Duration LONGEST = Duration.ofSeconds(3);

    private final boolean holds;
    private final RowReader reader;
    private final Clock clock;
    private List<SinkRecord> held = List.of();
    private Instant since = Instant.MIN;

    /**
     * @param holds whether anything is held
     */
    HeldMarks(boolean holds, RowReader reader, Clock clock) {
        this.holds = holds;
        this.reader = reader;
        this.clock = clock;
    }

    /**
     * Returns what is to be stored: nothing, while only watermarks have come and not for long. What
     * is returned is held no longer.
     */
    Collection<SinkRecord> due(Collection<SinkRecord> records, Positions positions) {
        if (!holds || held.isEmpty() && records.isEmpty()) {
            return records;
        }
        List<SinkRecord> all = new ArrayList<>(held);
        all.addAll(records);
        Instant now = clock.instant();
        if (held.isEmpty()) {
            since = now;
        }
        held = List.of();
        if (Duration.between(since, now).compareTo(LONGEST) < 0 && canWait(all, positions)) {
            held = all;
            return List.of();
        }
        return all;
    }

    /** Whether all are watermarks that follow what is stored. */
    private boolean canWait(List<SinkRecord> records, Positions positions) {
        Set<TopicPartition> seen = new HashSet<>();
        for (SinkRecord record : records) {
            TopicPartition partition =
                    new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
            if (!reader.isWatermark(record)
                    || seen.add(partition)
                            && positions.next(partition) != record.originalKafkaOffset()) {
                return false;
            }
        }
        return positions.unknown().isEmpty();
    }

    /** Forgets what is held of partitions. */
    void drop(Collection<TopicPartition> partitions) {
        List<SinkRecord> kept = new ArrayList<>(held);
        kept.removeIf(
                record ->
                        partitions.contains(
                                new TopicPartition(
                                        record.originalTopic(), record.originalKafkaPartition())));
        held = kept;
    }
}
