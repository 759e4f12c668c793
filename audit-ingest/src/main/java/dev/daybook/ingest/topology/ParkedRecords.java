package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps whole change records in a store that survives a restart, by their place: putting one again
 * changes nothing.
 *
 * <p>A value is a version, the record's time, key, headers and value; each part has its length
 * before it, -1 for null. Where a rule of redaction may apply to the record it is a version and the
 * record's time, and the record is read again from its topic: the store has a topic too. Earlier
 * builds wrote time, key and value without a version: the first byte of a time is not 1 for the
 * next two million years.
 */
final class ParkedRecords {

    private static final byte WHOLE = 1;

    private static final byte PLACE = 2;

    private final KeyValueStore<Bytes, byte[]> store;
    private final int partition;
    private final Originals originals;

    /**
     * @param originals reads records again of which the store has the place alone
     */
    ParkedRecords(KeyValueStore<Bytes, byte[]> store, int partition, Originals originals) {
        this.store = store;
        this.partition = partition;
        this.originals = originals;
    }

    /**
     * Puts a record into the store.
     *
     * @param whole whether the record itself may be there, or its place alone
     */
    void put(Incoming record, boolean whole) {
        store.put(
                id(record.place().topic(), record.place().offset()),
                whole
                        ? bytes(record)
                        : ByteBuffer.allocate(1 + Long.BYTES)
                                .put(PLACE)
                                .putLong(record.timestamp())
                                .array());
    }

    /**
     * Takes a record out of the store and gives it on; does nothing if it is not there.
     *
     * @param gone takes the place of a record that its topic does not have any more
     */
    void take(String topic, long offset, Consumer<Incoming> to, Consumer<Place> gone) {
        Bytes id = id(topic, offset);
        byte[] value = store.get(id);
        if (value != null) {
            Incoming record = record(id, value);
            if (record == null) {
                gone.accept(place(id));
            } else {
                to.accept(record);
            }
            store.delete(id);
        }
    }

    /** Takes a topic's records between two offsets out of the store, both included. */
    void remove(String topic, long first, long last) {
        List<Bytes> ids = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> between =
                store.range(id(topic, first), id(topic, last))) {
            between.forEachRemaining(record -> ids.add(record.key));
        }
        ids.forEach(store::delete);
    }

    /** Gives every record on, in the order of topic and offset; they stay in the store. */
    void forEach(Consumer<Incoming> to) {
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                var next = all.next();
                Incoming record = record(next.key, next.value);
                if (record != null) {
                    to.accept(record);
                }
            }
        }
    }

    private static Bytes id(String topic, long offset) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(
                ByteBuffer.allocate(name.length + Long.BYTES).put(name).putLong(offset).array());
    }

    private static byte[] bytes(Incoming record) {
        List<byte @Nullable []> parts = new ArrayList<>();
        parts.add(record.key());
        parts.add(record.value());
        record.headers()
                .forEach(
                        (name, value) -> {
                            parts.add(name.getBytes(StandardCharsets.UTF_8));
                            parts.add(value);
                        });
        int size = 1 + Long.BYTES;
        for (byte[] part : parts) {
            size += Integer.BYTES + (part == null ? 0 : part.length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(size).put(WHOLE).putLong(record.timestamp());
        for (byte[] part : parts) {
            bytes.putInt(part == null ? -1 : part.length);
            if (part != null) {
                bytes.put(part);
            }
        }
        return bytes.array();
    }

    private Place place(Bytes id) {
        byte[] key = id.get();
        int topicLength = key.length - Long.BYTES;
        return new Place(
                new String(key, 0, topicLength, StandardCharsets.UTF_8),
                partition,
                ByteBuffer.wrap(key, topicLength, Long.BYTES).getLong());
    }

    private @Nullable Incoming record(Bytes id, byte[] bytes) {
        Place place = place(id);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes[0] == PLACE) {
            Incoming original = originals.read(place);
            return original != null && original.timestamp() == in.position(1).getLong()
                    ? original
                    : null;
        }
        if (bytes[0] != WHOLE) {
            long timestamp = in.getLong();
            byte[] recordKey = part(in);
            byte[] value = new byte[in.remaining()];
            in.get(value);
            return new Incoming(place, recordKey, value, Incoming.Headers.NONE, timestamp);
        }
        in.get();
        long timestamp = in.getLong();
        byte[] recordKey = part(in);
        byte[] value = part(in);
        RecordHeaders headers = new RecordHeaders();
        while (in.hasRemaining()) {
            byte[] name = part(in);
            headers.add(name == null ? "" : new String(name, StandardCharsets.UTF_8), part(in));
        }
        return new Incoming(place, recordKey, value, new KafkaHeaders(headers), timestamp);
    }

    private static byte @Nullable [] part(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0) {
            return null;
        }
        byte[] part = new byte[length];
        in.get(part);
        return part;
    }
}
