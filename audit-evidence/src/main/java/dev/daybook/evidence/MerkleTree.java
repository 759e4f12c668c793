package dev.daybook.evidence;

import java.util.ArrayList;
import java.util.List;

/**
 * Computes roots and proofs of the Merkle tree of RFC 6962, section 2.1, and checks proofs as RFC
 * 9162, section 2.1 does.
 */
public final class MerkleTree {

    /** Gives the hash of a range of leaves. */
    public interface Subtrees {

        /**
         * Returns the root over the leaves from a multiple of a power of two on.
         *
         * @param level the power: the range has two to the power of level leaves
         * @param index the range's number among those of its level
         */
        Hash hash(int level, long index);
    }

    private MerkleTree() {}

    /** Returns the root over the hashes of leaves. */
    public static Hash root(List<Hash> leaves) {
        Frontier frontier = new Frontier();
        leaves.forEach(frontier::add);
        return frontier.root();
    }

    /** Returns the subtrees over hashes that are held in memory. */
    public static Subtrees over(List<Hash> leaves) {
        return (level, index) -> {
            int from = Math.toIntExact(index << level);
            return root(leaves.subList(from, from + (1 << level)));
        };
    }

    /** Returns the proof that a leaf is in a tree of that size, from the leaf's sibling upwards. */
    public static List<Hash> inclusion(long leaf, long size, Subtrees tree) {
        requireWithin(leaf, size);
        List<Hash> proof = new ArrayList<>();
        inclusion(leaf, 0, size, tree, proof);
        return proof;
    }

    private static void inclusion(long leaf, long from, long to, Subtrees tree, List<Hash> proof) {
        if (to - from == 1) {
            return;
        }
        long split = from + split(to - from);
        if (leaf < split) {
            inclusion(leaf, from, split, tree, proof);
            proof.add(range(split, to, tree));
        } else {
            inclusion(leaf, split, to, tree, proof);
            proof.add(range(from, split, tree));
        }
    }

    /** Returns the proof that a tree of an earlier size is the beginning of a later one. */
    public static List<Hash> consistency(long earlier, long later, Subtrees tree) {
        if (earlier < 1 || earlier > later) {
            throw new InvalidEvidenceException(
                    "A tree of " + earlier + " leaves is not before one of " + later + ".");
        }
        List<Hash> proof = new ArrayList<>();
        consistency(earlier, 0, later, true, tree, proof);
        return proof;
    }

    private static void consistency(
            long earlier, long from, long to, boolean known, Subtrees tree, List<Hash> proof) {
        if (earlier == to) {
            if (!known) {
                proof.add(range(from, to, tree));
            }
            return;
        }
        long split = from + split(to - from);
        if (earlier <= split) {
            consistency(earlier, from, split, known, tree, proof);
            proof.add(range(split, to, tree));
        } else {
            consistency(earlier, split, to, false, tree, proof);
            proof.add(range(from, split, tree));
        }
    }

    /**
     * Returns the root over any range that begins at a multiple of the greatest power of two within
     * it.
     */
    public static Hash range(long from, long to, Subtrees tree) {
        if (from == to) {
            return Hash.OF_NOTHING;
        }
        long size = to - from;
        if (Long.bitCount(size) == 1) {
            int level = Long.numberOfTrailingZeros(size);
            return tree.hash(level, from >> level);
        }
        long split = from + split(size);
        return Hash.ofNode(range(from, split, tree), range(split, to, tree));
    }

    /** Returns whether the proof leads from a leaf to the root. */
    public static boolean includes(Hash root, long size, long leaf, Hash hash, List<Hash> proof) {
        if (leaf < 0 || leaf >= size) {
            return false;
        }
        long node = leaf;
        long last = size - 1;
        Hash result = hash;
        for (Hash sibling : proof) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                result = Hash.ofNode(sibling, result);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                result = Hash.ofNode(result, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && result.equals(root);
    }

    /** Returns whether the proof shows that the later tree begins with the earlier one. */
    public static boolean continues(
            Hash laterRoot, long later, Hash earlierRoot, long earlier, List<Hash> proof) {
        if (earlier == 0) {
            return proof.isEmpty() && earlierRoot.equals(Hash.OF_NOTHING);
        }
        if (earlier < 0 || earlier > later) {
            return false;
        }
        if (earlier == later) {
            return proof.isEmpty() && earlierRoot.equals(laterRoot);
        }
        List<Hash> path = new ArrayList<>(proof.size() + 1);
        if (Long.bitCount(earlier) == 1) {
            path.add(earlierRoot);
        }
        path.addAll(proof);
        if (path.isEmpty()) {
            return false;
        }
        long node = earlier - 1;
        long last = later - 1;
        while ((node & 1) == 1) {
            node >>= 1;
            last >>= 1;
        }
        Hash left = path.get(0);
        Hash right = path.get(0);
        for (Hash sibling : path.subList(1, path.size())) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                left = Hash.ofNode(sibling, left);
                right = Hash.ofNode(sibling, right);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                right = Hash.ofNode(right, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && left.equals(earlierRoot) && right.equals(laterRoot);
    }

    /** Returns the greatest power of two that is smaller than a size of two and more. */
    private static long split(long size) {
        return Long.highestOneBit(size - 1);
    }

    private static void requireWithin(long leaf, long size) {
        if (leaf < 0 || leaf >= size) {
            throw new InvalidEvidenceException(
                    "Leaf " + leaf + " is not in a tree of " + size + " leaves.");
        }
    }
}
