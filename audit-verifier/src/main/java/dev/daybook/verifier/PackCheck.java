package dev.daybook.verifier;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Frontier;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.MerkleTree;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.PackMember;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks a pack: each row gives the leaf of its segment, each segment is in a leaf of the log, each
 * leaf is in the tree of the checkpoint, and the checkpoint is signed.
 */
final class PackCheck {

    /** The most entries that are shown; all are checked. */
    static final int MOST_SHOWN = 5_000;

    /** What a row of context begins with. */
    private static final String CONTEXT = "{\"row\":\"transaction\",";

    /** Names a transaction of a source. */
    private record Transaction(String source, long number, long committedAt) {}

    /** Names a segment by its place. */
    private record Listed(long leaf, long number) {}

    private final PackFile pack;
    private final @Nullable NoteKey trusted;
    private final List<String> kept;
    private final LeafHasher hasher = new LeafHasher();
    private final Map<Listed, Frontier> segments = new HashMap<>();
    private final List<Report.Shown> shown = new ArrayList<>();
    private final Set<Transaction> transactions = new HashSet<>();
    private final Map<Transaction, TransactionRow> contexts = new HashMap<>();
    private final Set<String> sources = new TreeSet<>();
    private final List<String> unsure = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private long entries;

    /** How many rows were sealed as they were found, and when the last of them was. */
    private long asFound;

    private long lastAsFoundAt = Long.MIN_VALUE;
    private long others;

    private PackCheck(PackFile pack, @Nullable NoteKey trusted, List<String> kept) {
        this.pack = pack;
        this.trusted = trusted;
        this.kept = kept;
    }

    /**
     * Checks a pack.
     *
     * @param trusted the key that must have signed; null: the one that the log itself names, and
     *     the outcome is not certain
     * @param kept checkpoints that the reader has kept
     */
    static Report check(Path file, @Nullable NoteKey trusted, List<String> kept)
            throws IOException {
        try (PackFile pack = PackFile.open(file)) {
            return new PackCheck(pack, trusted, kept).run();
        } catch (PackException e) {
            return Report.refused(e);
        }
    }

    private Report run() throws IOException {
        Subject subject = subject();
        ShownLog log = ShownLog.read(pack, trusted);
        if (log.leaves.size() != subject.leaves()) {
            throw new PackException(
                    PackMember.PACK.fileName(),
                    "it counts "
                            + subject.leaves()
                            + " leaves, there are "
                            + log.leaves.size()
                            + ".");
        }
        if (subject.whole()) {
            Span.requireWhole(log);
        }
        readRows(subject, log);
        readContexts(subject);
        if (entries != subject.entries() || others != subject.others()) {
            throw new PackException(
                    PackMember.PACK.fileName(),
                    "it counts "
                            + subject.entries()
                            + " entries and "
                            + subject.others()
                            + " other rows, there are "
                            + entries
                            + " and "
                            + others
                            + ".");
        }
        if (subject.whole()) {
            requireAllRows(log);
        } else if (entries == 0) {
            throw new PackException(
                    PackMember.PACK.fileName(),
                    "it shows nothing of " + Plain.line(subject.inWords()) + ".");
        }
        int confirmed = compareKept(log);
        if (trusted == null) {
            unsure.add(
                    "Nobody has said which key to trust: the signature is by the key that the pack itself names. Compare it"
                            + " with the key that you were given by another way, and give it by --key or --policy.");
        }
        return Report.of(facts(subject, log, confirmed), unsure);
    }

    private Subject subject() throws IOException {
        try (Lines lines = new Lines(pack, PackMember.PACK)) {
            String text = lines.next();
            if (text == null) {
                throw lines.refused("it is empty.");
            }
            Subject subject = lines.in(text, Subject::parse);
            if (lines.next() != null) {
                throw lines.refused("it has one line only.");
            }
            return subject;
        }
    }

    private void readRows(Subject subject, ShownLog log) throws IOException {
        long stream = -1;
        long offset = -1;
        try (Lines lines = new Lines(pack, PackMember.ROWS)) {
            for (String text = lines.next(); text != null; text = lines.next()) {
                Row row = lines.in(text, Row::parse);
                if (row.stream() < stream || row.stream() == stream && row.offset() <= offset) {
                    throw lines.refused(
                            row.inWords()
                                    + " stands behind a row of a later or the same place: rows are in the"
                                    + " order of stream and offset, each once.");
                }
                stream = row.stream();
                offset = row.offset();
                lines.in(text, line -> check(row, subject, log));
            }
        }
    }

    private Row check(Row row, Subject subject, ShownLog log) {
        Segment segment = log.segment(row.leaf(), row.segment());
        if (segment.stream() != row.stream()
                || row.offset() < segment.first()
                || row.offset() >= segment.next()
                || segment.month() != row.month()) {
            throw new InvalidEvidenceException(
                    row.inWords()
                            + " is not of the offsets and the month of the segment "
                            + segment.inWords()
                            + ".");
        }
        Hash hash;
        try {
            hash = row.hash(hasher, log.personal(segment));
        } catch (InvalidEvidenceException e) {
            throw new InvalidEvidenceException(row.inWords() + ": " + e.getMessage());
        }
        Long index = row.index();
        List<Hash> path = row.path();
        if (subject.whole() != (index == null) || subject.whole() != (path == null)) {
            throw new InvalidEvidenceException(
                    row.inWords() + " must have an index and a path, unless the pack is whole.");
        }
        if (index == null || path == null) {
            segments.computeIfAbsent(
                            new Listed(row.leaf(), row.segment()), listed -> new Frontier())
                    .add(hash);
        } else if (!MerkleTree.includes(segment.root(), segment.leaves(), index, hash, path)) {
            throw new InvalidEvidenceException(
                    row.inWords()
                            + " is not what was sealed of offset "
                            + row.offset()
                            + " of "
                            + segment.topic()
                            + "-"
                            + segment.partition()
                            + ": a value, a time, a salt or the path was changed.");
        }
        take(row, segment, subject, log);
        return row;
    }

    private void take(Row row, Segment segment, Subject subject, ShownLog log) {
        if (segment.isAsFound()) {
            asFound++;
            lastAsFoundAt = Math.max(lastAsFoundAt, log.at(row.leaf()));
        }
        if (row.content() instanceof Row.Entry entry && subject.isAbout(entry.row())) {
            EntryRow content = entry.row();
            entries++;
            sources.add(content.source());
            if (content.transactionId() != null) {
                transactions.add(
                        new Transaction(
                                content.source(), content.transactionId(), content.committedAt()));
            }
            if (shown.size() < MOST_SHOWN) {
                shown.add(
                        new Report.Shown(
                                content,
                                null,
                                row.leaf(),
                                log.at(row.leaf()),
                                segment.topic()
                                        + "-"
                                        + segment.partition()
                                        + " offset "
                                        + row.offset()));
            }
        } else if (subject.whole() || row.content() instanceof Row.Context) {
            others++;
        } else {
            throw new InvalidEvidenceException(
                    row.inWords() + " is not about " + subject.inWords() + ".");
        }
    }

    /** Reads the rows once more for contexts, since only now it is known which are asked for. */
    private void readContexts(Subject subject) throws IOException {
        try (Lines lines = new Lines(pack, PackMember.ROWS)) {
            for (String text = lines.next(); text != null; text = lines.next()) {
                if (!text.startsWith(CONTEXT)) {
                    continue;
                }
                Row row = lines.in(text, Row::parse);
                TransactionRow context = ((Row.Context) row.content()).row();
                Transaction of =
                        new Transaction(
                                context.source(), context.transactionId(), context.committedAt());
                if (transactions.contains(of)) {
                    if (contexts.put(of, context) != null) {
                        throw lines.refused(row.inWords() + " stands there twice.");
                    }
                } else if (!subject.whole()) {
                    throw lines.refused(row.inWords() + " is of no entry of the pack.");
                }
            }
        }
    }

    /** Holds each segment of a whole pack to its root: no row may be missing. */
    private void requireAllRows(ShownLog log) {
        log.leaves.forEach(
                (number, leaf) -> {
                    for (int i = 0; i < leaf.segments().size(); i++) {
                        Segment segment = leaf.segments().get(i);
                        Frontier rows =
                                segments.getOrDefault(new Listed(number, i), new Frontier());
                        if (rows.size() != segment.leaves()
                                || !rows.root().equals(segment.root())) {
                            throw new PackException(
                                    PackMember.ROWS.fileName(),
                                    "the rows of the segment "
                                            + segment.inWords()
                                            + " are not the "
                                            + segment.leaves()
                                            + " that were sealed: one was changed, removed or added.");
                        }
                    }
                });
    }

    /** Compares checkpoints that the reader kept; returns how many are confirmed. */
    private int compareKept(ShownLog log) {
        int confirmed = 0;
        for (String note : kept) {
            Checkpoint own;
            try {
                own = Checkpoint.open(note, log.key);
            } catch (InvalidEvidenceException e) {
                throw new PackException("your checkpoint", String.valueOf(e.getMessage()));
            }
            Hash root = log.checkpoints.get(own.size());
            if (root != null && !root.equals(own.root())) {
                throw new PackException(
                        "your checkpoint of " + own.size() + " leaves",
                        "the pack's log has another root of that size: the log was forked.");
            } else if (root != null) {
                confirmed++;
            } else {
                unsure.add(
                        own.size() > log.checkpoint.size()
                                ? "Your checkpoint of "
                                        + own.size()
                                        + " leaves is newer than the pack, which has "
                                        + log.checkpoint.size()
                                        + ": ask for a newer pack."
                                : "The pack has no proof for your checkpoint of "
                                        + own.size()
                                        + " leaves: ask for a pack made with it (./daybook evidence --anchor).");
            }
        }
        return confirmed;
    }

    private Report.Facts facts(Subject subject, ShownLog log, int confirmed) {
        List<Report.Shown> sorted = new ArrayList<>();
        for (Report.Shown of : shown) {
            EntryRow entry = of.entry();
            TransactionRow context =
                    entry.transactionId() == null
                            ? null
                            : contexts.get(
                                    new Transaction(
                                            entry.source(),
                                            entry.transactionId(),
                                            entry.committedAt()));
            sorted.add(new Report.Shown(entry, context, of.leaf(), of.sealedAt(), of.origin()));
        }
        sorted.sort(
                Comparator.comparingLong((Report.Shown of) -> of.entry().committedAt())
                        .thenComparingLong(of -> of.entry().sequence()));
        Long first = log.leaves.higherKey(0L);
        Span.notes(log, notes);
        if (asFound > 0) {
            notes.add(
                    asFound
                            + (asFound == 1 ? " row was" : " rows were")
                            + " stored before anything was sealed, and sealed as found by "
                            + Times.text(lastAsFoundAt)
                            + ". What is shown is what was there then, since then; what was done to it before is not known.");
        }
        return new Report.Facts(
                subject,
                log,
                List.copyOf(sorted),
                first == null ? -1 : first,
                log.leaves.lastKey(),
                sources.stream().map(source -> Completeness.of(log, source)).toList(),
                List.copyOf(notes),
                confirmed);
    }
}
