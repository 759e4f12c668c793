package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Writes fields so that no two lists of them give the same bytes: each is four bytes of length,
 * big-endian, and its bytes. An optional field has a byte before it that says whether it is there.
 * A number is eight bytes, big-endian.
 */
final class FieldWriter {

    private byte[] bytes = new byte[512];
    private int size;

    FieldWriter clear() {
        size = 0;
        return this;
    }

    int size() {
        return size;
    }

    byte[] array() {
        return bytes;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** Writes bytes without their length. */
    FieldWriter raw(byte[] source) {
        return raw(source, 0, source.length);
    }

    FieldWriter raw(byte[] source, int from, int length) {
        room(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
        return this;
    }

    /** Writes four bytes of a number. */
    FieldWriter int32(int value) {
        room(4);
        bytes[size++] = (byte) (value >>> 24);
        bytes[size++] = (byte) (value >>> 16);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
        return this;
    }

    FieldWriter number(long value) {
        return int32(8).int32((int) (value >>> 32)).int32((int) value);
    }

    FieldWriter bytes(byte[] source, int from, int length) {
        return int32(length).raw(source, from, length);
    }

    FieldWriter bytes(byte[] source) {
        return bytes(source, 0, source.length);
    }

    FieldWriter text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    FieldWriter hash(Hash hash) {
        int32(Hash.LENGTH);
        room(Hash.LENGTH);
        hash.copyTo(bytes, size);
        size += Hash.LENGTH;
        return this;
    }

    /** Writes whether a field is there. */
    FieldWriter present(boolean there) {
        room(1);
        bytes[size++] = (byte) (there ? 1 : 0);
        return this;
    }

    FieldWriter optionalText(@Nullable String text) {
        present(text != null);
        return text == null ? this : text(text);
    }

    FieldWriter optionalNumber(@Nullable Long number) {
        present(number != null);
        return number == null ? this : number(number);
    }

    /** Writes how many elements there are, and each. */
    <T> FieldWriter list(List<T> elements, BiConsumer<FieldWriter, T> write) {
        int32(elements.size());
        for (T element : elements) {
            write.accept(this, element);
        }
        return this;
    }

    private void room(int length) {
        if (bytes.length - size < length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + length));
        }
    }
}
