package dev.daybook.seal;

import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;

/** Compares what the database holds, in one snapshot of it, with what was sealed. */
final class Comparison {

    /** How many findings are named one by one. */
    private static final int MOST_FINDINGS = 10_000;

    private final Connection database;
    private final SealedLog log;
    private final long settled;
    private final boolean allSealed;
    private final LongConsumer progress;

    final List<Report.Finding> findings = new ArrayList<>();
    final List<String> gaps = new ArrayList<>();
    long verified;
    long unsealed;
    long earlier;
    private long unnamed;

    /** Gaps that were sealed with the segment in which they were found. */
    private final Set<KnownGap> sealedGaps = new HashSet<>();

    /** The segments that the database has, by stream and first offset. */
    private final Map<AuditTables.Key, byte[]> segments = new HashMap<>();

    private final Map<Long, Long> storedEnds = new HashMap<>();

    /**
     * @param settled how many leaves the log had before the snapshot: what they list is in it
     * @param allSealed whether whatever is in the snapshot is sealed: what is not, was put in
     * @param progress is told how many rows have been compared
     */
    Comparison(
            Connection database,
            SealedLog log,
            long settled,
            boolean allSealed,
            LongConsumer progress) {
        this.database = database;
        this.log = log;
        this.settled = settled;
        this.allSealed = allSealed;
        this.progress = progress;
    }

    /**
     * Compares.
     *
     * @param since the first leaf whose rows are compared
     */
    void run(long since) throws SQLException, IOException {
        readSegments();
        compareSegments();
        compareStreams();
        compareGaps();
        Map<Long, List<SealedLog.Sealed>> compared = new TreeMap<>();
        Map<Long, Long> from = new TreeMap<>();
        log.streams.forEach(
                (stream, segments) -> {
                    List<SealedLog.Sealed> later = since(since, segments);
                    compared.put(stream, later);
                    if (later.size() < segments.size()) {
                        from.put(
                                stream,
                                later.isEmpty()
                                        ? segments.getLast().segment().next()
                                        : later.getFirst().segment().first());
                    }
                });
        try (StoredRows rows = new StoredRows(database, from)) {
            for (Map.Entry<Long, List<SealedLog.Sealed>> stream : compared.entrySet()) {
                compareRows(stream.getKey(), stream.getValue(), rows);
            }
            while (rows.nextPlace() != Long.MAX_VALUE) {
                beyond(rows.take(new PersonalColumns(List.of())));
            }
        }
        compareUnplaced();
        compareWatermarks();
        if (unnamed > 0) {
            findings.add(
                    new Report.Finding(
                            "more", "the log", unnamed + " findings besides these", null));
        }
    }

    /** Returns the segments that a leaf or a later one lists. */
    private static List<SealedLog.Sealed> since(long leaf, List<SealedLog.Sealed> segments) {
        int first = 0;
        while (first < segments.size() && segments.get(first).leaf() < leaf) {
            first++;
        }
        // Parts of one transaction may be in two leaves, and are compared together.
        while (first > 0
                && first < segments.size()
                && segments.get(first - 1).segment().first()
                        == segments.get(first).segment().first()) {
            first--;
        }
        return segments.subList(first, segments.size());
    }

    private void readSegments() throws SQLException {
        each(
                "SELECT stream, first_offset, part, content, next_offset FROM audit.segment",
                row -> {
                    segments.put(
                            new AuditTables.Key(row.getLong(1), row.getLong(2), row.getLong(3)),
                            row.getBytes(4));
                    storedEnds.merge(row.getLong(1), row.getLong(5), Math::max);
                });
    }

    private boolean isStored(SealedLog.Sealed sealed) {
        return sealed.leaf() < settled || segments.containsKey(key(sealed.segment()));
    }

    private static AuditTables.Key key(Segment segment) {
        return new AuditTables.Key(segment.stream(), segment.first(), segment.part());
    }

    private void compareSegments() {
        Set<AuditTables.Key> known = new HashSet<>();
        Map<Long, Long> sealedEnds = new HashMap<>();
        for (List<SealedLog.Sealed> stream : log.streams.values()) {
            for (SealedLog.Sealed sealed : stream) {
                Segment segment = sealed.segment();
                known.add(key(segment));
                sealedEnds.merge(segment.stream(), segment.next(), Math::max);
                byte[] stored = segments.get(key(segment));
                if (stored == null && sealed.leaf() < settled) {
                    broken("removed", "segment " + segment.inWords(), "its row is gone", sealed);
                } else if (stored != null && !Arrays.equals(stored, sealed.header())) {
                    broken(
                            "altered",
                            "segment " + segment.inWords(),
                            "its row is not what was sealed",
                            sealed);
                }
            }
        }
        for (AuditTables.Key key : segments.keySet()) {
            if (!known.contains(key)
                    && (allSealed || key.first() < sealedEnds.getOrDefault(key.stream(), 0L))) {
                broken(
                        "inserted",
                        "segment of stream "
                                + key.stream()
                                + ", offset "
                                + key.first()
                                + ", part "
                                + key.part(),
                        "it was never sealed",
                        null);
            }
        }
    }

    /**
     * Streams are what was sealed of them, and the sink's offsets are where its last segments end.
     */
    private void compareStreams() throws SQLException {
        record Stream(
                long number,
                String sink,
                String topic,
                long partition,
                long generation,
                long first) {}
        Map<Long, Stream> stored = new TreeMap<>();
        each(
                "SELECT number, sink, topic, partition, generation, first_offset FROM audit.stream",
                row ->
                        stored.put(
                                row.getLong(1),
                                new Stream(
                                        row.getLong(1),
                                        row.getString(2),
                                        row.getString(3),
                                        row.getLong(4),
                                        row.getLong(5),
                                        row.getLong(6))));
        for (List<SealedLog.Sealed> sealed : log.streams.values()) {
            Segment segment = sealed.get(0).segment();
            Stream stream = stored.get(segment.stream());
            if (isStored(sealed.get(0))
                    && !new Stream(
                                    segment.stream(),
                                    segment.sink(),
                                    segment.topic(),
                                    segment.partition(),
                                    segment.generation(),
                                    segment.first())
                            .equals(stream)) {
                broken(
                        "altered",
                        "stream " + segment.stream(),
                        stream == null ? "its row is gone" : "it is not what was sealed",
                        sealed.get(0));
            }
        }
        Map<List<Object>, Stream> newest = new HashMap<>();
        for (Stream stream : stored.values()) {
            if (!storedEnds.containsKey(stream.number)) {
                // It was begun by a task that then stored nothing in it.
                continue;
            }
            List<Object> partition = List.of(stream.sink, stream.topic, stream.partition);
            Stream before = newest.get(partition);
            if (before == null || before.generation < stream.generation) {
                newest.put(partition, stream);
            }
            Stream previous =
                    stored.values().stream()
                            .filter(
                                    other ->
                                            other.sink.equals(stream.sink)
                                                    && other.topic.equals(stream.topic)
                                                    && other.partition == stream.partition
                                                    && other.generation < stream.generation
                                                    && storedEnds.containsKey(other.number))
                            .max(Comparator.comparingLong(Stream::generation))
                            .orElse(null);
            if (previous != null) {
                long end = storedEnds.getOrDefault(previous.number, previous.first);
                if (stream.first == end) {
                    continue;
                }
                String where = stream.topic + "-" + stream.partition + " of " + stream.sink;
                gaps.add(
                        stream.first > end
                                ? where
                                        + ": offsets "
                                        + end
                                        + " to "
                                        + (stream.first - 1)
                                        + " were not read"
                                : where
                                        + ": after offset "
                                        + (end - 1)
                                        + " it went on at "
                                        + stream.first
                                        + ": offsets were set back, or the topic was made anew");
            }
        }
        each(
                "SELECT sink, topic, partition, next_offset FROM audit.sink_offset",
                row -> {
                    Stream stream =
                            newest.get(List.of(row.getString(1), row.getString(2), row.getLong(3)));
                    long end = stream == null ? -1 : storedEnds.getOrDefault(stream.number, -1L);
                    if (stream != null && row.getLong(4) != end) {
                        broken(
                                "offset",
                                row.getString(2) + "-" + row.getLong(3) + " of " + row.getString(1),
                                "the stored offset is "
                                        + row.getLong(4)
                                        + ", and the last segment ends at "
                                        + end,
                                null);
                    }
                });
    }

    private void compareRows(long stream, List<SealedLog.Sealed> sealed, StoredRows rows)
            throws SQLException, IOException {
        PersonalColumns personal = new PersonalColumns(List.of());
        int i = 0;
        while (i < sealed.size()) {
            Segment first = sealed.get(i).segment();
            if (first.account() != null) {
                personal = new PersonalColumns(first.account().personal());
            }
            Map<Long, Hash> leaves = new TreeMap<>();
            Map<Long, SealedLog.Sealed> of = new HashMap<>();
            boolean known = true;
            boolean stored = isStored(sealed.get(i));
            for (; i < sealed.size() && sealed.get(i).segment().first() == first.first(); i++) {
                SealedLog.Sealed part = sealed.get(i);
                if (part.segment().leaves() > 0) {
                    List<SegmentRecord.Leaf> told = log.leaves(part);
                    if (told == null) {
                        known = false;
                        broken(
                                "log",
                                "segment " + part.segment().inWords(),
                                "its leaf hashes are gone or are not what was sealed",
                                part);
                    } else {
                        for (SegmentRecord.Leaf leaf : told) {
                            leaves.put(leaf.offset(), leaf.hash());
                            of.put(leaf.offset(), part);
                        }
                    }
                }
            }
            while (rows.nextPlace() < Place.of(stream, first.first())) {
                StoredRows.Stored row = rows.take(personal);
                if (Place.stream(row.place()) == stream) {
                    inserted(row);
                } else {
                    beyond(row);
                }
            }
            Set<Long> seen = new HashSet<>();
            while (rows.nextPlace() < Place.of(stream, first.next())) {
                StoredRows.Stored row = rows.take(personal);
                long offset = Place.offset(row.place());
                Hash expected = leaves.get(offset);
                if (!known) {
                    continue;
                } else if (expected == null) {
                    inserted(row);
                } else if (!seen.add(offset)) {
                    broken(
                            "doubled",
                            row.where(),
                            "another row has its place, " + StoredRows.origin(row.place()),
                            of.get(offset));
                } else if (!expected.equals(row.hash())) {
                    broken(
                            "altered",
                            row.where(),
                            "it is not what was sealed of " + StoredRows.origin(row.place()),
                            of.get(offset));
                } else {
                    requireInTime(row, of.get(offset));
                }
                if (++verified % 50_000 == 0) {
                    progress.accept(verified);
                }
            }
            if (stored) {
                for (long offset : leaves.keySet()) {
                    if (!seen.contains(offset)) {
                        broken(
                                "removed",
                                "row of "
                                        + first.topic()
                                        + "-"
                                        + first.partition()
                                        + ", offset "
                                        + offset,
                                "it was sealed and is gone",
                                of.get(offset));
                    }
                }
            }
        }
        // What stands behind the last segment is of the tail.
        while (Place.stream(rows.nextPlace()) == stream && rows.nextPlace() != Long.MAX_VALUE) {
            beyond(rows.take(personal));
        }
    }

    /**
     * An entry comes before its source is said to be complete until its commit; else it is
     * backdated, unless a gap explains it.
     */
    private void requireInTime(StoredRows.Stored row, SealedLog.@Nullable Sealed sealed) {
        Long complete = sealed == null ? null : sealed.complete().get(row.source());
        if (complete == null
                || row.table().isEmpty()
                || row.committedAt() > complete
                || sealedGaps.stream().anyMatch(gap -> gap.explains(row))) {
            return;
        }
        broken(
                "late",
                row.where(),
                "it came when its source had been sealed as complete until "
                        + SealedLog.time(complete)
                        + ", and says that it was committed "
                        + SealedLog.time(row.committedAt()),
                sealed);
    }

    private void inserted(StoredRows.Stored row) {
        broken(
                "inserted",
                row.where(),
                "nothing was sealed of " + StoredRows.origin(row.place()),
                null);
    }

    /** A row behind what is sealed came since, unless the sealer has been there since. */
    private void beyond(StoredRows.Stored row) {
        long stream = Place.stream(row.place());
        boolean inSegment = Place.offset(row.place()) < storedEnds.getOrDefault(stream, 0L);
        if (allSealed || !inSegment) {
            inserted(row);
        } else {
            unsealed++;
        }
    }

    private void compareUnplaced() throws SQLException {
        Map<String, Long> before = new HashMap<>();
        log.earlier.forEach(count -> before.put(count.table(), count.rows()));
        for (LogLeaf.Earlier now : AuditTables.unplaced(database)) {
            long then = before.getOrDefault(now.table(), 0L);
            earlier += now.rows();
            if (now.rows() != then) {
                broken(
                        now.rows() > then ? "inserted" : "removed",
                        Math.abs(now.rows() - then) + " rows of " + now.table(),
                        "rows without a place are from before sealing began; then there were "
                                + then
                                + ", now there are "
                                + now.rows(),
                        null);
            }
        }
    }

    private static List<Object> pair(Segment.Watermark mark) {
        return List.of(mark.source(), mark.changesPartition(), mark.entriesPartition());
    }

    /** No watermark says more than the records did. */
    private void compareWatermarks() throws SQLException {
        Map<List<Object>, Long> told = new HashMap<>();
        for (byte[] content : segments.values()) {
            Segment.Account account = account(content);
            if (account != null) {
                account.watermarks()
                        .forEach(mark -> told.merge(pair(mark), mark.completeUntil(), Math::max));
            }
        }
        if (log.earlier.stream().anyMatch(count -> count.rows() > 0) && told.isEmpty()) {
            return;
        }
        each(
                "SELECT source, changes_partition, entries_partition, (extract(epoch FROM complete_until) * 1000000)::bigint"
                        + " FROM audit.watermark",
                row -> {
                    Long until =
                            told.get(List.of(row.getString(1), row.getLong(2), row.getLong(3)));
                    if (until != null && row.getLong(4) > until) {
                        broken(
                                "ahead",
                                "source "
                                        + row.getString(1)
                                        + ", partitions "
                                        + row.getLong(2)
                                        + " and "
                                        + row.getLong(3),
                                "it says complete until "
                                        + SealedLog.time(row.getLong(4))
                                        + ", the records said "
                                        + SealedLog.time(until),
                                null);
                    }
                });
    }

    private static Segment.@Nullable Account account(byte[] content) {
        try {
            return Segment.parse(content).account();
        } catch (InvalidEvidenceException e) {
            return null; // compareSegments has said so
        }
    }

    /**
     * A gap that is recorded.
     *
     * @param source null: any
     * @param table null: any
     */
    private record KnownGap(
            @Nullable String source,
            @Nullable String table,
            @Nullable Long from,
            @Nullable Long to,
            String reason) {

        boolean explains(StoredRows.Stored row) {
            return (source == null || source.equals(row.source()))
                    && (table == null || table.equals(row.table()))
                    && (from == null || from <= row.committedAt())
                    && (to == null || row.committedAt() <= to);
        }

        String inWords() {
            return (source == null ? "any source" : source)
                    + (table == null ? "" : ", " + table)
                    + ": from "
                    + (from == null ? "the beginning" : SealedLog.time(from))
                    + " to "
                    + (to == null ? "now" : SealedLog.time(to))
                    + ", "
                    + reason;
        }
    }

    private void compareGaps() throws SQLException {
        Map<UUID, List<KnownGap>> stored = new HashMap<>();
        each(
                """
                SELECT id, source, table_name, (extract(epoch FROM from_time) * 1000000)::bigint,
                  (extract(epoch FROM to_time) * 1000000)::bigint, cause, reason
                FROM audit.known_gap""",
                row ->
                        stored.computeIfAbsent((UUID) row.getObject(1), id -> new ArrayList<>())
                                .add(
                                        new KnownGap(
                                                row.getString(2),
                                                row.getString(3),
                                                row.getObject(4, Long.class),
                                                row.getObject(5, Long.class),
                                                row.getString(6) + ": " + row.getString(7))));
        stored.values().forEach(of -> of.forEach(gap -> gaps.add(gap.inWords())));
        for (List<SealedLog.Sealed> stream : log.streams.values()) {
            for (SealedLog.Sealed sealed : stream) {
                Segment.Account account = sealed.segment().account();
                if (account != null && isStored(sealed)) {
                    for (UUID gap : account.gaps()) {
                        List<KnownGap> known = stored.get(gap);
                        if (known != null) {
                            sealedGaps.addAll(known);
                        } else {
                            broken("removed", "gap " + gap, "it was recorded and is gone", sealed);
                        }
                    }
                }
            }
        }
    }

    private void broken(String kind, String where, String what, SealedLog.@Nullable Sealed sealed) {
        if (findings.size() >= MOST_FINDINGS) {
            // A month that is gone is as many findings as it had rows.
            unnamed++;
            return;
        }
        findings.add(
                new Report.Finding(
                        kind,
                        where,
                        what,
                        sealed == null
                                ? null
                                : SealedLog.time(sealed.at()) + " in leaf " + sealed.leaf()));
    }

    private interface EachRow {
        void take(ResultSet row) throws SQLException;
    }

    private void each(String sql, EachRow row) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.setFetchSize(5_000);
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    row.take(rows);
                }
            }
        }
    }
}
