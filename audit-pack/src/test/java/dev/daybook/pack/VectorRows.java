package dev.daybook.pack;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows and segments in memory, asked as the audit database is. */
final class VectorRows implements Rows {

    private final TreeMap<Long, StoredRow> rows = new TreeMap<>();
    private final TreeMap<Long, List<byte[]>> segments = new TreeMap<>();
    private final LeafHasher hasher = new LeafHasher();

    /** Adds rows of one segment, or of a part of one. */
    SegmentRecord add(Segment like, List<StoredRow> of, PersonalColumns personal) {
        List<SegmentRecord.Leaf> leaves = new ArrayList<>();
        for (StoredRow row : of) {
            rows.put(row.place(), row);
            leaves.add(
                    new SegmentRecord.Leaf(
                            Place.offset(row.place()),
                            row.hash(hasher, new UsedSalts(row.seed()), personal)));
        }
        Segment segment =
                new Segment(
                        like.stream(),
                        like.sink(),
                        like.topic(),
                        like.partition(),
                        like.generation(),
                        like.first(),
                        like.next(),
                        like.part(),
                        like.parts(),
                        like.month(),
                        leaves.size(),
                        SegmentRecord.root(leaves),
                        like.sealedAt(),
                        like.account());
        segments.computeIfAbsent(Place.of(like.stream(), like.first()), place -> new ArrayList<>())
                .add(segment.toBytes());
        return new SegmentRecord(segment.toBytes(), leaves);
    }

    /** Changes a row, as the database's owner may. */
    void replace(StoredRow row) {
        rows.put(row.place(), row);
    }

    void remove(long place) {
        rows.remove(place);
    }

    StoredRow row(long place) {
        StoredRow row = rows.get(place);
        if (row == null) {
            throw new IllegalArgumentException("No row has the place " + place + ".");
        }
        return row;
    }

    @Override
    public List<Ref> find(PackRequest request, int most) {
        List<Ref> refs = new ArrayList<>();
        for (StoredRow row : rows.values()) {
            if (row.content() instanceof StoredRow.Entry(EntryRow entry)
                    && (request.entry() != null
                            ? request.entry().equals(entry.id())
                            : entry.table().equals(request.table())
                                    && request.key() != null
                                    && (request.key().equals(entry.key())
                                            || request.key().equals(entry.formerKey())))) {
                refs.add(
                        new Ref(
                                row.place(),
                                instant(entry.committedAt()),
                                entry.id(),
                                entry.source(),
                                entry.transactionId() == null ? -1 : entry.transactionId()));
            }
        }
        return refs;
    }

    @Override
    public List<Ref> contexts(List<Ref> entries) {
        List<Ref> contexts = new ArrayList<>();
        for (StoredRow row : rows.values()) {
            if (row.content() instanceof StoredRow.Context(TransactionRow context)
                    && entries.stream()
                            .anyMatch(
                                    entry ->
                                            entry.transactionId() == context.transactionId()
                                                    && context.source().equals(entry.source())
                                                    && entry.committedAt()
                                                            .equals(
                                                                    instant(
                                                                            context
                                                                                    .committedAt())))) {
                contexts.add(
                        new Ref(
                                row.place(),
                                instant(context.committedAt()),
                                null,
                                context.source(),
                                context.transactionId()));
            }
        }
        return contexts;
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    @Override
    public Map<Long, StoredRow> rows(List<Ref> refs) {
        Map<Long, StoredRow> found = new HashMap<>();
        refs.forEach(ref -> found.put(ref.place(), row(ref.place())));
        return found;
    }

    @Override
    public List<byte[]> segments(List<Long> places) {
        return places.stream()
                .map(place -> segments.floorEntry(place).getValue())
                .distinct()
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public Sequence withoutPlace(int table, long from, long to) {
        throw new UnsupportedOperationException("The vectors have no such rows.");
    }

    @Override
    public Sequence all(long firstPlace, long lastPlace, long fromMonth, long toMonth) {
        var all = rows.subMap(firstPlace, true, lastPlace, true).values().iterator();
        return new Sequence() {
            @Override
            public @Nullable StoredRow next() {
                return all.hasNext() ? all.next() : null;
            }

            @Override
            public void close() {}
        };
    }
}
