package dev.daybook.connect.sink;

/** What a sink task tells JMX. */
public interface SinkStatisticsMXBean {

    /** Records stored since the task began, of every kind. */
    long getRows();

    /** Database transactions since the task began. */
    long getBatches();

    /** Entries among them that had been stored before. */
    long getDuplicates();

    /** Records among them that were rejected here. */
    long getRejected();

    /** How long the last batch took to be stored, in microseconds. */
    long getLastStoreMicros();

    /** How long after its commit in the source the last batch's newest entry was stored. */
    long getLagMillis();

    /** Whether the database answered when it was last asked. */
    boolean isDatabaseAvailable();
}
