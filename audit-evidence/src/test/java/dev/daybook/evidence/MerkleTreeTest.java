package dev.daybook.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

class MerkleTreeTest {

    @Test
    void givesTheRootsAndProofsOfGosTlog() throws IOException {
        List<Hash> leaves = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            leaves.add(Hash.ofLeaf(("leaf " + i).getBytes()));
        }
        MerkleTree.Subtrees tree = MerkleTree.over(leaves);
        int compared = 0;
        for (String line : Vectors.lines("tree.txt")) {
            String[] words = line.split(" ");
            long first = Long.parseLong(words[1]);
            long second = Long.parseLong(words[2]);
            List<String> hashes = Arrays.asList(words).subList(3, words.length);
            List<Hash> ours =
                    switch (words[0]) {
                        case "root" -> List.of(MerkleTree.range(0, first, tree));
                        case "inclusion" -> MerkleTree.inclusion(second, first, tree);
                        case "consistency" -> MerkleTree.consistency(second, first, tree);
                        default -> List.of();
                    };
            if (!ours.isEmpty() || hashes.isEmpty()) {
                assertThat(ours).as(line).map(Hash::toString).isEqualTo(hashes);
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(390);
    }

    @Test
    void namesTilesAsTheSpecificationDoes() throws IOException {
        // Go's paths name the height as well.
        for (String line : Vectors.lines("tree.txt")) {
            String[] words = line.split(" ");
            if (words[0].equals("path")) {
                assertThat(new Tile(0, Long.parseLong(words[1]), 256).path())
                        .isEqualTo(words[3].replace("tile/8/", "tile/"));
            } else if (words[0].equals("partial")) {
                assertThat(new Tile(1, Long.parseLong(words[1]), 17).path())
                        .isEqualTo(words[3].replace("tile/8/", "tile/"));
            }
        }
        assertThat(Tile.entries(1234067, 256)).isEqualTo("tile/entries/x001/x234/067");
    }

    @Test
    void provesWhatIsSoAndNothingElse() {
        Random random = Vectors.random();
        for (int round = 0; round < 200; round++) {
            int size = 1 + random.nextInt(700);
            List<Hash> leaves = randomLeaves(random, size);
            MerkleTree.Subtrees tree = MerkleTree.over(leaves);
            Hash root = MerkleTree.root(leaves);
            int leaf = random.nextInt(size);
            int earlier = 1 + random.nextInt(size);
            List<Hash> inclusion = MerkleTree.inclusion(leaf, size, tree);
            List<Hash> consistency = MerkleTree.consistency(earlier, size, tree);
            Hash before = MerkleTree.root(leaves.subList(0, earlier));
            Hash other = Hash.ofLeaf(new byte[] {9});

            assertThat(MerkleTree.includes(root, size, leaf, leaves.get(leaf), inclusion)).isTrue();
            assertThat(MerkleTree.continues(root, size, before, earlier, consistency)).isTrue();
            assertThat(MerkleTree.includes(root, size, leaf, other, inclusion)).isFalse();
            assertThat(MerkleTree.includes(other, size, leaf, leaves.get(leaf), inclusion))
                    .isFalse();
            assertThat(MerkleTree.continues(root, size, other, earlier, consistency)).isFalse();
            if (size > 1) {
                int elsewhere = (leaf + 1 + random.nextInt(size - 1)) % size;
                assertThat(MerkleTree.includes(root, size, elsewhere, leaves.get(leaf), inclusion))
                        .isFalse();
            }
            assertThat(MerkleTree.includes(root, size, leaf, leaves.get(leaf), longer(inclusion)))
                    .isFalse();
            for (List<Hash> changed : changes(inclusion, other)) {
                assertThat(MerkleTree.includes(root, size, leaf, leaves.get(leaf), changed))
                        .isFalse();
            }
            for (List<Hash> changed : changes(consistency, other)) {
                assertThat(MerkleTree.continues(root, size, before, earlier, changed)).isFalse();
            }
        }
    }

    @Test
    void readsProofsFromTiles() {
        Random random = Vectors.random();
        for (int size : List.of(1, 255, 256, 257, 65_535, 65_536, 70_000)) {
            List<Hash> leaves = randomLeaves(random, size);
            Map<Tile, byte[]> tiles = tiles(leaves);
            MerkleTree.Subtrees tree = Tile.subtrees(size, tile -> tiles.get(tile));
            Hash root = MerkleTree.root(leaves);

            assertThat(MerkleTree.range(0, size, tree)).isEqualTo(root);
            int leaf = random.nextInt(size);
            assertThat(
                            MerkleTree.includes(
                                    root,
                                    size,
                                    leaf,
                                    leaves.get(leaf),
                                    MerkleTree.inclusion(leaf, size, tree)))
                    .isTrue();
        }
    }

    private static Map<Tile, byte[]> tiles(List<Hash> leaves) {
        Map<Tile, byte[]> tiles = new HashMap<>();
        List<Hash> level = leaves;
        for (int l = 0; !level.isEmpty(); l++) {
            List<Hash> above = new ArrayList<>();
            for (int from = 0; from < level.size(); from += 256) {
                List<Hash> hashes = level.subList(from, Math.min(level.size(), from + 256));
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                hashes.forEach(hash -> bytes.writeBytes(hash.bytes()));
                tiles.put(new Tile(l, from / 256, hashes.size()), bytes.toByteArray());
                if (hashes.size() == 256) {
                    above.add(MerkleTree.root(hashes));
                }
            }
            level = above;
        }
        return tiles;
    }

    private static List<Hash> randomLeaves(Random random, int size) {
        List<Hash> leaves = new ArrayList<>();
        byte[] data = new byte[8];
        for (int i = 0; i < size; i++) {
            random.nextBytes(data);
            leaves.add(Hash.ofLeaf(data));
        }
        return leaves;
    }

    private static List<Hash> longer(List<Hash> proof) {
        List<Hash> longer = new ArrayList<>(proof);
        longer.add(Hash.OF_NOTHING);
        return longer;
    }

    /** Returns the proof with one hash left out, and with one replaced, at each place. */
    private static List<List<Hash>> changes(List<Hash> proof, Hash other) {
        List<List<Hash>> changes = new ArrayList<>();
        for (int i = 0; i < proof.size(); i++) {
            List<Hash> without = new ArrayList<>(proof);
            without.remove(i);
            changes.add(without);
            List<Hash> replaced = new ArrayList<>(proof);
            replaced.set(i, other);
            changes.add(replaced);
        }
        return changes;
    }
}
