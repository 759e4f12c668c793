package dev.daybook.connect.source;

import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Collects records of a chunk that go to Kafka together. */
final class RecordBatch {

    private final List<SourceRecord> records = new ArrayList<>();
    private final Chunk chunk;
    private final Map<String, ?> sourcePartition;
    private final Map<String, ?> offset;

    RecordBatch(Chunk chunk, Map<String, ?> sourcePartition, Map<String, ?> offset) {
        this.chunk = chunk;
        this.sourcePartition = sourcePartition;
        this.offset = offset;
    }

    /**
     * Adds a record.
     *
     * @param partition the partition, or null to have the key decide
     */
    void add(
            String topic,
            @Nullable Integer partition,
            @Nullable String key,
            byte[] value,
            @Nullable Iterable<Header> headers) {
        records.add(
                new CapturedRecord(
                        sourcePartition, offset, topic, partition, key, value, headers, chunk));
    }

    /** Returns a batch of another chunk, whose records have the same offset. */
    RecordBatch of(Chunk other) {
        return new RecordBatch(other, sourcePartition, offset);
    }

    /** Adds all records of another batch, each of which keeps its chunk. */
    void addAll(RecordBatch other) {
        records.addAll(other.records);
    }

    Chunk chunk() {
        return chunk;
    }

    List<SourceRecord> records() {
        return records;
    }

    int size() {
        return records.size();
    }

    boolean isEmpty() {
        return records.isEmpty();
    }
}
