package dev.daybook.domain.history;

/** Whether a row is there. */
public enum Presence {
    /** The log holds nothing of it. */
    NEVER_SEEN,
    EXISTS,
    /** It was deleted, truncated away, or its key became another. */
    DELETED
}
