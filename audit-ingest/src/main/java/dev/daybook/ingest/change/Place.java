package dev.daybook.ingest.change;

/** Names the place of a record: its topic, partition and offset. */
public record Place(String topic, int partition, long offset) {

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
