package dev.daybook.verifier;

import dev.daybook.evidence.PackMember;
import dev.daybook.evidence.Segment;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Holds the leaves of a whole pack to each other, and notes what a reader should know of them. */
final class Span {

    private Span() {}

    /**
     * Requires that the leaves behind the first follow each other without a hole, and the segments
     * that they list too, with all their parts: what is not shown then was not sealed between them.
     */
    static void requireWhole(ShownLog log) {
        Map<Long, Segment> last = new HashMap<>();
        long previous = -1;
        for (Map.Entry<Long, ShownLog.Leaf> leaf : log.leaves.entrySet()) {
            if (previous > 0 && leaf.getKey() != previous + 1) {
                throw refused(
                        "between the leaves "
                                + previous
                                + " and "
                                + leaf.getKey()
                                + " some are missing.");
            }
            previous = leaf.getKey();
            for (Segment segment : leaf.getValue().segments()) {
                Segment before = last.put(segment.stream(), segment);
                boolean begins = segment.part() == 0;
                boolean follows =
                        before == null
                                ? begins
                                : begins
                                        ? before.part() == before.parts() - 1
                                                && before.next() == segment.first()
                                        : before.first() == segment.first()
                                                && before.next() == segment.next()
                                                && before.parts() == segment.parts()
                                                && before.part() == segment.part() - 1;
                if (!follows) {
                    throw refused(
                            "the segment "
                                    + segment.inWords()
                                    + " does not follow the one before it in its stream: the log has a hole.");
                }
            }
        }
        for (Segment segment : last.values()) {
            if (segment.part() != segment.parts() - 1) {
                throw refused("the segment " + segment.inWords() + " lacks its last parts.");
            }
        }
    }

    private static PackException refused(String what) {
        return new PackException(PackMember.LOG.fileName(), what);
    }

    /** Adds what the shown leaves say beside what was asked. */
    static void notes(ShownLog log, List<String> notes) {
        long at = Long.MIN_VALUE;
        long skipped = 0;
        long gaps = 0;
        for (ShownLog.Leaf leaf : log.leaves.values()) {
            if (leaf.at() < at) {
                notes.add(
                        "The sealer's clock went back from "
                                + Times.text(at)
                                + " to "
                                + Times.text(leaf.at())
                                + ".");
            }
            at = leaf.at();
            for (Segment segment : leaf.segments()) {
                Segment.Account account = segment.account();
                if (account != null) {
                    skipped += account.skipped();
                    gaps += account.gaps().size();
                }
            }
        }
        if (skipped > 0) {
            notes.add(
                    skipped
                            + " offsets of the shown segments were not delivered by Kafka, such as markers of transactions.");
        }
        if (gaps > 0) {
            notes.add(
                    gaps
                            + " gaps of the capture were recorded in the shown segments; the keeper's ./daybook verify lists gaps.");
        }
        long earlier = log.earlier.stream().mapToLong(of -> of.rows()).sum();
        if (earlier > 0) {
            notes.add(
                    earlier
                            + " rows were stored before anything was sealed. They can be in a pack once they are sealed as found.");
        }
    }
}
