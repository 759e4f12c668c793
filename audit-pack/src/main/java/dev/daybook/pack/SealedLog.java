package dev.daybook.pack;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Reads the sealed log as its newest checkpoint has it.
 *
 * <p>Not thread-safe.
 */
final class SealedLog {

    private final CachedLog files;
    private final String note;
    private final NoteKey key;
    private final Checkpoint checkpoint;
    private final MerkleTree.Subtrees tree;
    private final Map<Long, Long> times = new HashMap<>();

    /** Roots over full subtrees, which the proofs of a pack share. */
    private final Map<Subtree, Hash> subtrees = new HashMap<>();

    private record Subtree(int level, long index) {}

    private SealedLog(CachedLog files, String note, long size) throws IOException, PackProblem {
        this.files = files;
        this.note = note;
        LogLeaf first = LogLeaf.parse(leaves(0, width(0, size)).data().getFirst());
        if (!(first.content() instanceof LogLeaf.Beginning beginning)) {
            throw new InvalidEvidenceException("The log's first leaf is not its beginning.");
        }
        this.key = NoteKey.parse(beginning.key());
        this.checkpoint = Checkpoint.open(note, key);
        MerkleTree.Subtrees tiles =
                Tile.subtrees(
                        checkpoint.size(), tile -> tile(tile.level(), tile.index(), tile.width()));
        this.tree =
                (level, index) -> {
                    Subtree asked = new Subtree(level, index);
                    Hash known = subtrees.get(asked);
                    if (known == null) {
                        known = tiles.hash(level, index);
                        subtrees.put(asked, known);
                    }
                    return known;
                };
    }

    /** Opens the log; what is kept of another log is forgotten. */
    static SealedLog open(LogFiles files) throws IOException, PackProblem {
        CachedLog cached = files instanceof CachedLog known ? known : new CachedLog(files);
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                SealedLog log = openOnce(cached);
                // The second time, another reader may have been faster with a newer checkpoint.
                if (cached.continues(log.checkpoint, log::consistency)) {
                    return log;
                }
            } catch (PackProblem | InvalidEvidenceException e) {
                if (cached.isEmpty()) {
                    throw e;
                }
            }
        }
        cached.forget();
        SealedLog log = openOnce(cached);
        cached.continues(log.checkpoint, log::consistency);
        return log;
    }

    private static SealedLog openOnce(CachedLog files) throws IOException, PackProblem {
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

    private interface Read<T> {
        @Nullable T from(String path) throws IOException;
    }

    /** Returns a partial file of that width or a wider one, which begins with the same. */
    private static <T> T file(IntFunction<String> path, int width, Read<T> read)
            throws IOException, PackProblem {
        for (int wider = width; wider <= Tile.WIDTH; wider++) {
            T content = read.from(path.apply(wider));
            if (content != null) {
                return content;
            }
        }
        throw broken("its file " + path.apply(width) + " is missing.");
    }

    private byte[] tile(int level, long index, int width) {
        try {
            return file(wider -> new Tile(level, index, wider).path(), width, files::tile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (PackProblem e) {
            throw new InvalidEvidenceException(String.valueOf(e.getMessage()));
        }
    }

    private CachedLog.Leaves leaves(long bundle, int width) throws IOException, PackProblem {
        CachedLog.Leaves leaves = file(wider -> Tile.entries(bundle, wider), width, files::leaves);
        if (leaves.data().size() < width) {
            throw broken("a file of leaves from " + bundle * Tile.WIDTH + " on is too short.");
        }
        return leaves;
    }

    /** Returns a leaf's data. */
    byte[] data(long leaf) throws IOException, PackProblem {
        long bundle = leaf / Tile.WIDTH;
        return leaves(bundle, width(bundle, size())).data().get((int) (leaf % Tile.WIDTH));
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
        int width = width(bundle, size());
        CachedLog.At at = leaves(bundle, width).find(header);
        // A wider file may have leaves that the checkpoint has not.
        return at == null || at.leaf() >= width
                ? null
                : new Listed(bundle * Tile.WIDTH + at.leaf(), at.number(), header);
    }

    /** Returns the watermarks in the segments that a leaf lists. */
    Set<CachedLog.Mark> marks(long leaf) throws IOException, PackProblem {
        long bundle = leaf / Tile.WIDTH;
        return leaves(bundle, width(bundle, size())).marks((int) (leaf % Tile.WIDTH));
    }

    /** Returns a file of the sealer's notes; null if there is none. */
    byte @Nullable [] note(String path) throws IOException {
        return files.read(path);
    }

    /** Returns the leaf hashes of a segment, as the sink told them. */
    SegmentRecord record(Listed listed) throws IOException, PackProblem {
        String path = SegmentRecord.file(listed.leaf(), Hash.ofLeaf(data(listed.leaf())));
        List<byte[]> told = files.pieces(path);
        if (told == null) {
            throw broken("its file " + path + " is missing.");
        }
        for (byte[] bytes : told) {
            if (SegmentRecord.isOf(bytes, listed.header())) {
                return SegmentRecord.parse(bytes);
            }
        }
        throw broken("its file " + path + " lacks a segment that the leaf lists.");
    }
}
