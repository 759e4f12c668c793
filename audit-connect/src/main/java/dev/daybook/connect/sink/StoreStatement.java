package dev.daybook.connect.sink;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.Stage;
import dev.daybook.contract.WireTime;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The one statement that stores a portion: rows of every kind and the offsets, each kind as one
 * array per column. One statement is one round trip.
 */
final class StoreStatement {

    /** What becomes of entries and rejected records whose id is there already. */
    enum Known {
        /** The statement fails with a unique violation. */
        FAIL(""),
        /** They are left out. */
        LEAVE_OUT("ON CONFLICT DO NOTHING");

        private final String clause;

        Known(String clause) {
            this.clause = clause;
        }
    }

    /** The places of the rows that were new; null each where the sink does not seal. */
    record Inserted(
            List<@Nullable Long> entries,
            List<@Nullable Long> contexts,
            List<@Nullable Long> rejected) {}

    private static final String ENTRY =
            """
            entry AS (
              INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, old_entity_key,
                operation, transaction_id, sequence, position, before, after, unknown_columns, actor,
                source_committed_at, place, seed)
              SELECT id::uuid, committed_at::timestamptz, source, table_name, entity_key, old_entity_key,
                operation, transaction_id, sequence, position, convert_from(before, 'UTF8')::json,
                convert_from(after, 'UTF8')::json, unknown_columns::text[], actor,
                source_committed_at::timestamptz, place, seed
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                ?::bigint[], ?::bigint[], ?::text[], ?::bytea[], ?::bytea[], ?::text[], ?::text[],
                ?::text[], ?::bigint[], ?::bytea[])
                AS row (id, committed_at, source, table_name, entity_key, old_entity_key, operation,
                  transaction_id, sequence, position, before, after, unknown_columns, actor,
                  source_committed_at, place, seed)
              %s
              RETURNING place)""";

    private static final String CONTEXT =
            """
            context AS (
              INSERT INTO audit.transaction (source, transaction_id, committed_at, actor, reason, request_id,
                attributes, login_role, place, seed)
              SELECT source, transaction_id, committed_at::timestamptz, actor, reason, request_id,
                convert_from(attributes, 'UTF8')::json, login_role, place, seed
              FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[],
                ?::text[], ?::bigint[], ?::bytea[])
                AS row (source, transaction_id, committed_at, actor, reason, request_id, attributes,
                  login_role, place, seed)
              %s
              RETURNING place)""";

    private static final String REJECTED =
            """
            rejection AS (
              INSERT INTO audit.rejected (id, rejected_at, source, stage, code, reason, topic, partition,
                record_offset, table_name, record_key, record_value, record_headers, record_time, place, seed)
              SELECT id::uuid, rejected_at::timestamptz, source, stage, code, reason, topic, partition,
                record_offset, table_name, decode(record_key, 'base64'), decode(record_value, 'base64'),
                convert_from(record_headers, 'UTF8')::json, record_time::timestamptz, place, seed
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                ?::integer[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[], ?::bigint[],
                ?::bytea[])
                AS row (id, rejected_at, source, stage, code, reason, topic, partition, record_offset,
                  table_name, record_key, record_value, record_headers, record_time, place, seed)
              %s
              RETURNING place)""";

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
                  step = excluded.complete_until - old.complete_until,
                  recorded_at = excluded.recorded_at
                WHERE excluded.complete_until >= old.complete_until
                  -- What an earlier build believed, although it lay in the future.
                  OR old.complete_until > now() + interval '1 minute')""";

    /**
     * A link that begins behind the end of what has been read: what lies between was not read by
     * anybody, or what was read of it is lost.
     */
    private static final String LINK =
            """
            link AS (
              SELECT told.*, greatest(told.before, CASE WHEN NOT told.anew THEN old.read_until END) AS known
              FROM (SELECT source, changes_partition, entries_partition, from_lsn COLLATE "C" AS from_lsn,
                  to_lsn COLLATE "C" AS to_lsn, before COLLATE "C" AS before, anew, is_last, written_at
                FROM unnest(?::text[], ?::integer[], ?::integer[], ?::text[], ?::text[], ?::text[], ?::boolean[],
                    ?::boolean[], ?::text[])
                  AS row (source, changes_partition, entries_partition, from_lsn, to_lsn, before, anew, is_last,
                    written_at)) AS told
              LEFT JOIN audit.read_until AS old
                ON old.source = told.source AND old.changes_partition = told.changes_partition
                  AND old.entries_partition = told.entries_partition),
            chain AS (
              INSERT INTO audit.read_until AS old (source, changes_partition, entries_partition, read_until)
              SELECT source, changes_partition, entries_partition, greatest(to_lsn, known) FROM link WHERE is_last
              ON CONFLICT (source, changes_partition, entries_partition) DO UPDATE
                SET read_until = excluded.read_until),
            broken AS (
              INSERT INTO audit.gap (id, found_at, source, stage, cause, reason, from_time, to_time, from_position,
                to_position)
              SELECT md5('chain ' || link.source || ' ' || known || ' ' || from_lsn)::uuid, now(), link.source, ?, ?,
                'The capture goes on from position ' || from_lsn || ', and what came before it ends at ' || known
                  || ': the replication slot was moved on or made again while nobody read it, or records of the change'
                  || ' topic were lost before they were read. Load the tables again: SELECT daybook.reload_all() on the'
                  || ' source.',
                mark.complete_until, coalesce(link.written_at::timestamptz, now()), known, from_lsn
              FROM link
              LEFT JOIN audit.watermark AS mark
                ON mark.source = link.source AND mark.changes_partition = link.changes_partition
                  AND mark.entries_partition = link.entries_partition
              WHERE from_lsn > known
              ON CONFLICT DO NOTHING)""";

    private static final String GAP =
            """
            gap AS (
              INSERT INTO audit.gap (id, found_at, source, stage, cause, reason, from_time, to_time, topic,
                partition, from_offset, to_offset)
              SELECT id::uuid, found_at::timestamptz, mark.source, stage, cause, reason, mark.complete_until,
                found_at::timestamptz, topic, partition, from_offset, to_offset
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::integer[],
                ?::integer[], ?::bigint[], ?::bigint[])
                AS row (id, found_at, stage, cause, reason, topic, partition, entries_partition, from_offset,
                  to_offset)
              LEFT JOIN LATERAL (
                SELECT source, min(complete_until) AS complete_until
                FROM audit.watermark
                WHERE watermark.entries_partition = row.entries_partition
                GROUP BY source) AS mark ON true
              ON CONFLICT DO NOTHING)""";

    private static final String REPORTED_GAP =
            """
            reported AS (
              INSERT INTO audit.gap (id, found_at, source, stage, cause, reason, table_name, from_time, to_time,
                from_position, to_position, topic, partition, from_offset, to_offset)
              SELECT id::uuid, found_at::timestamptz, source, stage, cause, reason, table_name,
                from_time::timestamptz, to_time::timestamptz, from_position, to_position, topic, partition,
                from_offset, to_offset
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                ?::text[], ?::text[], ?::text[], ?::text[], ?::integer[], ?::bigint[], ?::bigint[])
                AS row (id, found_at, source, stage, cause, reason, table_name, from_time, to_time,
                  from_position, to_position, topic, partition, from_offset, to_offset)
              ON CONFLICT DO NOTHING)""";

    private static final String REPORT =
            """
            report AS (
              INSERT INTO audit.part (stage, instance, failing_since, reason)
              SELECT stage, instance, failing_since::timestamptz, reason
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]) AS row (stage, instance, failing_since, reason)
              ON CONFLICT (stage, instance) DO UPDATE
                SET failing_since = excluded.failing_since,
                  reason = excluded.reason,
                  reported_at = excluded.reported_at)""";

    private static final String REPLAY =
            """
            replay AS (
              INSERT INTO audit.replay_outcome (replay_id, rejected_id, outcome, became, entry_id, code, reason)
              SELECT replay_id::uuid, rejected_id::uuid, outcome, became, entry_id::uuid, code, reason
              FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
                AS row (replay_id, rejected_id, outcome, became, entry_id, code, reason)
              ON CONFLICT DO NOTHING)""";

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

    private StoreStatement() {}

    /**
     * Returns the statement for the kinds that are there: starting an insert that inserts nothing
     * costs the server as much as a row.
     */
    static String sql(Portion portion, Known known) {
        List<String> parts = new ArrayList<>(6);
        if (!portion.entries().isEmpty()) {
            parts.add(ENTRY.formatted(known.clause));
        }
        if (!portion.contexts().isEmpty()) {
            parts.add(CONTEXT.formatted(known.clause));
        }
        if (!portion.rejected().isEmpty()) {
            parts.add(REJECTED.formatted(known.clause));
        }
        if (!portion.watermarks().isEmpty()) {
            parts.add(WATERMARK);
        }
        if (!portion.links().isEmpty()) {
            parts.add(LINK);
        }
        if (!portion.gaps().isEmpty()) {
            parts.add(GAP);
        }
        if (!portion.reportedGaps().isEmpty()) {
            parts.add(REPORTED_GAP);
        }
        if (!portion.reports().isEmpty()) {
            parts.add(REPORT);
        }
        if (!portion.replays().isEmpty()) {
            parts.add(REPLAY);
        }
        if (!portion.moves().isEmpty()) {
            parts.add(MOVE);
        }
        return "WITH "
                + String.join(",\n", parts)
                // The offsets first: who comes second waits there, before it writes anything.
                + "\nSELECT "
                + (portion.moves().isEmpty()
                        ? "NULL"
                        : "audit.require_offsets((SELECT count(*) FROM move), ?)")
                + places(portion.entries(), "entry")
                + places(portion.contexts(), "context")
                + places(portion.rejected(), "rejection");
    }

    private static String places(List<?> rows, String part) {
        return rows.isEmpty() ? ", '{}'::bigint[]" : ", ARRAY(SELECT place FROM " + part + ")";
    }

    /**
     * Stores the portion by a statement made from its {@link #sql}; returns how much of it was new.
     */
    static Inserted execute(
            PreparedStatement statement, String sink, Portion portion, Places places)
            throws SQLException {
        ArrayParameters parameters = new ArrayParameters(statement);
        if (!portion.entries().isEmpty()) {
            bindEntries(parameters, portion.entries(), places);
        }
        if (!portion.contexts().isEmpty()) {
            bindContexts(parameters, portion.contexts(), places);
        }
        if (!portion.rejected().isEmpty()) {
            bindRejected(parameters, portion.rejected(), places);
        }
        if (!portion.watermarks().isEmpty()) {
            bindWatermarks(parameters, portion.watermarks());
        }
        if (!portion.links().isEmpty()) {
            bindLinks(parameters, portion.links());
        }
        if (!portion.gaps().isEmpty()) {
            bindGaps(parameters, portion.gaps());
        }
        if (!portion.reportedGaps().isEmpty()) {
            bindReportedGaps(parameters, portion.reportedGaps());
        }
        if (!portion.reports().isEmpty()) {
            bindReports(parameters, portion.reports());
        }
        if (!portion.replays().isEmpty()) {
            bindReplays(parameters, portion.replays());
        }
        if (!portion.moves().isEmpty()) {
            bindMoves(parameters, sink, portion.moves());
        }
        try (ResultSet result = statement.executeQuery()) {
            result.next();
            return new Inserted(longs(result, 2), longs(result, 3), longs(result, 4));
        }
    }

    private static List<@Nullable Long> longs(ResultSet result, int column) throws SQLException {
        return Arrays.asList((@Nullable Long[]) result.getArray(column).getArray());
    }

    private static void bindEntries(ArrayParameters to, List<Row.Entry> rows, Places places)
            throws SQLException {
        to.texts(rows, row -> row.id().toString());
        to.times(rows, Row.Entry::committedAt);
        to.texts(rows, Row.Entry::source);
        to.texts(rows, Row.Entry::tableName);
        to.texts(rows, Row.Entry::entityKey);
        to.texts(rows, Row.Entry::oldEntityKey);
        to.texts(rows, row -> row.operation().word());
        to.longs(rows, Row.Entry::transactionId);
        to.longs(rows, Row.Entry::sequence);
        to.texts(rows, Row.Entry::position);
        to.json(rows, Row.Entry::before);
        to.json(rows, Row.Entry::after);
        to.texts(rows, row -> ArrayParameters.arrayText(row.unknownColumns()));
        to.texts(rows, Row.Entry::actor);
        to.texts(rows, row -> timeOrNull(row.sourceCommittedAt()));
        bindPlaces(to, rows, places);
    }

    private static void bindContexts(ArrayParameters to, List<Row.Context> rows, Places places)
            throws SQLException {
        to.texts(rows, Row.Context::source);
        to.longs(rows, Row.Context::transactionId);
        to.times(rows, Row.Context::committedAt);
        to.texts(rows, Row.Context::actor);
        to.texts(rows, Row.Context::reason);
        to.texts(rows, Row.Context::requestId);
        to.json(rows, Row.Context::attributes);
        to.texts(rows, Row.Context::loginRole);
        bindPlaces(to, rows, places);
    }

    private static void bindRejected(ArrayParameters to, List<Row.Rejected> rows, Places places)
            throws SQLException {
        to.texts(rows, row -> row.id().toString());
        to.times(rows, Row.Rejected::rejectedAt);
        to.texts(rows, Row.Rejected::source);
        to.texts(rows, row -> row.stage().word());
        to.texts(rows, Row.Rejected::code);
        to.texts(rows, Row.Rejected::reason);
        to.texts(rows, Row.Rejected::topic);
        to.integers(rows, Row.Rejected::partition);
        to.longs(rows, Row.Rejected::recordOffset);
        to.texts(rows, Row.Rejected::tableName);
        to.texts(rows, Row.Rejected::recordKey);
        to.texts(rows, Row.Rejected::recordValue);
        to.json(rows, Row.Rejected::recordHeaders);
        to.texts(rows, row -> timeOrNull(row.recordTime()));
        bindPlaces(to, rows, places);
    }

    private static void bindPlaces(ArrayParameters to, List<? extends Row> rows, Places places)
            throws SQLException {
        to.longs(rows, places::placeOf);
        to.bytes(rows, places::seedOf);
    }

    private static void bindWatermarks(ArrayParameters to, Collection<Row.Watermark> rows)
            throws SQLException {
        to.texts(rows, Row.Watermark::source);
        to.integers(rows, Row.Watermark::changesPartition);
        to.integers(rows, Row.Watermark::entriesPartition);
        to.integers(rows, Row.Watermark::changesPartitions);
        to.integers(rows, Row.Watermark::entriesPartitions);
        to.times(rows, Row.Watermark::completeUntil);
        to.texts(rows, Row.Watermark::position);
    }

    private static void bindLinks(ArrayParameters to, List<Links.Link> links) throws SQLException {
        to.texts(links, Links.Link::source);
        to.integers(links, Links.Link::changesPartition);
        to.integers(links, Links.Link::entriesPartition);
        to.texts(links, link -> Lsn.wide(link.from()));
        to.texts(links, link -> Lsn.wide(link.to()));
        to.texts(links, link -> link.before() == Lsn.NONE ? null : Lsn.wide(link.before()));
        to.booleans(links, Links.Link::anew);
        to.booleans(links, Links.Link::last);
        to.texts(links, link -> timeOrNull(link.at()));
        to.text(Stage.SINK.word());
        to.text(GapCause.CHAIN_BROKEN.word());
    }

    private static void bindGaps(ArrayParameters to, List<Row.Gap> rows) throws SQLException {
        to.texts(rows, row -> row.id().toString());
        to.times(rows, Row.Gap::foundAt);
        to.texts(rows, row -> Stage.SINK.word());
        to.texts(rows, row -> row.cause().word());
        to.texts(rows, Row.Gap::reason);
        to.texts(rows, Row.Gap::topic);
        to.integers(rows, Row.Gap::partition);
        to.integers(rows, row -> row.ofEntries() ? row.partition() : null);
        to.longs(rows, Row.Gap::fromOffset);
        to.longs(rows, Row.Gap::toOffset);
    }

    private static void bindReportedGaps(ArrayParameters to, List<Row.ReportedGap> rows)
            throws SQLException {
        to.texts(rows, row -> row.id().toString());
        to.times(rows, Row.ReportedGap::foundAt);
        to.texts(rows, Row.ReportedGap::source);
        to.texts(rows, row -> row.stage().word());
        to.texts(rows, Row.ReportedGap::cause);
        to.texts(rows, Row.ReportedGap::reason);
        to.texts(rows, Row.ReportedGap::tableName);
        to.texts(rows, row -> timeOrNull(row.fromTime()));
        to.texts(rows, row -> timeOrNull(row.toTime()));
        to.texts(rows, Row.ReportedGap::fromPosition);
        to.texts(rows, Row.ReportedGap::toPosition);
        to.texts(rows, Row.ReportedGap::topic);
        to.integers(rows, Row.ReportedGap::partition);
        to.longs(rows, Row.ReportedGap::fromOffset);
        to.longs(rows, Row.ReportedGap::toOffset);
    }

    private static void bindReports(ArrayParameters to, Collection<Row.Report> rows)
            throws SQLException {
        to.texts(rows, row -> row.stage().word());
        to.texts(rows, Row.Report::instance);
        to.texts(rows, row -> timeOrNull(row.failingSince()));
        to.texts(rows, Row.Report::reason);
    }

    private static void bindReplays(ArrayParameters to, List<Row.Replay> rows) throws SQLException {
        to.texts(rows, row -> row.replayId().toString());
        to.texts(rows, row -> row.rejectedId().toString());
        to.texts(rows, row -> row.outcome().word());
        to.texts(rows, Row.Replay::became);
        to.texts(rows, row -> row.entryId() == null ? null : row.entryId().toString());
        to.texts(rows, Row.Replay::code);
        to.texts(rows, Row.Replay::reason);
    }

    private static @Nullable String timeOrNull(@Nullable Long micros) {
        return micros == null ? null : WireTime.text(micros);
    }

    private static void bindMoves(
            ArrayParameters to, String sink, Map<TopicPartition, Portion.Move> moves)
            throws SQLException {
        Collection<Map.Entry<TopicPartition, Portion.Move>> rows = moves.entrySet();
        to.text(sink);
        to.texts(rows, row -> row.getKey().topic());
        to.integers(rows, row -> row.getKey().partition());
        to.longs(rows, row -> row.getValue().from());
        to.longs(rows, row -> row.getValue().to());
        to.texts(rows, row -> row.getKey().topic());
        to.integers(rows, row -> row.getKey().partition());
        to.longs(rows, row -> row.getValue().from());
        to.number(rows.size());
    }
}
