package dev.daybook.ingest.json;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/**
 * Makes strings of ASCII bytes, one object for a short text that keeps coming back (a column's
 * name, a table's), so that it is neither allocated nor hashed again. A text that finds its place
 * taken takes it over: the cache never grows and nothing depends on what it holds. Not for several
 * threads.
 */
public final class TextCache {

    private static final int SLOTS = 4096;
    private static final int LONGEST = 64;

    private final @Nullable String[] slots = new @Nullable String[SLOTS];

    /**
     * The text of these bytes, which must be ASCII: from {@code from}, up to but without {@code
     * to}.
     */
    public String text(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length > LONGEST) {
            return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        }
        int hash = length;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + bytes[i];
        }
        int slot = (hash ^ hash >>> 15) & SLOTS - 1;
        String known = slots[slot];
        if (known != null && known.length() == length && matches(known, bytes, from)) {
            return known;
        }
        String text = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        slots[slot] = text;
        return text;
    }

    private static boolean matches(String known, byte[] bytes, int from) {
        for (int i = 0; i < known.length(); i++) {
            if (known.charAt(i) != bytes[from + i]) {
                return false;
            }
        }
        return true;
    }
}
