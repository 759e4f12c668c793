package dev.daybook.connect.source;

/**
 * How far a capture is, as {@code dev.daybook:type=source,name="<source name>"}. Read in process or
 * over JMX.
 */
public interface SourceProgressMBean {

    /** {@code connecting}, {@code loading} (streaming meanwhile) or {@code streaming}. */
    String getPhase();

    /** Returns the table that is being read, as {@code schema.table}; empty if none is. */
    String getTable();

    /** Returns how many of the table's rows have been read. */
    long getTableRowsDone();

    /** Returns how many rows the table has, as the source estimates. */
    long getTableRowsEstimated();

    /** Returns how many tables have been read since the start. */
    long getTablesDone();

    /** Returns how many tables are to be read still. */
    long getTablesLeft();

    /** Returns how many rows have been read since the start, of all tables. */
    long getRowsDone();

    /** Returns how many changes have been streamed since the start. */
    long getChanges();

    /** Returns how many bytes of WAL the source keeps for this capture; -1 if not known. */
    long getLagBytes();

    /**
     * Returns up to when everything committed has been written, in milliseconds since 1970; 0 if
     * not known.
     */
    long getCompleteUntilMillis();

    /** Returns what is wrong with the capture, in a sentence; empty if nothing is. */
    String getProblem();

    /**
     * Returns whether changes are captured although something may be wrong: while the source's
     * clock was set back, they are, and only {@code complete_until} stands still.
     */
    boolean isCapturing();
}
