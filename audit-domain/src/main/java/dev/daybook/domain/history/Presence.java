package dev.daybook.domain.history;

/** Whether a row is there. */
public enum Presence {
    /** The log holds nothing of it. */
    NEVER_SEEN,
    EXISTS,
    /** It was deleted, truncated away, went with its table, or its key or table became another. */
    DELETED,
    /**
     * It was there, and nothing says whether it is: something happened to its table, or its changes
     * are missing.
     */
    UNKNOWN
}
