package dev.daybook.ingest.topology;

import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The change records that wait for their table's definition, in a store that survives a restart.
 * Keyed by the record's place, so that parking it again changes nothing.
 */
final class Parked {

    private final KeyValueStore<Bytes, byte[]> store;
    private final int partition;

    Parked(KeyValueStore<Bytes, byte[]> store, int partition) {
        this.store = store;
        this.partition = partition;
    }

    Bytes put(Place place, Record<byte @Nullable [], byte[]> record) {
        byte[] topic = place.topic().getBytes(StandardCharsets.UTF_8);
        byte[] key =
                ByteBuffer.allocate(topic.length + Long.BYTES)
                        .put(topic)
                        .putLong(place.offset())
                        .array();
        byte[] recordKey = record.key();
        byte[] value =
                ByteBuffer.allocate(
                                Long.BYTES
                                        + Integer.BYTES
                                        + (recordKey == null ? 0 : recordKey.length)
                                        + record.value().length)
                        .putLong(record.timestamp())
                        .putInt(recordKey == null ? -1 : recordKey.length)
                        .put(recordKey == null ? new byte[0] : recordKey)
                        .put(record.value())
                        .array();
        Bytes id = Bytes.wrap(key);
        store.put(id, value);
        return id;
    }

    /** Takes a record out of the store, and gives it on; nothing if it is not there. */
    void take(Bytes id, BiConsumer<Place, Record<byte[], byte[]>> to) {
        byte[] value = store.get(id);
        if (value == null) {
            return;
        }
        read(id, value, to);
        store.delete(id);
    }

    /** Every parked record, with its id; they stay in the store. */
    List<Bytes> ids() {
        List<Bytes> ids = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                ids.add(all.next().key);
            }
        }
        return ids;
    }

    /** Gives a record on and leaves it in the store. */
    void look(Bytes id, BiConsumer<Place, Record<byte[], byte[]>> to) {
        byte[] value = store.get(id);
        if (value != null) {
            read(id, value, to);
        }
    }

    @SuppressWarnings("NullAway") // A record's key may be null; Kafka's types cannot say so.
    private void read(Bytes id, byte[] bytes, BiConsumer<Place, Record<byte[], byte[]>> to) {
        byte[] key = id.get();
        int topicLength = key.length - Long.BYTES;
        Place place =
                new Place(
                        new String(key, 0, topicLength, StandardCharsets.UTF_8),
                        partition,
                        ByteBuffer.wrap(key, topicLength, Long.BYTES).getLong());
        ByteBuffer value = ByteBuffer.wrap(bytes);
        long timestamp = value.getLong();
        int keyLength = value.getInt();
        byte[] recordKey = null;
        if (keyLength >= 0) {
            recordKey = new byte[keyLength];
            value.get(recordKey);
        }
        byte[] recordValue = Arrays.copyOfRange(bytes, value.position(), bytes.length);
        to.accept(place, new Record<>(recordKey, recordValue, timestamp));
    }
}
