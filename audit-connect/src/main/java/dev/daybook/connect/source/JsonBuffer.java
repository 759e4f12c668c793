package dev.daybook.connect.source;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing buffer of UTF-8 bytes that JSON is written into directly; reused from record to record.
 *
 * <p>Text comes in as UTF-8 bytes, as PostgreSQL sent it, and goes out with JSON's escapes, without
 * becoming a {@code String} on the way.
 */
final class JsonBuffer {

    /** What a buffer keeps between records; one that a huge row blew up beyond it is given back. */
    private static final int KEPT = 1 << 20;

    private static final byte[] HEX_LOWER = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /**
     * Per byte: 0 = as it is, 'u' = as a six character escape, else the letter after the backslash.
     */
    private static final byte[] ESCAPES = new byte[256];

    static {
        Arrays.fill(ESCAPES, 0, 0x20, (byte) 'u');
        ESCAPES['\b'] = 'b';
        ESCAPES['\t'] = 't';
        ESCAPES['\n'] = 'n';
        ESCAPES['\f'] = 'f';
        ESCAPES['\r'] = 'r';
        ESCAPES['"'] = '"';
        ESCAPES['\\'] = '\\';
    }

    private byte[] bytes = new byte[4096];
    private int length;

    /** Returns {@code ,"name":}, which goes before the value of an object's further member. */
    static byte[] member(String name) {
        return new JsonBuffer().raw(',').string(name).raw(':').toByteArray();
    }

    void clear() {
        length = 0;
        if (bytes.length > KEPT) {
            bytes = new byte[4096];
        }
    }

    int length() {
        return length;
    }

    /** Forgets everything after a former length. */
    void truncate(int toLength) {
        length = toLength;
    }

    /** Returns whether what was written is UTF-8. */
    boolean isUtf8() {
        return SourceText.isUtf8(bytes, length);
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    JsonBuffer raw(byte[] source) {
        return raw(source, 0, source.length);
    }

    JsonBuffer raw(byte[] source, int offset, int count) {
        require(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    JsonBuffer raw(JsonBuffer other) {
        return raw(other.bytes, 0, other.length);
    }

    JsonBuffer raw(char c) {
        require(1);
        bytes[length++] = (byte) c;
        return this;
    }

    /** Writes ASCII text as it is. */
    @SuppressWarnings("deprecation") // The method that takes low bytes is exactly what ASCII needs.
    JsonBuffer raw(String ascii) {
        int count = ascii.length();
        require(count);
        ascii.getBytes(0, count, bytes, length);
        length += count;
        return this;
    }

    /** Writes a number in decimal digits. */
    JsonBuffer number(long value) {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                return raw("-9223372036854775808");
            }
            raw('-');
            return number(-value);
        }
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        require(digits);
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** Writes a log sequence number as two halves of eight upper-case hexadecimal digits. */
    JsonBuffer lsn(long lsn) {
        require(17);
        for (int shift = 60; shift >= 0; shift -= 4) {
            int digit = (int) (lsn >>> shift) & 0xF;
            bytes[length++] = (byte) (digit < 10 ? '0' + digit : 'A' + digit - 10);
            if (shift == 32) {
                bytes[length++] = '/';
            }
        }
        return this;
    }

    /** Writes a string, quoted and escaped. */
    JsonBuffer string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes UTF-8 text as a string, quoted and escaped. */
    JsonBuffer string(byte[] utf8) {
        return string(utf8, 0, utf8.length);
    }

    /** Writes UTF-8 text as a string, quoted and escaped. */
    JsonBuffer string(byte[] utf8, int offset, int count) {
        raw('"');
        escaped(utf8, offset, count);
        return raw('"');
    }

    /** Writes UTF-8 text with JSON's escapes, without quotes. */
    JsonBuffer escaped(byte[] utf8, int offset, int count) {
        require(count);
        int end = offset + count;
        int from = offset;
        for (int i = offset; i < end; i++) {
            byte escape = ESCAPES[utf8[i] & 0xFF];
            if (escape == 0) {
                continue;
            }
            raw(utf8, from, i - from);
            from = i + 1;
            require(6 + end - i);
            bytes[length++] = '\\';
            bytes[length++] = escape;
            if (escape == 'u') {
                bytes[length++] = '0';
                bytes[length++] = '0';
                bytes[length++] = (byte) ('0' + (utf8[i] >> 4));
                bytes[length++] = HEX_LOWER[utf8[i] & 0xF];
            }
        }
        return raw(utf8, from, end - from);
    }

    JsonBuffer escaped(JsonBuffer utf8) {
        return escaped(utf8.bytes, 0, utf8.length);
    }

    private void require(int more) {
        if (bytes.length - length < more) {
            long wanted = Math.max(bytes.length * 2L, (long) length + more);
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
    }
}
