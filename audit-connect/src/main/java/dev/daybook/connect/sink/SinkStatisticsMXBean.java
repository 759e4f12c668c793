package dev.daybook.connect.sink;

/** Gives a sink task's figures, since it began, to JMX. */
public interface SinkStatisticsMXBean {

    /** Returns how many rows have been stored, of every kind. */
    long getRows();

    /** Returns how many database transactions there were. */
    long getBatches();

    /** Returns how many rows had been stored before. */
    long getDuplicates();

    /** Returns how many records were rejected here. */
    long getRejected();

    /** Returns how many of the rejected records had the id of another. */
    long getCollisions();

    /** Returns how many gaps were found in the topics. */
    long getGaps();

    /** Returns how long the last batch took to be stored, in microseconds. */
    long getLastStoreMicros();

    /** Returns how long after its commit in the source the last batch's newest entry was stored. */
    long getLagMillis();

    /** Returns whether the database did what it was last asked. */
    boolean isDatabaseAvailable();

    /** Returns why the database did not do what it was last asked; empty if it did. */
    String getDatabaseFailure();
}
