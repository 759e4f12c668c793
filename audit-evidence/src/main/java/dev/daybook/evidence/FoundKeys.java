package dev.daybook.evidence;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is kept beside a segment whose rows were sealed as they were found: a random key, from which
 * the seed of each row follows, since the rows themselves are not rewritten; and by what each row
 * is known again.
 *
 * @param header the segment's bytes
 * @param key 32 random bytes
 * @param rows a number for each row, in their order; see {@link #row}
 */
public record FoundKeys(byte[] header, byte[] key, List<Long> rows) {

    /** The length of a key. */
    public static final int KEY_LENGTH = 32;

    /** The streams of such segments: one for each table, above all others. */
    private static final long FIRST_STREAM = (1L << 19) - 3;

    private static final byte SEED = 5;
    private static final byte ROW = 6;
    private static final int SEED_LENGTH = 16;

    /**
     * Returns the stream of a table.
     *
     * @param table 0 for entries, 1 for transactions, 2 for rejected records
     */
    public static long stream(int table) {
        return FIRST_STREAM + table;
    }

    /** Returns the table of a stream, 0 to 2; another number if it is none of theirs. */
    public static long table(long stream) {
        return stream - FIRST_STREAM;
    }

    /** Returns the file of a log that has what is kept beside a segment. */
    public static String file(byte[] header) {
        Segment segment = Segment.parse(header);
        return "found/"
                + segment.stream()
                + "-"
                + segment.first()
                + "-"
                + Hash.ofLeaf(header).toString().substring(0, 8).replace('/', '_');
    }

    /** Returns the file of a log that lists those files of a table, by the time of their rows. */
    public static String list(int table) {
        return "found/" + stream(table);
    }

    /** Returns the seed of the row of an offset. */
    public byte[] seed(long offset) {
        ByteBuffer hashed = ByteBuffer.allocate(1 + key.length + Long.BYTES);
        hashed.put(SEED).put(key).putLong(offset);
        return Arrays.copyOf(Hash.sha256().digest(hashed.array()), SEED_LENGTH);
    }

    /**
     * Returns by what a row is known again.
     *
     * @param at its time, in microseconds since 1970
     * @param name its id, or its source and number
     */
    public static long row(byte[] key, long at, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer hashed = ByteBuffer.allocate(1 + key.length + Long.BYTES + text.length);
        hashed.put(ROW).put(key).putLong(at).put(text);
        return ByteBuffer.wrap(Hash.sha256().digest(hashed.array())).getLong();
    }

    /** Returns the offset of each row, by its number. */
    public Map<Long, Long> offsets() {
        long first = Segment.parse(header).first();
        Map<Long, Long> offsets = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            offsets.put(rows.get(i), first + i);
        }
        return offsets;
    }

    /** Returns the file's bytes. */
    public byte[] toBytes() {
        return new FieldWriter().bytes(header).bytes(key).list(rows, FieldWriter::number).toBytes();
    }

    /** Reads what {@link #toBytes} wrote. */
    public static FoundKeys parse(byte[] bytes) {
        FieldReader in = new FieldReader(bytes);
        FoundKeys read = new FoundKeys(in.bytes(), in.bytes(), in.list(FieldReader::number));
        in.end();
        if (read.key.length != KEY_LENGTH) {
            throw new InvalidEvidenceException("A key has " + KEY_LENGTH + " bytes.");
        }
        return read;
    }
}
