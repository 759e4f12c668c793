package dev.daybook.pack;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.FoundKeys;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.PackMember;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Receipts;
import dev.daybook.evidence.Segment;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Makes packs. Rows are read in batches and written as they come; what is held in memory is the
 * names of a row's entries, or the segments of a whole pack.
 */
public final class PackMaker {

    /** The most entries that a pack is about, unless it is whole. */
    private static final int MOST_ENTRIES = 100_000;

    /** The most leaves of the log that a whole pack shows, and the most rows. */
    private static final long MOST_LEAVES = 50_000;

    private static final long MOST_ROWS = 2_000_000;

    private static final int BATCH = 200;

    /**
     * The most leaves that are looked through, from the end, for what says how far it is complete.
     */
    private static final long LOOKED_THROUGH = 600;

    /** The most checkpoints of the reader's that a pack continues. */
    private static final int MOST_CHECKPOINTS = 1_000;

    private final SealedLog log;
    private final TreeMap<Long, Checkpoint> checkpoints = new TreeMap<>();
    private final Map<Long, String> notes = new HashMap<>();
    private final Rows rows;
    private final FoundSegments foundSegments;

    /**
     * What was made.
     *
     * @param key the log's verifier key, which a reader needs to have by another way
     * @param entries how many entries are about the subject
     * @param others how many other rows there are
     * @param unsealed how many entries and contexts of theirs came since the newest seal, and are
     *     not in it
     * @param unplaced how many were stored before sealing was switched on, and are not sealed as
     *     found yet
     */
    public record Made(String key, long entries, long others, long unsealed, long unplaced) {}

    private PackMaker(Rows rows, SealedLog log) {
        this.log = log;
        this.rows = rows;
        this.foundSegments = new FoundSegments(log);
    }

    /**
     * Makes a pack. It shows that its newest checkpoint continues those that anchors have taken, as
     * far as they are kept beside the log.
     *
     * @param database a connection that may read the log, in a transaction whose statements see one
     *     snapshot
     * @param kept further checkpoints of the log that were kept outside: the pack shows that its
     *     newest one continues each
     * @throws PackProblem if it cannot be made; what was written until then is no pack
     */
    public static Made make(
            Connection database,
            LogFiles files,
            List<String> kept,
            PackRequest request,
            OutputStream out)
            throws IOException, SQLException, PackProblem {
        return make(new AuditRows(database), files, kept, request, out);
    }

    static Made make(
            Rows rows, LogFiles files, List<String> kept, PackRequest request, OutputStream out)
            throws IOException, SQLException, PackProblem {
        try {
            // Before the first question to the database: what the log has by now is in it.
            PackMaker maker = new PackMaker(rows, SealedLog.open(files));
            maker.keep(kept);
            byte[] receipts = files.read(Receipts.FILE);
            if (receipts != null) {
                maker.keep(Receipts.parse(receipts).notes());
            }
            return request.whole() ? maker.whole(request, out) : maker.rows(request, out);
        } catch (InvalidEvidenceException e) {
            throw SealedLog.broken(String.valueOf(e.getMessage()));
        }
    }

    private void keep(List<String> kept) throws PackProblem {
        for (String note : kept) {
            Checkpoint checkpoint = Checkpoint.open(note, log.key());
            if (checkpoint.size() >= log.size() || checkpoint.size() == 0) {
                continue;
            }
            if (!MerkleTree.continues(
                    log.checkpoint().root(),
                    log.size(),
                    checkpoint.root(),
                    checkpoint.size(),
                    log.consistency(checkpoint.size()))) {
                throw SealedLog.broken(
                        "it does not continue a checkpoint of "
                                + checkpoint.size()
                                + " leaves that was kept.");
            }
            checkpoints.put(checkpoint.size(), checkpoint);
            notes.put(checkpoint.size(), note);
            if (checkpoints.size() > MOST_CHECKPOINTS) {
                throw new PackProblem(
                        PackProblem.Kind.TOO_LARGE,
                        "A pack continues at most "
                                + MOST_CHECKPOINTS
                                + " checkpoints. Give fewer.");
            }
        }
    }

    /** Makes a pack of the entries about a subject, and of their contexts. */
    private Made rows(PackRequest request, OutputStream out)
            throws IOException, SQLException, PackProblem {
        Map<Long, byte[]> asFound = new TreeMap<>();
        List<Rows.Ref> stored = rows.find(request, MOST_ENTRIES);
        List<Rows.Ref> found = placed(stored, asFound);
        long unplaced = stored.size() - found.size();
        if (found.isEmpty()) {
            throw unplaced > 0
                    ? new PackProblem(
                            PackProblem.Kind.NOT_SEALED,
                            "All "
                                    + unplaced
                                    + " entries of "
                                    + request.inWords()
                                    + " were stored before the log was sealed, and are not sealed as found yet.")
                    : new PackProblem(
                            PackProblem.Kind.NOT_FOUND,
                            "The log has no "
                                    + request.inWords()
                                    + (request.from() == null && request.to() == null
                                            ? "."
                                            : " in that time."));
        }
        List<Rows.Ref> refs = new ArrayList<>(found);
        refs.addAll(placed(rows.contexts(found), asFound));
        refs.sort(Comparator.comparingLong(Rows.Ref::place));
        Groups groups = locate(refs.stream().filter(ref -> ref.seed() == null).toList());
        for (byte[] header : asFound.values()) {
            SealedLog.Listed listed = log.find(header, Segment.parse(header).sealedAt());
            if (listed != null) {
                groups.add(List.of(listed));
            }
        }
        List<Rows.Ref> sealed = refs.stream().filter(ref -> groups.has(ref.place())).toList();
        long entries = sealed.stream().filter(ref -> ref.entry() != null).count();
        if (entries == 0) {
            throw new PackProblem(
                    PackProblem.Kind.NOT_YET,
                    "The "
                            + request.inWords()
                            + " is not sealed yet: the sealer does so each second. Ask again.");
        }
        Set<String> sources = new HashSet<>();
        sealed.forEach(ref -> sources.add(String.valueOf(ref.source())));
        TreeSet<Long> leaves = groups.leaves();
        leaves.addAll(completing(sources));
        PackZip zip = begin(out, leaves);
        for (int from = 0; from < sealed.size(); from += BATCH) {
            List<Rows.Ref> batch = sealed.subList(from, Math.min(sealed.size(), from + BATCH));
            Map<Long, StoredRow> read = rows.rows(batch);
            for (Rows.Ref ref : batch) {
                StoredRow row = read.get(ref.place());
                if (row == null) {
                    throw SealedLog.broken("two rows have the same key.");
                }
                zip.write(groups.line(row, false));
            }
        }
        long others = sealed.size() - entries;
        zip.finish(request, leaves.size(), entries, others);
        return new Made(
                log.key().toString(), entries, others, refs.size() - sealed.size(), unplaced);
    }

    /**
     * Returns those rows that are sealed or will be; those without a place with the one that they
     * were sealed at as found.
     *
     * @param asFound is given the segments of those, by their streams and offsets
     */
    private List<Rows.Ref> placed(List<Rows.Ref> refs, Map<Long, byte[]> asFound)
            throws IOException {
        List<Rows.Ref> placed = new ArrayList<>();
        for (Rows.Ref ref : refs) {
            if (ref.place() != Rows.NO_PLACE) {
                placed.add(ref);
                continue;
            }
            UUID entry = ref.entry();
            FoundSegments.Placed at =
                    foundSegments.place(
                            entry == null ? 1 : 0,
                            micros(ref.committedAt()),
                            entry == null
                                    ? ref.source() + " " + ref.transactionId()
                                    : entry.toString());
            if (at != null) {
                Segment segment = Segment.parse(at.header());
                asFound.put(Place.of(segment.stream(), segment.first()), at.header());
                placed.add(ref.at(at.place(), at.seed()));
            }
        }
        return placed;
    }

    /** Finds the segments of rows, and the leaves that list them. */
    private Groups locate(List<Rows.Ref> refs) throws IOException, SQLException, PackProblem {
        Groups groups = new Groups(log);
        for (int from = 0; from < refs.size(); from += BATCH) {
            List<Long> places =
                    refs.subList(from, Math.min(refs.size(), from + BATCH)).stream()
                            .map(Rows.Ref::place)
                            .filter(place -> !groups.has(place))
                            .toList();
            List<SealedLog.Listed> parts = new ArrayList<>();
            for (byte[] content : rows.segments(places)) {
                Segment segment = Segment.parse(content);
                if (segment.part() == 0) {
                    parts.clear();
                }
                SealedLog.Listed listed = log.find(content, segment.sealedAt());
                if (listed != null) {
                    parts.add(listed);
                }
                if (parts.size() == segment.parts()) {
                    groups.add(parts);
                    parts.clear();
                }
            }
        }
        return groups;
    }

    /**
     * Returns the leaves from which a reader can compute how far the sources are complete, and the
     * last one.
     */
    private Set<Long> completing(Set<String> sources) throws IOException, PackProblem {
        Set<CachedLog.Mark> seen = new HashSet<>();
        Set<Long> leaves = new TreeSet<>(List.of(log.size() - 1));
        long end = Math.max(0, log.size() - LOOKED_THROUGH);
        for (long leaf = log.size() - 1; leaf >= end; leaf--) {
            for (CachedLog.Mark mark : log.marks(leaf)) {
                if (sources.contains(mark.source()) && seen.add(mark)) {
                    leaves.add(leaf);
                }
            }
        }
        return leaves;
    }

    private List<Segment> segments(long leaf) throws IOException, PackProblem {
        return LogLeaf.parse(log.data(leaf)).content() instanceof LogLeaf.Segments listed
                ? listed.segments().stream().map(Segment::parse).toList()
                : List.of();
    }

    /** Writes the checkpoints and the leaves, and begins the rows. */
    private PackZip begin(OutputStream out, TreeSet<Long> leaves) throws IOException, PackProblem {
        leaves.add(0L);
        PackZip zip = new PackZip(out);
        zip.begin(PackMember.CHECKPOINT);
        zip.write(log.note());
        zip.begin(PackMember.CHECKPOINTS);
        for (long size : checkpoints.keySet()) {
            zip.checkpoint(notes.getOrDefault(size, ""), log.consistency(size));
        }
        zip.begin(PackMember.LOG);
        for (long leaf : leaves) {
            zip.leaf(leaf, log.inclusion(leaf), log.note(), log.data(leaf));
        }
        zip.begin(PackMember.ROWS);
        return zip;
    }

    /** Makes a pack of all rows that were sealed in a time. */
    private Made whole(PackRequest request, OutputStream out)
            throws IOException, SQLException, PackProblem {
        long first =
                request.from() == null ? 1 : Math.max(1, log.firstSince(micros(request.from())));
        long last =
                request.to() == null ? log.size() - 1 : log.firstSince(micros(request.to())) - 1;
        if (first > last) {
            throw new PackProblem(
                    PackProblem.Kind.NOT_FOUND,
                    "Nothing was sealed in that time. Give another by --from and --to.");
        }
        Span span = span(first, last);
        Groups groups = span.groups;
        if (span.to - span.from >= MOST_LEAVES || groups.sealed() > MOST_ROWS) {
            throw new PackProblem(
                    PackProblem.Kind.TOO_LARGE,
                    "In that time "
                            + groups.sealed()
                            + " rows were sealed in "
                            + (span.to - span.from + 1)
                            + " leaves; a whole pack has at most "
                            + MOST_ROWS
                            + " in "
                            + MOST_LEAVES
                            + ". Ask for less by --from and --to, or verify on the spot: ./daybook verify.");
        }
        TreeSet<Long> leaves = new TreeSet<>();
        for (long leaf = span.from; leaf <= span.to; leaf++) {
            leaves.add(leaf);
        }
        PackZip zip = begin(out, leaves);
        long entries = 0;
        long others = 0;
        if (groups.sealed() > 0) {
            try (Rows.Sequence all =
                    rows.all(
                            groups.firstPlace(),
                            groups.lastPlace(),
                            span.firstMonth,
                            span.lastMonth)) {
                for (StoredRow row = all.next(); row != null; row = all.next()) {
                    if (groups.has(row.place())) {
                        zip.write(groups.line(row, true));
                        if (isAbout(row, request)) {
                            entries++;
                        } else {
                            others++;
                        }
                    }
                }
            }
        }
        // Their streams have the highest numbers.
        for (Segment segment : span.asFound) {
            Segment.Found times = FoundSegments.times(segment);
            try (Rows.Sequence all =
                    rows.withoutPlace(
                            (int) FoundKeys.table(segment.stream()), times.from(), times.to())) {
                for (StoredRow row = all.next(); row != null; row = all.next()) {
                    FoundSegments.Placed at = foundSegments.place(row);
                    if (at != null
                            && Arrays.equals(at.header(), segment.toBytes())
                            && groups.has(at.place())) {
                        zip.write(groups.line(row.at(at.place(), at.seed()), true));
                        if (isAbout(row, request)) {
                            entries++;
                        } else {
                            others++;
                        }
                    }
                }
            }
        }
        groups.requireAll();
        zip.finish(request, leaves.size(), entries, others);
        return new Made(log.key().toString(), entries, others, 0, 0);
    }

    /** Leaves that follow each other, with all parts of the segments that they list. */
    private record Span(
            long from,
            long to,
            long firstMonth,
            long lastMonth,
            Groups groups,
            List<Segment> asFound) {}

    private Span span(long first, long last) throws IOException, PackProblem {
        long from = first;
        // Parts of one transaction may stand in leaves that follow each other.
        while (from > 1
                && segments(from).stream().findFirst().filter(of -> of.part() > 0).isPresent()) {
            from--;
        }
        Groups groups = new Groups(log);
        List<Segment> asFound = new ArrayList<>();
        Map<Long, List<SealedLog.Listed>> open = new HashMap<>();
        long firstMonth = Long.MAX_VALUE;
        long lastMonth = Long.MIN_VALUE;
        long to = from;
        for (long leaf = from; leaf <= last || !open.isEmpty() && leaf < log.size(); leaf++) {
            to = leaf;
            if (to - from >= MOST_LEAVES) {
                break;
            }
            if (!(LogLeaf.parse(log.data(leaf)).content() instanceof LogLeaf.Segments listed)) {
                continue;
            }
            for (int i = 0; i < listed.segments().size(); i++) {
                byte[] header = listed.segments().get(i);
                Segment segment = Segment.parse(header);
                if (segment.isAsFound()) {
                    asFound.add(segment);
                }
                if (segment.month() >= 0) {
                    firstMonth = Math.min(firstMonth, segment.month());
                    lastMonth = Math.max(lastMonth, segment.month());
                }
                List<SealedLog.Listed> parts =
                        open.computeIfAbsent(segment.stream(), stream -> new ArrayList<>());
                parts.add(new SealedLog.Listed(leaf, i, header));
                if (parts.size() == segment.parts()) {
                    groups.add(parts);
                    open.remove(segment.stream());
                }
            }
        }
        asFound.sort(Comparator.comparingLong(Segment::stream).thenComparingLong(Segment::first));
        return lastMonth < 0
                ? new Span(from, to, 0, 0, groups, asFound)
                : new Span(from, to, firstMonth, lastMonth, groups, asFound);
    }

    private static boolean isAbout(StoredRow row, PackRequest request) {
        return row.content() instanceof StoredRow.Entry(EntryRow entry)
                && entry.table().equals(request.table())
                && (request.source() == null || request.source().equals(entry.source()))
                && request.key() != null
                && (request.key().equals(entry.key()) || request.key().equals(entry.formerKey()));
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
