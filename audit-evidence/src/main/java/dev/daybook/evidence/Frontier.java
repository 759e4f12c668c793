package dev.daybook.evidence;

import java.util.ArrayList;
import java.util.List;

/** Keeps what is needed to append to a tree: the roots of its full subtrees, from the largest. */
public final class Frontier {

    private final List<Hash> roots;
    private long size;

    public Frontier() {
        this(0, List.of());
    }

    /**
     * @param roots one for each bit of the size, from the highest
     */
    public Frontier(long size, List<Hash> roots) {
        if (Long.bitCount(size) != roots.size()) {
            throw new InvalidEvidenceException(
                    "A tree of "
                            + size
                            + " leaves has "
                            + Long.bitCount(size)
                            + " full subtrees, not "
                            + roots.size());
        }
        this.size = size;
        this.roots = new ArrayList<>(roots);
    }

    /** Appends a leaf. */
    public void add(Hash leaf) {
        Hash hash = leaf;
        for (long rest = size; (rest & 1) == 1; rest >>= 1) {
            hash = Hash.ofNode(roots.remove(roots.size() - 1), hash);
        }
        roots.add(hash);
        size++;
    }

    public long size() {
        return size;
    }

    /** Returns the roots of the full subtrees, from the largest. */
    public List<Hash> roots() {
        return List.copyOf(roots);
    }

    /** Returns the root of the tree. */
    public Hash root() {
        if (roots.isEmpty()) {
            return Hash.OF_NOTHING;
        }
        Hash root = roots.get(roots.size() - 1);
        for (int i = roots.size() - 2; i >= 0; i--) {
            root = Hash.ofNode(roots.get(i), root);
        }
        return root;
    }

    /** Returns a frontier that goes its own way from here. */
    public Frontier copy() {
        return new Frontier(size, roots);
    }
}
