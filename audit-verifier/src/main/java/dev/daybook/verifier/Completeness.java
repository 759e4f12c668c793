package dev.daybook.verifier;

import dev.daybook.evidence.Segment;

import java.util.HashMap;
import java.util.Map;

/** Computes from the watermarks in the shown segments how far a source's log was complete. */
final class Completeness {

    /** A watermark further ahead of its segment's clock does not count, in microseconds. */
    private static final long AHEAD = 60_000_000;

    private record Pair(long changesPartition, long entriesPartition) {}

    private Completeness() {}

    /** Returns one line about a source. */
    static String of(ShownLog log, String source) {
        Map<Pair, Long> until = new HashMap<>();
        long needed = 0;
        for (ShownLog.Leaf leaf : log.leaves.values()) {
            for (Segment segment : leaf.segments()) {
                Segment.Account account = segment.account();
                if (account == null) {
                    continue;
                }
                for (Segment.Watermark mark : account.watermarks()) {
                    if (mark.source().equals(source)
                            && mark.completeUntil() <= segment.sealedAt() + AHEAD) {
                        until.merge(
                                new Pair(mark.changesPartition(), mark.entriesPartition()),
                                mark.completeUntil(),
                                Math::max);
                        needed =
                                Math.max(
                                        needed,
                                        mark.changesPartitions() * mark.entriesPartitions());
                    }
                }
            }
        }
        if (needed == 0 || until.size() < needed) {
            return source + ": the leaves in this pack do not say until when";
        }
        return source
                + ": until "
                + Times.text(until.values().stream().mapToLong(Long::longValue).min().orElseThrow())
                + ", as the capture said";
    }
}
