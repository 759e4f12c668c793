package dev.daybook.verifier;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.PackMember;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.TlogProof;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds the log's leaves that a pack shows, each proven to be in the tree of the signed checkpoint.
 */
final class ShownLog {

    private static final List<String> LEAF = List.of("leaf", "proof", "data");
    private static final List<String> CHECKPOINT = List.of("note", "proof");

    /** A leaf: when it was sealed, by the sealer's clock, and the segments that it lists. */
    record Leaf(long at, String kind, List<Segment> segments) {}

    /** Names the offsets of one transaction of a sink. */
    private record Offsets(long stream, long first) {}

    final Checkpoint checkpoint;
    final String note;
    final NoteKey key;

    /** By number. */
    final TreeMap<Long, Leaf> leaves = new TreeMap<>();

    /** Checkpoints by their size: the newest and those that it is proven to continue. */
    final TreeMap<Long, Hash> checkpoints = new TreeMap<>();

    List<LogLeaf.Earlier> earlier = List.of();

    private final Map<Offsets, PersonalColumns> personal = new HashMap<>();

    private ShownLog(String note, NoteKey key, Checkpoint checkpoint) {
        this.note = note;
        this.key = key;
        this.checkpoint = checkpoint;
        checkpoints.put(checkpoint.size(), checkpoint.root());
    }

    /**
     * Reads the leaves of a pack, and the earlier checkpoints.
     *
     * @param trusted the key that must have signed; null: the one that the log itself names
     */
    static ShownLog read(PackFile pack, @Nullable NoteKey trusted) throws IOException {
        String note = Lines.whole(pack, PackMember.CHECKPOINT);
        ShownLog log = null;
        try (Lines lines = new Lines(pack, PackMember.LOG)) {
            for (String text = lines.next(); text != null; text = lines.next()) {
                if (log == null) {
                    NoteKey key = trusted == null ? lines.in(text, ShownLog::namedKey) : trusted;
                    log = new ShownLog(note, key, opened(note, key));
                }
                ShownLog into = log;
                lines.in(text, line -> into.take(JsonLine.parse(line).require(LEAF)));
            }
        }
        if (log == null) {
            throw new PackException(PackMember.LOG.fileName(), "it has no leaf.");
        }
        log.readCheckpoints(pack);
        return log;
    }

    private static Checkpoint opened(String note, NoteKey key) {
        try {
            return Checkpoint.open(note, key);
        } catch (InvalidEvidenceException e) {
            throw new PackException(
                    PackMember.CHECKPOINT.fileName(), Plain.line(String.valueOf(e.getMessage())));
        }
    }

    /** Returns the key that the first leaf of a log names. */
    private static NoteKey namedKey(String text) {
        JsonLine line = JsonLine.parse(text).require(LEAF);
        if (LogLeaf.parse(data(line)).content() instanceof LogLeaf.Beginning beginning) {
            return NoteKey.parse(beginning.key());
        }
        throw new InvalidEvidenceException("The first leaf of a pack is the log's beginning.");
    }

    private static byte[] data(JsonLine line) {
        try {
            byte[] data = Base64.getDecoder().decode(line.text("data"));
            if (data.length <= LogLeaf.LARGEST
                    && Base64.getEncoder().encodeToString(data).equals(line.text("data"))) {
                return data;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new InvalidEvidenceException(
                "The leaf's data are not Base64 of at most 65535 bytes.");
    }

    private Leaf take(JsonLine line) {
        long index = line.number("leaf");
        if (!leaves.isEmpty() && index <= leaves.lastKey()) {
            throw new InvalidEvidenceException(
                    "The leaf " + index + " does not come after the one before it.");
        }
        TlogProof proof = TlogProof.parse(line.text("proof"));
        byte[] data = data(line);
        if (!proof.text().equals(line.text("proof"))
                || proof.index() != index
                || !proof.checkpoint().equals(note)) {
            throw new InvalidEvidenceException(
                    "The proof is not of the leaf " + index + " and the pack's checkpoint.");
        }
        if (!MerkleTree.includes(
                checkpoint.root(), checkpoint.size(), index, Hash.ofLeaf(data), proof.proof())) {
            throw new InvalidEvidenceException(
                    "The leaf "
                            + index
                            + " is not in the log that was signed: the leaf or its proof was changed.");
        }
        LogLeaf content = LogLeaf.parse(data);
        List<Segment> segments = new ArrayList<>();
        if (content.content() instanceof LogLeaf.Segments listed) {
            for (byte[] bytes : listed.segments()) {
                Segment segment = Segment.parse(bytes);
                segments.add(segment);
                Segment.Account account = segment.account();
                if (account != null) {
                    personal.put(
                            new Offsets(segment.stream(), segment.first()),
                            new PersonalColumns(account.personal()));
                }
            }
        }
        if (content.content() instanceof LogLeaf.Beginning beginning) {
            earlier = beginning.earlier();
        }
        if ((content.content() instanceof LogLeaf.Beginning beginning
                        && beginning.key().equals(key.toString()))
                != (index == 0)) {
            throw new InvalidEvidenceException(
                    "A pack begins with the log's leaf 0, the log begins once, and with the key that"
                            + " its checkpoints are signed with.");
        }
        if (leaves.isEmpty() && index != 0) {
            throw new InvalidEvidenceException("The first leaf of a pack is the log's beginning.");
        }
        Leaf leaf = new Leaf(content.at(), content.kind(), List.copyOf(segments));
        leaves.put(index, leaf);
        return leaf;
    }

    private void readCheckpoints(PackFile pack) throws IOException {
        try (Lines lines = new Lines(pack, PackMember.CHECKPOINTS)) {
            for (String text = lines.next(); text != null; text = lines.next()) {
                lines.in(text, line -> earlier(JsonLine.parse(line).require(CHECKPOINT)));
            }
        }
    }

    private Checkpoint earlier(JsonLine line) {
        Checkpoint other = Checkpoint.open(line.text("note"), key);
        List<Hash> proof = line.list("proof").stream().map(ShownLog::hash).toList();
        if (!MerkleTree.continues(
                checkpoint.root(), checkpoint.size(), other.root(), other.size(), proof)) {
            throw new InvalidEvidenceException(
                    "The newest checkpoint, of "
                            + checkpoint.size()
                            + " leaves, does not continue the one of "
                            + other.size()
                            + " leaves: the log was forked, or the proof was changed.");
        }
        if (checkpoints.put(other.size(), other.root()) != null) {
            throw new InvalidEvidenceException(
                    "Another checkpoint of " + other.size() + " leaves stands before it.");
        }
        return other;
    }

    private static Hash hash(@Nullable String text) {
        if (text == null) {
            throw new InvalidEvidenceException("A proof has a null.");
        }
        return Hash.ofText(text);
    }

    /** Returns when a leaf was sealed, by the sealer's clock. */
    long at(long leaf) {
        Leaf shown = leaves.get(leaf);
        if (shown == null) {
            throw new IllegalStateException("The leaf " + leaf + " is not shown.");
        }
        return shown.at;
    }

    /** Returns a segment by its place. */
    Segment segment(long leaf, long number) {
        Leaf listing = leaves.get(leaf);
        if (listing == null || number >= listing.segments.size()) {
            throw new InvalidEvidenceException(
                    "It is said to be in segment "
                            + number
                            + " of leaf "
                            + leaf
                            + ", which the pack does not have.");
        }
        return listing.segments.get((int) number);
    }

    /** Returns the columns that were configured as personal when a segment was made. */
    PersonalColumns personal(Segment segment) {
        PersonalColumns columns = personal.get(new Offsets(segment.stream(), segment.first()));
        if (columns == null) {
            throw new InvalidEvidenceException(
                    "The pack lacks the first part of the segment " + segment.inWords() + ".");
        }
        return columns;
    }
}
