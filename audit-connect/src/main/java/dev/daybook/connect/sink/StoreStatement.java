package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The one statement that stores a batch: rows of every kind and the offsets, each kind as one array
 * per column. One statement is one transaction and one round trip.
 */
final class StoreStatement {

    private static final String ENTRY =
            """
            entry AS (
              INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, old_entity_key,
                operation, transaction_id, sequence, position, before, after, unknown_columns, actor)
              SELECT id::uuid, committed_at::timestamptz, source, table_name, entity_key, old_entity_key,
                operation, transaction_id, sequence, position, convert_from(before, 'UTF8')::json,
                convert_from(after, 'UTF8')::json, unknown_columns::text[], actor
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                ?::bigint[], ?::bigint[], ?::text[], ?::bytea[], ?::bytea[], ?::text[], ?::text[])
                AS row (id, committed_at, source, table_name, entity_key, old_entity_key, operation,
                  transaction_id, sequence, position, before, after, unknown_columns, actor)
              ON CONFLICT DO NOTHING
              RETURNING 1)""";

    private static final String CONTEXT =
            """
            context AS (
              INSERT INTO audit.transaction (source, transaction_id, committed_at, actor, reason, request_id,
                attributes)
              SELECT source, transaction_id, committed_at::timestamptz, actor, reason, request_id,
                convert_from(attributes, 'UTF8')::json
              FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[])
                AS row (source, transaction_id, committed_at, actor, reason, request_id, attributes)
              ON CONFLICT DO NOTHING)""";

    private static final String REJECTED =
            """
            rejection AS (
              INSERT INTO audit.rejected (id, rejected_at, source, stage, code, reason, topic, partition,
                record_offset, table_name, record_key, record_value)
              SELECT id::uuid, rejected_at::timestamptz, source, stage, code, reason, topic, partition,
                record_offset, table_name, decode(record_key, 'base64'), decode(record_value, 'base64')
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                ?::integer[], ?::bigint[], ?::text[], ?::text[], ?::text[])
                AS row (id, rejected_at, source, stage, code, reason, topic, partition, record_offset,
                  table_name, record_key, record_value)
              ON CONFLICT DO NOTHING)""";

    private static final String WATERMARK =
            """
            mark AS (
              INSERT INTO audit.watermark AS old (source, changes_partition, entries_partition,
                changes_partitions, entries_partitions, complete_until, position)
              SELECT source, changes_partition, entries_partition, changes_partitions, entries_partitions,
                complete_until::timestamptz, position
              FROM unnest(?::text[], ?::integer[], ?::integer[], ?::integer[], ?::integer[], ?::text[],
                ?::text[])
                AS row (source, changes_partition, entries_partition, changes_partitions,
                  entries_partitions, complete_until, position)
              ON CONFLICT (source, changes_partition, entries_partition) DO UPDATE
                SET changes_partitions = excluded.changes_partitions,
                  entries_partitions = excluded.entries_partitions,
                  complete_until = excluded.complete_until,
                  position = excluded.position,
                  recorded_at = excluded.recorded_at
                WHERE excluded.complete_until >= old.complete_until)""";

    private static final String MOVE =
            """
            move AS (
              INSERT INTO audit.sink_offset AS old (sink, topic, partition, next_offset)
              SELECT ?, topic, partition, next_offset
              FROM (SELECT * FROM unnest(?::text[], ?::integer[], ?::bigint[], ?::bigint[])
                  AS row (topic, partition, expected, next_offset)
                ORDER BY topic, partition) AS row
              ON CONFLICT (sink, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
                WHERE old.next_offset = (
                  SELECT expected
                  FROM unnest(?::text[], ?::integer[], ?::bigint[]) AS was (topic, partition, expected)
                  WHERE was.topic = old.topic AND was.partition = old.partition)
              RETURNING 1)""";

    private final PreparedStatement statement;
    private final Connection connection;
    private int parameter;

    private StoreStatement(PreparedStatement statement) throws SQLException {
        this.statement = statement;
        this.connection = statement.getConnection();
    }

    /** The rows and offsets that one execution stores. */
    record Portion(
            List<Row.Entry> entries,
            List<Row.Context> contexts,
            List<Row.Rejected> rejected,
            Collection<Row.Watermark> watermarks,
            Map<TopicPartition, AuditWriter.Move> moves) {

        /**
         * The portion of rows of any kind; of several watermarks of one place only the latest
         * counts.
         */
        static Portion of(List<Row> rows, Map<TopicPartition, AuditWriter.Move> moves) {
            List<Row.Entry> entries = new ArrayList<>(rows.size());
            List<Row.Context> contexts = new ArrayList<>();
            List<Row.Rejected> rejected = new ArrayList<>();
            Map<List<Object>, Row.Watermark> watermarks = new LinkedHashMap<>();
            for (Row row : rows) {
                if (row instanceof Row.Entry entry) {
                    entries.add(entry);
                } else if (row instanceof Row.Context context) {
                    contexts.add(context);
                } else if (row instanceof Row.Rejected bad) {
                    rejected.add(bad);
                } else if (row instanceof Row.Watermark mark) {
                    watermarks.merge(
                            List.of(
                                    mark.source(),
                                    mark.changesPartition(),
                                    mark.entriesPartition()),
                            mark,
                            (a, b) ->
                                    b.completeUntil().micros() >= a.completeUntil().micros()
                                            ? b
                                            : a);
                }
            }
            return new Portion(entries, contexts, rejected, watermarks.values(), moves);
        }

        boolean isEmpty() {
            return entries.isEmpty()
                    && contexts.isEmpty()
                    && rejected.isEmpty()
                    && watermarks.isEmpty()
                    && moves.isEmpty();
        }

        /**
         * The statement for the kinds that are there: starting an insert that inserts nothing costs
         * the server as much as a row.
         */
        String sql() {
            List<String> parts = new ArrayList<>(5);
            if (!entries.isEmpty()) {
                parts.add(ENTRY);
            }
            if (!contexts.isEmpty()) {
                parts.add(CONTEXT);
            }
            if (!rejected.isEmpty()) {
                parts.add(REJECTED);
            }
            if (!watermarks.isEmpty()) {
                parts.add(WATERMARK);
            }
            if (!moves.isEmpty()) {
                parts.add(MOVE);
            }
            return "WITH "
                    + String.join(",\n", parts)
                    // The offsets first: who comes second waits there, before it writes anything.
                    + "\nSELECT "
                    + (moves.isEmpty()
                            ? "NULL"
                            : "audit.require_offsets((SELECT count(*) FROM move), ?)")
                    + (entries.isEmpty() ? ", 0" : ", (SELECT count(*) FROM entry)");
        }
    }

    /**
     * Stores the portion by a statement made from its {@link Portion#sql}; returns how many entries
     * were new.
     */
    static long execute(PreparedStatement statement, String sink, Portion portion)
            throws SQLException {
        StoreStatement binding = new StoreStatement(statement);
        if (!portion.entries.isEmpty()) {
            binding.entries(portion.entries);
        }
        if (!portion.contexts.isEmpty()) {
            binding.contexts(portion.contexts);
        }
        if (!portion.rejected.isEmpty()) {
            binding.rejected(portion.rejected);
        }
        if (!portion.watermarks.isEmpty()) {
            binding.watermarks(portion.watermarks);
        }
        if (!portion.moves.isEmpty()) {
            binding.moves(sink, portion.moves);
        }
        try (ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(2);
        }
    }

    private void entries(List<Row.Entry> rows) throws SQLException {
        texts(rows, row -> row.id().toString());
        texts(rows, row -> timestamp(row.committedAt()));
        texts(rows, Row.Entry::source);
        texts(rows, Row.Entry::tableName);
        texts(rows, Row.Entry::entityKey);
        texts(rows, Row.Entry::oldEntityKey);
        texts(rows, Row.Entry::operation);
        longs(rows, Row.Entry::transactionId);
        longs(rows, Row.Entry::sequence);
        texts(rows, Row.Entry::position);
        objects(rows, Row.Entry::before);
        objects(rows, Row.Entry::after);
        texts(rows, row -> arrayText(row.unknownColumns()));
        texts(rows, Row.Entry::actor);
    }

    private void contexts(List<Row.Context> rows) throws SQLException {
        texts(rows, Row.Context::source);
        longs(rows, Row.Context::transactionId);
        texts(rows, row -> timestamp(row.committedAt()));
        texts(rows, Row.Context::actor);
        texts(rows, Row.Context::reason);
        texts(rows, Row.Context::requestId);
        objects(rows, Row.Context::attributes);
    }

    private void rejected(List<Row.Rejected> rows) throws SQLException {
        texts(rows, row -> row.id().toString());
        texts(rows, row -> timestamp(row.rejectedAt()));
        texts(rows, Row.Rejected::source);
        texts(rows, Row.Rejected::stage);
        texts(rows, Row.Rejected::code);
        texts(rows, Row.Rejected::reason);
        texts(rows, Row.Rejected::topic);
        integers(rows, Row.Rejected::partition);
        longs(rows, Row.Rejected::recordOffset);
        texts(rows, Row.Rejected::tableName);
        texts(rows, Row.Rejected::recordKey);
        texts(rows, Row.Rejected::recordValue);
    }

    private void watermarks(Collection<Row.Watermark> rows) throws SQLException {
        texts(rows, Row.Watermark::source);
        integers(rows, Row.Watermark::changesPartition);
        integers(rows, Row.Watermark::entriesPartition);
        integers(rows, Row.Watermark::changesPartitions);
        integers(rows, Row.Watermark::entriesPartitions);
        texts(rows, row -> timestamp(row.completeUntil()));
        texts(rows, Row.Watermark::position);
    }

    private void moves(String sink, Map<TopicPartition, AuditWriter.Move> moves)
            throws SQLException {
        Collection<Map.Entry<TopicPartition, AuditWriter.Move>> rows = moves.entrySet();
        statement.setString(++parameter, sink);
        texts(rows, row -> row.getKey().topic());
        integers(rows, row -> row.getKey().partition());
        longs(rows, row -> row.getValue().from());
        longs(rows, row -> row.getValue().to());
        texts(rows, row -> row.getKey().topic());
        integers(rows, row -> row.getKey().partition());
        longs(rows, row -> row.getValue().from());
        statement.setLong(++parameter, rows.size());
    }

    private <T> void texts(Collection<T> rows, Function<T, @Nullable String> column)
            throws SQLException {
        @Nullable String[] values = new @Nullable String[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("text", values));
    }

    /** Bytes and not texts: decoding them here would repair what the database must refuse. */
    private <T> void objects(Collection<T> rows, Function<T, @Nullable JsonSlice> column)
            throws SQLException {
        byte[][] values = new byte[rows.size()][];
        int i = 0;
        for (T row : rows) {
            JsonSlice slice = column.apply(row);
            if (slice != null) {
                values[i] = slice.copy();
            }
            i++;
        }
        statement.setArray(++parameter, connection.createArrayOf("bytea", values));
    }

    private <T> void longs(Collection<T> rows, Function<T, @Nullable Long> column)
            throws SQLException {
        @Nullable Long[] values = new @Nullable Long[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("int8", values));
    }

    private <T> void integers(Collection<T> rows, Function<T, @Nullable Integer> column)
            throws SQLException {
        @Nullable Integer[] values = new @Nullable Integer[rows.size()];
        int i = 0;
        for (T row : rows) {
            values[i++] = column.apply(row);
        }
        statement.setArray(++parameter, connection.createArrayOf("int4", values));
    }

    /** RFC 3339's year 0 is PostgreSQL's 1 BC. */
    private static String timestamp(Moment moment) {
        return moment.text().startsWith("0000-")
                ? "0001" + moment.text().substring(4) + " BC"
                : moment.text();
    }

    /** PostgreSQL's text of a text array. */
    private static @Nullable String arrayText(@Nullable List<String> elements) {
        if (elements == null) {
            return null;
        }
        StringBuilder text = new StringBuilder("{");
        for (String element : elements) {
            text.append(text.length() == 1 ? "\"" : ",\"");
            for (int i = 0; i < element.length(); i++) {
                char c = element.charAt(i);
                if (c == '"' || c == '\\') {
                    text.append('\\');
                }
                text.append(c);
            }
            text.append('"');
        }
        return text.append('}').toString();
    }
}
