package dev.daybook.connect.sink;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How large the account of a segment becomes. A leaf of the log carries so many bytes of a segment
 * at most, and a source may report thousands of gaps at once: one for each table without a key.
 */
final class AccountSize {

    /** What is left of a leaf beside names, numbers and the columns that are personal. */
    private static final int MOST = 40_000;

    /** An id. */
    private static final int GAP = 24;

    /** The numbers and positions of a watermark and of a link; each has its source besides. */
    private static final int PAIR = 160;

    /** How many rows a source has, beside its name. */
    private static final int SOURCE = 20;

    private final Set<List<Object>> pairs = new HashSet<>();
    private final Set<String> sources = new HashSet<>();
    private @Nullable String lastSource;
    private int bytes;

    /** Adds a row; returns false, and adds nothing, where the account would be too large. */
    boolean add(Row row) {
        if (row instanceof Row.Gap || row instanceof Row.ReportedGap) {
            return grow(GAP);
        } else if (row instanceof Row.Watermark mark) {
            return addPair(mark.source(), mark.changesPartition());
        } else if (row instanceof Row.Position position) {
            return addPair(position.source(), position.changesPartition());
        }
        String source = row.source();
        if (source == null || source.equals(lastSource) || sources.contains(source)) {
            return true;
        }
        if (!grow(SOURCE + length(source))) {
            return false;
        }
        sources.add(source);
        lastSource = source;
        return true;
    }

    private boolean addPair(String source, int changesPartition) {
        List<Object> pair = List.of(source, changesPartition);
        if (pairs.contains(pair)) {
            return true;
        }
        if (!grow(PAIR + 2 * length(source))) {
            return false;
        }
        pairs.add(pair);
        return true;
    }

    private boolean grow(int more) {
        if (bytes > 0 && bytes + more > MOST) {
            return false;
        }
        bytes += more;
        return true;
    }

    private static int length(String source) {
        return source.getBytes(StandardCharsets.UTF_8).length;
    }
}
