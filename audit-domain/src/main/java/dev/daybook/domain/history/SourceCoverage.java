package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * How complete the log is for a source.
 *
 * @param source the source's name
 * @param completeUntil everything that committed up to then is in the log; null until every pair of
 *     partitions has reported
 * @param rejected how many records of it were rejected, among the latest {@link Coverage#COUNTED}
 * @param recentChanges changes (not snapshots) of it among the latest {@link Coverage#WINDOW}
 *     entries of the log
 * @param recentUnattributed those of them that nobody is known to have made
 */
public record SourceCoverage(
        String source,
        @Nullable Instant completeUntil,
        long rejected,
        long recentChanges,
        long recentUnattributed) {}
