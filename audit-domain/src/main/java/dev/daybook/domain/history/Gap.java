package dev.daybook.domain.history;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.UUID;

/**
 * A stretch in which changes may be missing.
 *
 * @param id what tells it from others
 * @param source the source whose changes may be missing, or null for any
 * @param table the table's text form, or null for any of the source
 * @param from changes committed up to then are not missing; null if that is not known
 * @param until changes committed after then are not missing; null while the gap is open
 * @param stage the part that found it
 * @param cause a stable word
 * @param detail a sentence with the remedy
 * @param foundAt when it was found
 * @param reloadedAt when the table, or the last table of the source, was first read again behind
 *     the gap; null if it was not
 */
public record Gap(
        UUID id,
        @Nullable String source,
        @Nullable String table,
        @Nullable Instant from,
        @Nullable Instant until,
        String stage,
        String cause,
        String detail,
        Instant foundAt,
        @Nullable Instant reloadedAt) {

    /**
     * Returns whether a change may be missing that came after one moment and before another.
     *
     * @param after null for the beginning of all time
     * @param until null for its end
     */
    public boolean isBetween(@Nullable Instant after, @Nullable Instant until) {
        return (after == null || this.until == null || this.until.isAfter(after))
                && (until == null || from == null || from.isBefore(until));
    }

    /**
     * Returns whether changes of a table are missing in it. Where a table's rows could not be read,
     * its changes are there.
     */
    boolean hides(String itsSource, TableName itsTable) {
        return !cause.equals(GapCause.LOAD_FAILED.word())
                && (source == null || source.equals(itsSource))
                && (table == null || table.equals(itsTable.toString()));
    }

    /** Returns whether the table, or each table of the source, had been read again by then. */
    boolean isReadAgain(Instant at) {
        return reloadedAt != null && !reloadedAt.isAfter(at);
    }
}
