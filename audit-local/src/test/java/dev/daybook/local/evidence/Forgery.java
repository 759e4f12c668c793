package dev.daybook.local.evidence;

import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.Tile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What the sealer's operator does to the log with its key: he changes the leaves, makes all tiles
 * anew, moves the segments' leaf hashes to where they belong and signs the checkpoint.
 */
enum Forgery {
    LEAF_CHANGED {
        @Override
        void change(List<byte[]> leaves, Random random) {
            int at = random.nextInt(leaves.size());
            LogLeaf leaf = LogLeaf.parse(leaves.get(at));
            leaves.set(at, new LogLeaf(leaf.at() + 1, leaf.content()).toBytes());
        }
    },
    LEAF_REMOVED {
        @Override
        void change(List<byte[]> leaves, Random random) {
            leaves.remove(random.nextInt(leaves.size()));
        }
    },
    LEAF_ADDED {
        @Override
        void change(List<byte[]> leaves, Random random) {
            int at = random.nextInt(leaves.size());
            long time = LogLeaf.parse(leaves.get(at)).at();
            leaves.add(at, new LogLeaf(time, new LogLeaf.Heartbeat(List.of())).toBytes());
        }
    },
    LEAVES_SWAPPED {
        @Override
        void change(List<byte[]> leaves, Random random) {
            int at = random.nextInt(leaves.size() - 1);
            Collections.swap(leaves, at, at + 1);
        }
    },
    CUT_OFF {
        @Override
        void change(List<byte[]> leaves, Random random) {
            leaves.subList(1 + random.nextInt(leaves.size() - 1), leaves.size()).clear();
        }
    };

    abstract void change(List<byte[]> leaves, Random random);

    /** Forges the log in a directory. */
    void commit(Path log, NoteSigner signer, Random random) throws IOException {
        List<byte[]> leaves = leaves(log);
        List<byte[]> before = List.copyOf(leaves);
        change(leaves, random);
        removeTree(log.resolve("tile"));
        List<Hash> level = new ArrayList<>();
        for (int first = 0; first < leaves.size(); first += Tile.WIDTH) {
            List<byte[]> of = leaves.subList(first, Math.min(leaves.size(), first + Tile.WIDTH));
            List<byte[]> entries = of.stream().map(Bundle::entry).toList();
            write(log.resolve(Tile.entries(first / Tile.WIDTH, of.size())), entries);
            of.forEach(leaf -> level.add(Hash.ofLeaf(leaf)));
        }
        writeTiles(log, 0, level);
        for (int i = 0; i < leaves.size(); i++) {
            Path moved = log.resolve(records(i, leaves.get(i)));
            for (int old = Math.max(0, i - 1); old < Math.min(before.size(), i + 2); old++) {
                Path was = log.resolve(records(old, before.get(old)));
                boolean same = Hash.ofLeaf(leaves.get(i)).equals(Hash.ofLeaf(before.get(old)));
                if (!Files.exists(moved) && Files.exists(was) && (same || old == i)) {
                    Files.createDirectories(moved.getParent());
                    Files.copy(was, moved);
                }
            }
        }
        Hash root = MerkleTree.root(leaves.stream().map(Hash::ofLeaf).toList());
        Files.writeString(
                log.resolve("checkpoint"),
                new Checkpoint(signer.key().name(), leaves.size(), root).sign(signer));
    }

    private static List<byte[]> leaves(Path log) throws IOException {
        List<byte[]> leaves = new ArrayList<>();
        try (Stream<Path> files = Files.walk(log.resolve("tile/entries"))) {
            // A partial bundle is "<index>.p/<width>", and there is one at most.
            for (Path file :
                    files.filter(Files::isRegularFile)
                            .sorted(Comparator.comparing(Path::toString))
                            .toList()) {
                leaves.addAll(Bundle.entries(Files.readAllBytes(file)));
            }
        }
        return leaves;
    }

    private static void writeTiles(Path log, int level, List<Hash> hashes) throws IOException {
        List<Hash> above = new ArrayList<>();
        for (int first = 0; first < hashes.size(); first += Tile.WIDTH) {
            List<Hash> of = hashes.subList(first, Math.min(hashes.size(), first + Tile.WIDTH));
            write(
                    log.resolve(new Tile(level, first / Tile.WIDTH, of.size()).path()),
                    of.stream().map(Hash::bytes).toList());
            if (of.size() == Tile.WIDTH) {
                above.add(MerkleTree.root(of));
            }
        }
        if (!above.isEmpty()) {
            writeTiles(log, level + 1, above);
        }
    }

    /** Returns the file of a leaf's segments, as docs/evidence/format.md has it. */
    private static String records(int index, byte[] leaf) {
        return "segments/"
                + index / 1000
                + "/"
                + index % 1000
                + "-"
                + Hash.ofLeaf(leaf).toString().substring(0, 8).replace('/', '_');
    }

    private static void write(Path file, List<byte[]> pieces) throws IOException {
        Files.createDirectories(file.getParent());
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        pieces.forEach(bytes::writeBytes);
        Files.write(file, bytes.toByteArray());
    }

    private static void removeTree(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
