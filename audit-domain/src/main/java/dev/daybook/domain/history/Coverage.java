package dev.daybook.domain.history;

import java.util.List;

/**
 * How complete the log is.
 *
 * @param sources per source, in order of their names
 * @param entries how many entries the log holds
 * @param estimated whether {@code entries} is the database's estimate; it is where there are more
 *     than {@link #COUNTED}
 * @param rejectedElsewhere rejected records of which no source is known, counted as the others
 */
public record Coverage(
        List<SourceCoverage> sources, long entries, boolean estimated, long rejectedElsewhere) {

    /** Things are counted one by one up to here. */
    public static final int COUNTED = 100_000;

    /** How many of the latest entries the share of unattributed ones is taken over. */
    public static final int WINDOW = 10_000;

    public Coverage {
        sources = List.copyOf(sources);
    }
}
