package dev.daybook.contract;

import java.util.Locale;

/** Why a stretch of the log may miss changes. */
public enum GapCause {
    /** Records were deleted from their topic before they were read. */
    EXPIRED,
    /** A topic was made anew; what it held and had not been read is not known. */
    TOPIC_REPLACED,
    /** A table was not in the publication, or was there with a filter or without operations. */
    NOT_PUBLISHED,
    /**
     * A table had changes before the capture knew of it; or of no table of the source it is known
     * what became of it.
     */
    NOT_CAPTURED,
    /** A table without a key, of which updates and deletes are not published. */
    NO_KEY,
    /** A table that is not in the write-ahead log. */
    UNLOGGED,
    /** A table's rows could not be read. */
    LOAD_FAILED,
    /** The replication slot was lost, or given up. */
    SLOT_LOST,
    /** The replication slot was moved on by something else than its capture. */
    SLOT_MOVED,
    /** The source was put back to an earlier moment: what was captured since is undone there. */
    SOURCE_RESTORED,
    /** Another database stands under the source's name. */
    SOURCE_REPLACED,
    /**
     * A record names another as sent before it, or Debezium counts a change in its transaction, and
     * it did not come.
     */
    CHAIN_BROKEN,
    /**
     * The offset from which the sink goes on was set forward, over records that it had not read.
     */
    SKIPPED,
    /**
     * Changes of a table are in the log without the key of their row: its definition came later.
     */
    KEY_LATE;

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the lower-case word used in the database and in REST. */
    public String word() {
        return word;
    }
}
