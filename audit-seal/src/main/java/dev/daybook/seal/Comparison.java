package dev.daybook.seal;

import dev.daybook.evidence.FoundKeys;
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

    /** How many rows were compared with what was found when sealing began. */
    long asFound;

    private long unnamed;

    /** Gaps that were sealed with the segment in which they were found. */
    private final Set<KnownGap> sealedGaps = new HashSet<>();

    /** What the segments that the database has say of completeness, by source and partitions. */
    private final Map<List<Object>, Long> told = new HashMap<>();

    private PersonalColumns personal = new PersonalColumns(List.of());

    /** The stream whose columns they are. */
    private long personalOf = -1;

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
        each(
                "SELECT stream, max(next_offset) FROM audit.segment GROUP BY stream",
                row -> storedEnds.put(row.getLong(1), row.getLong(2)));
        compareStreams();
        compareGaps();
        Map<Long, Long> from = since == 0 ? Map.of() : from(since);
        try (StoredRows rows = new StoredRows(database, from);
                StoredSegments stored = new StoredSegments(database);
                SegmentSpool.Segments sealed = log.segments.sorted()) {
            // Streams of what was sealed as found have the highest numbers.
            while (sealed.hasNext() && !sealed.peek().segment().isAsFound()) {
                compareOffsets(sealed, stored, from, rows);
            }
            while (stored.key() != null) {
                notSealed(stored);
            }
            while (rows.nextPlace() != Long.MAX_VALUE) {
                beyond(rows.take(new PersonalColumns(List.of())));
            }
            if (log.newestAsFound >= since) {
                for (int table = 0; table < AuditTables.SEALED.size(); table++) {
                    compareAsFound(table, sealed);
                }
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

    /**
     * Returns for each stream the offset from which on its rows are compared: of the first segment
     * that this or a later leaf lists. Parts of one transaction may be in two leaves, and are
     * compared together.
     */
    private Map<Long, Long> from(long leaf) throws IOException {
        Map<Long, Long> from = new TreeMap<>(log.ends);
        try (SegmentSpool.Segments sealed = log.segments.sorted()) {
            while (sealed.hasNext()) {
                SealedLog.Sealed next = sealed.next();
                if (next.leaf() >= leaf) {
                    from.merge(next.segment().stream(), next.segment().first(), Math::min);
                }
            }
        }
        return from;
    }

    /**
     * Returns whether the snapshot has the segment, or had it when it was sealed: what the log
     * listed before the snapshot is in it.
     */
    private boolean isStored(SealedLog.Sealed sealed) throws SQLException {
        return sealed.leaf() < settled
                || !AuditTables.stored(database, List.of(key(sealed.segment()))).isEmpty();
    }

    private static AuditTables.Key key(Segment segment) {
        return new AuditTables.Key(segment.stream(), segment.first(), segment.part());
    }

    /** Compares the next segment with its row, those before which nothing was sealed aside. */
    private boolean compareSegment(SealedLog.Sealed sealed, StoredSegments stored)
            throws SQLException {
        Segment segment = sealed.segment();
        AuditTables.Key key = key(segment);
        while (stored.isBefore(key)) {
            notSealed(stored);
        }
        byte[] content = stored.at(key, this::told);
        if (content == null && sealed.leaf() < settled) {
            broken("removed", "segment " + segment.inWords(), "its row is gone", sealed);
        } else if (content != null && !Arrays.equals(content, sealed.header())) {
            broken(
                    "altered",
                    "segment " + segment.inWords(),
                    "its row is not what was sealed",
                    sealed);
        }
        return content != null || sealed.leaf() < settled;
    }

    /** Takes a segment's row that the log does not list. */
    private void notSealed(StoredSegments stored) throws SQLException {
        AuditTables.Key key = stored.take(this::told);
        if (allSealed || key.first() < log.ends.getOrDefault(key.stream(), 0L)) {
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
        for (SealedLog.Sealed first : log.firsts.values()) {
            Segment segment = first.segment();
            if (segment.isAsFound()) {
                continue;
            }
            Stream stream = stored.get(segment.stream());
            if (isStored(first)
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
                        first);
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

    /**
     * Compares what stands at the next offsets: the segments, all parts of them, and their rows.
     *
     * @param from the offset of each stream from which on rows are compared
     */
    private void compareOffsets(
            SegmentSpool.Segments sealed,
            StoredSegments segments,
            Map<Long, Long> from,
            StoredRows rows)
            throws SQLException, IOException {
        Segment first = sealed.peek().segment();
        long stream = first.stream();
        boolean compared = first.first() >= from.getOrDefault(stream, 0L);
        if (stream != personalOf) {
            personal = new PersonalColumns(List.of());
            personalOf = stream;
        }
        if (first.account() != null) {
            personal = new PersonalColumns(first.account().personal());
        }
        Map<Long, Hash> leaves = new TreeMap<>();
        Map<Long, SealedLog.Sealed> of = new HashMap<>();
        boolean known = true;
        boolean stored = true;
        boolean begins = true;
        while (sealed.hasNext()
                && sealed.peek().segment().stream() == stream
                && sealed.peek().segment().first() == first.first()) {
            SealedLog.Sealed part = sealed.next();
            boolean there = compareSegment(part, segments);
            if (begins) {
                stored = there;
                begins = false;
            }
            if (compared && part.segment().leaves() > 0) {
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
        if (!compared) {
            return;
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

    /**
     * Compares the rows of a table that were stored before anything was sealed with what was found
     * then; both are in the order of their times.
     *
     * @param sealed the segments of the table, and behind them others
     */
    private void compareAsFound(int table, SegmentSpool.Segments sealed)
            throws SQLException, IOException {
        try (StoredRows rows = StoredRows.withoutPlace(database, table, null)) {
            while (sealed.hasNext()
                    && sealed.peek().segment().stream() == FoundKeys.stream(table)) {
                SealedLog.Sealed next = sealed.next();
                compareAsFound(
                        next,
                        sealed.hasNext()
                                        && sealed.peek().segment().stream()
                                                == FoundKeys.stream(table)
                                ? sealed.peek()
                                : null,
                        rows);
            }
        }
    }

    /**
     * @param next the segment behind it, if there is one: rows of one time may stand in both
     */
    private void compareAsFound(
            SealedLog.Sealed sealed, SealedLog.@Nullable Sealed next, StoredRows rows)
            throws SQLException, IOException {
        Segment segment = sealed.segment();
        Segment.Account account = segment.account();
        FoundKeys keys = log.foundKeys(sealed);
        List<SegmentRecord.Leaf> leaves = log.leaves(sealed);
        if (account == null || account.found() == null || keys == null || leaves == null) {
            broken(
                    "log",
                    "segment " + segment.inWords(),
                    "its key or its leaf hashes are gone or are not what was sealed",
                    sealed);
            if (account != null && account.found() != null) {
                for (StoredRows.Unplaced row = rows.next();
                        row != null && row.at() < account.found().to();
                        row = rows.next()) {
                    rows.skip();
                }
            }
            return;
        }
        Map<Long, Hash> expected = new TreeMap<>();
        leaves.forEach(leaf -> expected.put(leaf.offset(), leaf.hash()));
        Map<Long, Long> offsets = keys.offsets();
        Set<Long> seen = new HashSet<>();
        long to = account.found().to();
        FoundKeys behind = next == null ? null : log.foundKeys(next);
        Map<Long, Long> offsetsBehind = behind == null ? Map.of() : behind.offsets();
        for (StoredRows.Unplaced row = rows.next();
                row != null && row.at() <= to;
                row = rows.next()) {
            Long offset = offsets.get(FoundKeys.row(keys.key(), row.at(), row.name()));
            if (offset == null
                    && row.at() == to
                    && behind != null
                    && offsetsBehind.containsKey(
                            FoundKeys.row(behind.key(), row.at(), row.name()))) {
                break;
            }
            StoredRows.Stored stored =
                    rows.takeAt(
                            Place.of(segment.stream(), offset == null ? 0 : offset),
                            keys.seed(offset == null ? 0 : offset),
                            new PersonalColumns(account.personal()));
            if (offset == null || !seen.add(offset)) {
                broken(
                        "inserted",
                        stored.where(),
                        "it has no place, and was not there when such rows were sealed as found",
                        sealed);
            } else if (!expected.getOrDefault(offset, Hash.OF_NOTHING).equals(stored.hash())) {
                broken(
                        "altered",
                        stored.where(),
                        "it is not what was found when sealing began",
                        sealed);
            }
            asFound++;
            if (++verified % 50_000 == 0) {
                progress.accept(verified);
            }
        }
        for (long offset : expected.keySet()) {
            if (!seen.contains(offset)) {
                broken(
                        "removed",
                        "row "
                                + offset
                                + " of those of "
                                + segment.topic()
                                + " that were sealed as found",
                        "it was there when sealing began, from a time between "
                                + SealedLog.time(account.found().from())
                                + " and "
                                + SealedLog.time(to)
                                + ", and is gone",
                        sealed);
            }
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
        earlier = Math.max(0, earlier - asFound);
    }

    private static List<Object> pair(Segment.Watermark mark) {
        return List.of(mark.source(), mark.changesPartition(), mark.entriesPartition());
    }

    private void told(byte[] content) {
        Segment.Account account = account(content);
        if (account != null) {
            account.watermarks()
                    .forEach(mark -> told.merge(pair(mark), mark.completeUntil(), Math::max));
        }
    }

    /** No watermark says more than the records did. */
    private void compareWatermarks() throws SQLException {
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
            return null; // compareSegment has said so
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
        for (SealedLog.SealedGap gap : log.gaps) {
            List<KnownGap> known = stored.get(gap.id());
            if (known != null) {
                sealedGaps.addAll(known);
            } else if (isStored(gap.sealed())) {
                broken("removed", "gap " + gap.id(), "it was recorded and is gone", gap.sealed());
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
