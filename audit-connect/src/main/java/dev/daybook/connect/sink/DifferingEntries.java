package dev.daybook.connect.sink;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds entries under whose id another change is stored. The database compares, because the writer
 * may not read the log.
 */
final class DifferingEntries {

    private static final String SQL =
            """
            SELECT * FROM audit.differing_entries(?::text[]::uuid[], ?::text[]::timestamptz[], ?::text[], ?::text[],
              ?::text[], ?::bigint[], ?::text[], ?::bytea[], ?::bytea[])""";

    private DifferingEntries() {}

    /** Returns those of the entries that are not what is stored under their ids. */
    static List<Row.Entry> among(List<Row.Entry> entries, AuditConnection connection)
            throws SQLException {
        PreparedStatement statement = connection.prepared(SQL);
        ArrayParameters parameters = new ArrayParameters(statement);
        parameters.texts(entries, entry -> entry.id().toString());
        parameters.times(entries, Row.Entry::committedAt);
        parameters.texts(entries, Row.Entry::source);
        parameters.texts(entries, Row.Entry::tableName);
        parameters.texts(entries, entry -> entry.operation().word());
        parameters.longs(entries, Row.Entry::transactionId);
        parameters.texts(entries, Row.Entry::position);
        parameters.json(entries, Row.Entry::before);
        parameters.json(entries, Row.Entry::after);
        List<Row.Entry> differing = new ArrayList<>();
        try (ResultSet places = statement.executeQuery()) {
            while (places.next()) {
                differing.add(entries.get(places.getInt(1) - 1));
            }
        }
        return differing;
    }
}
