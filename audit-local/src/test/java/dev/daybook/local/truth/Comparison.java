package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Holds the audit log against the oracle: every change once, in order, with the right values, in
 * the right transaction, made by whom it was said to be made.
 *
 * <p>What happened to a table before its capture began is in the log as the rows that it left: a
 * transaction of which the log has no entry for a table counts as earlier, and then has to lie, by
 * its place in the WAL, before the table's snapshot and before every entry of the table; and the
 * snapshot has to be what those transactions add up to. So a transaction that was lost is not taken
 * for an early one.
 */
final class Comparison {

    /**
     * From this length on PostgreSQL may move a value out of the row (its TOAST threshold is 2 kB a
     * row).
     */
    private static final int MAY_BE_TOASTED = 256;

    private final Truth truth;
    private final AuditLog log;
    private final List<String> differences = new ArrayList<>();
    private final Map<AuditLog.Entry, Truth.Change> matched = new IdentityHashMap<>();

    /** When the transactions of the log were committed, by where they stand in the WAL. */
    private final NavigableMap<Long, Instant> times = new TreeMap<>();

    private final Map<String, Integer> keySizes = new HashMap<>();

    /** Where in the WAL each table was read first. */
    private final Map<String, Long> firstRead = new HashMap<>();

    private Comparison(Truth truth, AuditLog log) {
        this.truth = truth;
        this.log = log;
        truth.changes().forEach(change -> keySizes.put(change.table(), change.key().size()));
        log.entries().stream()
                .filter(AuditLog.Entry::isSnapshot)
                .forEach(entry -> firstRead.merge(entry.table(), entry.commitLsn(), Math::min));
    }

    /** What is wrong with the log, each in a sentence; empty if it tells the truth. */
    static List<String> differences(Truth truth, AuditLog log) {
        Comparison comparison = new Comparison(truth, log);
        comparison.compare();
        return comparison.differences;
    }

    private void compare() {
        identities();
        Map<Long, List<Truth.Change>> made = byTransaction(truth.changes(), Truth.Change::txid);
        Map<Long, List<AuditLog.Entry>> logged = new TreeMap<>();
        for (AuditLog.Entry entry : log.entries()) {
            if (entry.txid() != null) {
                logged.computeIfAbsent(entry.txid(), id -> new ArrayList<>()).add(entry);
            } else if (!entry.isSnapshot()) {
                differ("%s names no transaction", text(entry));
            }
        }
        logged.keySet().stream()
                .filter(id -> !made.containsKey(id))
                .forEach(
                        id ->
                                differ(
                                        "transaction %d is in the log but never committed a change:"
                                                + " %s",
                                        id, texts(logged.get(id))));

        Map<String, List<Truth.Change>> early = new HashMap<>();
        made.forEach(
                (id, changes) -> {
                    List<AuditLog.Entry> entries = logged.getOrDefault(id, List.of());
                    Map<String, Integer> unpublished = unpublished(changes, entries);
                    List<Truth.Change> captured = new ArrayList<>();
                    for (Truth.Change change : changes) {
                        if (unpublished.merge(change.table(), -1, Integer::sum) >= 0) {
                            early.computeIfAbsent(change.table(), t -> new ArrayList<>())
                                    .add(change);
                        } else {
                            captured.add(change);
                        }
                    }
                    transaction(
                            id,
                            captured,
                            entries.stream()
                                    .sorted(Comparator.comparingLong(AuditLog.Entry::sequence))
                                    .toList());
                });
        snapshots(early);
        orderOfEntities();
        contexts();
        lastStates();
        log.rejected().forEach(reason -> differ("rejected: %s", reason));
    }

    /**
     * How many changes a transaction made to each table before the table was published. That may be
     * in the midst of a transaction; then the table was read after it.
     */
    private Map<String, Integer> unpublished(
            List<Truth.Change> changes, List<AuditLog.Entry> entries) {
        Map<String, Integer> unpublished = new HashMap<>();
        changes.forEach(change -> unpublished.merge(change.table(), 1, Integer::sum));
        for (AuditLog.Entry entry : entries) {
            Long read = firstRead.get(entry.table());
            boolean readLater = read != null && read > entry.commitLsn();
            if (readLater) {
                unpublished.merge(entry.table(), -1, Integer::sum);
            } else {
                unpublished.put(entry.table(), 0);
            }
        }
        return unpublished;
    }

    private void identities() {
        Set<String> ids = new HashSet<>();
        log.entries().stream()
                .filter(entry -> !ids.add(entry.id()))
                .forEach(entry -> differ("the id of %s is another entry's as well", text(entry)));
    }

    // ---- one transaction
    // -------------------------------------------------------------------------

    private void transaction(long id, List<Truth.Change> changes, List<AuditLog.Entry> entries) {
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).sequence() == entries.get(i - 1).sequence()) {
                differ(
                        "transaction %d has two entries with sequence %d: %s and %s",
                        id,
                        entries.get(i).sequence(),
                        text(entries.get(i - 1)),
                        text(entries.get(i)));
            }
        }
        List<String> made = changes.stream().map(Comparison::signature).toList();
        List<String> logged = entries.stream().map(this::signature).toList();
        if (!made.equals(logged)) {
            List<String> lost = without(made, logged);
            List<String> surplus = without(logged, made);
            if (lost.isEmpty() && surplus.isEmpty()) {
                differ(
                        "transaction %d is out of order:%n  made   %s%n  logged %s",
                        id, made, logged);
            } else {
                differ(
                        "transaction %d: lost %s, surplus %s%n  made   %s%n  logged %s",
                        id, lost, surplus, made, logged);
            }
            return;
        }
        for (int i = 0; i < changes.size(); i++) {
            matched.put(entries.get(i), changes.get(i));
            entry(changes.get(i), entries.get(i));
        }
    }

    /**
     * The time that an entry has where its own does not keep the order: the next behind the
     * transaction before it in the write-ahead log.
     */
    private Instant handedOn(Instant committedAt, AuditLog.Entry entry) {
        if (times.isEmpty()) {
            log.entries().stream()
                    .filter(e -> e.txid() != null && e.commitLsn() >= 0)
                    .forEach(e -> times.merge(e.commitLsn(), e.committedAt(), Comparison::least));
        }
        Map.Entry<Long, Instant> before = times.lowerEntry(entry.commitLsn());
        Instant next = before == null ? committedAt : before.getValue().plusNanos(1_000);
        return next.isAfter(committedAt) ? next : committedAt;
    }

    private static Instant least(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private void entry(Truth.Change change, AuditLog.Entry entry) {
        Instant handedOn = handedOn(change.committedAt(), entry);
        if (!entry.committedAt().equals(change.committedAt())
                && !entry.committedAt().equals(handedOn)) {
            differ("%s: committed at %s, not %s", text(entry), handedOn, entry.committedAt());
        }
        image(entry, "after", change.shape(), change.after(), entry.after(), entry.unknown());
        if (entry.after() != null && change.after() != null) {
            for (String column : change.after().keySet()) {
                boolean known = entry.after().containsKey(column);
                if (known == entry.unknown().contains(column)) {
                    differ(
                            "%s: \"%s\" is %s",
                            text(entry), column, known ? "known and called unknown" : "missing");
                } else if (!known && !mayBeUnknown(change, column)) {
                    differ(
                            "%s: \"%s\" is unknown, and was not an unchanged large value",
                            text(entry), column);
                }
            }
        }
        image(entry, "before", change.shape(), change.before(), entry.before(), List.of());
        if (change.before() != null) {
            Collection<String> due =
                    change.wholeOldRow()
                            ? change.before().keySet()
                            : change.operation().equals("delete") || change.movesKey()
                                    ? change.key()
                                    : List.of();
            for (String column : due) {
                if (entry.before() == null || !entry.before().containsKey(column)) {
                    differ("%s: the old value of \"%s\" is not there", text(entry), column);
                }
            }
        }
        key(change, entry, "key", entry.key(), change.row());
        key(change, entry, "old key", entry.oldKey(), change.movesKey() ? change.before() : null);
    }

    private void image(
            AuditLog.Entry entry,
            String name,
            Map<String, Truth.Column> shape,
            @Nullable Map<String, @Nullable String> row,
            @Nullable Map<String, String> image,
            List<String> unknown) {
        if (image == null) {
            if (row != null && name.equals("after")) {
                differ("%s has no image after", text(entry));
            }
            return;
        }
        if (row == null) {
            if (!image.isEmpty()) {
                differ(
                        "%s has an image %s, of a row that there was not: %s",
                        text(entry), name, image);
            }
            return;
        }
        image.forEach(
                (column, token) -> {
                    Truth.Column of = shape.get(column);
                    if (of == null) {
                        differ(
                                "%s: %s has a column \"%s\" that the table had not",
                                text(entry), name, column);
                    } else if (!Value.same(of.type(), row.get(column), token)) {
                        differ(
                                "%s: \"%s\" (%s) %s was %s, not %s",
                                text(entry),
                                column,
                                of.type(),
                                name,
                                shorten(String.valueOf(row.get(column))),
                                shorten(token));
                    }
                });
        unknown.stream()
                .filter(column -> !shape.containsKey(column))
                .forEach(
                        column ->
                                differ(
                                        "%s: unknown \"%s\" is no column of the table",
                                        text(entry), column));
    }

    private static boolean mayBeUnknown(Truth.Change change, String column) {
        if (change.before() == null || change.after() == null) {
            return false;
        }
        String now = change.after().get(column);
        return now != null
                && now.length() >= MAY_BE_TOASTED
                && now.equals(change.before().get(column));
    }

    private void key(
            Truth.Change change,
            AuditLog.Entry entry,
            String name,
            @Nullable String logged,
            @Nullable Map<String, @Nullable String> row) {
        if (row == null || change.key().isEmpty()) {
            if (logged != null) {
                differ("%s has the %s %s, where there is none", text(entry), name, logged);
            }
        } else if (logged == null || !isKey(logged, change.key(), change.shape(), row)) {
            differ(
                    "%s: the %s is %s, not %s",
                    text(entry), name, change.key().stream().map(row::get).toList(), logged);
        }
    }

    /** Whether a text is a row's key: the value itself for one column, else an array of tokens. */
    private static boolean isKey(
            String text,
            List<String> key,
            Map<String, Truth.Column> shape,
            Map<String, @Nullable String> row) {
        if (key.size() == 1) {
            String value = Objects.requireNonNull(row.get(key.getFirst()));
            Truth.Column column = Objects.requireNonNull(shape.get(key.getFirst()));
            // Of a boolean, a bytea or a timestamp the text is not PostgreSQL's.
            return text.equals(value)
                    || Value.same(column.type(), value, text)
                    || Value.same(column.type(), value, quoted(text));
        }
        List<String> tokens;
        try {
            tokens = FlatJson.array(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (tokens.size() != key.size()) {
            return false;
        }
        for (int i = 0; i < key.size(); i++) {
            if (!Value.same(
                    Objects.requireNonNull(shape.get(key.get(i))).type(),
                    row.get(key.get(i)),
                    tokens.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    // ---- what was there before the capture
    // -------------------------------------------------------

    private void snapshots(Map<String, List<Truth.Change>> early) {
        Map<String, List<AuditLog.Entry>> streamed = new HashMap<>();
        Map<String, List<AuditLog.Entry>> snapshots = new HashMap<>();
        for (AuditLog.Entry entry : log.entries()) {
            (entry.isSnapshot() ? snapshots : streamed)
                    .computeIfAbsent(entry.table(), t -> new ArrayList<>())
                    .add(entry);
        }
        Stream.of(early.keySet(), snapshots.keySet())
                .flatMap(Set::stream)
                .distinct()
                .sorted()
                .forEach(
                        table -> {
                            List<Truth.Change> changes =
                                    early.getOrDefault(table, List.of()).stream()
                                            .sorted(Comparator.comparingLong(Truth.Change::id))
                                            .toList();
                            List<AuditLog.Entry> snapshot =
                                    snapshots.getOrDefault(table, List.of());
                            notLost(
                                    table,
                                    changes,
                                    snapshot,
                                    streamed.getOrDefault(table, List.of()));
                            snapshot(table, changes, snapshot);
                        });
    }

    private void notLost(
            String table,
            List<Truth.Change> changes,
            List<AuditLog.Entry> snapshot,
            List<AuditLog.Entry> streamed) {
        long first =
                Stream.concat(snapshot.stream(), streamed.stream())
                        .mapToLong(AuditLog.Entry::commitLsn)
                        .filter(lsn -> lsn >= 0)
                        .min()
                        .orElse(Long.MAX_VALUE);
        for (Truth.Change change : changes) {
            if (change.lsn() > first) {
                differ(
                        "lost: %s of transaction %d, committed at %s after %s was first captured",
                        signature(change), change.txid(), change.committedAt(), table);
            }
        }
    }

    /**
     * A table is read once, unless its reading was broken off: then once more, later. What was read
     * has to be what was there at that moment, each row once a moment; and a row that was there at
     * the beginning has to have been read, unless the stream changed it before the table was read
     * for the last time.
     */
    private void snapshot(String table, List<Truth.Change> early, List<AuditLog.Entry> snapshot) {
        List<Truth.Change> unread = rowsLeftBy(early);
        Map<Long, List<AuditLog.Entry>> moments = new TreeMap<>();
        snapshot.forEach(
                entry ->
                        moments.computeIfAbsent(entry.commitLsn(), lsn -> new ArrayList<>())
                                .add(entry));
        // Nothing is left to be read of a table that is truncated between its slot's making and its
        // reading.
        List<Truth.Change> changed =
                moments.isEmpty()
                        ? Stream.concat(early.stream(), firstTruncation(table))
                                .sorted(Comparator.comparingLong(Truth.Change::id))
                                .toList()
                        : early;
        for (Map.Entry<Long, List<AuditLog.Entry>> moment : moments.entrySet()) {
            changed =
                    Stream.concat(early.stream(), streamed(table, moment.getKey()).stream())
                            .sorted(Comparator.comparingLong(Truth.Change::id))
                            .toList();
            List<Truth.Change> rows = new ArrayList<>(rowsLeftBy(changed));
            Map<String, Truth.Column> then =
                    changed.isEmpty() ? Map.of() : changed.getLast().shape();
            for (AuditLog.Entry entry : moment.getValue()) {
                // A row of before a column was added would fit more than one entry.
                Truth.Change row =
                        rows.stream()
                                .filter(r -> isSnapshotOf(r, entry, then))
                                .max(Comparator.comparingInt(r -> columnsInBoth(r, entry)))
                                .orElse(null);
                if (row == null) {
                    differ(
                            "%s is a snapshot of a row that was not there (or was there once): %s",
                            text(entry), shorten(String.valueOf(entry.after())));
                } else {
                    rows.remove(row);
                    unread.remove(row);
                    matched.put(entry, row);
                }
            }
        }
        List<Truth.Change> left = rowsLeftBy(changed);
        for (Truth.Change row : unread) {
            if (left.contains(row)) {
                differ(
                        "no snapshot entry for the row that %s of transaction %d left: %s",
                        signature(row), row.txid(), shorten(String.valueOf(row.after())));
            }
        }
    }

    /** The table's truncation in the log that came soon after the first reading of any table. */
    private Stream<Truth.Change> firstTruncation(String table) {
        Instant soon =
                log.entries().stream()
                        .filter(AuditLog.Entry::isSnapshot)
                        .map(AuditLog.Entry::committedAt)
                        .min(Comparator.naturalOrder())
                        .orElse(Instant.MIN)
                        .plusSeconds(5);
        return matched.entrySet().stream()
                .filter(e -> e.getKey().table().equals(table))
                .filter(e -> e.getKey().operation().equals("truncate"))
                .filter(e -> e.getKey().committedAt().isBefore(soon))
                .map(Map.Entry::getValue)
                .limit(1);
    }

    /**
     * The changes of a table that the log has and that were committed before a place in the WAL.
     */
    private List<Truth.Change> streamed(String table, long before) {
        return matched.entrySet().stream()
                .filter(e -> !e.getKey().isSnapshot() && e.getKey().table().equals(table))
                // What was read at a place has nothing of the record that begins there, which may
                // be
                // a commit.
                .filter(e -> e.getKey().commitLsn() < before)
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The last change of each row that is still there after the changes. */
    static List<Truth.Change> rowsLeftBy(List<Truth.Change> changes) {
        List<Truth.Change> rows = new ArrayList<>();
        Map<List<@Nullable String>, Truth.Change> keyed = new LinkedHashMap<>();
        for (Truth.Change change : changes) {
            if (change.operation().equals("truncate")) {
                rows.clear();
                keyed.clear();
                continue;
            }
            if (change.key().isEmpty()) {
                if (change.before() != null) {
                    Map<String, @Nullable String> before = change.before();
                    rows.remove(
                            rows.stream()
                                    .filter(row -> before.equals(row.after()))
                                    .findFirst()
                                    .orElse(null));
                }
                if (change.after() != null) {
                    rows.add(change);
                }
                continue;
            }
            if (change.before() != null) {
                keyed.remove(values(change.key(), change.before()));
            }
            if (change.after() != null) {
                keyed.put(values(change.key(), change.after()), change);
            }
        }
        rows.addAll(keyed.values());
        return rows;
    }

    private static int columnsInBoth(Truth.Change row, AuditLog.Entry entry) {
        return (int)
                Objects.requireNonNull(entry.after()).keySet().stream()
                        .filter(row.shape()::containsKey)
                        .count();
    }

    /**
     * Whether an entry is what was read of a row.
     *
     * @param then the table's columns when it was read: DDL may have given one another type since
     *     the row's last change, and a number that became a text is read as a text
     */
    private static boolean isSnapshotOf(
            Truth.Change row, AuditLog.Entry entry, Map<String, Truth.Column> then) {
        Map<String, @Nullable String> values = Objects.requireNonNull(row.after());
        if (entry.after() == null || !entry.unknown().isEmpty() || entry.before() != null) {
            return false;
        }
        if (row.key().isEmpty()
                ? entry.key() != null
                : entry.key() == null || !isKey(entry.key(), row.key(), row.shape(), values)) {
            return false;
        }
        // A column that DDL added or dropped between the row's last change and the snapshot is in
        // one only.
        return entry.after().entrySet().stream()
                .filter(column -> row.shape().containsKey(column.getKey()))
                .allMatch(
                        column -> {
                            Truth.Column written =
                                    Objects.requireNonNull(row.shape().get(column.getKey()));
                            Truth.Column read = then.getOrDefault(column.getKey(), written);
                            return Value.same(
                                    read.number() == written.number()
                                            ? read.type()
                                            : written.type(),
                                    values.get(column.getKey()),
                                    column.getValue());
                        });
    }

    // ---- the history of one row
    // ------------------------------------------------------------------

    /**
     * An entity's entries, ordered as the log says to order them, have to be in the order of the
     * changes.
     */
    private void orderOfEntities() {
        Map<List<String>, List<AuditLog.Entry>> entities = new LinkedHashMap<>();
        for (AuditLog.Entry entry : log.entries()) {
            for (String key : new HashSet<>(java.util.Arrays.asList(entry.key(), entry.oldKey()))) {
                if (key != null) {
                    entities.computeIfAbsent(List.of(entry.table(), key), k -> new ArrayList<>())
                            .add(entry);
                }
            }
        }
        entities.forEach(
                (entity, entries) -> {
                    List<AuditLog.Entry> ordered =
                            entries.stream()
                                    .filter(matched::containsKey)
                                    .sorted(
                                            Comparator.comparing(AuditLog.Entry::committedAt)
                                                    .thenComparingLong(AuditLog.Entry::sequence)
                                                    .thenComparing(AuditLog.Entry::id))
                                    .toList();
                    for (int i = 1; i < ordered.size(); i++) {
                        AuditLog.Entry one = ordered.get(i - 1);
                        AuditLog.Entry two = ordered.get(i);
                        long before = Objects.requireNonNull(matched.get(one)).id();
                        long after = Objects.requireNonNull(matched.get(two)).id();
                        // A second reading says again what the stream has said.
                        if (before > after || before == after && !two.isSnapshot()) {
                            differ(
                                    "history of %s: %s comes before %s, and was made after it",
                                    entity, text(one), text(two));
                        }
                    }
                });
    }

    /**
     * The last entry of each row that is there has to say what is in the row, as far as no DDL
     * changed it since.
     */
    private void lastStates() {
        Map<List<String>, AuditLog.Entry> last = new HashMap<>();
        Map<String, Long> unkeyed = new HashMap<>();
        Map<String, Long> readAt = new HashMap<>();
        log.entries().stream()
                .sorted(
                        Comparator.comparing(AuditLog.Entry::committedAt)
                                .thenComparingLong(AuditLog.Entry::sequence)
                                .thenComparing(AuditLog.Entry::id))
                .forEach(
                        entry -> {
                            switch (entry.operation()) {
                                case "truncate" -> {
                                    last.keySet()
                                            .removeIf(
                                                    entity ->
                                                            entity.getFirst()
                                                                    .equals(entry.table()));
                                    unkeyed.remove(entry.table());
                                }
                                case "delete" -> {
                                    if (entry.key() == null) {
                                        unkeyed.merge(entry.table(), -1L, Long::sum);
                                    } else {
                                        last.remove(List.of(entry.table(), entry.key()));
                                    }
                                }
                                default -> {
                                    if (entry.oldKey() != null) {
                                        last.remove(List.of(entry.table(), entry.oldKey()));
                                    }
                                    if (entry.key() != null) {
                                        last.put(List.of(entry.table(), entry.key()), entry);
                                    } else if (!entry.operation().equals("update")) {
                                        // A reading says all the rows that there are.
                                        if (entry.isSnapshot()
                                                && !Objects.equals(
                                                        readAt.put(
                                                                entry.table(), entry.commitLsn()),
                                                        entry.commitLsn())) {
                                            unkeyed.remove(entry.table());
                                        }
                                        unkeyed.merge(entry.table(), 1L, Long::sum);
                                    }
                                }
                            }
                        });
        Map<String, List<AuditLog.Entry>> lastOf =
                last.entrySet().stream()
                        .collect(
                                Collectors.groupingBy(
                                        e -> e.getKey().getFirst(),
                                        Collectors.mapping(
                                                Map.Entry::getValue, Collectors.toList())));
        truth.rows()
                .forEach(
                        (table, rows) -> {
                            if (rows.isEmpty() || !rows.getFirst().key().isEmpty()) {
                                lastStates(table, rows, lastOf.getOrDefault(table, List.of()));
                            } else if (unkeyed.getOrDefault(table, 0L) != rows.size()) {
                                differ(
                                        "%s holds %d rows, and %d by its entries",
                                        table, rows.size(), unkeyed.getOrDefault(table, 0L));
                            }
                        });
    }

    private void lastStates(String table, List<Truth.Row> rows, List<AuditLog.Entry> entries) {
        List<AuditLog.Entry> left = new ArrayList<>(entries);
        for (Truth.Row row : rows) {
            List<AuditLog.Entry> of =
                    left.stream()
                            .filter(
                                    e ->
                                            isKey(
                                                    Objects.requireNonNull(e.key()),
                                                    row.key(),
                                                    row.shape(),
                                                    row.values()))
                            .toList();
            if (of.size() != 1) {
                differ(
                        "%s holds the row %s, of which the log has %d last entries",
                        table, values(row.key(), row.values()), of.size());
                left.removeAll(of);
                continue;
            }
            AuditLog.Entry entry = of.getFirst();
            left.remove(entry);
            Truth.Change change = matched.get(entry);
            if (change == null || entry.after() == null) {
                continue;
            }
            entry.after()
                    .forEach(
                            (column, token) -> {
                                Truth.Column now = row.shape().get(column);
                                if (now != null
                                        && now.equals(change.shape().get(column))
                                        && !Value.same(
                                                now.type(), row.values().get(column), token)) {
                                    differ(
                                            "%s: the row now has \"%s\" %s",
                                            text(entry),
                                            column,
                                            shorten(String.valueOf(row.values().get(column))));
                                }
                            });
        }
        left.forEach(
                entry -> differ("%s is a row's last entry, and the row is not there", text(entry)));
    }

    // ---- who
    // -------------------------------------------------------------------------------------

    private void contexts() {
        Map<Long, AuditLog.Context> logged = new HashMap<>();
        for (AuditLog.Context context : log.contexts()) {
            if (logged.put(context.txid(), context) != null) {
                differ("transaction %d has two contexts", context.txid());
            }
        }
        long first =
                log.entries().stream()
                        .filter(entry -> !entry.isSnapshot())
                        .mapToLong(AuditLog.Entry::commitLsn)
                        .filter(lsn -> lsn >= 0)
                        .min()
                        .orElse(Long.MAX_VALUE);
        Set<Long> inLog =
                log.entries().stream()
                        .map(AuditLog.Entry::txid)
                        .filter(Objects::nonNull)
                        .collect(Collectors.toSet());
        Map<Long, Instant> timeOf = new HashMap<>();
        for (AuditLog.Entry entry : log.entries()) {
            if (entry.txid() != null) {
                timeOf.put(entry.txid(), entry.committedAt());
            }
        }
        for (Truth.Context said : truth.contexts()) {
            AuditLog.Context context = logged.remove(said.txid());
            if (context == null) {
                if (said.lsn() > first || inLog.contains(said.txid())) {
                    differ(
                            "transaction %d was made by %s (%s), and the log does not know",
                            said.txid(), said.actor(), said.reason());
                }
            } else if (!isTimeOf(said, timeOf.get(said.txid()), context.committedAt())) {
                differ(
                        "context of transaction %d: committed at %s, its entries at %s, not %s",
                        said.txid(),
                        said.committedAt(),
                        timeOf.get(said.txid()),
                        context.committedAt());
            } else if (!Objects.equals(context.actor(), said.actor())
                    || !Objects.equals(context.reason(), said.reason())
                    || !Objects.equals(context.requestId(), said.requestId())
                    || !Objects.equals(compact(context.attributes()), compact(said.attributes()))) {
                differ("transaction %d said %s, the log %s", said.txid(), said, context);
            }
        }
        logged.values().forEach(context -> differ("%s was never said", context));
    }

    /**
     * Whether a context has its transaction's time: that of its entries, and where the log has none
     * of it, its own or the next one behind another transaction's.
     */
    private boolean isTimeOf(Truth.Context said, @Nullable Instant ofEntries, Instant time) {
        return ofEntries != null
                ? time.equals(ofEntries)
                : time.equals(said.committedAt())
                        || time.isAfter(said.committedAt())
                                && log.entries().stream()
                                        .anyMatch(
                                                entry ->
                                                        entry.committedAt()
                                                                .equals(time.minusNanos(1_000)));
    }

    /** JSON without the blanks between its tokens. */
    private static @Nullable String compact(@Nullable String json) {
        if (json == null) {
            return null;
        }
        StringBuilder out = new StringBuilder(json.length());
        boolean inString = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (inString || c != ' ') {
                out.append(c);
            }
            if (inString && c == '\\') {
                out.append(json.charAt(++i));
            } else if (c == '"') {
                inString = !inString;
            }
        }
        return out.toString();
    }

    // ---- words
    // -----------------------------------------------------------------------------------

    private void differ(String format, Object... arguments) {
        differences.add(String.format(format, arguments));
    }

    private static <T> Map<Long, List<T>> byTransaction(
            List<T> all, java.util.function.ToLongFunction<T> id) {
        Map<Long, List<T>> groups = new TreeMap<>();
        all.forEach(
                each ->
                        groups.computeIfAbsent(id.applyAsLong(each), i -> new ArrayList<>())
                                .add(each));
        return groups;
    }

    private static List<@Nullable String> values(
            List<String> key, Map<String, @Nullable String> row) {
        List<@Nullable String> values = new ArrayList<>();
        key.forEach(column -> values.add(row.get(column)));
        return values;
    }

    /** Elements of one list that the other has not, or not so often. */
    private static List<String> without(List<String> all, List<String> taken) {
        List<String> left = new ArrayList<>(all);
        taken.forEach(left::remove);
        return left;
    }

    private static String signature(Truth.Change change) {
        Map<String, @Nullable String> row = change.row();
        String key =
                row == null || change.key().isEmpty()
                        ? ""
                        : change.key().stream().map(row::get).toList().toString();
        return change.operation() + " " + change.table() + key;
    }

    private String signature(AuditLog.Entry entry) {
        String key = "";
        if (entry.key() != null) {
            key = "[" + entry.key() + "]";
            if (keySizes.getOrDefault(entry.table(), 1) > 1) {
                try {
                    key =
                            FlatJson.array(entry.key()).stream()
                                    .map(FlatJson::scalar)
                                    .toList()
                                    .toString();
                } catch (IllegalArgumentException e) {
                    key = "[" + entry.key() + ", which is no array]";
                }
            }
        }
        return entry.operation() + " " + entry.table() + key;
    }

    private String text(AuditLog.Entry entry) {
        return "entry %s (%s, transaction %s, sequence %d, committed %s)"
                .formatted(
                        entry.id(),
                        signature(entry),
                        entry.txid(),
                        entry.sequence(),
                        entry.committedAt());
    }

    private List<String> texts(@Nullable List<AuditLog.Entry> entries) {
        return entries == null ? List.of() : entries.stream().map(this::text).toList();
    }

    private static String shorten(String text) {
        return text.length() <= 200
                ? text
                : text.substring(0, 200) + "… (" + text.length() + " characters)";
    }

    /** The first differences, readable. */
    static String report(long seed, List<String> differences) {
        return "%d differences between the log and the truth; replay with -Ddaybook.seed=%d%n%s"
                .formatted(
                        differences.size(),
                        seed,
                        differences.stream()
                                .limit(25)
                                .map(d -> "- " + d)
                                .collect(Collectors.joining("\n")));
    }
}
