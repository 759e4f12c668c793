package dev.daybook.ingest.json;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes JSON, or any text, as UTF-8 into bytes that are used again for the next record. The caller
 * sees to commas and braces. Not for several threads.
 */
public final class JsonBuffer {

    /** What may stay allocated between records; a rare larger one gives its memory back. */
    private static final int KEEP = 1 << 20;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[4096];
    private int size;

    /** Begins a new record. */
    public JsonBuffer clear() {
        size = 0;
        if (bytes.length > KEEP) {
            bytes = new byte[4096];
        }
        return this;
    }

    /** Returns a copy of what was written. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    public int size() {
        return size;
    }

    /** Appends one ASCII character. */
    public JsonBuffer put(char ascii) {
        reserve(1);
        bytes[size++] = (byte) ascii;
        return this;
    }

    /** Appends bytes as they are. */
    public JsonBuffer put(byte[] text) {
        reserve(text.length);
        System.arraycopy(text, 0, bytes, size, text.length);
        size += text.length;
        return this;
    }

    /**
     * Appends text as it is: a raw token, or part of a key. Half a surrogate pair becomes {@code
     * ?}.
     */
    public JsonBuffer raw(String text) {
        int length = text.length();
        reserve(length);
        byte[] b = bytes;
        int at = size;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                size = at;
                return put(text.substring(i).getBytes(StandardCharsets.UTF_8));
            }
            b[at++] = (byte) c;
        }
        size = at;
        return this;
    }

    /** Appends a text as a JSON string. */
    public JsonBuffer string(String text) {
        int length = text.length();
        reserve(length + 2);
        byte[] b = bytes;
        int start = size;
        int at = start;
        b[at++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
                size = start;
                return escaped(text);
            }
            b[at++] = (byte) c;
        }
        b[at++] = '"';
        size = at;
        return this;
    }

    /** Appends a text as a JSON string, or {@code null}. */
    public JsonBuffer stringOrNull(@Nullable String text) {
        return text == null ? raw("null") : string(text);
    }

    /** Appends an integer. */
    public JsonBuffer number(long value) {
        if (value < 0) {
            return raw(Long.toString(value));
        }
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        reserve(digits);
        long rest = value;
        for (int at = size + digits - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
        return this;
    }

    /** Appends the last digits of a number in hexadecimal. */
    public JsonBuffer hex(long bits, int digits) {
        reserve(digits);
        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
            bytes[size++] = HEX[(int) (bits >>> shift) & 0xF];
        }
        return this;
    }

    private JsonBuffer escaped(String text) {
        put('"');
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean half = Character.isSurrogate(c) && JsonText.isLoneSurrogate(text, i);
            if (c >= 0x20 && c != '"' && c != '\\' && !half) {
                continue;
            }
            raw(text.substring(plain, i));
            plain = i + 1;
            put('\\');
            switch (c) {
                case '"', '\\' -> put(c);
                case '\b' -> put('b');
                case '\f' -> put('f');
                case '\n' -> put('n');
                case '\r' -> put('r');
                case '\t' -> put('t');
                default -> {
                    put('u').hex(c, 4);
                }
            }
        }
        return raw(text.substring(plain)).put('"');
    }

    private void reserve(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
        }
    }
}
