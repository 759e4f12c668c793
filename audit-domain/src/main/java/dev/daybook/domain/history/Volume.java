package dev.daybook.domain.history;

import dev.daybook.domain.history.EntryCounts.ValueCount;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How many entries of a search there are in a span of time.
 *
 * @param from its beginning
 * @param to its end, which is not part of it
 * @param entries how many
 * @param unattributed how many of them are changes that nobody is known to have made
 * @param lag how long the slowest change took from its commit into the log, of those that were
 *     counted; null where there is none
 * @param tables of which tables they are, the most frequent first
 * @param estimated whether the numbers are reckoned from a part of the span, its newest
 */
public record Volume(
        Instant from,
        Instant to,
        long entries,
        long unattributed,
        @Nullable Duration lag,
        List<ValueCount> tables,
        boolean estimated) {

    public Volume {
        tables = List.copyOf(tables);
    }
}
