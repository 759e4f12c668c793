package dev.daybook.domain.history;

import java.util.List;

/**
 * A table of whose rows some of the latest entries have no key, so that their histories cannot be
 * asked for.
 *
 * @param table the table's text form
 * @param entries how many of the latest {@link Coverage#WINDOW} entries those are
 * @param changes how many of them are updates and deletes
 * @param keyColumns what may be the key: the columns that every old row of those has, if these are
 *     not all columns; empty if nothing shows it
 */
public record KeylessTable(
        String source, String table, long entries, long changes, List<String> keyColumns) {

    public KeylessTable {
        keyColumns = List.copyOf(keyColumns);
    }
}
