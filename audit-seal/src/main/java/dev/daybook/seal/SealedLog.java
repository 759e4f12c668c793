package dev.daybook.seal;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Frontier;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Tile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads a log and holds it to its checkpoint, its tiles and what was kept outside. */
final class SealedLog {

    /** Longer than this between two leaves, and the sealer stood still. */
    private static final Duration STANDSTILL = Sealer.HEARTBEAT.plusSeconds(30);

    /**
     * A segment, and the leaf that lists it.
     *
     * @param complete until when each source was sealed as complete before it
     */
    record Sealed(
            Segment segment,
            byte[] header,
            long leaf,
            Hash leafHash,
            long at,
            Map<String, Long> complete) {}

    final List<Report.Finding> findings = new ArrayList<>();
    final List<String> notes = new ArrayList<>();

    /** By stream, in the order in which they were sealed. */
    final Map<Long, List<Sealed>> streams = new TreeMap<>();

    List<LogLeaf.Earlier> earlier = List.of();

    /** How many leaves were verified and found intact last, and when; null if none were yet. */
    @Nullable Verified intact;

    List<String> coverage = List.of();
    final Checkpoint checkpoint;
    long lastAt = Long.MIN_VALUE;
    final Completeness completeness = new Completeness();
    final Chains chains = new Chains();
    List<LogLeaf.Complete> heartbeat = List.of();
    private Map<String, Long> complete = Map.of();

    /** A verification that found what it compared intact. */
    record Verified(long leaves, long at) {}

    private final LogStore store;
    private final NoteKey key;

    private SealedLog(LogStore store, NoteKey key, Checkpoint checkpoint) {
        this.store = store;
        this.key = key;
        this.checkpoint = checkpoint;
    }

    /** Returns the newest checkpoint; null if there is none. */
    static @Nullable Checkpoint newest(LogStore store, NoteKey key) throws IOException {
        byte[] note = store.read(EvidenceLog.CHECKPOINT).orElse(null);
        return note == null ? null : Checkpoint.open(new String(note, StandardCharsets.UTF_8), key);
    }

    /**
     * Reads a log.
     *
     * @param outside checkpoints that were kept where the sealer's operator could not change them
     */
    static SealedLog read(LogStore store, NoteKey key, Checkpoint checkpoint, List<String> outside)
            throws IOException {
        SealedLog log = new SealedLog(store, key, checkpoint);
        log.readAll(outside);
        return log;
    }

    private void readAll(List<String> outside) throws IOException {
        Map<Long, Hash> kept = new TreeMap<>();
        for (String note : outside) {
            try {
                Checkpoint opened = Checkpoint.open(note, key);
                Hash other = kept.put(opened.size(), opened.root());
                if (other != null && !other.equals(opened.root())) {
                    broken(
                            "fork",
                            "checkpoint " + opened.size(),
                            "two checkpoints of this size were kept outside, with two roots");
                }
            } catch (InvalidEvidenceException e) {
                broken(
                        "anchor",
                        "a checkpoint that was kept outside",
                        String.valueOf(e.getMessage()));
            }
        }
        Frontier tree = new Frontier();
        List<List<Hash>> levels = new ArrayList<>();
        boolean whole = true;
        for (long first = 0; first < checkpoint.size() && whole; first += Tile.WIDTH) {
            int width = (int) Math.min(Tile.WIDTH, checkpoint.size() - first);
            List<byte[]> leaves = bundle(first / Tile.WIDTH, width);
            whole = leaves.size() >= width;
            for (int i = 0; i < Math.min(width, leaves.size()); i++) {
                Hash hash = Hash.ofLeaf(leaves.get(i));
                tree.add(hash);
                compareTiles(levels, 0, hash);
                Hash outsideRoot = kept.remove(tree.size());
                if (outsideRoot != null && !outsideRoot.equals(tree.root())) {
                    broken(
                            "fork",
                            "log leaf " + first + " to " + (tree.size() - 1),
                            "the log is not the one of which a checkpoint of "
                                    + tree.size()
                                    + " leaves was kept outside");
                }
                take(first + i, hash, leaves.get(i));
            }
        }
        comparePartialTiles(levels);
        if (!tree.root().equals(checkpoint.root())) {
            broken(
                    "log",
                    "checkpoint of " + checkpoint.size() + " leaves",
                    "its leaves do not give its root; " + tree.size() + " leaves were read");
        }
        for (long size : kept.keySet()) {
            if (size > checkpoint.size()) {
                broken(
                        "rollback",
                        "checkpoint of " + checkpoint.size() + " leaves",
                        "one of "
                                + size
                                + " leaves was kept outside: the log was set back or cut off");
            }
        }
        streams.values().forEach(this::requireContiguous);
    }

    private List<byte[]> bundle(long index, int width) throws IOException {
        byte[] bytes = stored(n -> Tile.entries(index, n), width);
        if (bytes == null) {
            broken("log", "leaves from " + index * Tile.WIDTH + " on", "their file is missing");
            return List.of();
        }
        try {
            return Bundle.entries(bytes);
        } catch (InvalidEvidenceException e) {
            broken(
                    "log",
                    "leaves from " + index * Tile.WIDTH + " on",
                    String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    private interface Place {
        String of(int width);
    }

    /**
     * Returns a file of that width, or of the first greater one: a partial one goes when a wider
     * one is there.
     */
    private byte @Nullable [] stored(Place place, int width) throws IOException {
        for (int wider = width; wider <= Tile.WIDTH; wider++) {
            byte[] bytes = store.read(place.of(wider)).orElse(null);
            if (bytes != null) {
                return bytes;
            }
        }
        return null;
    }

    private void compareTiles(List<List<Hash>> levels, int level, Hash hash) throws IOException {
        if (levels.size() == level) {
            levels.add(new ArrayList<>());
        }
        List<Hash> hashes = levels.get(level);
        hashes.add(hash);
        if (hashes.size() % Tile.WIDTH == 0) {
            List<Hash> tile = hashes.subList(hashes.size() - Tile.WIDTH, hashes.size());
            compareTile(level, hashes.size() / Tile.WIDTH - 1L, tile);
            Hash root = MerkleTree.root(tile);
            compareTiles(levels, level + 1, root);
        }
    }

    private void comparePartialTiles(List<List<Hash>> levels) throws IOException {
        for (int level = 0; level < levels.size(); level++) {
            List<Hash> hashes = levels.get(level);
            int width = hashes.size() % Tile.WIDTH;
            if (width > 0) {
                compareTile(
                        level,
                        hashes.size() / Tile.WIDTH,
                        hashes.subList(hashes.size() - width, hashes.size()));
            }
        }
    }

    private void compareTile(int level, long index, List<Hash> hashes) throws IOException {
        byte[] bytes = stored(n -> new Tile(level, index, n).path(), hashes.size());
        byte[] expected = new byte[hashes.size() * Hash.LENGTH];
        for (int i = 0; i < hashes.size(); i++) {
            hashes.get(i).copyTo(expected, i * Hash.LENGTH);
        }
        if (bytes == null || !Arrays.equals(expected, Arrays.copyOf(bytes, expected.length))) {
            broken(
                    "tile",
                    new Tile(level, index, hashes.size()).path(),
                    bytes == null ? "is missing" : "is not what the leaves give");
        }
    }

    private void take(long index, Hash hash, byte[] data) {
        LogLeaf leaf;
        try {
            leaf = LogLeaf.parse(data);
            if (leaf.content() instanceof LogLeaf.Segments segments) {
                for (byte[] header : segments.segments()) {
                    Segment segment = Segment.parse(header);
                    streams.computeIfAbsent(segment.stream(), s -> new ArrayList<>())
                            .add(new Sealed(segment, header, index, hash, leaf.at(), complete));
                    completeness.take(segment);
                    chains.take(segment, "leaf " + index);
                }
            }
        } catch (InvalidEvidenceException e) {
            broken("log", "leaf " + index, String.valueOf(e.getMessage()));
            return;
        }
        if (leaf.content() instanceof LogLeaf.Beginning beginning) {
            earlier = beginning.earlier();
            if (index != 0 || !beginning.key().equals(key.toString())) {
                broken(
                        "log",
                        "leaf " + index,
                        "a log begins once, with the key that its checkpoints are signed with");
            }
        } else if (leaf.content() instanceof LogLeaf.Heartbeat heartbeat) {
            // The sealer is not believed: what it says is what the segments before give.
            List<LogLeaf.Complete> computed = completeness.advance();
            if (!heartbeat.complete().equals(computed)) {
                broken(
                        "complete",
                        "leaf " + index,
                        "it says "
                                + heartbeat.complete()
                                + ", but the watermarks sealed before it give "
                                + computed);
            }
            this.heartbeat = computed;
            Map<String, Long> until = new TreeMap<>();
            computed.forEach(of -> until.put(of.source(), of.until()));
            complete = until;
        } else if (leaf.content() instanceof LogLeaf.Verification verification) {
            if (verification.outcome().equals(Report.Outcome.INTACT.word())
                    && verification.leaves() <= index) {
                intact = new Verified(verification.leaves(), leaf.at());
            }
        } else if (leaf.content() instanceof LogLeaf.Coverage now) {
            if (!coverage.isEmpty() && !coverage.equals(now.lines())) {
                notes.add(
                        "What guards the log changed, as seen "
                                + time(leaf.at())
                                + ": "
                                + difference(coverage, now.lines()));
            }
            coverage = now.lines();
        }
        if (lastAt != Long.MIN_VALUE) {
            Duration apart = Duration.of(leaf.at() - lastAt, ChronoUnit.MICROS);
            if (apart.compareTo(STANDSTILL) > 0) {
                notes.add(
                        "The sealer stood still from "
                                + time(lastAt)
                                + " to "
                                + time(leaf.at())
                                + ".");
            } else if (apart.isNegative()) {
                notes.add(
                        "The sealer's clock went back from "
                                + time(lastAt)
                                + " to "
                                + time(leaf.at())
                                + ".");
            }
        }
        lastAt = leaf.at();
    }

    /** Says what two lists do not share. */
    static String difference(List<String> before, List<String> now) {
        Set<String> gone = new HashSet<>(before);
        now.forEach(gone::remove);
        Set<String> come = new HashSet<>(now);
        before.forEach(come::remove);
        List<String> words = new ArrayList<>();
        gone.stream().sorted().forEach(line -> words.add("gone: " + line));
        come.stream().sorted().forEach(line -> words.add("new: " + line));
        return String.join("; ", words);
    }

    /**
     * Each segment begins where the one before it ends, and has all of its parts and an account of
     * its offsets.
     */
    private void requireContiguous(List<Sealed> segments) {
        long next = segments.get(0).segment.first();
        for (int i = 0; i < segments.size(); ) {
            Segment first = segments.get(i).segment;
            if (first.first() != next) {
                broken(
                        first.first() > next ? "hole" : "overlap",
                        first.inWords(),
                        "the segments of its stream before it end at " + next);
            }
            long rows = 0;
            int part = 0;
            while (i < segments.size() && segments.get(i).segment.first() == first.first()) {
                Segment segment = segments.get(i).segment;
                if (segment.part() != part
                        || segment.parts() != first.parts()
                        || segment.next() != first.next()) {
                    broken(
                            "hole",
                            segment.inWords(),
                            "its parts are not those that it should have");
                }
                rows += segment.leaves();
                part++;
                i++;
            }
            Segment.Account account = first.account();
            if (part != first.parts()
                    || account == null
                    || rows + account.duplicates() + account.marks() + account.skipped()
                            != first.next() - first.first()) {
                broken("hole", first.inWords(), "what became of its offsets does not add up");
            }
            next = first.next();
        }
    }

    /** Returns the leaf hashes of a segment, as they were told; null if they cannot be had. */
    @Nullable List<SegmentRecord.Leaf> leaves(Sealed sealed) throws IOException {
        byte[] file = store.read(SegmentRecord.file(sealed.leaf, sealed.leafHash)).orElse(null);
        if (file == null) {
            return null;
        }
        try {
            for (byte[] bytes : Bundle.read(file)) {
                if (SegmentRecord.isOf(bytes, sealed.header)) {
                    return SegmentRecord.parse(bytes).leaves();
                }
            }
        } catch (InvalidEvidenceException e) {
            return null;
        }
        return null;
    }

    private void broken(String kind, String where, String what) {
        findings.add(new Report.Finding(kind, where, what, null));
    }

    static String time(long micros) {
        return LogTime.instant(micros).toString();
    }
}
