package dev.daybook.contract;

import java.util.Locale;

/** The topics of the pipeline, by the names that they have unless a setting says otherwise. */
public enum Topic {
    /** Audit entries and watermarks, keyed by entity. */
    ENTRIES,
    /** Who and why, keyed by transaction. */
    TRANSACTIONS,
    /** Table definitions, keyed by table; compacted. */
    TABLES,
    /** Records that could not become an entry, with their bytes and the reason. */
    REJECTED;

    /** What the names of change topics begin with; the source's name follows. */
    public static final String CHANGES_PREFIX = "changes.";

    private final String defaultName = name().toLowerCase(Locale.ROOT);

    /** Returns the name of the topic where no setting gives another. */
    public String defaultName() {
        return defaultName;
    }

    /** Returns the name of a source's change topic where no setting gives another. */
    public static String changesOf(String source) {
        return CHANGES_PREFIX + source;
    }
}
