package dev.daybook.api.jdbc;

import dev.daybook.domain.history.SourceCoverage;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** How complete the log is, from the watermarks and a bounded look at the newest entries. */
final class CoverageStatement {

    private static final String SQL =
            """
            with recent as materialized (
                select e.source, e.committed_at, e.operation,
                    e.actor is null and not exists (
                        select from audit.transaction t
                        where t.source = e.source and t.transaction_id = e.transaction_id
                            and t.committed_at = e.committed_at and t.actor is not null
                    ) as unattributed
                from audit.entry e order by e.committed_at desc, e.id desc limit :window
            ), reached as (
                select source,
                    case when count(*) >= max(changes_partitions::bigint * entries_partitions)
                        then min(complete_until) end as complete_until
                from audit.watermark group by source
            ), refused as (
                select source, count(*) as records
                from (select source from audit.rejected order by rejected_at desc limit :counted) r
                group by source
            ), lately as (
                select source, count(*) as entries, max(committed_at) as last_entry_at,
                    count(*) filter (where unattributed and operation <> 'snapshot') as unattributed
                from recent group by source
            ), size as (
                select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as estimated
                from pg_inherits i join pg_class c on c.oid = i.inhrelid
                where i.inhparent = 'audit.entry'::regclass
            )
            select s.source, reached.complete_until, lately.last_entry_at,
                coalesce(lately.entries, 0) as recent_entries,
                coalesce(lately.unattributed, 0) as recent_unattributed,
                coalesce(refused.records, 0) as rejected,
                (select count(*) from recent) as in_window, (select estimated from size) as estimated
            from (select source from reached union select source from lately
                  union select source from refused where source is not null) s
            left join reached using (source)
            left join lately using (source)
            left join refused using (source)
            order by s.source
            """;

    private CoverageStatement() {}

    static List<SourceCoverage> run(JdbcClient jdbc) {
        return jdbc.sql(SQL)
                .param("window", SourceCoverage.WINDOW)
                .param("counted", SourceCoverage.COUNTED)
                .query(
                        (row, number) -> {
                            long recent = row.getLong("recent_entries");
                            long inWindow = row.getLong("in_window");
                            boolean all = inWindow < SourceCoverage.WINDOW;
                            return new SourceCoverage(
                                    row.getString("source"),
                                    EntryRows.instantOrNull(row, "complete_until"),
                                    EntryRows.instantOrNull(row, "last_entry_at"),
                                    all
                                            ? recent
                                            : Math.round(
                                                    (double) row.getLong("estimated")
                                                            * recent
                                                            / inWindow),
                                    !all,
                                    row.getLong("rejected"),
                                    recent,
                                    row.getLong("recent_unattributed"));
                        })
                .list();
    }
}
