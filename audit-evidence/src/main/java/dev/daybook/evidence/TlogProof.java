package dev.daybook.evidence;

import java.util.ArrayList;
import java.util.List;

/**
 * Proves offline that a leaf is in a log (C2SP tlog-proof).
 *
 * @param index the leaf's number
 * @param proof the hashes from the leaf's sibling upwards
 * @param checkpoint the signed checkpoint, as it was given out
 */
public record TlogProof(long index, List<Hash> proof, String checkpoint) {

    private static final String FIRST_LINE = "c2sp.org/tlog-proof@v1";

    /** More than a tree of 2⁶³ leaves needs. */
    private static final int LONGEST = 64;

    /** Returns the proof as a text. */
    public String text() {
        StringBuilder text =
                new StringBuilder(FIRST_LINE).append("\nindex ").append(index).append('\n');
        proof.forEach(hash -> text.append(hash).append('\n'));
        return text.append('\n').append(checkpoint).toString();
    }

    /** Reads a proof; extra data, which nobody vouches for, are left aside. */
    public static TlogProof parse(String text) {
        int split = text.indexOf("\n\n");
        List<String> lines =
                new ArrayList<>(split < 0 ? List.of() : text.substring(0, split).lines().toList());
        if (lines.isEmpty() || !lines.remove(0).equals(FIRST_LINE)) {
            throw new InvalidEvidenceException(
                    "A proof begins with " + FIRST_LINE + " and has an empty line.");
        }
        if (!lines.isEmpty() && lines.get(0).startsWith("extra ")) {
            Base64Text.decode(lines.remove(0).substring("extra ".length()));
        }
        if (lines.isEmpty() || !lines.get(0).startsWith("index ") || lines.size() > LONGEST) {
            throw new InvalidEvidenceException(
                    "A proof names the index of its leaf, and " + LONGEST + " hashes at most.");
        }
        long index = Checkpoint.number(lines.remove(0).substring("index ".length()));
        return new TlogProof(
                index, lines.stream().map(Hash::ofText).toList(), text.substring(split + 2));
    }

    /**
     * Checks that the log has a leaf.
     *
     * @return the checkpoint that says so
     * @throws InvalidEvidenceException if it does not follow
     */
    public Checkpoint verify(Hash leaf, NoteKey key) {
        Checkpoint opened = Checkpoint.open(checkpoint, key);
        if (!MerkleTree.includes(opened.root(), opened.size(), index, leaf, proof)) {
            throw new InvalidEvidenceException(
                    "The proof does not lead from leaf "
                            + index
                            + " to the root of "
                            + opened.origin()
                            + ".");
        }
        return opened;
    }
}
