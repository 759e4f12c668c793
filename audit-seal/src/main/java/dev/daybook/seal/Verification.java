package dev.daybook.seal;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.NoteKey;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.LongConsumer;

/**
 * Verifies a whole log: its signature, its tree, and that the audit database holds what was sealed
 * and nothing else.
 */
public final class Verification {

    private final LogStore store;
    private final NoteKey key;
    private final List<String> outside;
    private final Duration wait;
    private final boolean sinceLast;

    /**
     * @param key the key that the verifier trusts
     * @param outside checkpoints that were kept where the sealer's operator could not change them
     * @param wait how long to wait until the sealer has sealed what the database holds
     */
    public Verification(LogStore store, NoteKey key, List<String> outside, Duration wait) {
        this(store, key, outside, wait, false);
    }

    private Verification(
            LogStore store, NoteKey key, List<String> outside, Duration wait, boolean sinceLast) {
        this.store = store;
        this.key = key;
        this.outside = outside;
        this.wait = wait;
        this.sinceLast = sinceLast;
    }

    /**
     * Returns the same that compares only the rows that were sealed since the last verification by
     * schedule that found the log intact; segments, streams and offsets are compared all.
     */
    public Verification sinceLast() {
        return new Verification(store, key, outside, wait, true);
    }

    /** Returns whether there is a log to verify. */
    public boolean hasLog() throws IOException {
        return store.read(EvidenceLog.CHECKPOINT).isPresent();
    }

    /**
     * Verifies, as a role that may read.
     *
     * @param progress is told how many rows have been compared
     */
    public Report run(String databaseUrl, Properties user, LongConsumer progress)
            throws IOException, SQLException {
        return checked(
                settled -> {
                    try (Connection database = DriverManager.getConnection(databaseUrl, user)) {
                        database.setAutoCommit(false);
                        database.setReadOnly(true);
                        database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                        return compare(database, settled, progress);
                    }
                });
    }

    /** Verifies what a transaction sees that began when nothing came any more. */
    public Report run(Connection database) throws IOException, SQLException {
        return checked(settled -> compare(database, settled, compared -> {}));
    }

    private interface Work {
        Report on(Checkpoint settled) throws IOException, SQLException;
    }

    private Report checked(Work work) throws IOException, SQLException {
        try {
            Checkpoint settled = SealedLog.newest(store, key);
            return settled == null ? nothing() : work.on(settled);
        } catch (InvalidEvidenceException e) {
            return failed(
                    new Report.Finding(
                            "checkpoint",
                            "newest checkpoint",
                            String.valueOf(e.getMessage()),
                            null));
        }
    }

    private Report nothing() {
        return outside.isEmpty()
                ? new Report(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of("Nothing has been sealed yet."),
                        0,
                        0,
                        0,
                        0,
                        null,
                        List.of(),
                        List.of())
                : failed(
                        new Report.Finding(
                                "rollback",
                                "the log",
                                "checkpoints were kept outside, and there is none",
                                null));
    }

    private static Report failed(Report.Finding finding) {
        return new Report(
                List.of(finding),
                List.of(),
                List.of(),
                List.of(),
                0,
                0,
                0,
                0,
                null,
                List.of(),
                List.of());
    }

    private Report compare(Connection database, Checkpoint settled, LongConsumer progress)
            throws IOException, SQLException {
        AuditTables.useOwnNamesOnly(database);
        Awaited awaited = awaitSealed(ends(database), settled);
        try (SealedLog log = SealedLog.read(store, key, awaited.newest, outside)) {
            return compare(database, settled, awaited, log, progress);
        }
    }

    private Report compare(
            Connection database,
            Checkpoint settled,
            Awaited awaited,
            SealedLog log,
            LongConsumer progress)
            throws IOException, SQLException {
        SealedLog.Verified intact = sinceLast ? log.intact : null;
        Comparison comparison =
                new Comparison(database, log, settled.size(), awaited.all, progress);
        comparison.run(intact == null ? 0 : intact.leaves());
        List<Report.Finding> findings = new ArrayList<>(log.findings);
        findings.addAll(comparison.findings);
        List<String> notes = new ArrayList<>(log.notes);
        List<String> unsure = new ArrayList<>();
        if (intact != null) {
            notes.add(
                    "Compared were the rows sealed since leaf "
                            + intact.leaves()
                            + ": those before were found intact at "
                            + SealedLog.time(intact.at())
                            + ", and what was done to them since a whole verification finds.");
        } else if (sinceLast) {
            notes.add("No verification has found the log intact yet, so all rows were compared.");
        }
        List<String> coverage = AuditTables.coverage(database);
        if (!coverage.equals(log.coverage)) {
            notes.add(
                    "What guards the log is not what the sealer saw last: "
                            + SealedLog.difference(log.coverage, coverage));
        }
        if (comparison.asFound > 0 && log.firstAsFoundAt != null) {
            notes.add(
                    comparison.asFound
                            + " rows were stored before anything was sealed. They are as they were found from "
                            + SealedLog.time(log.firstAsFoundAt)
                            + " to "
                            + SealedLog.time(log.lastAsFoundAt)
                            + ", but for the findings; what was done to them before is not known.");
        }
        if (comparison.earlier > 0) {
            notes.add(
                    comparison.earlier
                            + " rows were stored before anything was sealed. They were counted, not compared"
                            + (intact == null ? ": they are not sealed as found yet." : "."));
        }
        if (comparison.unsealed > 0) {
            unsure.add(
                    comparison.unsealed
                            + " rows are not sealed after "
                            + wait.toSeconds()
                            + " s: the sealer stands still, or is behind. Start it if it does not run, and verify again.");
        }
        List<String> gaps = new ArrayList<>(log.chains.breaks());
        gaps.addAll(comparison.gaps);
        return new Report(
                findings,
                gaps,
                notes,
                unsure,
                comparison.verified,
                comparison.unsealed,
                comparison.earlier,
                awaited.newest.size(),
                sealedUntil(log),
                lines(log.completeness.advance()),
                lines(log.heartbeat));
    }

    private static List<String> lines(List<LogLeaf.Complete> complete) {
        return complete.stream().map(of -> of.source() + " " + SealedLog.time(of.until())).toList();
    }

    private static @Nullable String sealedUntil(SealedLog log) {
        return log.lastAt == Long.MIN_VALUE ? null : SealedLog.time(log.lastAt);
    }

    /** Returns how far each stream goes in the snapshot. */
    private static Map<Long, Long> ends(Connection database) throws SQLException {
        Map<Long, Long> ends = new HashMap<>();
        try (Statement statement = database.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT stream, max(next_offset) FROM audit.segment GROUP BY stream")) {
            while (rows.next()) {
                ends.put(rows.getLong(1), rows.getLong(2));
            }
        }
        return ends;
    }

    /**
     * What the log held after the wait.
     *
     * @param all whether whatever the snapshot holds is sealed, but for what was put in
     */
    private record Awaited(Checkpoint newest, boolean all) {}

    /**
     * Waits until all that the snapshot holds is sealed, as the log's head says. A sealer that
     * works and does not seal a stream's end was never told of it.
     */
    private Awaited awaitSealed(Map<Long, Long> ends, Checkpoint settled) throws IOException {
        long end = System.nanoTime() + wait.toNanos();
        Map<Long, Long> before = head().streams();
        while (true) {
            Head head = head();
            Checkpoint now = SealedLog.newest(store, key);
            Checkpoint newest = now == null ? settled : now;
            List<Long> behind =
                    ends.entrySet().stream()
                            .filter(
                                    of ->
                                            head.streams().getOrDefault(of.getKey(), -1L)
                                                    < of.getValue())
                            .map(Map.Entry::getKey)
                            .toList();
            if (behind.isEmpty() && newest.size() >= head.size()) {
                return new Awaited(newest, true);
            }
            if (System.nanoTime() >= end) {
                boolean catchesUp =
                        behind.stream()
                                .anyMatch(
                                        stream ->
                                                head.streams().getOrDefault(stream, -1L)
                                                        > before.getOrDefault(stream, -1L));
                return new Awaited(newest, newest.size() > settled.size() && !catchesUp);
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Awaited(newest, false);
            }
        }
    }

    private Head head() throws IOException {
        return store.read(EvidenceLog.HEAD).map(Head::parse).orElse(Head.EMPTY);
    }
}
