package dev.daybook.pack;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.Segment;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of a log, of which those that never change are kept in memory as they were read and
 * understood, up to a bound. Where the log turns out to be another than the one that was read
 * before, nothing of that is kept.
 *
 * <p>Thread-safe.
 */
public final class CachedLog implements LogFiles {

    private static final long MOST_BYTES = 64L << 20;

    /** What is made of a bundle takes more room than the bundle. */
    private static final int UNFOLDED = 3;

    private final LogFiles files;
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private @Nullable Checkpoint newest;

    private record Kept(Object value, long bytes) {}

    public CachedLog(LogFiles files) {
        this.files = files;
    }

    /** Reads a file, whatever is kept of it. */
    @Override
    public byte @Nullable [] read(String path) throws IOException {
        return files.read(path);
    }

    /** Returns a tile; null if there is none. */
    byte @Nullable [] tile(String path) throws IOException {
        return get(path, 1, content -> content);
    }

    /** Returns a bundle of leaves; null if there is none. */
    @Nullable Leaves leaves(String path) throws IOException {
        return get(path, UNFOLDED, content -> new Leaves(Bundle.entries(content)));
    }

    /** Returns the pieces of a file of segments' leaf hashes; null if there is none. */
    @Nullable List<byte[]> pieces(String path) throws IOException {
        return get(path, 1, Bundle::read);
    }

    private interface Understand<T> {
        T of(byte[] content);
    }

    /** Each path is read in one way only, so that what is kept is of the type that is asked for. */
    @SuppressWarnings("unchecked")
    private <T> @Nullable T get(String path, int weight, Understand<T> understand)
            throws IOException {
        synchronized (this) {
            Kept known = kept.get(path);
            if (known != null) {
                return (T) known.value;
            }
        }
        byte[] content = files.read(path);
        if (content == null) {
            return null;
        }
        T value = understand.of(content);
        put(path, new Kept(value, (long) content.length * weight));
        return value;
    }

    private synchronized void put(String path, Kept value) {
        Kept before = kept.put(path, value);
        bytes += value.bytes - (before == null ? 0 : before.bytes);
        Iterator<Kept> eldest = kept.values().iterator();
        while (bytes > MOST_BYTES && eldest.hasNext()) {
            bytes -= eldest.next().bytes;
            eldest.remove();
        }
    }

    synchronized void forget() {
        kept.clear();
        bytes = 0;
        newest = null;
    }

    synchronized boolean isEmpty() {
        return kept.isEmpty();
    }

    /** How a later log proves that it continues an earlier one. */
    interface Proof {
        List<Hash> from(long earlier);
    }

    /**
     * Takes a checkpoint as the newest.
     *
     * @return whether it continues the one before; if not, what is kept is of another log
     */
    synchronized boolean continues(Checkpoint next, Proof proof) {
        Checkpoint before = newest;
        if (before == null || before.equals(next)) {
            newest = next;
            return true;
        }
        if (before.size() > next.size()) {
            // Read in another order than they were written, or another log: both are rare.
            return false;
        }
        boolean continued =
                MerkleTree.continues(
                        next.root(),
                        next.size(),
                        before.root(),
                        before.size(),
                        before.size() == next.size() ? List.of() : proof.from(before.size()));
        if (continued) {
            newest = next;
        }
        return continued;
    }

    /** Names how far a source's changes and entries are read. */
    record Mark(String source, long changesPartition, long entriesPartition) {}

    /** Where a segment is listed: the number of the leaf within its bundle, and its own in it. */
    record At(int leaf, int number) {}

    /** The leaves of a bundle, and what is asked of them again and again. */
    static final class Leaves {

        private final List<byte[]> data;
        private @Nullable Map<ByteBuffer, At> segments;
        private @Nullable List<Set<Mark>> marks;

        Leaves(List<byte[]> data) {
            this.data = data;
        }

        List<byte[]> data() {
            return data;
        }

        /** Returns where a segment is listed; null if it is not. */
        synchronized @Nullable At find(byte[] header) {
            Map<ByteBuffer, At> known = segments;
            if (known == null) {
                known = new HashMap<>();
                for (int leaf = 0; leaf < data.size(); leaf++) {
                    List<byte[]> headers = segments(leaf);
                    for (int number = 0; number < headers.size(); number++) {
                        known.putIfAbsent(
                                ByteBuffer.wrap(headers.get(number)), new At(leaf, number));
                    }
                }
                segments = known;
            }
            return known.get(ByteBuffer.wrap(header));
        }

        /** Returns the watermarks in the segments that a leaf lists. */
        synchronized Set<Mark> marks(int leaf) {
            List<Set<Mark>> known = marks;
            if (known == null) {
                known = new ArrayList<>();
                for (int of = 0; of < data.size(); of++) {
                    Set<Mark> here = new HashSet<>();
                    for (byte[] header : segments(of)) {
                        Segment.Account account = Segment.parse(header).account();
                        if (account != null) {
                            account.watermarks()
                                    .forEach(
                                            mark ->
                                                    here.add(
                                                            new Mark(
                                                                    mark.source(),
                                                                    mark.changesPartition(),
                                                                    mark.entriesPartition())));
                        }
                    }
                    known.add(Set.copyOf(here));
                }
                marks = known;
            }
            return known.get(leaf);
        }

        private List<byte[]> segments(int leaf) {
            return LogLeaf.parse(data.get(leaf)).content() instanceof LogLeaf.Segments listed
                    ? listed.segments()
                    : List.of();
        }
    }
}
