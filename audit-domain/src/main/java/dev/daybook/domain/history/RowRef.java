package dev.daybook.domain.history;

import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;

/** A row of a table of a source, named by its key. */
public record RowRef(String source, TableName table, EntityKey key) {

    /** Returns the row of the same table that has another key. */
    RowRef withKey(EntityKey other) {
        return new RowRef(source, table, other);
    }

    /** Returns the row that has the same key in another table of the source. */
    RowRef inTable(TableName other) {
        return new RowRef(source, other, key);
    }
}
