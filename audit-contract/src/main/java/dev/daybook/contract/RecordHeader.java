package dev.daybook.contract;

/** The headers of records, all of them UTF-8 text. */
public final class RecordHeader {

    /**
     * Names the key's columns on a change record: a JSON array of strings in key order, empty for a
     * table without a key. DMS sends none.
     */
    public static final String KEY = "daybook.key";

    /**
     * Names the columns that a change record leaves out because their value is an unchanged TOAST
     * value or too large: a JSON array of strings. Absent when there are none.
     */
    public static final String UNCHANGED = "daybook.unchanged";

    /** Says what a record of the topic of entries is, where it is not an entry. */
    public static final String KIND = "daybook.kind";

    /** The value of {@link #KIND} that marks a watermark. */
    public static final String WATERMARK = "watermark";

    /**
     * The value of {@link #KIND} that marks a position up to which a source has been read, without
     * a time.
     */
    public static final String POSITION = "position";

    /** The value of {@link #KIND} that marks a gap. */
    public static final String GAP = "gap";

    /** The value of {@link #KIND} that marks a part's report of itself. */
    public static final String REPORT = "report";

    /** The value of {@link #KIND} that marks what became of a rejected record's replay. */
    public static final String REPLAY = "replay";

    /**
     * Marks a record of the topic of entries that is no evidence: a reader that does not know its
     * kind passes over it.
     */
    public static final String OPTIONAL = "daybook.optional";

    private RecordHeader() {}
}
