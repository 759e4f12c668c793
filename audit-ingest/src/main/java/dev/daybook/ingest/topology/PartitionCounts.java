package dev.daybook.ingest.topology;

/** Answers how many partitions a change topic has. */
interface PartitionCounts {

    /**
     * Returns the number of a topic's partitions.
     *
     * @param claimed what a record says that it is: if that is not what is known, the broker is
     *     asked again
     */
    int of(String topic, int claimed);
}
