package dev.daybook.evidence;

import java.nio.charset.StandardCharsets;

/**
 * How far a log is known outside: the sealer's own note beside the log, which proves nothing.
 *
 * @param leaves how many leaves the checkpoint had that an anchor took
 * @param at when it did, in microseconds since 1970
 */
public record Anchored(long leaves, long at) {

    /** Where it is kept, in the log's store. */
    public static final String FILE = "anchored";

    public byte[] toBytes() {
        return (leaves + " " + at + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads what {@link #toBytes} wrote. */
    public static Anchored parse(byte[] bytes) {
        String[] words = new String(bytes, StandardCharsets.US_ASCII).strip().split(" ", -1);
        try {
            return new Anchored(Long.parseLong(words[0]), Long.parseLong(words[1]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new InvalidEvidenceException("The note of what is anchored cannot be read.");
        }
    }
}
