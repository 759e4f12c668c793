package dev.daybook.seal;

import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds what sinks have told until it is known whether it was committed. The row of a segment
 * tells; so does a segment that follows, since a stream has no holes. What is told again with other
 * contents was not committed the first time.
 */
final class Pending {

    /** What was told, and where in the topic. */
    record Told(long offset, SegmentRecord record, Segment segment) {

        AuditTables.Key key() {
            return new AuditTables.Key(segment.stream(), segment.first(), segment.part());
        }
    }

    private final List<Told> told = new ArrayList<>();
    private final Map<Long, Long> ends;

    /**
     * @param ends the offsets behind the last sealed segments, by stream
     */
    Pending(Map<Long, Long> ends) {
        this.ends = new HashMap<>(ends);
    }

    void add(long offset, SegmentRecord record) {
        Segment segment = record.segment();
        if (segment.first() >= ends.getOrDefault(segment.stream(), -1L)) {
            told.add(new Told(offset, record, segment));
        }
    }

    List<AuditTables.Key> keys() {
        return told.stream().map(Told::key).distinct().toList();
    }

    Map<Long, Long> ends() {
        return ends;
    }

    /** Returns the offset of the first that is not decided, or where to read on if all are. */
    long next(long position) {
        return told.isEmpty() ? position : told.get(0).offset;
    }

    /**
     * Takes out what is to be sealed, in the order in which it was told.
     *
     * @param stored the contents of the segments that the database has
     */
    List<Told> decide(Map<AuditTables.Key, byte[]> stored) {
        Map<AuditTables.Key, Told> chosen = new HashMap<>();
        Map<List<Long>, Integer> parts = new HashMap<>();
        for (Told of : told) {
            if (Arrays.equals(of.record.header(), stored.get(of.key()))
                    && chosen.put(of.key(), of) == null) {
                parts.merge(group(of), 1, Integer::sum);
            }
        }
        // How far each stream is known to go, and the latest generation of each partition that goes
        // anywhere. Parts of
        // which not all have been told yet wait.
        Map<Long, Long> reached = new HashMap<>();
        Map<List<Object>, Long> generations = new HashMap<>();
        for (Told of : List.copyOf(chosen.values())) {
            if (parts.getOrDefault(group(of), 0) < of.segment.parts()) {
                chosen.remove(of.key());
            } else {
                reached.merge(of.segment.stream(), of.segment.next(), Math::max);
                generations.merge(partition(of.segment), of.segment.generation(), Math::max);
            }
        }
        // It was committed too, since another follows it: that its row is gone or changed is for
        // the comparison to say.
        Map<List<Long>, Told> toldLast = new HashMap<>();
        told.forEach(of -> toldLast.put(group(of), of));
        for (Told of : told) {
            Told last = toldLast.getOrDefault(group(of), of);
            if (of.segment.next() <= reached.getOrDefault(of.segment.stream(), -1L)
                    && !parts.containsKey(group(of))
                    && of.segment.next() == last.segment.next()
                    && of.segment.sealedAt() == last.segment.sealedAt()) {
                chosen.put(of.key(), of);
            }
        }
        List<Told> sealed = new ArrayList<>();
        for (Told of : told) {
            if (chosen.get(of.key()) == of) {
                sealed.add(of);
            }
        }
        told.removeIf(
                of ->
                        of.segment.first() < reached.getOrDefault(of.segment.stream(), -1L)
                                || of.segment.generation()
                                        < generations.getOrDefault(partition(of.segment), -1L));
        reached.forEach((stream, end) -> ends.merge(stream, end, Math::max));
        return sealed;
    }

    /** Names the offsets of a transaction. */
    private static List<Long> group(Told of) {
        return List.of(of.segment.stream(), of.segment.first());
    }

    private static List<Object> partition(Segment segment) {
        return List.of(segment.sink(), segment.topic(), segment.partition());
    }
}
