package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * How many entries a search finds, by the values that they have. Counted are the newest, down to a
 * bound on what is read.
 *
 * @param entries how many were found
 * @param transactions of how many transactions they are; an entry without one counts as one
 * @param unattributed how many of them are changes that nobody is known to have made
 * @param lag how long the slowest change of them took from its commit into the log; null where
 *     there is none: a snapshot is no change
 * @param complete whether that is all; else there may be more before {@code backTo}
 * @param backTo the commit time down to which all are counted; null where all are
 * @param facets per facet that was asked for, its most frequent values
 */
public record EntryCounts(
        long entries,
        long transactions,
        long unattributed,
        @Nullable Duration lag,
        boolean complete,
        @Nullable Instant backTo,
        Map<Facet, List<ValueCount>> facets) {

    /** How many values of a facet are given at most. */
    public static final int MOST_VALUES = 50;

    /** What entries are counted by. */
    public enum Facet {
        OPERATION,
        /** Null is nobody; snapshots, which are nobody's doing, are not counted. */
        ACTOR,
        TABLE,
        /** The columns that an entry changed; an entry counts for each. */
        FIELD,
        KEY,
        /** Null is none given; snapshots are not counted. */
        REASON,
        SOURCE
    }

    /**
     * A value and how many entries have it.
     *
     * @param value its text; null where entries have none
     */
    public record ValueCount(@Nullable String value, long entries) {}
}
