package dev.daybook.ingest.json;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes strings of ASCII bytes, one object for a short text that keeps coming back (a column's
 * name, a table's), so that it is neither allocated nor hashed again. A text that finds its place
 * taken takes it over: the cache never grows and nothing depends on what it holds. Not for several
 * threads.
 */
public final class TextCache {

    private static final int SLOT_BITS = 12;
    private static final int SLOTS = 1 << SLOT_BITS;
    private static final int LONGEST = 64;

    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final @Nullable String[] texts = new @Nullable String[SLOTS];

    /** The bytes of the text in the same place, to compare whole words at a time. */
    private final byte[][] known = new byte[SLOTS][];

    /**
     * Returns the text of these bytes, which must be ASCII: from {@code from}, up to but without
     * {@code to}.
     */
    public String text(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length > LONGEST) {
            return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        }
        int slot = slot(bytes, from, to);
        String text = texts[slot];
        if (text != null && Arrays.equals(known[slot], 0, known[slot].length, bytes, from, to)) {
            return text;
        }
        text = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        texts[slot] = text;
        known[slot] = Arrays.copyOfRange(bytes, from, to);
        return text;
    }

    /**
     * Names of columns and tables differ in their beginning, their end or their length, so that is
     * what is hashed; others share a place, which costs time and nothing else.
     */
    private static int slot(byte[] bytes, int from, int to) {
        int length = to - from;
        long mixed = length;
        if (length >= Long.BYTES) {
            mixed += (long) LONGS.get(bytes, from) * 31 + (long) LONGS.get(bytes, to - Long.BYTES);
        } else if (length >= Integer.BYTES) {
            mixed +=
                    (long) (int) INTS.get(bytes, from) << 32
                            ^ (int) INTS.get(bytes, to - Integer.BYTES);
        } else {
            for (int i = from; i < to; i++) {
                mixed = mixed << 8 | bytes[i];
            }
        }
        return (int) (mixed * 0x9E37_79B9_7F4A_7C15L >>> Long.SIZE - SLOT_BITS);
    }
}
