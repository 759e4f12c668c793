package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the audit database says.
 *
 * @param rejected reasons of what could not be recorded
 */
record AuditLog(List<Entry> entries, List<Context> contexts, List<String> rejected) {

    /** A row of audit.entry; images map column names to raw JSON tokens. */
    record Entry(
            String id,
            Instant committedAt,
            String table,
            @Nullable String key,
            @Nullable String oldKey,
            String operation,
            @Nullable Long txid,
            long sequence,
            @Nullable String position,
            @Nullable Map<String, String> before,
            @Nullable Map<String, String> after,
            List<String> unknown) {

        boolean isSnapshot() {
            return operation.equals("snapshot");
        }

        /**
         * The place in the WAL of the transaction's commit, or of the snapshot; -1 if it is not
         * said.
         */
        long commitLsn() {
            return position == null ? -1 : lsn(position.substring(0, position.indexOf('.')));
        }
    }

    /** A row of audit.transaction. */
    record Context(
            long txid,
            Instant committedAt,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable String attributes) {}

    static long lsn(String text) {
        int slash = text.indexOf('/');
        return Long.parseLong(text.substring(0, slash), 16) << 32
                | Long.parseLong(text.substring(slash + 1), 16);
    }

    static AuditLog read(Connection audit) throws SQLException {
        audit.setAutoCommit(false);
        audit.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = audit.createStatement()) {
            return new AuditLog(entries(statement), contexts(statement), rejected(statement));
        } finally {
            audit.rollback();
            audit.setAutoCommit(true);
        }
    }

    private static List<Entry> entries(Statement statement) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        select id, committed_at, table_name, entity_key, old_entity_key, operation, transaction_id,
                               sequence, position, before, after, unknown_columns
                        from audit.entry where operation <> 'table-change'
                        order by committed_at, sequence, id\
                        """)) {
            while (row.next()) {
                long txid = row.getLong("transaction_id");
                Long known = row.wasNull() ? null : txid;
                entries.add(
                        new Entry(
                                row.getString("id"),
                                instant(row),
                                row.getString("table_name"),
                                row.getString("entity_key"),
                                row.getString("old_entity_key"),
                                row.getString("operation"),
                                known,
                                row.getLong("sequence"),
                                row.getString("position"),
                                image(row.getString("before")),
                                image(row.getString("after")),
                                row.getArray("unknown_columns") == null
                                        ? List.of()
                                        : List.of(
                                                (String[])
                                                        row.getArray("unknown_columns")
                                                                .getArray())));
            }
        }
        return entries;
    }

    private static List<Context> contexts(Statement statement) throws SQLException {
        List<Context> contexts = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        """
                        select transaction_id, committed_at, actor, reason, request_id, attributes
                        from audit.transaction order by committed_at, transaction_id\
                        """)) {
            while (row.next()) {
                contexts.add(
                        new Context(
                                row.getLong("transaction_id"),
                                instant(row),
                                row.getString("actor"),
                                row.getString("reason"),
                                row.getString("request_id"),
                                row.getString("attributes")));
            }
        }
        return contexts;
    }

    private static List<String> rejected(Statement statement) throws SQLException {
        List<String> rejected = new ArrayList<>();
        try (ResultSet row =
                statement.executeQuery(
                        "select stage, code, table_name, reason from audit.rejected order by"
                                + " rejected_at")) {
            while (row.next()) {
                rejected.add(
                        String.join(
                                " ",
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4)));
            }
        }
        return rejected;
    }

    private static @Nullable Map<String, String> image(@Nullable String json) {
        return json == null ? null : FlatJson.object(json);
    }

    private static Instant instant(ResultSet row) throws SQLException {
        return row.getObject("committed_at", OffsetDateTime.class).toInstant();
    }
}
