package dev.daybook.evidence;

import java.util.ArrayList;
import java.util.List;

/**
 * Names a tile (C2SP tlog-tiles): up to 256 hashes of one level of the tree, in steps of eight.
 *
 * @param level the level, whose hashes are roots over 256 to the power of level leaves
 * @param index the tile's number within its level
 * @param width how many hashes it has
 */
public record Tile(int level, long index, int width) {

    /** How many hashes a full tile has. */
    public static final int WIDTH = 256;

    static final int HEIGHT = 8;

    /** Returns the tile's place below the log's prefix. */
    public String path() {
        return "tile/" + level + "/" + place(index, width);
    }

    /** Returns the place of the bundle of the leaves that a tile of level 0 has the hashes of. */
    public static String entries(long index, int width) {
        return "tile/entries/" + place(index, width);
    }

    private static String place(long index, int width) {
        StringBuilder path = new StringBuilder(digits(index % 1000));
        for (long rest = index / 1000; rest > 0; rest /= 1000) {
            path.insert(0, "x" + digits(rest % 1000) + "/");
        }
        return width == WIDTH ? path.toString() : path + ".p/" + width;
    }

    private static String digits(long number) {
        return String.format("%03d", number);
    }

    /** Reads tiles. */
    public interface Reader {

        /** Returns the hashes of a tile, one behind the other. */
        byte[] read(Tile tile);
    }

    /** Returns the subtrees of a log of that size. */
    public static MerkleTree.Subtrees subtrees(long size, Reader tiles) {
        return (level, index) -> {
            int tileLevel = level / HEIGHT;
            int within = level % HEIGHT;
            long first = index << within;
            long tile = first / WIDTH;
            long hashes = (size >> (tileLevel * HEIGHT)) - tile * WIDTH;
            byte[] bytes = tiles.read(new Tile(tileLevel, tile, (int) Math.min(WIDTH, hashes)));
            List<Hash> range = new ArrayList<>();
            for (int i = 0; i < 1 << within; i++) {
                range.add(Hash.of(bytes, ((int) (first % WIDTH) + i) * Hash.LENGTH));
            }
            return MerkleTree.root(range);
        };
    }
}
