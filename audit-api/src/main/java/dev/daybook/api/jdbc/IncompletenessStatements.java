package dev.daybook.api.jdbc;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.TableName;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.GapQuery;
import dev.daybook.domain.history.Incident;
import dev.daybook.domain.history.KeylessTable;
import dev.daybook.domain.history.Standstill;

import org.springframework.jdbc.core.simple.JdbcClient;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

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

    /**
     * What {@code audit.known_gap} has, which sorts every gap before one can be left out: of each
     * that was closed, the row with the first end.
     */
    private static final String SOME_GAPS =
            """
            select *, null::timestamptz as reloaded_at from audit.gap g %s
            order by to_time is not null, found_at desc, id desc, source limit :listed
            """;

    private static final String IS_KNOWN =
            """
            not exists (select from audit.gap e
                where e.id = g.id and e.source is not distinct from g.source and e.to_time is not null
                    and (g.to_time is null or e.to_time < g.to_time))
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

    static List<Gap> gaps(JdbcClient jdbc, GapQuery query, int limit) {
        Conditions conditions = new Conditions();
        concern(conditions, "source", query.sources(), source -> source);
        concern(conditions, "table_name", query.tables(), TableName::toString);
        if (!query.scope().isAll()) {
            conditions.add(
                    "(g.table_name is null or g.table_name like any (:patterns::text[]))",
                    "patterns",
                    Conditions.texts(query.scope().patterns(), IncompletenessStatements::like));
        }
        conditions.add(
                "(g.to_time is null or g.to_time > :after)",
                "after",
                JdbcAuditTrail.utcOrNull(query.after()));
        conditions.add(
                "(g.from_time is null or g.from_time < :until)",
                "until",
                JdbcAuditTrail.utcOrNull(query.until()));
        if (query.open()) {
            conditions.add("g.to_time is null");
        }
        conditions.add(IS_KNOWN);
        conditions.parameter("listed", limit);
        return jdbc.sql(SOME_GAPS.formatted(conditions.clause()))
                .params(conditions.parameters())
                .query(IncompletenessStatements::gap)
                .list();
    }

    /** Adds that a gap concerns what is chosen, as one does that has no such value. */
    private static <T> void concern(
            Conditions conditions, String column, Choice<T> choice, Function<T, String> text) {
        if (!choice.only().isEmpty()) {
            conditions.add(
                    "(g.%1$s is null or g.%1$s = any (:%1$s::text[]))".formatted(column),
                    column,
                    Conditions.texts(choice.only(), text));
        }
        if (!choice.without().isEmpty()) {
            conditions.add(
                    "(g.%1$s is null or g.%1$s <> all (:not_%1$s::text[]))".formatted(column),
                    "not_" + column,
                    Conditions.texts(choice.without(), text));
        }
    }

    private static String like(NamePattern pattern) {
        return pattern.text().replaceAll("[\\\\%_]", "\\\\$0").replace('*', '%');
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
