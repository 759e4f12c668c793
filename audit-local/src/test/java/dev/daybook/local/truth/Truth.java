package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What the oracle saw: every committed change of the watched tables, who was said to make it, and
 * what is in the tables now. A row maps column names to PostgreSQL's own text of the value, null
 * for SQL NULL.
 *
 * @param changes in the order in which they were made
 * @param contexts the first of each transaction
 * @param rows the watched tables' rows at the end
 */
record Truth(List<Change> changes, List<Context> contexts, Map<String, List<Row>> rows) {

    /**
     * One change.
     *
     * @param id rises within a transaction, and from one change of a row to its next
     * @param txid the transaction's number, 32 bits
     * @param lsn a place in the WAL before the transaction's commit
     * @param key the primary key's columns in key order
     * @param wholeOldRow whether the WAL holds the whole old row
     */
    record Change(
            long id,
            long txid,
            Instant committedAt,
            long lsn,
            String table,
            String operation,
            List<String> key,
            boolean wholeOldRow,
            Map<String, Column> shape,
            @Nullable Map<String, @Nullable String> before,
            @Nullable Map<String, @Nullable String> after) {

        /** The row after the change, or the last of it. */
        @Nullable Map<String, @Nullable String> row() {
            return after != null ? after : before;
        }

        /** Whether an update gave the row another key. */
        boolean movesKey() {
            if (before == null || after == null) {
                return false;
            }
            return key.stream()
                    .anyMatch(k -> !java.util.Objects.equals(before.get(k), after.get(k)));
        }
    }

    /**
     * A column: its number, which outlives a rename, and its type, a domain's replaced by its base.
     */
    record Column(int number, String type) {}

    /** What a transaction said of itself. */
    record Context(
            long txid,
            Instant committedAt,
            long lsn,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable String attributes) {}

    /** A row that is in a table at the end. */
    record Row(List<String> key, Map<String, Column> shape, Map<String, @Nullable String> values) {}
}
