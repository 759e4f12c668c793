package dev.daybook.contract;

/** The topics of the pipeline, by the names that they have unless a setting says otherwise. */
public enum Topic {
    /** Audit entries and watermarks, keyed by entity. */
    ENTRIES(Names.ENTRIES),
    /** Who and why, keyed by transaction. */
    TRANSACTIONS(Names.TRANSACTIONS),
    /** Table definitions, keyed by table; compacted. */
    TABLES(Names.TABLES),
    /** Records that could not become an entry, with their bytes and the reason. */
    REJECTED(Names.REJECTED),
    /** What sinks have stored, for the sealer. */
    SEGMENTS(Names.SEGMENTS);

    /** What the names of change topics begin with; the source's name follows. */
    public static final String CHANGES_PREFIX = "changes.";

    private final String defaultName;

    Topic(String defaultName) {
        this.defaultName = defaultName;
    }

    /** Returns the name of the topic where no setting gives another. */
    public String defaultName() {
        return defaultName;
    }

    /** Returns the name of a source's change topic where no setting gives another. */
    public static String changesOf(String source) {
        return CHANGES_PREFIX + source;
    }

    /** The names as constants, for annotations. */
    public static final class Names {
        public static final String ENTRIES = "entries";
        public static final String TRANSACTIONS = "transactions";
        public static final String TABLES = "tables";
        public static final String REJECTED = "rejected";
        public static final String SEGMENTS = "segments";

        private Names() {}
    }
}
