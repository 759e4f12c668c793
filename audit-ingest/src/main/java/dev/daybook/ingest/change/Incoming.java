package dev.daybook.ingest.change;

import org.jspecify.annotations.Nullable;

import java.util.function.BiConsumer;

/** A record of a change topic, as it came. The bytes are the record's own: not to be changed. */
public final class Incoming {

    private final Place place;
    private final byte @Nullable [] key;
    private final byte @Nullable [] value;
    private final Headers headers;
    private final long timestamp;

    /**
     * @param key the record's key, or null if it has none
     * @param value the record's value, or null if it has none
     * @param timestamp the record's time in the topic, in milliseconds since 1970
     */
    public Incoming(
            Place place,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers,
            long timestamp) {
        this.place = place;
        this.key = key;
        this.value = value;
        this.headers = headers;
        this.timestamp = timestamp;
    }

    public Place place() {
        return place;
    }

    public byte @Nullable [] key() {
        return key;
    }

    public byte @Nullable [] value() {
        return value;
    }

    public Headers headers() {
        return headers;
    }

    public long timestamp() {
        return timestamp;
    }

    /** The headers of a record. */
    public interface Headers {

        /** The headers of a record without any. */
        Headers NONE =
                new Headers() {
                    @Override
                    public byte @Nullable [] last(String name) {
                        return null;
                    }

                    @Override
                    public void forEach(BiConsumer<String, byte @Nullable []> action) {}
                };

        /** Returns the value of the last header of that name, or null if there is none. */
        byte @Nullable [] last(String name);

        /** Gives each header on, in the record's order. */
        void forEach(BiConsumer<String, byte @Nullable []> action);
    }
}
