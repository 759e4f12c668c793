package dev.daybook.connect.source;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;

/** Answers what a stream does not say of its tables and texts. */
interface StreamCatalog {

    /**
     * Returns the shape of a table.
     *
     * @param lsn where the change stands that it is asked for
     */
    TableShape shape(Relation relation, long lsn) throws SQLException;

    /**
     * Returns the text that bytes in the database's encoding stand for; null if they stand for
     * none.
     */
    @Nullable String text(byte[] bytes) throws SQLException;
}
