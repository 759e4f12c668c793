package dev.daybook.api.jdbc;

import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Keyset;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts what a search finds by the values of its entries, in one statement. */
final class CountStatement {

    private static final String FOUND =
            """
            with found as materialized (
                select f.*, coalesce(t.actor, f.actor) as by, t.reason
                from (select * from (%s) p order by committed_at desc, id desc limit :limit) f
                left join lateral (
                    select c.actor, c.reason from audit.transaction c where c.source = f.source
                        and c.transaction_id = f.transaction_id and c.committed_at = f.committed_at
                    limit 1) t on true
            ), counted as (
                select * from found order by committed_at desc, id desc limit :most
            )
            (select 'found' as facet, null as value, count(*) as n, null::timestamptz as back_to
             from found)
            union all
            (select 'counted', null, count(*), min(committed_at) from counted)
            union all
            (select 'transactions', null, count(distinct case when transaction_id is null
                 then id::text else concat_ws(' ', transaction_id, committed_at, source) end), null
             from counted)
            union all
            (select 'unattributed', null,
                 count(*) filter (where by is null and operation <> 'snapshot'), null
             from counted)
            union all
            (select 'lag', null, (extract(epoch from max(recorded_at - committed_at)) * 1000000)::bigint,
                 null
             from counted where operation <> 'snapshot')
            """;

    private static final String FACET =
            """
            union all
            (select '%1$s', %2$s, count(*), null from counted where %3$s
             group by %2$s order by 3 desc, 2 nulls first limit %4$d)
            """;

    private CountStatement() {}

    static EntryCounts run(
            JdbcClient jdbc,
            EntryQuery query,
            SearchPath path,
            @Nullable Keyset downTo,
            Set<Facet> facets,
            int most) {
        SearchStatement search = new SearchStatement(query, path, null, downTo, most + 1);
        String found =
                search.found(
                        "e.id, e.committed_at, e.source, e.transaction_id, e.operation,"
                                + " e.recorded_at, e.table_name, e.entity_key, e.actor");
        StringBuilder sql = new StringBuilder(FOUND.formatted(found));
        facets.forEach(facet -> sql.append(facet(facet)));
        Map<Facet, List<ValueCount>> values = new EnumMap<>(Facet.class);
        facets.forEach(facet -> values.put(facet, new ArrayList<>()));
        Totals totals = new Totals();
        jdbc.sql(sql.toString())
                .params(search.parameters())
                .param("most", most)
                .query(
                        row -> {
                            String name = row.getString("facet");
                            long n = row.getLong("n");
                            switch (name) {
                                case "found" -> totals.found = n;
                                case "counted" -> {
                                    totals.counted = n;
                                    totals.backTo = EntryRows.instantOrNull(row, "back_to");
                                }
                                case "transactions" -> totals.transactions = n;
                                case "unattributed" -> totals.unattributed = n;
                                case "lag" ->
                                        totals.lag =
                                                row.wasNull()
                                                        ? null
                                                        : Duration.of(n, ChronoUnit.MICROS);
                                default -> {
                                    List<ValueCount> counts = values.get(Facet.valueOf(name));
                                    if (counts != null) {
                                        counts.add(new ValueCount(row.getString("value"), n));
                                    }
                                }
                            }
                        });
        boolean complete = downTo == null && totals.found <= most;
        return new EntryCounts(
                totals.counted,
                totals.transactions,
                totals.unattributed,
                totals.lag,
                complete,
                complete
                        ? null
                        : downTo != null && totals.found <= most ? downTo.at() : totals.backTo,
                values);
    }

    private static String facet(Facet facet) {
        String change = "operation <> 'snapshot'";
        return switch (facet) {
            case OPERATION -> of(facet, "operation", "true");
            case ACTOR -> of(facet, "by", "(" + change + " or by is not null)");
            case TABLE -> of(facet, "table_name", "true");
            case KEY -> of(facet, "entity_key", "entity_key is not null");
            case REASON -> of(facet, "reason", change);
            case SOURCE -> of(facet, "source", "true");
            case FIELD ->
                    throw new IllegalArgumentException(
                            "Which columns an entry changed is known when it is completed only.");
        };
    }

    private static String of(Facet facet, String column, String condition) {
        return FACET.formatted(facet, column, condition, EntryCounts.MOST_VALUES);
    }

    private static final class Totals {

        private long found;
        private long counted;
        private long transactions;
        private long unattributed;
        private @Nullable Duration lag;
        private @Nullable Instant backTo;
    }
}
