package dev.daybook.evidence;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the sink tells of a segment before its transaction commits: the segment and the hash of each
 * leaf.
 *
 * @param header the segment's bytes
 * @param leaves in the order of their offsets
 */
public record SegmentRecord(byte[] header, List<Leaf> leaves) {

    /** A leaf, by the offset of its record. */
    public record Leaf(long offset, Hash hash) {}

    public Segment segment() {
        return Segment.parse(header);
    }

    /**
     * Returns the file of a log that has the records of the segments of a leaf. The leaf's hash is
     * in its name: two sealers may try at one leaf.
     */
    public static String file(long index, Hash leaf) {
        return "segments/"
                + index / 1000
                + "/"
                + index % 1000
                + "-"
                + leaf.toString().substring(0, 8).replace('/', '_');
    }

    /** Returns whether a record's bytes are of the segment with that header. */
    public static boolean isOf(byte[] record, byte[] header) {
        return record.length >= 4 + header.length
                && ByteBuffer.wrap(record).getInt() == header.length
                && Arrays.equals(record, 4, 4 + header.length, header, 0, header.length);
    }

    /** Returns the root over the leaves. */
    public static Hash root(List<Leaf> leaves) {
        return MerkleTree.root(leaves.stream().map(Leaf::hash).toList());
    }

    /** Returns the record as bytes. */
    public byte[] toBytes() {
        FieldWriter out = new FieldWriter().bytes(header).int32(leaves.size());
        byte[] hash = new byte[Hash.LENGTH];
        for (Leaf leaf : leaves) {
            leaf.hash.copyTo(hash, 0);
            out.number(leaf.offset).raw(hash);
        }
        return out.toBytes();
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws InvalidEvidenceException also if the leaves do not give the segment's root
     */
    public static SegmentRecord parse(byte[] bytes) {
        FieldReader in = new FieldReader(bytes);
        byte[] header = in.bytes();
        Segment segment = Segment.parse(header);
        List<Leaf> leaves =
                new ArrayList<>(in.list(of -> new Leaf(of.number(), Hash.of(of.raw(Hash.LENGTH)))));
        in.end();
        if (leaves.size() != segment.leaves() || !root(leaves).equals(segment.root())) {
            throw new InvalidEvidenceException(
                    "The leaves of " + segment.inWords() + " do not give its root.");
        }
        return new SegmentRecord(header, leaves);
    }
}
