package dev.daybook.seal;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.FoundKeys;
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
import java.util.UUID;

/**
 * Reads a log and holds it to its checkpoint, its tiles and what was kept outside. It keeps what
 * there is of each stream and source, and no list of leaves or segments.
 */
final class SealedLog implements AutoCloseable {

    /** How many findings are named one by one. */
    private static final int MOST_FINDINGS = 10_000;

    /** How much of the segments is kept in memory; the rest is sorted on disk. */
    private static final long MOST_BYTES = Long.getLong("daybook.verify.memory.bytes", 16L << 20);

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

    /** A gap that is recorded, and the segment in which it was found. */
    record SealedGap(UUID id, Sealed sealed) {}

    final List<Report.Finding> findings = new ArrayList<>();
    final List<String> notes = new ArrayList<>();

    /** All segments. */
    final SegmentSpool segments = new SegmentSpool(MOST_BYTES);

    /** The first segment of each stream, by its number. */
    final Map<Long, Sealed> firsts = new TreeMap<>();

    /** Where the segments of each stream end. */
    final Map<Long, Long> ends = new TreeMap<>();

    /** The gaps that were sealed with the segment in which they were found. */
    final List<SealedGap> gaps = new ArrayList<>();

    /** The last leaf that lists what was sealed as found; -1 if none does. */
    long newestAsFound = -1;

    /** When what was there was sealed as found: the first and the last of it. */
    @Nullable Long firstAsFoundAt;

    long lastAsFoundAt;

    /** The records of the segments of the leaf that was asked for last, and which leaf that is. */
    private List<byte[]> records = List.of();

    private long recordsOf = -1;

    private final Map<Long, Contiguity> contiguity = new TreeMap<>();
    private long unnamed;

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
        try {
            log.readAll(outside);
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
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
        List<Level> levels = new ArrayList<>();
        boolean whole = true;
        for (long first = 0; first < checkpoint.size() && whole; first += Tile.WIDTH) {
            whole = readBundle(first, kept, tree, levels);
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
        contiguity.values().forEach(Contiguity::finish);
        if (unnamed > 0) {
            findings.add(
                    new Report.Finding(
                            "more", "the log", unnamed + " findings besides these", null));
        }
    }

    /**
     * Reads the leaves of a file; returns whether all are there. No two files are held at once: one
     * has up to 16 MiB.
     */
    private boolean readBundle(long first, Map<Long, Hash> kept, Frontier tree, List<Level> levels)
            throws IOException {
        int width = (int) Math.min(Tile.WIDTH, checkpoint.size() - first);
        List<byte[]> leaves = bundle(first / Tile.WIDTH, width);
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
        return leaves.size() >= width;
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

    /** The tile of a level that is not full yet, and how many there are before it. */
    private static final class Level {
        final List<Hash> hashes = new ArrayList<>(Tile.WIDTH);
        long full;
    }

    private void compareTiles(List<Level> levels, int number, Hash hash) throws IOException {
        if (levels.size() == number) {
            levels.add(new Level());
        }
        Level level = levels.get(number);
        level.hashes.add(hash);
        if (level.hashes.size() == Tile.WIDTH) {
            compareTile(number, level.full, level.hashes);
            Hash root = MerkleTree.root(level.hashes);
            level.hashes.clear();
            level.full++;
            compareTiles(levels, number + 1, root);
        }
    }

    private void comparePartialTiles(List<Level> levels) throws IOException {
        for (int number = 0; number < levels.size(); number++) {
            Level level = levels.get(number);
            if (!level.hashes.isEmpty()) {
                compareTile(number, level.full, level.hashes);
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

    private void take(long index, Hash hash, byte[] data) throws IOException {
        LogLeaf leaf;
        try {
            leaf = LogLeaf.parse(data);
            if (leaf.content() instanceof LogLeaf.Segments segments) {
                for (byte[] header : segments.segments()) {
                    Segment segment = Segment.parse(header);
                    take(new Sealed(segment, header, index, hash, leaf.at(), complete));
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

    private void take(Sealed sealed) throws IOException {
        Segment segment = sealed.segment;
        if (segment.isAsFound()) {
            newestAsFound = sealed.leaf;
            firstAsFoundAt = firstAsFoundAt == null ? (Long) sealed.at : firstAsFoundAt;
            lastAsFoundAt = sealed.at;
        }
        segments.add(sealed);
        firsts.putIfAbsent(segment.stream(), sealed);
        ends.merge(segment.stream(), segment.next(), Math::max);
        contiguity.computeIfAbsent(segment.stream(), stream -> new Contiguity()).take(segment);
        Segment.Account account = segment.account();
        if (account != null) {
            account.gaps().forEach(gap -> gaps.add(new SealedGap(gap, sealed)));
        }
    }

    /**
     * Each segment of a stream begins where the one before it ends, and has all of its parts and an
     * account of its offsets.
     */
    private final class Contiguity {

        private @Nullable Segment first;
        private long next = -1;
        private long rows;
        private int part;

        void take(Segment segment) {
            Segment now = first;
            if (now == null || segment.first() != now.first()) {
                finish();
                if (next >= 0 && segment.first() != next) {
                    broken(
                            segment.first() > next ? "hole" : "overlap",
                            segment.inWords(),
                            "the segments of its stream before it end at " + next);
                }
                first = segment;
                now = segment;
                rows = 0;
                part = 0;
            }
            if (segment.part() != part
                    || segment.parts() != now.parts()
                    || segment.next() != now.next()) {
                broken("hole", segment.inWords(), "its parts are not those that it should have");
            }
            rows += segment.leaves();
            part++;
        }

        /** No part of the last offsets follows. */
        void finish() {
            Segment last = first;
            if (last == null) {
                return;
            }
            Segment.Account account = last.account();
            if (part != last.parts()
                    || account == null
                    || rows + account.duplicates() + account.marks() + account.skipped()
                            != last.next() - last.first()) {
                broken("hole", last.inWords(), "what became of its offsets does not add up");
            }
            next = last.next();
        }
    }

    /** Returns the leaf hashes of a segment, as they were told; null if they cannot be had. */
    @Nullable List<SegmentRecord.Leaf> leaves(Sealed sealed) throws IOException {
        try {
            if (sealed.leaf != recordsOf) {
                recordsOf = -1;
                records =
                        Bundle.read(
                                store.read(SegmentRecord.file(sealed.leaf, sealed.leafHash))
                                        .orElse(new byte[0]));
                recordsOf = sealed.leaf;
            }
            for (byte[] bytes : records) {
                if (SegmentRecord.isOf(bytes, sealed.header)) {
                    return SegmentRecord.parse(bytes).leaves();
                }
            }
        } catch (InvalidEvidenceException e) {
            return null;
        }
        return null;
    }

    /** Returns what is kept beside a segment that was sealed as found; null if it cannot be had. */
    @Nullable FoundKeys foundKeys(Sealed sealed) throws IOException {
        byte[] file = store.read(FoundKeys.file(sealed.header)).orElse(null);
        try {
            FoundKeys keys = file == null ? null : FoundKeys.parse(file);
            return keys != null
                            && Arrays.equals(keys.header(), sealed.header)
                            && keys.rows().size() == sealed.segment.leaves()
                    ? keys
                    : null;
        } catch (InvalidEvidenceException e) {
            return null;
        }
    }

    private void broken(String kind, String where, String what) {
        if (findings.size() >= MOST_FINDINGS) {
            unnamed++;
            return;
        }
        findings.add(new Report.Finding(kind, where, what, null));
    }

    @Override
    public void close() throws IOException {
        segments.close();
    }

    static String time(long micros) {
        return LogTime.instant(micros).toString();
    }
}
