package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * What an entry did to one column.
 *
 * @param field the column
 * @param from the raw JSON token of the old value; null where it is unknown or the row did not
 *     exist
 * @param to the raw JSON token of the new value; null where the row is gone
 * @param fromOrigin where {@code from} is known from
 */
public record FieldChange(
        String field, @Nullable String from, @Nullable String to, FromOrigin fromOrigin) {

    public FieldChange {
        Objects.requireNonNull(field, "field");
        boolean known =
                fromOrigin == FromOrigin.BEFORE_IMAGE || fromOrigin == FromOrigin.PREVIOUS_ENTRY;
        if (known != (from != null)) {
            throw new IllegalArgumentException(
                    "A change of \""
                            + field
                            + "\" has an old value if and only if its origin is known.");
        }
    }

    /**
     * Returns whether the column is known to have changed. Where the old value is unknown, all that
     * is known is that the record carried this new value.
     */
    public boolean proven() {
        return fromOrigin != FromOrigin.UNKNOWN;
    }

    /** Where an old value is known from. */
    public enum FromOrigin {
        /** The change record itself carried it. */
        BEFORE_IMAGE,
        /** An earlier entry of the same row did. */
        PREVIOUS_ENTRY,
        /** Nothing says what it was: whether it changed cannot be told either. */
        UNKNOWN,
        /** There was no value: the row did not exist. */
        ABSENT
    }
}
