package dev.daybook.seal;

import dev.daybook.contract.Lsn;
import dev.daybook.evidence.Segment;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows up to where each source's write-ahead log has been read: each link names the position at
 * which the one before it ended. What lies between two links was passed over, or lost on the way.
 */
final class Chains {

    private record Pair(String source, long changesPartition, long entriesPartition) {}

    private record Break(String source, long from, long to) {}

    private final Map<Pair, Long> ends = new HashMap<>();
    private final Set<Break> known = new HashSet<>();
    private final List<String> breaks = new ArrayList<>();

    /**
     * Takes the links of a segment.
     *
     * @param where the leaf that lists it, in words
     */
    void take(Segment segment, String where) {
        Segment.Account account = segment.account();
        if (account == null) {
            return;
        }
        for (Segment.Link link : account.links()) {
            take(link, SealedLog.time(segment.sealedAt()) + ", " + where);
        }
    }

    private void take(Segment.Link link, String when) {
        Pair pair = new Pair(link.source(), link.changesPartition(), link.entriesPartition());
        Long end = ends.get(pair);
        boolean anew = link.from() == Lsn.NONE;
        if (end != null && Long.compareUnsigned(link.from(), end) > 0) {
            // Each pair of partitions tells of the same.
            if (known.add(new Break(link.source(), end, link.from()))) {
                breaks.add(
                        link.source()
                                + ": from position "
                                + Lsn.wide(end)
                                + " to "
                                + Lsn.wide(link.from())
                                + ", the source was not read, or what was read did not arrive (found "
                                + when
                                + ")");
            }
        } else if (end != null && anew && known.add(new Break(link.source(), end, Lsn.NONE))) {
            breaks.add(
                    link.source()
                            + ": behind position "
                            + Lsn.wide(end)
                            + " the capture began anew, for a reason that it recorded as a gap (found "
                            + when
                            + ")");
        }
        ends.put(
                pair,
                end == null || anew || Long.compareUnsigned(link.to(), end) > 0 ? link.to() : end);
    }

    /** Returns what is missing in between, a line each. */
    List<String> breaks() {
        return breaks;
    }
}
