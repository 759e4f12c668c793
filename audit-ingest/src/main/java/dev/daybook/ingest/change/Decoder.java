package dev.daybook.ingest.change;

/**
 * Reads the records of one wire format. Keeps buffers: one decoder per thread.
 *
 * <p>A decoder throws nothing for what a record holds: bad data is {@link Decoded.Malformed}.
 */
public interface Decoder {

    /** Returns what a record says. */
    Decoded decode(Incoming record);
}
