package dev.daybook.connect.sink;

import dev.daybook.contract.Lsn;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Follows the positions up to which a source has been read: each record names the one before it.
 * Records of a pair of partitions that follow each other are one link.
 */
final class Links {

    /**
     * What of a source's write-ahead log has been read.
     *
     * @param from the position that was said before; {@link Lsn#NONE} where the capture began anew
     * @param to the position up to which it has been read
     * @param before the end of the links of the pair before this one, {@link Lsn#NONE} for the
     *     first
     * @param anew whether this or one of those began anew
     * @param last whether it is the last of its pair
     * @param at when the record was written that names {@code from}, in microseconds since 1970;
     *     null if that is not known
     */
    record Link(
            String source,
            int changesPartition,
            int entriesPartition,
            long from,
            long to,
            long before,
            boolean anew,
            boolean last,
            @Nullable Long at) {}

    private static final class Open {
        final long from;
        final long before;
        final boolean anew;
        final @Nullable Long at;
        long to;

        Open(long from, long to, long before, boolean anew, @Nullable Long at) {
            this.from = from;
            this.to = to;
            this.before = before;
            this.anew = anew;
            this.at = at;
        }
    }

    private record Pair(String source, int changesPartition, int entriesPartition) {}

    /** The end of the year 9999. */
    private static final long LATEST_MILLIS = 253_402_300_799_999L;

    private final List<Link> links = new ArrayList<>();
    private final Map<Pair, Open> open = new HashMap<>();

    private Links() {}

    /** Returns the links of rows, those of a pair of partitions in their order. */
    static List<Link> of(List<Row> rows) {
        Links links = new Links();
        for (Row row : rows) {
            if (row instanceof Row.Watermark mark
                    && mark.previous() != null
                    && mark.position() != null) {
                links.add(
                        new Pair(mark.source(), mark.changesPartition(), mark.entriesPartition()),
                        mark.previous(),
                        Lsn.parse(mark.position()),
                        row);
            } else if (row instanceof Row.Position position) {
                links.add(
                        new Pair(
                                position.source(),
                                position.changesPartition(),
                                position.entriesPartition()),
                        position.previous(),
                        position.position(),
                        row);
            }
        }
        links.open.forEach((pair, link) -> links.close(pair, link, true));
        return links.links;
    }

    private void add(Pair pair, long from, long to, Row row) {
        Open known = open.get(pair);
        if (known != null && from != Lsn.NONE && Long.compareUnsigned(from, known.to) <= 0) {
            // Records that come again name earlier ones.
            known.to = max(known.to, to);
            return;
        }
        boolean anew = from == Lsn.NONE;
        long before = Lsn.NONE;
        if (known != null) {
            close(pair, known, false);
            before = anew ? Lsn.NONE : max(known.before, known.to);
            anew |= known.anew;
        }
        open.put(pair, new Open(from, to, before, anew, micros(row.record().timestamp())));
    }

    private static @Nullable Long micros(@Nullable Long millis) {
        return millis == null || millis < 0 || millis > LATEST_MILLIS
                ? null
                : (Long) (millis * 1_000);
    }

    private void close(Pair pair, Open link, boolean last) {
        links.add(
                new Link(
                        pair.source,
                        pair.changesPartition,
                        pair.entriesPartition,
                        link.from,
                        link.to,
                        link.before,
                        link.anew,
                        last,
                        link.at));
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }
}
