package dev.daybook.domain.history;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How complete the log is for a source.
 *
 * @param source the source's name
 * @param completeUntil everything that committed up to then is in the log; null until every pair of
 *     partitions has reported
 * @param lastEntryAt the latest commit time in the log, or null if there is no entry
 * @param entries how many entries there are; see {@code entriesEstimated}
 * @param entriesEstimated whether {@code entries} is the database's estimate
 * @param rejected how many records were rejected, counted up to {@link #COUNTED}
 * @param recentEntries entries among the latest {@link #WINDOW} of the log that are of this source
 * @param recentUnattributed those of them that nobody is known to have made, snapshots left out
 */
public record SourceCoverage(
        String source,
        @Nullable Instant completeUntil,
        @Nullable Instant lastEntryAt,
        long entries,
        boolean entriesEstimated,
        long rejected,
        long recentEntries,
        long recentUnattributed) {

    /** Things are counted one by one up to here. */
    public static final int COUNTED = 100_000;

    /** How many of the latest entries the share of unattributed ones is taken over. */
    public static final int WINDOW = 10_000;
}
