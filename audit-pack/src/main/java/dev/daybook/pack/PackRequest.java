package dev.daybook.pack;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.UUID;

/**
 * Says what a pack is to be about: an entry, or a row.
 *
 * @param entry the entry's id; null: a row
 * @param source the row's source; null: of any
 * @param table the row's table, as the log has it; null: an entry
 * @param key the row's key, as the log has it; null: an entry
 * @param whole whether it is to show all that was sealed, so that it proves what there is not
 * @param from of a row, the first commit time; of a whole pack the first time of sealing; null: all
 * @param to the time behind the last one; null: all
 */
public record PackRequest(
        @Nullable UUID entry,
        @Nullable String source,
        @Nullable String table,
        @Nullable String key,
        boolean whole,
        @Nullable Instant from,
        @Nullable Instant to) {

    /** Asks for one entry. */
    public static PackRequest ofEntry(UUID id) {
        return new PackRequest(id, null, null, null, false, null, null);
    }

    /** Returns in words what it is about. */
    String inWords() {
        return entry != null
                ? "entry " + entry
                : "row "
                        + key
                        + " of "
                        + table
                        + (source == null ? "" : " of the source " + source);
    }
}
