package dev.daybook.evidence;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/** Opens signed notes (C2SP signed-note): a text, an empty line, and lines of signatures. */
public final class Note {

    private static final String DASH = "\u2014 ";

    /** More than any note of ours has. */
    private static final int MOST_SIGNATURES = 100;

    private final String text;
    private final List<NoteKey> signers;

    private Note(String text, List<NoteKey> signers) {
        this.text = text;
        this.signers = signers;
    }

    /**
     * Opens a note.
     *
     * @param known the keys that are trusted; signatures of others are ignored
     * @throws InvalidEvidenceException if it is none, no known key has signed it, or a signature of
     *     a known key is wrong
     */
    public static Note open(String note, Collection<NoteKey> known) {
        int split = note.lastIndexOf("\n\n");
        if (split < 0 || !note.endsWith("\n")) {
            throw new InvalidEvidenceException(
                    "The note has no empty line before its signatures, or no end.");
        }
        String text = note.substring(0, split + 1);
        requireText(text);
        List<String> lines = note.substring(split + 2).lines().toList();
        if (lines.isEmpty() || lines.size() > MOST_SIGNATURES) {
            throw new InvalidEvidenceException(
                    "The note has "
                            + lines.size()
                            + " signatures, not 1 to "
                            + MOST_SIGNATURES
                            + ".");
        }
        List<NoteKey> signers = new ArrayList<>();
        for (String line : lines) {
            String[] parts =
                    line.startsWith(DASH)
                            ? line.substring(DASH.length()).split(" ", -1)
                            : new String[0];
            if (parts.length != 2 || !NoteKey.isName(parts[0])) {
                throw new InvalidEvidenceException("'" + line + "' is not a signature's line.");
            }
            byte[] signature = Base64Text.decode(parts[1]);
            if (signature.length < 5) {
                throw new InvalidEvidenceException(
                        "The signature of " + parts[0] + " is too short.");
            }
            byte[] id = Arrays.copyOf(signature, 4);
            for (NoteKey key : known) {
                if (key.name().equals(parts[0]) && Arrays.equals(key.id(), id)) {
                    if (!key.verifies(
                            text.getBytes(StandardCharsets.UTF_8),
                            Arrays.copyOfRange(signature, 4, signature.length))) {
                        throw new InvalidEvidenceException(
                                "The signature of " + parts[0] + " does not fit the note.");
                    }
                    signers.add(key);
                }
            }
        }
        if (signers.isEmpty()) {
            throw new InvalidEvidenceException("None of the trusted keys has signed the note.");
        }
        return new Note(text, signers);
    }

    /** Returns what was signed, its last newline included. */
    public String text() {
        return text;
    }

    /** Returns the trusted keys that have signed. */
    public List<NoteKey> signers() {
        return signers;
    }

    static String line(String name, byte[] signature) {
        return DASH + name + " " + Base64.getEncoder().encodeToString(signature) + "\n";
    }

    static void requireText(String text) {
        if (text.isEmpty()
                || text.charAt(text.length() - 1) != '\n'
                || text.chars().anyMatch(c -> c < ' ' && c != '\n')
                || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new InvalidEvidenceException(
                    "A note's text must be UTF-8 without control characters and end in a newline.");
        }
    }
}
