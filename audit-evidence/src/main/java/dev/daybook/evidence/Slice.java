package dev.daybook.evidence;

/** Bytes where they stand in an array. */
public record Slice(byte[] bytes, int from, int length) {

    public Slice(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }
}
