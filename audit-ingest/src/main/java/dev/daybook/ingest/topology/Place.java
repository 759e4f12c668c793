package dev.daybook.ingest.topology;

/** Where a change record stands. */
record Place(String topic, int partition, long offset) {

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
