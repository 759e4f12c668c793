package dev.daybook.connect.source;

import dev.daybook.contract.ChangeOperation;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * One row's change, as the source described it.
 *
 * @param before the old row, or null if nothing is known of it
 * @param wholeBefore whether all of the old row is known; else only its identity columns count
 * @param after the new row, or null for a delete
 */
record RowChange(
        TableShape shape,
        ChangeOperation operation,
        @Nullable Tuple before,
        boolean wholeBefore,
        @Nullable Tuple after,
        RecordPosition position) {

    RowChange {
        if (before == null && after == null) {
            throw new IllegalArgumentException("A change has a row before or a row after.");
        }
    }

    /** Returns a change that only a new row is known of. */
    static RowChange of(
            TableShape shape, ChangeOperation operation, Tuple row, RecordPosition position) {
        return new RowChange(shape, operation, null, false, row, position);
    }

    /** Returns the new row, or the old one of a delete. */
    Tuple row() {
        return after != null ? after : Objects.requireNonNull(before);
    }

    /** Returns whether any value, old or new, is longer than a limit. */
    boolean hasLonger(int limit) {
        return before != null && before.hasLonger(limit) || after != null && after.hasLonger(limit);
    }

    /** Returns the length of the longest value, old or new. */
    int longest() {
        return Math.max(before == null ? 0 : before.longest(), after == null ? 0 : after.longest());
    }
}
