package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Keeps where a task stands in each of its partitions.
 *
 * <pre>
 *   added ──▶ unknown ──stored offset read──▶ sought ──first records start there──▶ following
 *   sought ──they start elsewhere──▶ sought once more, records dropped ──▶ following
 *   following ──another task has moved the offset, or a commit's fate is unknown──▶ unknown
 * </pre>
 */
final class Positions {

    /** The next offset of a partition for which none is stored. */
    static final long NONE = -1;

    /** Stored next offsets of the partitions that are this task's. */
    private final Map<TopicPartition, Long> next = new HashMap<>();

    /** Partitions of this task whose stored offset has not been read. */
    private final Set<TopicPartition> unknown = new HashSet<>();

    /** How often the consumer was told to go to a partition's stored offset, until it does. */
    private final Map<TopicPartition, Integer> sought = new HashMap<>();

    void add(Collection<TopicPartition> partitions) {
        unknown.addAll(partitions);
    }

    void remove(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            next.remove(partition);
            unknown.remove(partition);
            sought.remove(partition);
        }
    }

    /** Returns the partitions whose stored offset has to be read. */
    Set<TopicPartition> unknown() {
        return Set.copyOf(unknown);
    }

    /** Returns the stored next offset, or {@link #NONE}. */
    long next(TopicPartition partition) {
        return next.getOrDefault(partition, NONE);
    }

    /** Notes that no offset is stored for a partition. */
    void noneStored(TopicPartition partition) {
        unknown.remove(partition);
        next.put(partition, NONE);
    }

    /** Notes that the consumer was told to go to a partition's stored offset. */
    void sought(TopicPartition partition, long stored) {
        unknown.remove(partition);
        next.put(partition, stored);
        sought.merge(partition, 1, Integer::sum);
    }

    /**
     * Returns whether the consumer must be told once more to go to the stored offset: records that
     * were fetched before it went there are brought once. What it brings then is what there is.
     */
    boolean isToBeSoughtAgain(TopicPartition partition, long firstOffset) {
        Integer times = sought.get(partition);
        if (times == null) {
            return false;
        }
        if (times > 1 || firstOffset == next(partition)) {
            sought.remove(partition);
            return false;
        }
        return true;
    }

    void stored(TopicPartition partition, long nextOffset) {
        next.put(partition, nextOffset);
    }

    /** Forgets the stored offsets of partitions, which have to be read again. */
    void forget(Collection<TopicPartition> partitions) {
        unknown.addAll(partitions);
        sought.keySet().removeAll(partitions);
    }

    /** Forgets the stored offsets of all partitions. */
    void forgetAll() {
        forget(Set.copyOf(next.keySet()));
    }
}
