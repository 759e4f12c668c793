package dev.daybook.pack;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Tile;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A sealed log in memory, of fewer leaves than a tile has. */
final class VectorLog implements LogFiles {

    /** A key for vectors: everybody knows its secret. */
    static final NoteSigner SIGNER =
            NoteSigner.parse(
                    "PRIVATE+KEY+daybook.example/log+2538d7a3+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
                            + " daybook.example/log+2538d7a3+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");

    private final Map<String, byte[]> files = new HashMap<>();
    private final List<byte[]> leaves = new ArrayList<>();
    private final List<String> checkpoints = new ArrayList<>();

    void add(long at, LogLeaf.Content content, List<SegmentRecord> records) {
        byte[] data = new LogLeaf(at, content).toBytes();
        if (!records.isEmpty()) {
            files.put(
                    SegmentRecord.file(leaves.size(), Hash.ofLeaf(data)),
                    Bundle.write(records.stream().map(SegmentRecord::toBytes).toList()));
        }
        leaves.add(data);
        List<Hash> hashes = leaves.stream().map(Hash::ofLeaf).toList();
        ByteArrayOutputStream tile = new ByteArrayOutputStream();
        hashes.forEach(hash -> tile.writeBytes(hash.bytes()));
        ByteArrayOutputStream entries = new ByteArrayOutputStream();
        leaves.forEach(leaf -> entries.writeBytes(Bundle.entry(leaf)));
        files.put(new Tile(0, 0, leaves.size()).path(), tile.toByteArray());
        files.put(Tile.entries(0, leaves.size()), entries.toByteArray());
        checkpoints.add(
                new Checkpoint(SIGNER.key().name(), leaves.size(), MerkleTree.root(hashes))
                        .sign(SIGNER));
        files.put("checkpoint", checkpoints.getLast().getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the checkpoint of the log when it had so many leaves. */
    String checkpoint(int size) {
        return checkpoints.get(size - 1);
    }

    @Override
    public byte @Nullable [] read(String path) {
        return files.get(path);
    }
}
