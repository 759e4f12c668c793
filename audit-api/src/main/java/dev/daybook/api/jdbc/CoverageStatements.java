package dev.daybook.api.jdbc;

import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.SourceCoverage;

import org.springframework.jdbc.core.simple.JdbcClient;

import java.util.List;

/** How complete the log is, from the watermarks and bounded looks at the newest entries. */
final class CoverageStatements {

    private static final String SOURCES =
            """
            with recent as materialized (
                select e.source, e.operation <> 'snapshot' as change, e.actor is null and %s is null
                    as unattributed
                from (select * from audit.entry order by committed_at desc, id desc limit :window) e
            ), reached as (
                select source, complete_until from audit.completeness
            ), lately as (
                select source, count(*) filter (where change) as changes,
                    count(*) filter (where change and unattributed) as unattributed
                from recent group by source
            ), refused as (
                select source, count(*) as records
                from (select source from audit.rejected
                      order by rejected_at desc, id desc limit :counted) r
                group by source
            )
            select s.source, reached.complete_until, coalesce(refused.records, 0) as rejected,
                coalesce(lately.changes, 0) as changes,
                coalesce(lately.unattributed, 0) as unattributed
            from (select source from reached union select source from lately
                  union select source from refused where source is not null) s
            left join reached using (source)
            left join lately using (source)
            left join refused using (source)
            order by s.source
            """
                    .formatted(EntryRows.CONTEXT_ACTOR);

    private static final String ELSEWHERE =
            """
            select count(*) from (select source from audit.rejected
                order by rejected_at desc, id desc limit :counted) r where source is null
            """;

    private static final String COUNT =
            "select count(*) from (select from audit.entry limit :counted + 1) e";

    /** The planner's own estimate: rows per page at the last look, times the pages of now. */
    private static final String ESTIMATE =
            """
            select sum(case when c.reltuples >= 0 and c.relpages > 0
                    then c.reltuples / c.relpages * pages.now
                    else pages.now * 20 end)::bigint
            from pg_inherits i join pg_class c on c.oid = i.inhrelid
            cross join lateral (select pg_relation_size(c.oid)
                / current_setting('block_size')::bigint as now) pages
            where i.inhparent = 'audit.entry'::regclass
            """;

    private CoverageStatements() {}

    static Coverage run(JdbcClient jdbc) {
        List<SourceCoverage> sources =
                jdbc.sql(SOURCES)
                        .param("window", Coverage.WINDOW)
                        .param("counted", Coverage.COUNTED)
                        .query(
                                (row, number) ->
                                        new SourceCoverage(
                                                row.getString("source"),
                                                EntryRows.instantOrNull(row, "complete_until"),
                                                row.getLong("rejected"),
                                                row.getLong("changes"),
                                                row.getLong("unattributed")))
                        .list();
        long elsewhere =
                jdbc.sql(ELSEWHERE).param("counted", Coverage.COUNTED).query(Long.class).single();
        long entries =
                jdbc.sql(COUNT).param("counted", Coverage.COUNTED).query(Long.class).single();
        boolean more = entries > Coverage.COUNTED;
        return new Coverage(
                sources,
                more ? Math.max(entries, jdbc.sql(ESTIMATE).query(Long.class).single()) : entries,
                more,
                elsewhere,
                IncompletenessStatements.standstills(jdbc),
                IncompletenessStatements.gaps(jdbc),
                IncompletenessStatements.incidents(jdbc),
                IncompletenessStatements.keylessTables(jdbc));
    }
}
