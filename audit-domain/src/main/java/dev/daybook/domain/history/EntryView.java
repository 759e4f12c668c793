package dev.daybook.domain.history;

import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What an entry says of its row, completed from the row's earlier entries.
 *
 * @param before the old row as far as the entry or earlier ones know it, or null
 * @param beforeOrigin who knows it, or null where {@code before} is null
 * @param completedBefore the columns of {@code before} that earlier entries gave
 * @param after the new row as far as it is known, or null where the row is gone
 * @param completedAfter the columns of {@code after} that the record left out
 * @param changes what the entry did to each column
 */
public record EntryView(
        @Nullable RowImage before,
        @Nullable BeforeOrigin beforeOrigin,
        List<String> completedBefore,
        @Nullable RowImage after,
        List<String> completedAfter,
        List<FieldChange> changes) {

    /** Who knows the old row. */
    public enum BeforeOrigin {
        /** The change record alone. */
        BEFORE_IMAGE,
        /** Earlier entries alone. */
        PREVIOUS_ENTRY,
        /** Some columns the record, some earlier entries. */
        MIXED
    }

    /** Returns whether the entry set, changed or removed the column, or may have. */
    public boolean touches(String column) {
        for (FieldChange change : changes) {
            if (change.field().equals(column)) {
                return true;
            }
        }
        return false;
    }
}
