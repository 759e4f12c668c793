package dev.daybook.connect.source;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;

/** Answers what a stream does not say of its tables and texts. */
interface StreamCatalog {

    /**
     * Returns the shape of a table, as the stream describes it.
     *
     * @param identity the table's replica identity: d, i, f or n
     * @param flagged per column, whether it belongs to the replica identity
     */
    TableShape shape(
            int relationId,
            String schema,
            String table,
            char identity,
            String[] names,
            boolean[] flagged,
            int[] types,
            int[] modifiers)
            throws SQLException;

    /**
     * Returns the text that bytes in the database's encoding stand for; null if they stand for
     * none.
     */
    @Nullable String text(byte[] bytes) throws SQLException;
}
