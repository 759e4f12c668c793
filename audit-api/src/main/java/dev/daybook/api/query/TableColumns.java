package dev.daybook.api.query;

import dev.daybook.api.query.Admission.Kind;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.ChangedTable;
import dev.daybook.domain.history.RecordedEntry;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Knows the columns of tables with their types over time, as the tables' own entries say them. What
 * the log said up to a time until which it was complete is remembered; what it said of later times
 * for a second. However many ask at once, it is read once: a change that two thousand listeners are
 * shown is one question to the log.
 */
@Component
public class TableColumns {

    private static final int MOST_CHANGES = 500;
    private static final int MOST_REMEMBERED = 1_000;
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AuditTrail trail;
    private final Admission admission;
    private final Map<Table, Remembered> remembered = new ConcurrentHashMap<>();
    private final Map<Table, CompletableFuture<Remembered>> reading = new ConcurrentHashMap<>();

    TableColumns(AuditTrail trail, Admission admission) {
        this.trail = trail;
        this.admission = admission;
    }

    private record Table(String source, TableName name) {}

    /**
     * What was read of a table.
     *
     * @param definitions the newest first
     * @param completeUntil up to when the log was complete then, or null
     * @param nanos when it was read
     */
    private record Remembered(
            List<Defined> definitions, @Nullable Instant completeUntil, long nanos) {

        /**
         * Returns whether nothing newer can say otherwise of an instant that an answer is about. A
         * table's first definition says what came before it too.
         */
        boolean isGood(@Nullable Instant at, @Nullable Instant settled) {
            if (at != null && !definitions.isEmpty()) {
                if (isUntil(completeUntil, at)) {
                    return true;
                }
                // Of a source without watermarks nothing is settled, whatever is of the others.
                if (completeUntil != null && isUntil(settled, at)) {
                    return false;
                }
            }
            return System.nanoTime() - nanos < REMEMBERED_NANOS;
        }

        private static boolean isUntil(@Nullable Instant complete, Instant at) {
            return complete != null && !at.isAfter(complete);
        }
    }

    /**
     * A table's columns from an instant on.
     *
     * @param since when they became so, or when capture began
     */
    public record Defined(
            Instant since, ChangedTable.Definition definition, Map<String, String> types) {

        static Defined of(Instant since, ChangedTable.Definition definition) {
            Map<String, String> types = new HashMap<>();
            definition.columns().forEach(column -> types.put(column.name(), column.type()));
            return new Defined(since, definition, types);
        }

        /** Returns the type of a column, or null if there is no such column. */
        public @Nullable String type(String column) {
            return types.get(column);
        }
    }

    /**
     * Returns the columns of a table at an instant, or the earliest that are known; null if nothing
     * defines the table.
     *
     * @param at the instant, or null for now
     * @param settled up to when the log was complete for the answer that is about the instant, or
     *     null: up to then the columns are as the log will always say
     */
    public @Nullable Defined at(
            String source, TableName table, @Nullable Instant at, @Nullable Instant settled) {
        for (Defined defined : definitions(new Table(source, table), at, settled)) {
            if (at == null || !defined.since().isAfter(at)) {
                return defined;
            }
        }
        return null;
    }

    private List<Defined> definitions(
            Table table, @Nullable Instant at, @Nullable Instant settled) {
        long asked = System.nanoTime();
        while (true) {
            Remembered known = remembered.get(table);
            if (known != null && (known.isGood(at, settled) || known.nanos() - asked >= 0)) {
                return known.definitions();
            }
            CompletableFuture<Remembered> mine = new CompletableFuture<>();
            CompletableFuture<Remembered> other = reading.putIfAbsent(table, mine);
            if (other == null) {
                return readFor(table, mine).definitions();
            }
            try {
                other.join();
            } catch (CancellationException e) {
                // What ended the other's question, its caller's going away for one, need not end
                // this one.
            }
        }
    }

    private Remembered readFor(Table table, CompletableFuture<Remembered> waited) {
        try {
            Remembered read = admission.awaited(Kind.ROW, () -> read(table));
            if (remembered.size() >= MOST_REMEMBERED) {
                remembered.clear();
            }
            remembered.put(table, read);
            // First removed: who waited and still needs a newer one reads it, and does not spin.
            reading.remove(table, waited);
            waited.complete(read);
            return read;
        } finally {
            reading.remove(table, waited);
            waited.cancel(false);
        }
    }

    private Remembered read(Table table) {
        long now = System.nanoTime();
        Instant completeUntil = trail.completeUntil(table.source());
        List<RecordedEntry> changes = trail.changesOf(table.source(), table.name(), MOST_CHANGES);
        List<Defined> definitions = new ArrayList<>();
        ChangedTable.Definition before = null;
        for (RecordedEntry recorded : changes) {
            ChangedTable change = ChangedTable.of(recorded.entry());
            ChangedTable.Definition after = change.after();
            if (after != null) {
                definitions.add(Defined.of(recorded.entry().committedAt(), after));
                before = change.before() == null ? after : change.before();
            }
        }
        // What came before the first change was defined as that found it; nothing says more.
        if (before != null && changes.size() < MOST_CHANGES) {
            definitions.add(Defined.of(Instant.EPOCH, before));
        }
        return new Remembered(List.copyOf(definitions), completeUntil, now);
    }
}
