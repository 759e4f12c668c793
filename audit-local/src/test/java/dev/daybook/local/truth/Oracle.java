package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A second witness in the source database: triggers that write every change of the watched tables
 * to the schema {@code oracle}, in the transaction that makes it. What is rolled back vanishes from
 * it by itself, and nothing of it passes through the capture.
 */
final class Oracle {

    private Oracle() {}

    /** Makes the schema {@code oracle}. */
    static void install(Connection source) throws SQLException {
        try (Statement statement = source.createStatement()) {
            statement.execute(script());
        }
    }

    /** Watches a table from now on, with everything that DDL later does to it. */
    static void watch(Connection source, String regclass) throws SQLException {
        try (var statement = source.prepareStatement("select oracle.watch(?::regclass)")) {
            statement.setString(1, regclass);
            statement.execute();
        }
    }

    /** Everything that was committed in the watched tables, and what is in them now. */
    static Truth read(Connection source) throws SQLException {
        source.setAutoCommit(false);
        source.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = source.createStatement()) {
            statement.execute("set local timezone = 'UTC'");
            return new Truth(changes(statement), contexts(statement), rows(statement));
        } finally {
            source.rollback();
            source.setAutoCommit(true);
        }
    }

    private static List<Truth.Change> changes(Statement statement) throws SQLException {
        List<Truth.Change> changes = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        select id, txid, pg_xact_commit_timestamp(xid) as committed_at, (at_lsn - '0/0')::bigint as at_lsn,
                               table_schema, table_name, op, key_columns, whole_old_row, shape, old_row, new_row
                        from oracle.change order by id\
                        """)) {
            while (row.next()) {
                changes.add(
                        new Truth.Change(
                                row.getLong("id"),
                                row.getLong("txid"),
                                instant(row, "committed_at"),
                                row.getLong("at_lsn"),
                                tableText(
                                        row.getString("table_schema"), row.getString("table_name")),
                                row.getString("op"),
                                strings(row.getArray("key_columns")),
                                row.getBoolean("whole_old_row"),
                                shape(row.getString("shape")),
                                texts(row.getString("old_row")),
                                texts(row.getString("new_row"))));
            }
        }
        return changes;
    }

    private static List<Truth.Context> contexts(Statement statement) throws SQLException {
        List<Truth.Context> contexts = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        select distinct on (txid) txid, pg_xact_commit_timestamp(xid) as committed_at,
                               (at_lsn - '0/0')::bigint as at_lsn, actor, reason, request_id, attributes
                        from oracle.context order by txid, id\
                        """)) {
            while (row.next()) {
                contexts.add(
                        new Truth.Context(
                                row.getLong("txid"),
                                instant(row, "committed_at"),
                                row.getLong("at_lsn"),
                                row.getString("actor"),
                                row.getString("reason"),
                                row.getString("request_id"),
                                row.getString("attributes")));
            }
        }
        return contexts;
    }

    private static Map<String, List<Truth.Row>> rows(Statement statement) throws SQLException {
        record Watched(String schema, String name, boolean exists) {}
        List<Watched> watched = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        select table_schema, table_name,
                               to_regclass(format('%I.%I', table_schema, table_name)) is not null as exists
                        from oracle.watched order by 1, 2\
                        """)) {
            while (row.next()) {
                watched.add(new Watched(row.getString(1), row.getString(2), row.getBoolean(3)));
            }
        }
        Map<String, List<Truth.Row>> tables = new LinkedHashMap<>();
        for (Watched table : watched) {
            List<Truth.Row> rows = new ArrayList<>();
            if (table.exists()) {
                try (var read =
                        statement
                                .getConnection()
                                .prepareStatement("select * from oracle.rows_of(?, ?)")) {
                    read.setString(1, table.schema());
                    read.setString(2, table.name());
                    try (ResultSet row = read.executeQuery()) {
                        while (row.next()) {
                            rows.add(
                                    new Truth.Row(
                                            strings(row.getArray("key_columns")),
                                            shape(row.getString("shape")),
                                            java.util.Objects.requireNonNull(
                                                    texts(row.getString("content")))));
                        }
                    }
                }
            }
            tables.put(tableText(table.schema(), table.name()), rows);
        }
        return tables;
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        if (at == null) {
            throw new IllegalStateException(
                    "The source does not keep commit times: track_commit_timestamp is off.");
        }
        return at.toInstant();
    }

    private static List<String> strings(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    private static Map<String, Truth.Column> shape(@Nullable String json) {
        Map<String, Truth.Column> shape = new LinkedHashMap<>();
        if (json != null) {
            FlatJson.object(json)
                    .forEach(
                            (name, token) -> {
                                String[] parts = FlatJson.scalar(token).split(":", 2);
                                shape.put(
                                        name,
                                        new Truth.Column(Integer.parseInt(parts[0]), parts[1]));
                            });
        }
        return shape;
    }

    private static @Nullable Map<String, @Nullable String> texts(@Nullable String json) {
        if (json == null) {
            return null;
        }
        Map<String, @Nullable String> texts = new LinkedHashMap<>();
        FlatJson.object(json)
                .forEach(
                        (name, token) ->
                                texts.put(
                                        name,
                                        token.equals("null") ? null : FlatJson.scalar(token)));
        return texts;
    }

    /** A table as the audit log writes it: a part with a dot or a quote in it is quoted. */
    static String tableText(String schema, String name) {
        return part(schema) + "." + part(name);
    }

    private static String part(String part) {
        return part.contains(".") || part.contains("\"")
                ? "\"" + part.replace("\"", "\"\"") + "\""
                : part;
    }

    private static String script() {
        try (InputStream script = Oracle.class.getResourceAsStream("oracle.sql")) {
            if (script == null) {
                throw new IllegalStateException("oracle.sql is not beside Oracle.class.");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
