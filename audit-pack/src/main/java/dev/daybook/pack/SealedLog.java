package dev.daybook.pack;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Tile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Reads the sealed log as its newest checkpoint has it. Holds a few tiles in memory, however long
 * the log is.
 *
 * <p>Not thread-safe.
 */
final class SealedLog {

    private static final int MOST_FILES = 64;

    private final LogFiles files;
    private final String note;
    private final NoteKey key;
    private final Checkpoint checkpoint;
    private final MerkleTree.Subtrees tree;
    private final Map<String, byte[]> tiles = newest();
    private final Map<Long, List<byte[]>> bundles = newest();
    private final Map<Long, List<LogLeaf>> parsed = newest();
    private final Map<String, List<byte[]>> records = newest();
    private final Map<Long, Long> times = new HashMap<>();

    private SealedLog(LogFiles files, String note, long size) throws IOException, PackProblem {
        this.files = files;
        this.note = note;
        LogLeaf first = LogLeaf.parse(entries(0, width(0, size)).getFirst());
        if (!(first.content() instanceof LogLeaf.Beginning beginning)) {
            throw new InvalidEvidenceException("The log's first leaf is not its beginning.");
        }
        this.key = NoteKey.parse(beginning.key());
        this.checkpoint = Checkpoint.open(note, key);
        this.tree =
                Tile.subtrees(
                        checkpoint.size(),
                        tile ->
                                tiles.computeIfAbsent(
                                        tile.path(),
                                        path -> tile(tile.level(), tile.index(), tile.width())));
    }

    /** Opens the log. */
    static SealedLog open(LogFiles files) throws IOException, PackProblem {
        byte[] note = files.read("checkpoint");
        if (note == null) {
            throw new PackProblem(
                    PackProblem.Kind.NO_LOG,
                    "Nothing is sealed here, so nothing can be proven. ./daybook up seals, unless it was first started with --no-seal.");
        }
        String text = new String(note, StandardCharsets.UTF_8);
        String size = text.lines().skip(1).findFirst().orElse("");
        try {
            return new SealedLog(files, text, Long.parseLong(size));
        } catch (NumberFormatException | InvalidEvidenceException e) {
            throw broken("its checkpoint or its beginning cannot be read: " + e.getMessage());
        }
    }

    static PackProblem broken(String what) {
        return new PackProblem(
                PackProblem.Kind.BROKEN,
                "The log is not what was sealed: "
                        + what
                        + " No pack is made; ./daybook verify names all that is broken.");
    }

    private static <K, V> Map<K, V> newest() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST_FILES;
            }
        };
    }

    String note() {
        return note;
    }

    NoteKey key() {
        return key;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    long size() {
        return checkpoint.size();
    }

    private static int width(long bundle, long size) {
        return (int) Math.min(Tile.WIDTH, size - bundle * Tile.WIDTH);
    }

    /** Returns a partial file of that width or a wider one, which begins with the same. */
    private byte[] file(IntFunction<String> path, int width) throws IOException, PackProblem {
        for (int wider = width; wider <= Tile.WIDTH; wider++) {
            byte[] content = files.read(path.apply(wider));
            if (content != null) {
                return content;
            }
        }
        throw broken("its file " + path.apply(width) + " is missing.");
    }

    private byte[] tile(int level, long index, int width) {
        try {
            return file(wider -> new Tile(level, index, wider).path(), width);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (PackProblem e) {
            throw new InvalidEvidenceException(String.valueOf(e.getMessage()));
        }
    }

    private List<byte[]> entries(long bundle, int width) throws IOException, PackProblem {
        List<byte[]> known = bundles.get(bundle);
        if (known == null) {
            known = Bundle.entries(file(wider -> Tile.entries(bundle, wider), width));
            if (known.size() < width) {
                throw broken("a file of leaves from " + bundle * Tile.WIDTH + " on is too short.");
            }
            bundles.put(bundle, known);
        }
        return known;
    }

    /** Returns a leaf's data. */
    byte[] data(long leaf) throws IOException, PackProblem {
        long bundle = leaf / Tile.WIDTH;
        return entries(bundle, width(bundle, size())).get((int) (leaf % Tile.WIDTH));
    }

    /** Returns when a leaf was sealed, in microseconds since 1970. */
    long at(long leaf) throws IOException, PackProblem {
        Long known = times.get(leaf);
        if (known == null) {
            known = LogLeaf.parse(data(leaf)).at();
            times.put(leaf, known);
        }
        return known;
    }

    /** Returns the first leaf that was sealed then or later; the log's size if none was. */
    long firstSince(long micros) throws IOException, PackProblem {
        long from = 0;
        long to = size();
        while (from < to) {
            long middle = (from + to) >>> 1;
            if (at(middle) < micros) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** Returns the hashes that lead from a leaf to the root. */
    List<Hash> inclusion(long leaf) {
        return MerkleTree.inclusion(leaf, size(), tree);
    }

    /** Returns the hashes that show that the log continues one of that size. */
    List<Hash> consistency(long earlier) {
        return MerkleTree.consistency(earlier, size(), tree);
    }

    /** Where a segment is listed. */
    record Listed(long leaf, int number, byte[] header) {}

    /**
     * Finds the leaf that lists a segment: near to the time at which the sink made it, or anywhere,
     * since clocks may have jumped.
     *
     * @return null if it is not sealed
     */
    @Nullable Listed find(byte[] header, long madeAt) throws IOException, PackProblem {
        long bundles = (size() + Tile.WIDTH - 1) / Tile.WIDTH;
        long near = Math.max(0, firstBundleSince(madeAt, bundles) - 1);
        for (long away = 0; away < bundles; away++) {
            for (long bundle :
                    away == 0 ? new long[] {near} : new long[] {near + away, near - away}) {
                if (bundle >= 0 && bundle < bundles) {
                    Listed found = find(bundle, header);
                    if (found != null) {
                        return found;
                    }
                }
            }
        }
        return null;
    }

    private long firstBundleSince(long micros, long bundles) throws IOException, PackProblem {
        long from = 0;
        long to = bundles;
        while (from < to) {
            long middle = (from + to) >>> 1;
            if (at(middle * Tile.WIDTH) < micros) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    private @Nullable Listed find(long bundle, byte[] header) throws IOException, PackProblem {
        List<LogLeaf> leaves = parsed.get(bundle);
        if (leaves == null) {
            int width = width(bundle, size());
            leaves = entries(bundle, width).stream().limit(width).map(LogLeaf::parse).toList();
            parsed.put(bundle, leaves);
        }
        for (int i = 0; i < leaves.size(); i++) {
            if (leaves.get(i).content() instanceof LogLeaf.Segments listed) {
                for (int number = 0; number < listed.segments().size(); number++) {
                    if (Arrays.equals(listed.segments().get(number), header)) {
                        return new Listed(bundle * Tile.WIDTH + i, number, header);
                    }
                }
            }
        }
        return null;
    }

    /** Returns the leaf hashes of a segment, as the sink told them. */
    SegmentRecord record(Listed listed) throws IOException, PackProblem {
        String path = SegmentRecord.file(listed.leaf(), Hash.ofLeaf(data(listed.leaf())));
        List<byte[]> told = records.get(path);
        if (told == null) {
            byte[] file = files.read(path);
            if (file == null) {
                throw broken("its file " + path + " is missing.");
            }
            told = Bundle.read(file);
            records.put(path, told);
        }
        for (byte[] bytes : told) {
            if (SegmentRecord.isOf(bytes, listed.header())) {
                return SegmentRecord.parse(bytes);
            }
        }
        throw broken("its file " + path + " lacks a segment that the leaf lists.");
    }
}
