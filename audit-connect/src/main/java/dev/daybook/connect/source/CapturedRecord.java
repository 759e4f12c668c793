package dev.daybook.connect.source;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/** A record that knows its chunk, so that its acknowledgement finds the way back. */
final class CapturedRecord extends SourceRecord {

    private final transient Chunk chunk;

    CapturedRecord(
            Map<String, ?> sourcePartition,
            Map<String, ?> sourceOffset,
            String topic,
            @Nullable Integer partition,
            @Nullable String key,
            byte[] value,
            @Nullable Iterable<Header> headers,
            Chunk chunk) {
        super(
                sourcePartition,
                sourceOffset,
                topic,
                partition,
                Schema.OPTIONAL_STRING_SCHEMA,
                key,
                Schema.BYTES_SCHEMA,
                value,
                null,
                headers);
        this.chunk = chunk;
        chunk.added();
    }

    Chunk chunk() {
        return chunk;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
