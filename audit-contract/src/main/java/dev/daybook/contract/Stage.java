package dev.daybook.contract;

import java.util.Locale;
import java.util.Optional;

/** The part of the pipeline that rejected a record. */
public enum Stage {
    SOURCE,
    INGEST,
    SINK;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** Returns the lower-case word used on the wire and in the database. */
    public String word() {
        return word;
    }

    /** Returns the stage of that word, if there is one. */
    public static Optional<Stage> ofWord(String word) {
        for (Stage stage : values()) {
            if (stage.word.equals(word)) {
                return Optional.of(stage);
            }
        }
        return Optional.empty();
    }
}
