package dev.daybook.connect.sink;

import dev.daybook.contract.WireTime;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.RejectedRow;
import dev.daybook.evidence.Salts;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Makes the segments of a stretch of offsets: one for each month of commit times, or more where
 * there are many rows.
 */
final class SegmentMaker {

    private static final long NO_MONTH = -1;
    private static final long DAY = 86_400_000_000L;

    private final String sink;
    private final PersonalColumns personal;
    private final Clock clock;
    private final LeafHasher hasher = new LeafHasher();
    private long lastDay = Long.MIN_VALUE;
    private long monthOfLastDay;

    SegmentMaker(String sink, List<String> personalColumns, Clock clock) {
        this.sink = sink;
        this.personal = new PersonalColumns(personalColumns);
        this.clock = clock;
    }

    List<SegmentRecord> make(SealedBatch.Stretch stretch, Seeds seeds) {
        Map<Long, List<Row>> months = new TreeMap<>();
        stretch.stored.sort(Comparator.comparingLong(row -> row.record().originalKafkaOffset()));
        for (Row row : stretch.stored) {
            if (isLeaf(row)) {
                months.computeIfAbsent(monthOf(row), m -> new ArrayList<>()).add(row);
            }
        }
        record Part(long month, List<Row> rows) {}
        List<Part> parts = new ArrayList<>();
        months.forEach(
                (month, rows) -> {
                    for (int from = 0; from < rows.size(); from += Segment.MOST_LEAVES) {
                        int to = Math.min(rows.size(), from + Segment.MOST_LEAVES);
                        parts.add(new Part(month, rows.subList(from, to)));
                    }
                });
        if (parts.isEmpty()) {
            parts.add(new Part(NO_MONTH, List.of()));
        }
        long now = WireTime.micros(clock.instant());
        List<SegmentRecord> records = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            List<SegmentRecord.Leaf> leaves = new ArrayList<>();
            for (Row row : parts.get(i).rows) {
                leaves.add(
                        new SegmentRecord.Leaf(
                                row.record().originalKafkaOffset(),
                                leaf(row, stretch.placeOf(row), seeds)));
            }
            Segment segment =
                    new Segment(
                            stretch.stream.number(),
                            sink,
                            stretch.offsets.partition().topic(),
                            stretch.offsets.partition().partition(),
                            stretch.stream.generation(),
                            stretch.offsets.first(),
                            stretch.offsets.next(),
                            i,
                            parts.size(),
                            parts.get(i).month,
                            leaves.size(),
                            SegmentRecord.root(leaves),
                            now,
                            i == 0 ? account(stretch) : null);
            records.add(new SegmentRecord(segment.toBytes(), leaves));
        }
        return records;
    }

    private Segment.Account account(SealedBatch.Stretch stretch) {
        Map<String, Long> sources = new TreeMap<>();
        long leaves = 0;
        long rejected = 0;
        String source = "";
        long ofSource = 0;
        for (Row row : stretch.stored) {
            if (isLeaf(row)) {
                leaves++;
                rejected += row instanceof Row.Rejected ? 1 : 0;
                String own = row.source() == null ? "" : row.source();
                if (!own.equals(source)) {
                    count(sources, source, ofSource);
                    source = own;
                    ofSource = 0;
                }
                ofSource++;
            }
        }
        count(sources, source, ofSource);
        List<Long> duplicates = new ArrayList<>();
        Map<List<Object>, Segment.Watermark> watermarks = new LinkedHashMap<>();
        List<UUID> gaps = new ArrayList<>();
        long marks = 0;
        long found = 0;
        long ofLeaves = 0;
        for (Row row : stretch.delivered) {
            if (row instanceof Row.Watermark mark) {
                marks++;
                watermarks.merge(
                        List.of(mark.source(), mark.changesPartition()),
                        watermark(mark),
                        (a, b) -> b.completeUntil() >= a.completeUntil() ? b : a);
            } else if (row instanceof Row.Gap gap) {
                found++;
                gaps.add(gap.id());
            } else if (row instanceof Row.ReportedGap gap) {
                marks++;
                gaps.add(gap.id());
            } else if (row instanceof Row.Report
                    || row instanceof Row.Replay
                    || row instanceof Row.Position) {
                marks++;
            } else {
                ofLeaves++;
            }
        }
        if (ofLeaves != leaves) {
            addDuplicates(stretch, duplicates);
        }
        // Each record is one row; a gap that is found here has the row of the record behind it
        // besides.
        long records = stretch.delivered.size() - found;
        long skipped = stretch.offsets.next() - stretch.offsets.first() - records;
        return new Segment.Account(
                sources.entrySet().stream()
                        .map(of -> new Segment.SourceCount(of.getKey(), of.getValue()))
                        .toList(),
                duplicates.size(),
                Hash.ofOffsets(duplicates),
                rejected,
                skipped,
                List.copyOf(watermarks.values()),
                marks,
                gaps,
                personal.names(),
                Links.of(stretch.delivered).stream()
                        .map(
                                link ->
                                        new Segment.Link(
                                                link.source(),
                                                link.changesPartition(),
                                                link.entriesPartition(),
                                                link.from(),
                                                link.to()))
                        .toList(),
                null);
    }

    private static void count(Map<String, Long> sources, String source, long rows) {
        if (rows > 0) {
            sources.merge(source, rows, Long::sum);
        }
    }

    /** Adds the offsets of those records whose rows were not stored: they were before. */
    private static void addDuplicates(SealedBatch.Stretch stretch, List<Long> duplicates) {
        Set<Long> stored = new HashSet<>();
        for (Row row : stretch.stored) {
            if (isLeaf(row)) {
                stored.add(row.record().originalKafkaOffset());
            }
        }
        for (Row row : stretch.delivered) {
            if (isLeaf(row) && !stored.contains(row.record().originalKafkaOffset())) {
                duplicates.add(row.record().originalKafkaOffset());
            }
        }
    }

    private static Segment.Watermark watermark(Row.Watermark mark) {
        return new Segment.Watermark(
                mark.source(),
                mark.changesPartition(),
                mark.changesPartitions(),
                mark.entriesPartition(),
                mark.entriesPartitions(),
                mark.completeUntil(),
                mark.position());
    }

    /** Returns whether a row is one of a table that is sealed row by row. */
    static boolean isLeaf(Row row) {
        return row instanceof Row.Entry
                || row instanceof Row.Context
                || row instanceof Row.Rejected;
    }

    private long monthOf(Row row) {
        if (row instanceof Row.Entry entry) {
            return monthOf(entry.committedAt());
        } else if (row instanceof Row.Context context) {
            return monthOf(context.committedAt());
        }
        return NO_MONTH;
    }

    /** Returns the number of a time's month; rows come by the thousand on one day. */
    private long monthOf(long micros) {
        long day = Math.floorDiv(micros, DAY);
        if (day != lastDay) {
            YearMonth month = MonthPartitions.monthOf(micros);
            lastDay = day;
            monthOfLastDay = (month.getYear() - 1970L) * 12 + month.getMonthValue() - 1;
        }
        return monthOfLastDay;
    }

    private Hash leaf(Row row, long place, Seeds seeds) {
        Salts salts = Salts.ofSeed(seeds.at(place));
        if (row instanceof Row.Entry entry) {
            return hasher.entry(
                    new EntryRow(
                            place,
                            entry.id(),
                            entry.source(),
                            entry.tableName(),
                            entry.operation().word(),
                            entry.committedAt(),
                            entry.sourceCommittedAt(),
                            entry.position(),
                            entry.transactionId(),
                            entry.sequence(),
                            entry.unknownColumns(),
                            entry.entityKey(),
                            entry.oldEntityKey(),
                            entry.actor(),
                            slice(entry.before()),
                            slice(entry.after())),
                    salts,
                    personal.of(entry.tableName()));
        }
        if (row instanceof Row.Context context) {
            return hasher.transaction(
                    new TransactionRow(
                            place,
                            context.source(),
                            context.transactionId(),
                            context.committedAt(),
                            context.actor(),
                            context.reason(),
                            context.requestId(),
                            slice(context.attributes()),
                            context.loginRole()),
                    salts);
        }
        Row.Rejected rejected = (Row.Rejected) row;
        return hasher.rejected(
                new RejectedRow(
                        place,
                        rejected.id(),
                        rejected.rejectedAt(),
                        rejected.source(),
                        rejected.stage().word(),
                        rejected.code(),
                        rejected.topic(),
                        rejected.partition() == null
                                ? null
                                : (Long) (long) (int) rejected.partition(),
                        rejected.recordOffset(),
                        rejected.tableName(),
                        rejected.recordTime(),
                        rejected.reason(),
                        base64(rejected.recordKey()),
                        base64(rejected.recordValue()),
                        slice(rejected.recordHeaders())),
                salts);
    }

    private static @Nullable Slice slice(@Nullable JsonSlice json) {
        return json == null ? null : new Slice(json.bytes, json.from, json.length);
    }

    /** Decodes as PostgreSQL does, which leaves white space aside. */
    private static byte @Nullable [] base64(@Nullable String text) {
        return text == null ? null : Base64.getMimeDecoder().decode(text);
    }
}
