package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Reads what {@link FieldWriter} wrote; no length that it finds makes it take more memory than
 * there are bytes.
 */
final class FieldReader {

    private final ByteBuffer bytes;

    FieldReader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /** Takes bytes that must stand here. */
    void require(byte[] expected) {
        if (!Arrays.equals(raw(Math.min(expected.length, bytes.remaining())), expected)) {
            throw new InvalidEvidenceException(
                    "The bytes do not begin with "
                            + new String(expected, StandardCharsets.US_ASCII)
                            + ".");
        }
    }

    /** Takes bytes if they stand here; returns whether they do. */
    boolean begins(byte[] expected) {
        bytes.mark();
        if (Arrays.equals(raw(Math.min(expected.length, bytes.remaining())), expected)) {
            return true;
        }
        bytes.reset();
        return false;
    }

    byte[] raw(int length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new InvalidEvidenceException(
                    "A field says that it has "
                            + length
                            + " bytes, but "
                            + bytes.remaining()
                            + " are left.");
        }
        byte[] field = new byte[length];
        bytes.get(field);
        return field;
    }

    int int32() {
        return ByteBuffer.wrap(raw(4)).getInt();
    }

    byte[] bytes() {
        return raw(int32());
    }

    long number() {
        byte[] field = bytes();
        if (field.length != 8) {
            throw new InvalidEvidenceException(
                    "A number has 8 bytes, here are " + field.length + ".");
        }
        return ByteBuffer.wrap(field).getLong();
    }

    String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidEvidenceException("A text is not UTF-8.");
        }
    }

    Hash hash() {
        byte[] field = bytes();
        if (field.length != Hash.LENGTH) {
            throw new InvalidEvidenceException(
                    "A hash has 32 bytes, here are " + field.length + ".");
        }
        return Hash.of(field);
    }

    boolean present() {
        byte there = raw(1)[0];
        if (there != 0 && there != 1) {
            throw new InvalidEvidenceException(
                    "Whether a field is there must be 0 or 1, not " + there + ".");
        }
        return there == 1;
    }

    @Nullable String optionalText() {
        return present() ? text() : null;
    }

    @Nullable Long optionalNumber() {
        return present() ? (Long) number() : null;
    }

    <T> List<T> list(Function<FieldReader, T> read) {
        int count = int32();
        if (count < 0 || count > bytes.remaining()) {
            throw new InvalidEvidenceException(
                    "A list says that it has " + count + " elements; it has not the bytes.");
        }
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(read.apply(this));
        }
        return elements;
    }

    boolean hasMore() {
        return bytes.hasRemaining();
    }

    void end() {
        if (bytes.hasRemaining()) {
            throw new InvalidEvidenceException(bytes.remaining() + " bytes follow the last field.");
        }
    }
}
