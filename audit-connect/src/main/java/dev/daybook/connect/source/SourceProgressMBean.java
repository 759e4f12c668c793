package dev.daybook.connect.source;

/**
 * How far a capture is, as {@code dev.daybook:type=source,name="<source name>"}. Read in process or
 * over JMX.
 */
public interface SourceProgressMBean {

    /** {@code connecting}, {@code loading} (streaming meanwhile) or {@code streaming}. */
    String getPhase();

    /** The table that is being read, as {@code schema.table}; empty if none is. */
    String getTable();

    /** How many of the table's rows have been read. */
    long getTableRowsDone();

    /** How many rows the table has, as the source estimates. */
    long getTableRowsEstimated();

    /** How many tables have been read since the start. */
    long getTablesDone();

    /** How many tables are to be read still. */
    long getTablesLeft();

    /** How many rows have been read since the start, of all tables. */
    long getRowsDone();

    /** How many changes have been streamed since the start. */
    long getChanges();

    /** How many bytes of WAL the source keeps for this capture; -1 if not known. */
    long getLagBytes();

    /**
     * Up to when everything committed has been written, in milliseconds since 1970; 0 if not known.
     */
    long getCompleteUntilMillis();

    /** Why the capture is not running, in a sentence; empty if it is. */
    String getProblem();
}
