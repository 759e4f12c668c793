package dev.daybook.contract;

import java.util.Locale;
import java.util.Optional;

/** What became of a rejected record that was replayed. */
public enum ReplayOutcome {
    /** It became what it should have been. */
    REPLAYED,
    /** It was rejected again. */
    REJECTED,
    /** Its original is no longer there, or nobody reads its topic. */
    UNAVAILABLE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** Returns the lower-case word used on the wire and in the database. */
    public String word() {
        return word;
    }

    /** Returns the outcome of that word, if there is one. */
    public static Optional<ReplayOutcome> ofWord(String word) {
        for (ReplayOutcome outcome : values()) {
            if (outcome.word.equals(word)) {
                return Optional.of(outcome);
            }
        }
        return Optional.empty();
    }
}
