package dev.daybook.local.truth;

import dev.daybook.source.TableLives;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiPredicate;

/**
 * Holds the audit log against what triggers saw of tables that live: each change of a row is in it
 * once, under the name that its table had, with its values, its key and its commit time, in the
 * order in which they were made; or it was committed within a gap of that name, or of the whole
 * source, which the log knew before it said that it was complete up to there. Nothing else is in
 * it.
 */
final class LivesComparison {

    /**
     * Where the log says that changes may be missing.
     *
     * @param table null: those of any table
     * @param from null: since ever
     * @param to null: still
     */
    record Gap(
            UUID id,
            @Nullable String table,
            String cause,
            @Nullable Instant from,
            @Nullable Instant to) {

        boolean covers(@Nullable String name, TableLives.Transaction transaction) {
            return (table == null || table.equals(name))
                    && (from == null || !from.isAfter(Instant.parse(transaction.to())))
                    && (to == null || !to.isBefore(Instant.parse(transaction.from())));
        }
    }

    /**
     * What the source says of itself.
     *
     * @param changes what the triggers saw
     * @param commits when the transactions were committed
     * @param fired whether the event trigger fired at every moment between two
     * @param unfollowed the tables that are there and cannot be captured whole: without a key, or
     *     not in the write-ahead log
     */
    record Source(
            List<TableLives.Change> changes,
            Map<String, Instant> commits,
            BiPredicate<Instant, Instant> fired,
            Set<String> unfollowed) {

        static Source read(Connection source, TableLives lives) throws SQLException {
            Map<String, Instant> commits = new HashMap<>();
            Set<String> unfollowed = new HashSet<>();
            try (Statement statement = source.createStatement()) {
                try (ResultSet row =
                        statement.executeQuery(
                                "SELECT DISTINCT xid, pg_xact_commit_timestamp(xid::xid8::xid) FROM"
                                        + " oracle.change")) {
                    while (row.next()) {
                        commits.put(
                                row.getString(1),
                                row.getObject(2, OffsetDateTime.class).toInstant());
                    }
                }
                // A table has the gaps of its partitions.
                try (ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT DISTINCT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text
                                FROM pg_class c
                                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
                                    AND (c.relpersistence = 'u' OR NOT EXISTS (SELECT FROM pg_index i
                                        WHERE i.indrelid = c.oid AND i.indisprimary))\
                                """)) {
                    while (row.next()) {
                        unfollowed.add("public." + row.getString(1));
                    }
                }
            }
            return new Source(lives.changes(), commits, lives::firedThroughout, unfollowed);
        }
    }

    /**
     * What the audit database says.
     *
     * @param ownTimes the source's own commit times, of entries that have another one, by their ids
     */
    record Log(AuditLog entries, List<Gap> gaps, Map<String, Instant> ownTimes) {

        static Log read(Connection audit) throws SQLException {
            return new Log(
                    AuditLog.read(audit),
                    LivesComparison.gaps(audit),
                    LivesComparison.ownTimes(audit));
        }
    }

    /** How far the capture may be behind, of which parts are killed meanwhile. */
    private static final Duration LAG = Duration.ofSeconds(60);

    private final Source source;
    private final AuditLog log;
    private final List<Gap> gaps;
    private final Map<String, Instant> ownTimes;
    private final List<Claims.Claim> claims;
    private final List<String> differences = new ArrayList<>();
    private final Map<AuditLog.Entry, TableLives.Change> matched = new IdentityHashMap<>();
    private int missing;
    private int missingInGapsOfTables;

    private LivesComparison(Source source, Log log, List<Claims.Claim> claims) {
        this.source = source;
        this.log = log.entries();
        this.gaps = log.gaps();
        this.ownTimes = log.ownTimes();
        this.claims = claims;
    }

    /** Compares with a log that has come to rest. */
    static LivesComparison of(Source source, Log log, List<Claims.Claim> claims) {
        LivesComparison comparison = new LivesComparison(source, log, claims);
        comparison.compare();
        return comparison;
    }

    /** What is wrong with the log, each in a sentence; empty if it tells the truth. */
    List<String> differences() {
        return differences;
    }

    /** How much of it there was, and how much of that was missing. */
    @Override
    public String toString() {
        return "%d changes, not in the log %d of them within gaps of the source, %d within gaps of their tables; %d entries, %d gaps, %d claims"
                .formatted(
                        source.changes().size(),
                        missing - missingInGapsOfTables,
                        missingInGapsOfTables,
                        log.entries().size(),
                        gaps.size(),
                        claims.size());
    }

    /** The gaps, a line each. */
    String gapsText() {
        return String.join("\n", gaps.stream().map(Gap::toString).toList());
    }

    private static List<Gap> gaps(Connection audit) throws SQLException {
        List<Gap> gaps = new ArrayList<>();
        try (Statement statement = audit.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select id, table_name, cause, from_time, to_time from"
                                        + " audit.known_gap order by from_time, to_time")) {
            while (row.next()) {
                gaps.add(
                        new Gap(
                                row.getObject("id", UUID.class),
                                row.getString("table_name"),
                                row.getString("cause"),
                                instant(row, "from_time"),
                                instant(row, "to_time")));
            }
        }
        return gaps;
    }

    private static Map<String, Instant> ownTimes(Connection audit) throws SQLException {
        Map<String, Instant> times = new HashMap<>();
        try (Statement statement = audit.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select id, source_committed_at from audit.entry where"
                                        + " source_committed_at is not null")) {
            while (row.next()) {
                times.put(
                        row.getString("id"),
                        Objects.requireNonNull(instant(row, "source_committed_at")));
            }
        }
        return times;
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private void compare() {
        Map<String, List<AuditLog.Entry>> logged = new HashMap<>();
        for (AuditLog.Entry entry : log.entries()) {
            if (!entry.isSnapshot()) {
                logged.computeIfAbsent(String.valueOf(entry.txid()), x -> new ArrayList<>())
                        .add(entry);
            }
        }
        for (TableLives.Change change : source.changes()) {
            change(change, logged.getOrDefault(change.xid(), new ArrayList<>()));
        }
        logged.values()
                .forEach(
                        entries ->
                                entries.forEach(
                                        entry ->
                                                differ(
                                                        "%s is in the log, and nobody made it",
                                                        entry)));
        order();
        snapshots();
        openGaps();
        log.rejected().forEach(reason -> differ("rejected: %s", reason));
    }

    private void change(TableLives.Change change, List<AuditLog.Entry> there) {
        AuditLog.Entry entry = take(there, change, change.table());
        if (entry != null) {
            entry(change, entry);
            return;
        }
        List<Gap> covering =
                gaps.stream()
                        .filter(gap -> gap.covers("public." + change.table(), change.transaction()))
                        .toList();
        missing++;
        if (covering.stream().allMatch(gap -> gap.table() != null)) {
            missingInGapsOfTables++;
        }
        if (!covering.isEmpty()) {
            // A publication that somebody altered by hand may publish a partition by its own name,
            // in place of its table, whose gap says that something is wrong with that time.
            take(there, change, change.leaf());
        }
        if (covering.isEmpty()) {
            differ("%s is missing; of its transaction there is besides: %s", change, there);
            return;
        }
        Instant last = Instant.parse(change.transaction().to());
        claims.stream()
                .filter(claim -> !claim.completeUntil().isBefore(last))
                .filter(claim -> covering.stream().noneMatch(g -> claim.gaps().contains(g.id())))
                .findFirst()
                .ifPresent(
                        claim ->
                                differ(
                                        "%s is missing, and the log said that it was complete until %s before it knew any of"
                                                + " %s",
                                        change, claim.completeUntil(), covering));
    }

    /** Takes the first entry that says just what happened to the row. */
    private AuditLog.@Nullable Entry take(
            List<AuditLog.Entry> there, TableLives.Change change, String table) {
        for (AuditLog.Entry entry : there) {
            if (entry.table().equals("public." + table)
                    && entry.operation().equals(change.operation())
                    && Objects.equals(entry.after(), row(change.after()))
                    && isOf(entry, change)) {
                there.remove(entry);
                matched.put(entry, change);
                return entry;
            }
        }
        return null;
    }

    /** Whether what an entry says of the old row is so, and enough. */
    private static boolean isOf(AuditLog.Entry entry, TableLives.Change change) {
        Map<String, String> before = entry.before() == null ? Map.of() : entry.before();
        Map<String, String> was = row(change.before());
        if (was == null) {
            return before.isEmpty();
        }
        boolean moved = change.after() == null || !key(was).equals(key(row(change.after())));
        return was.entrySet().containsAll(before.entrySet())
                && (!moved || before.containsKey("id") && before.containsKey("r"));
    }

    private void entry(TableLives.Change change, AuditLog.Entry entry) {
        Instant own = ownTimes.getOrDefault(entry.id(), entry.committedAt());
        if (!own.equals(source.commits().get(change.xid())) || own.isAfter(entry.committedAt())) {
            differ(
                    "%s: committed at %s, in the log at %s",
                    entry, source.commits().get(change.xid()), own);
        }
        if (!entry.unknown().isEmpty()) {
            differ("%s: values are unknown, and all were in the log", entry);
        }
        Map<String, String> was = row(change.before());
        Map<String, String> is = row(change.after());
        String key = key(is == null ? was : is);
        if (entry.key() == null
                ? change.keyed() && isKeyCertain(change)
                : !entry.key().equals(key)) {
            differ("%s: its key is not %s, of %s", entry, key, change);
        }
        String former = was == null || is == null || key(was).equals(key) ? null : key(was);
        if (!Objects.equals(entry.oldKey(), entry.key() == null ? null : former)) {
            differ("%s: its former key is not %s", entry, former);
        }
    }

    /**
     * Whether the capture could tell by when a table has a key: outside of DDL there is no telling,
     * and what is read from the stream some time later has no key if the table has none by then.
     */
    private boolean isKeyCertain(TableLives.Change change) {
        return source.fired()
                .test(
                        Instant.parse(change.transaction().from()),
                        Instant.parse(change.transaction().to()).plus(LAG));
    }

    /** One session made all of them, so that they have one order. */
    private void order() {
        TableLives.@Nullable Change last = null;
        for (AuditLog.Entry entry : log.entries()) {
            TableLives.Change change = matched.get(entry);
            if (change != null) {
                if (last != null && change.number() < last.number()) {
                    differ("%s comes behind %s, which was made after it", entry, last);
                }
                last = change;
            }
        }
    }

    /** What was read of a table is a row that there was: columns may have come to it since. */
    private void snapshots() {
        Set<String> rows = new HashSet<>();
        for (TableLives.Change change : source.changes()) {
            if (change.after() != null) {
                rows.add(text(Objects.requireNonNull(row(change.after()))));
            }
        }
        for (AuditLog.Entry entry : log.entries()) {
            if (entry.isSnapshot() && !rows.contains(text(Objects.requireNonNull(entry.after())))) {
                differ("%s was read, and nobody made it", entry);
            }
        }
    }

    /** Once nothing is left to mend, a gap is open where a table cannot be followed, only there. */
    private void openGaps() {
        for (Gap gap : gaps) {
            if (gap.to() == null
                    && (gap.table() == null || !source.unfollowed().contains(gap.table()))) {
                differ("%s is open, and nothing is missed any more", gap);
            }
        }
    }

    private static String text(Map<String, String> row) {
        return row.get("id") + " " + row.get("r") + " " + row.get("v");
    }

    /** The text of a row's key. */
    static String key(@Nullable Map<String, String> row) {
        Map<String, String> known = Objects.requireNonNull(row);
        return "[" + known.get("id") + "," + known.get("r") + "]";
    }

    private static @Nullable Map<String, String> row(@Nullable String json) {
        return json == null ? null : FlatJson.object(json);
    }

    private void differ(String format, Object... arguments) {
        differences.add(String.format(format, arguments));
    }
}
