package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows, by kind, and the moves of offsets that one statement stores. */
record Portion(
        List<Row.Entry> entries,
        List<Row.Context> contexts,
        List<Row.Rejected> rejected,
        Collection<Row.Watermark> watermarks,
        List<Links.Link> links,
        List<Row.Gap> gaps,
        List<Row.ReportedGap> reportedGaps,
        Collection<Row.Report> reports,
        List<Row.Replay> replays,
        Map<TopicPartition, Move> moves) {

    /** How much a statement carries at most, by the size of the records' values. */
    private static final long LARGEST = 8 * 1024 * 1024;

    /**
     * The offset a partition is moved from, or -1 where none is stored, and the one it is moved to.
     */
    record Move(long from, long to) {}

    /**
     * Returns the portion of rows of any kind; of several watermarks of one place only the latest.
     */
    static Portion of(List<Row> rows, Map<TopicPartition, Move> moves) {
        List<Row.Entry> entries = new ArrayList<>(rows.size());
        List<Row.Context> contexts = new ArrayList<>();
        List<Row.Rejected> rejected = new ArrayList<>();
        List<Row.Gap> gaps = new ArrayList<>();
        List<Row.ReportedGap> reportedGaps = new ArrayList<>();
        List<Row.Replay> replays = new ArrayList<>();
        Map<List<Object>, Row.Watermark> watermarks = new LinkedHashMap<>();
        Map<List<Object>, Row.Report> reports = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row instanceof Row.Entry entry) {
                entries.add(entry);
            } else if (row instanceof Row.Context context) {
                contexts.add(context);
            } else if (row instanceof Row.Rejected bad) {
                rejected.add(bad);
            } else if (row instanceof Row.Gap gap) {
                gaps.add(gap);
            } else if (row instanceof Row.ReportedGap gap) {
                reportedGaps.add(gap);
            } else if (row instanceof Row.Report report) {
                reports.put(List.of(report.stage(), report.instance()), report);
            } else if (row instanceof Row.Replay replay) {
                replays.add(replay);
            } else if (row instanceof Row.Watermark mark) {
                watermarks.merge(
                        List.of(mark.source(), mark.changesPartition(), mark.entriesPartition()),
                        mark,
                        (a, b) -> b.completeUntil() >= a.completeUntil() ? b : a);
            }
        }
        return new Portion(
                entries,
                contexts,
                rejected,
                watermarks.values(),
                Links.of(rows),
                gaps,
                reportedGaps,
                reports.values(),
                replays,
                moves);
    }

    /** Splits rows so that one statement can carry each part. */
    static List<List<Row>> split(List<Row> rows) {
        List<List<Row>> parts = new ArrayList<>();
        int from = 0;
        long size = 0;
        for (int i = 0; i < rows.size(); i++) {
            int bytes = rows.get(i).record().value() instanceof byte[] value ? value.length : 0;
            if (i > from && size + bytes > LARGEST) {
                parts.add(rows.subList(from, i));
                from = i;
                size = 0;
            }
            size += bytes;
        }
        if (from < rows.size()) {
            parts.add(rows.subList(from, rows.size()));
        }
        return parts;
    }

    boolean isEmpty() {
        return entries.isEmpty()
                && contexts.isEmpty()
                && rejected.isEmpty()
                && watermarks.isEmpty()
                && links.isEmpty()
                && gaps.isEmpty()
                && reportedGaps.isEmpty()
                && reports.isEmpty()
                && replays.isEmpty()
                && moves.isEmpty();
    }
}
