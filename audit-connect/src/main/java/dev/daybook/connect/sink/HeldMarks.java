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
 * Holds watermarks and reports while nothing else comes, a second at first and longer the longer
 * nothing happens: each transaction of a sink that seals leaves a segment, for ever, and there
 * would be several a second. What is held is not stored, so after a failure it comes again.
 */
final class HeldMarks {

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** With what a source and the ingest take between two marks, less than a standstill. */
    private static final Duration LONGEST = Duration.ofSeconds(8);

    private final boolean holds;
    private final RowReader reader;
    private final Clock clock;
    private List<SinkRecord> held = List.of();
    private Instant since = Instant.MIN;
    private Duration patience = SHORTEST;

    /**
     * @param holds whether anything is held
     */
    HeldMarks(boolean holds, RowReader reader, Clock clock) {
        this.holds = holds;
        this.reader = reader;
        this.clock = clock;
    }

    /**
     * Returns what is to be stored: nothing, while only marks have come and not for long. What is
     * returned is held no longer.
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
        if (!canWait(all, positions)) {
            patience = SHORTEST;
            return all;
        }
        // A clock that was set back must not hold them longer.
        if (!now.isBefore(since) && Duration.between(since, now).compareTo(patience) < 0) {
            held = all;
            return List.of();
        }
        patience =
                patience.multipliedBy(2).compareTo(LONGEST) > 0
                        ? LONGEST
                        : patience.multipliedBy(2);
        return all;
    }

    /** Returns for how long nothing need be asked for, if nothing comes. */
    Duration pause() {
        return held.isEmpty() ? SelfReport.INTERVAL : SHORTEST;
    }

    /** Whether all are marks that follow what is stored. */
    private boolean canWait(List<SinkRecord> records, Positions positions) {
        Set<TopicPartition> seen = new HashSet<>();
        for (SinkRecord record : records) {
            TopicPartition partition =
                    new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
            if (!reader.isMark(record)
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
