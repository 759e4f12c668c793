package dev.daybook.api.jdbc;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.Incident;
import dev.daybook.domain.history.KeylessTable;
import dev.daybook.domain.history.Standstill;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What of the log is missing, or cannot be asked for, and what keeps it from going on. */
final class IncompletenessStatements {

    private static final String STANDSTILLS =
            "select source, since, stage, reason from audit.standstill order by source";

    private static final String GAPS =
            "select * from audit.gap_and_reload order by found_at desc, id desc, source limit :listed";

    private static final String GAPS_BETWEEN =
            """
            select * from audit.gap_and_reload
            where cause <> :loadFailed
                and (source is null or source = :source)
                and (table_name is null or table_name = :table)
                and (to_time is null or to_time > :after) and (from_time is null or from_time < :until)
            """;

    private static final String GAPS_WITHIN =
            """
            select *, null::timestamptz as reloaded_at from audit.known_gap
            where (:after::timestamptz is null or to_time is null or to_time > :after)
                and (:until::timestamptz is null or from_time is null or from_time < :until)
            order by to_time is not null, found_at desc, id desc, source limit :listed
            """;

    private static final String INCIDENTS =
            "select * from audit.incident order by source, table_name, code";

    private static final String KEYLESS =
            "select * from audit.keyless_table order by source, table_name";

    private IncompletenessStatements() {}

    static List<Standstill> standstills(JdbcClient jdbc) {
        return jdbc.sql(STANDSTILLS)
                .query(
                        (row, number) ->
                                new Standstill(
                                        row.getString("source"),
                                        EntryRows.instant(row, "since"),
                                        row.getString("stage"),
                                        row.getString("reason")))
                .list();
    }

    static List<Gap> gaps(JdbcClient jdbc) {
        return jdbc.sql(GAPS)
                .param("listed", Coverage.LISTED)
                .query(IncompletenessStatements::gap)
                .list();
    }

    static boolean hasGaps(JdbcClient jdbc) {
        return jdbc.sql("select exists (select from audit.gap)").query(Boolean.class).single();
    }

    static List<Gap> gapsBetween(
            JdbcClient jdbc, String source, TableName table, Instant after, Instant until) {
        return jdbc.sql(GAPS_BETWEEN)
                .param("loadFailed", GapCause.LOAD_FAILED.word())
                .param("source", source)
                .param("table", table.toString())
                .param("after", JdbcAuditTrail.utc(after))
                .param("until", JdbcAuditTrail.utc(until))
                .query(IncompletenessStatements::gap)
                .list();
    }

    static List<Gap> gapsWithin(JdbcClient jdbc, @Nullable Instant after, @Nullable Instant until) {
        return jdbc.sql(GAPS_WITHIN)
                .param("after", JdbcAuditTrail.utcOrNull(after))
                .param("until", JdbcAuditTrail.utcOrNull(until))
                .param("listed", Coverage.LISTED)
                .query(IncompletenessStatements::gap)
                .list();
    }

    private static Gap gap(ResultSet row, int number) throws SQLException {
        return new Gap(
                row.getObject("id", UUID.class),
                row.getString("source"),
                row.getString("table_name"),
                EntryRows.instantOrNull(row, "from_time"),
                EntryRows.instantOrNull(row, "to_time"),
                row.getString("stage"),
                row.getString("cause"),
                row.getString("reason"),
                EntryRows.instant(row, "found_at"),
                EntryRows.instantOrNull(row, "reloaded_at"));
    }

    static List<Incident> incidents(JdbcClient jdbc) {
        return jdbc.sql(INCIDENTS)
                .query(
                        (row, number) ->
                                new Incident(
                                        row.getString("source"),
                                        row.getString("table_name"),
                                        row.getString("code"),
                                        row.getLong("reports"),
                                        EntryRows.instant(row, "first_at"),
                                        EntryRows.instant(row, "last_at"),
                                        row.getString("reason"),
                                        EntryRows.instantOrNull(row, "reloaded_at")))
                .list();
    }

    static List<KeylessTable> keylessTables(JdbcClient jdbc) {
        return jdbc.sql(KEYLESS)
                .query(
                        (row, number) ->
                                new KeylessTable(
                                        row.getString("source"),
                                        row.getString("table_name"),
                                        row.getLong("entries"),
                                        row.getLong("changes"),
                                        EntryRows.texts(row.getArray("key_columns"))))
                .list();
    }
}
