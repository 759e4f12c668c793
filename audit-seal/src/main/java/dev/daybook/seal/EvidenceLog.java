package dev.daybook.seal;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Frontier;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Tile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Appends to the installation's log. Leaves are staged, then the head is replaced by
 * compare-and-set, then tiles, leaves and the signed checkpoint are written; whoever finds a head
 * whose leaves are still staged finishes that.
 *
 * <p>Not thread-safe.
 */
final class EvidenceLog {

    static final String HEAD = "head";
    static final String CHECKPOINT = "checkpoint";

    private final LogStore store;
    private final NoteSigner signer;
    private Optional<byte[]> headBytes;
    private Head head;

    /** A leaf, and the segments' leaf hashes that are kept beside it. */
    record Addition(LogLeaf leaf, List<SegmentRecord> records) {}

    EvidenceLog(LogStore store, NoteSigner signer) throws IOException {
        this.store = store;
        this.signer = signer;
        this.headBytes = store.read(HEAD);
        this.head = headBytes.map(Head::parse).orElse(Head.EMPTY);
        if (head.staged() != null) {
            finish();
        }
    }

    Head head() {
        return head;
    }

    /**
     * Appends leaves and moves the positions.
     *
     * @return whether they are appended; false: another sealer has, and the log has to be opened
     *     anew
     */
    boolean append(
            List<Addition> additions, long next, Map<Long, Long> streams, List<String> complete)
            throws IOException {
        Frontier tree = head.tree();
        List<byte[]> staged = new ArrayList<>();
        for (int i = 0; i < additions.size(); i++) {
            byte[] data = additions.get(i).leaf.toBytes();
            tree.add(Hash.ofLeaf(data));
            staged.add(data);
            List<byte[]> records =
                    additions.get(i).records.stream().map(SegmentRecord::toBytes).toList();
            if (!records.isEmpty()) {
                store.write(
                        SegmentRecord.file(head.size() + i, Hash.ofLeaf(data)),
                        Bundle.write(records));
            }
        }
        String file = "staged/" + head.size() + "-" + UUID.randomUUID();
        store.write(file, Bundle.write(staged));
        Head fresh =
                new Head(
                        tree.size(),
                        tree.roots(),
                        file,
                        next,
                        new TreeMap<>(streams),
                        List.copyOf(complete));
        byte[] bytes = fresh.toBytes();
        if (!store.replace(HEAD, headBytes, bytes)) {
            store.delete(file);
            return false;
        }
        String before = head.staged();
        head = fresh;
        headBytes = Optional.of(bytes);
        finish();
        if (before != null) {
            store.delete(before);
        }
        return true;
    }

    /**
     * Writes what belongs to the head: the bundle, the tiles, and the checkpoint if none is
     * further.
     */
    private void finish() throws IOException {
        List<String> obsolete = new ArrayList<>();
        List<byte[]> leaves = Bundle.read(store.read(String.valueOf(head.staged())).orElseThrow());
        List<Hash> hashes = new ArrayList<>(leaves.stream().map(Hash::ofLeaf).toList());
        long from = head.size() - leaves.size();
        appendTo(Tile::entries, from, leaves.stream().map(Bundle::entry).toList(), obsolete);
        for (int level = 0; !hashes.isEmpty(); level++) {
            int l = level;
            List<byte[]> full =
                    appendTo(
                            (n, width) -> new Tile(l, n, width).path(),
                            from,
                            hashes.stream().map(Hash::bytes).toList(),
                            obsolete);
            from /= Tile.WIDTH;
            hashes = new ArrayList<>(full.stream().map(EvidenceLog::root).toList());
        }
        Optional<byte[]> before = store.read(CHECKPOINT);
        if (before.isEmpty() || open(before.get()).size() < head.size()) {
            String note =
                    new Checkpoint(signer.key().name(), head.size(), head.tree().root())
                            .sign(signer);
            // Whoever was faster has written one that is further.
            store.replace(CHECKPOINT, before, note.getBytes(StandardCharsets.UTF_8));
        }
        // A partial tile is the beginning of the one that replaces it.
        for (String partial : obsolete) {
            store.delete(partial);
        }
    }

    private Checkpoint open(byte[] note) {
        return Checkpoint.open(new String(note, StandardCharsets.UTF_8), signer.key());
    }

    private interface Place {
        String of(long index, int width);
    }

    /** Appends elements behind those that a level has; returns the files that became full. */
    private List<byte[]> appendTo(
            Place place, long from, List<byte[]> elements, List<String> obsolete)
            throws IOException {
        List<byte[]> full = new ArrayList<>();
        int done = 0;
        while (done < elements.size()) {
            long index = (from + done) / Tile.WIDTH;
            int width = (int) ((from + done) % Tile.WIDTH);
            int more = Math.min(Tile.WIDTH - width, elements.size() - done);
            Optional<byte[]> there = store.read(place.of(index, width + more));
            byte[] all;
            if (there.isPresent()) {
                all = there.get();
            } else {
                byte[] before =
                        width == 0 ? new byte[0] : store.read(place.of(index, width)).orElseThrow();
                all = join(before, elements.subList(done, done + more));
                store.write(place.of(index, width + more), all);
            }
            if (width > 0) {
                obsolete.add(place.of(index, width));
            }
            if (width + more == Tile.WIDTH) {
                full.add(all);
            }
            done += more;
        }
        return full;
    }

    private static byte[] join(byte[] first, List<byte[]> rest) {
        byte[] all =
                Arrays.copyOf(
                        first, first.length + rest.stream().mapToInt(part -> part.length).sum());
        int at = first.length;
        for (byte[] part : rest) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static Hash root(byte[] tile) {
        List<Hash> hashes = new ArrayList<>();
        for (int at = 0; at < tile.length; at += Hash.LENGTH) {
            hashes.add(Hash.of(tile, at));
        }
        return MerkleTree.root(hashes);
    }
}
