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
 * @param standstills the sources whose completeness stands still
 * @param gaps where changes may be missing, the latest first, at most {@link #LISTED}
 * @param incidents what the capture reports to be missing, by source, table and code
 * @param keylessTables the tables of whose rows some have no key
 */
public record Coverage(
        List<SourceCoverage> sources,
        long entries,
        boolean estimated,
        long rejectedElsewhere,
        List<Standstill> standstills,
        List<Gap> gaps,
        List<Incident> incidents,
        List<KeylessTable> keylessTables) {

    /** How many gaps are listed. */
    public static final int LISTED = 1_000;

    /** Things are counted one by one up to here. */
    public static final int COUNTED = 100_000;

    /** How many of the latest entries the share of unattributed ones is taken over. */
    public static final int WINDOW = 10_000;

    public Coverage {
        sources = List.copyOf(sources);
        standstills = List.copyOf(standstills);
        gaps = List.copyOf(gaps);
        incidents = List.copyOf(incidents);
        keylessTables = List.copyOf(keylessTables);
    }
}
