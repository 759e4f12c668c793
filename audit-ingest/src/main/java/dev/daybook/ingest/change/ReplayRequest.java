package dev.daybook.ingest.change;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.UUID;

/** A rejected record that is to be replayed, with what is kept of it. */
public final class ReplayRequest {

    private final UUID id;
    private final UUID rejectedId;
    private final @Nullable Place place;
    private final byte @Nullable [] key;
    private final byte @Nullable [] value;
    private final Incoming.@Nullable Headers headers;
    private final @Nullable Long recordMillis;

    /**
     * @param place where the record stands; null if the rejected record is no longer there
     * @param key what is kept of the record's key
     * @param value what is kept of the record's value
     * @param headers the record's headers, where all of it is kept; null where something is not
     * @param recordMillis the record's time in its topic, in milliseconds since 1970, or null if an
     *     earlier build did not keep it
     */
    public ReplayRequest(
            UUID id,
            UUID rejectedId,
            @Nullable Place place,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Incoming.@Nullable Headers headers,
            @Nullable Long recordMillis) {
        this.id = id;
        this.rejectedId = rejectedId;
        this.place = place;
        this.key = key;
        this.value = value;
        this.headers = headers;
        this.recordMillis = recordMillis;
    }

    public UUID id() {
        return id;
    }

    public UUID rejectedId() {
        return rejectedId;
    }

    public @Nullable Place place() {
        return place;
    }

    /** Returns the record as it is kept, or null if something of it was left out. */
    public @Nullable Incoming kept() {
        return place == null || headers == null || recordMillis == null
                ? null
                : new Incoming(place, key, value, headers, recordMillis);
    }

    /**
     * Returns whether a record that stands at the place surely is the one that was rejected, and
     * not that of a topic which was made anew.
     */
    public boolean isOf(Incoming found) {
        return (recordMillis != null || value != null)
                && (recordMillis == null || recordMillis == found.timestamp())
                && (key == null || Arrays.equals(key, found.key()))
                && (value == null || Arrays.equals(value, found.value()));
    }
}
