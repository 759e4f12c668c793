package dev.daybook.connect.sink;

import java.util.Arrays;

/** A JSON value where it stands in a record's bytes: its text goes to the database untouched. */
final class JsonSlice {

    final byte[] bytes;
    final int from;
    final int length;

    JsonSlice(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.from = from;
        this.length = to - from;
    }

    byte[] copy() {
        return Arrays.copyOfRange(bytes, from, from + length);
    }
}
