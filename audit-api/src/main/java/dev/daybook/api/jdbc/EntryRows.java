package dev.daybook.api.jdbc;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImages;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.RecordedEntry;

import org.jspecify.annotations.Nullable;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** Rows of {@code audit.entry}, with or without their transaction's context, as domain types. */
final class EntryRows {

    /** The columns of an entry, of the table alias {@code e}. */
    static final String COLUMNS =
            """
            e.id, e.committed_at, e.transaction_id, e.sequence, e.recorded_at, e.source,
            e.table_name, e.operation, e.entity_key, e.old_entity_key, e.position, e.actor,
            e.unknown_columns, e.before, e.after, e.source_committed_at
            """;

    /** The columns of a context, of the table alias {@code t}. */
    static final String CONTEXT_COLUMNS =
            """
            t.transaction_id is not null as has_context, t.actor as context_actor, t.reason,
            t.request_id, t.attributes, t.login_role
            """;

    /**
     * Joins an entry to its transaction's context. The limit changes nothing, for there is one at
     * most, but keeps the planner from reading all contexts to join a few entries.
     */
    static final String CONTEXT_JOIN =
            """
            left join lateral (
                select * from audit.transaction c where c.source = e.source
                    and c.transaction_id = e.transaction_id and c.committed_at = e.committed_at
                limit 1) t on true
            """;

    /** The actor that an entry's context names, null if none does; looked up entry by entry. */
    static final String CONTEXT_ACTOR =
            """
            (select c.actor from audit.transaction c where c.source = e.source
                and c.transaction_id = e.transaction_id and c.committed_at = e.committed_at limit 1)
            """;

    private EntryRows() {}

    static RecordedEntry recorded(ResultSet row, int number) throws SQLException {
        return new RecordedEntry(entry(row, number), instant(row, "recorded_at"), attribution(row));
    }

    static AuditEntry entry(ResultSet row, int number) throws SQLException {
        String key = row.getString("entity_key");
        String oldKey = row.getString("old_entity_key");
        String operation = row.getString("operation");
        return new AuditEntry(
                row.getObject("id", UUID.class),
                instant(row, "committed_at"),
                row.getString("source"),
                TableName.parse(row.getString("table_name")),
                key == null ? null : new EntityKey(key),
                oldKey == null ? null : new EntityKey(oldKey),
                Operation.ofWord(operation)
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "The audit log has an operation \""
                                                        + operation
                                                        + "\" that this version does not know:"
                                                        + " upgrade the API to the log's"
                                                        + " version.")),
                row.getObject("transaction_id", Long.class),
                row.getLong("sequence"),
                row.getString("position"),
                RowImages.read(row.getString("before")),
                RowImages.read(row.getString("after")),
                texts(row.getArray("unknown_columns")),
                row.getString("actor"),
                instantOrNull(row, "source_committed_at"));
    }

    private static Attribution attribution(ResultSet row) throws SQLException {
        String columnActor = row.getString("actor");
        if (!row.getBoolean("has_context")) {
            return Attribution.ofColumn(columnActor);
        }
        return Attribution.ofContext(
                row.getString("context_actor"),
                columnActor,
                row.getString("reason"),
                row.getString("request_id"),
                row.getString("attributes"),
                row.getString("login_role"));
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}
