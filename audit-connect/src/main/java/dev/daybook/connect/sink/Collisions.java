package dev.daybook.connect.sink;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds rows under whose id another content is stored. The database compares, because the writer
 * may not read the log.
 */
final class Collisions {

    private static final String REJECTED =
            "SELECT * FROM audit.differing_rejected(?::text[]::uuid[], ?::text[], ?::text[], ?::text[])";

    private static final String ENTRIES =
            """
            SELECT * FROM audit.differing_entries(?::text[]::uuid[], ?::text[]::timestamptz[], ?::text[], ?::text[],
              ?::text[], ?::bigint[], ?::text[], ?::bytea[], ?::bytea[])""";

    private Collisions() {}

    /** Returns those of the entries that are not what is stored under their ids. */
    static List<Row.Entry> amongEntries(List<Row.Entry> rows, AuditConnection connection)
            throws SQLException {
        PreparedStatement statement = connection.prepared(ENTRIES);
        ArrayParameters parameters = new ArrayParameters(statement);
        parameters.texts(rows, row -> row.id().toString());
        parameters.times(rows, Row.Entry::committedAt);
        parameters.texts(rows, Row.Entry::source);
        parameters.texts(rows, Row.Entry::tableName);
        parameters.texts(rows, row -> row.operation().word());
        parameters.longs(rows, Row.Entry::transactionId);
        parameters.texts(rows, Row.Entry::position);
        parameters.json(rows, Row.Entry::before);
        parameters.json(rows, Row.Entry::after);
        return named(rows, statement);
    }

    /** Returns those of the rejected records that are not what is stored under their ids. */
    static List<Row.Rejected> amongRejected(List<Row.Rejected> rows, AuditConnection connection)
            throws SQLException {
        PreparedStatement statement = connection.prepared(REJECTED);
        ArrayParameters parameters = new ArrayParameters(statement);
        parameters.texts(rows, row -> row.id().toString());
        parameters.texts(rows, Row.Rejected::source);
        parameters.texts(rows, Row.Rejected::recordKey);
        parameters.texts(rows, Row.Rejected::recordValue);
        return named(rows, statement);
    }

    /** Returns the rows whose places, from 1, the statement names. */
    private static <R> List<R> named(List<R> rows, PreparedStatement statement)
            throws SQLException {
        List<R> named = new ArrayList<>();
        try (ResultSet places = statement.executeQuery()) {
            while (places.next()) {
                named.add(rows.get(places.getInt(1) - 1));
            }
        }
        return named;
    }
}
