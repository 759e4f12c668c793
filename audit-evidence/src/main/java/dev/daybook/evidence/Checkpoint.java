package dev.daybook.evidence;

import java.util.List;

/**
 * Says what a log holds: its size and root (C2SP tlog-checkpoint).
 *
 * @param origin the log's name
 */
public record Checkpoint(String origin, long size, Hash root) {

    /** Returns the text that is signed. */
    public String text() {
        return origin + "\n" + size + "\n" + root + "\n";
    }

    /** Returns the checkpoint, signed. */
    public String sign(NoteSigner signer) {
        return signer.sign(text());
    }

    /**
     * Opens a signed checkpoint. Lines behind the root are left aside.
     *
     * @throws InvalidEvidenceException if it is none, or the key, whose name is the log's, has not
     *     signed it
     */
    public static Checkpoint open(String note, NoteKey key) {
        Checkpoint checkpoint = parse(Note.open(note, List.of(key)).text());
        if (!checkpoint.origin.equals(key.name())) {
            throw new InvalidEvidenceException(
                    "The checkpoint is of "
                            + checkpoint.origin
                            + ", and not of "
                            + key.name()
                            + ".");
        }
        return checkpoint;
    }

    private static Checkpoint parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length < 4 || lines[0].isEmpty()) {
            throw new InvalidEvidenceException(
                    "A checkpoint has three lines at least: origin, size and root.");
        }
        for (int i = 3; i < lines.length - 1; i++) {
            if (lines[i].isEmpty()) {
                throw new InvalidEvidenceException("A checkpoint has no empty lines.");
            }
        }
        return new Checkpoint(lines[0], number(lines[1]), Hash.ofText(lines[2]));
    }

    /** Reads a number that is not negative, in the only way in which it is written. */
    static long number(String text) {
        if (!text.matches("0|[1-9][0-9]{0,17}")) {
            throw new InvalidEvidenceException(
                    "'" + text + "' is not a number as it is written here.");
        }
        return Long.parseLong(text);
    }
}
