package dev.daybook.evidence;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Writes and reads several pieces of bytes in one. */
public final class Bundle {

    private Bundle() {}

    /** Returns pieces, each behind four bytes of its length. */
    public static byte[] write(List<byte[]> pieces) {
        FieldWriter out = new FieldWriter();
        pieces.forEach(out::bytes);
        return out.toBytes();
    }

    /** Reads what {@link #write} wrote. */
    public static List<byte[]> read(byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        FieldReader in = new FieldReader(bytes);
        while (in.hasMore()) {
            pieces.add(in.bytes());
        }
        return pieces;
    }

    /** Returns an entry of a bundle of C2SP tlog-tiles: two bytes of length before it. */
    public static byte[] entry(byte[] leaf) {
        if (leaf.length > LogLeaf.LARGEST) {
            throw new InvalidEvidenceException(
                    "A leaf of " + leaf.length + " bytes is too large for a log of tiles.");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(leaf.length + 2);
        out.writeBytes(ByteBuffer.allocate(2).putShort((short) leaf.length).array());
        out.writeBytes(leaf);
        return out.toByteArray();
    }

    /** Reads a bundle of entries. */
    public static List<byte[]> entries(byte[] bundle) {
        List<byte[]> entries = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bundle);
        while (in.hasRemaining()) {
            int length =
                    in.remaining() < 2 ? Integer.MAX_VALUE : Short.toUnsignedInt(in.getShort());
            if (length > in.remaining()) {
                throw new InvalidEvidenceException("A bundle of entries ends within one.");
            }
            byte[] entry = new byte[length];
            in.get(entry);
            entries.add(entry);
        }
        return entries;
    }
}
