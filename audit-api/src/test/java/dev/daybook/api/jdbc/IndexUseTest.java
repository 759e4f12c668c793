package dev.daybook.api.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.api.AuditDatabase;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryPosition;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.EntryQuery.Attributed;
import dev.daybook.domain.history.HistoryQuery;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RowRef;
import dev.daybook.domain.history.Timeline;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Whatever is asked of a log of several months, no partition is read from end to end. Set {@code
 * daybook.test.rows} for a larger log; the times are printed.
 */
class IndexUseTest {

    private static final int ROWS = Integer.getInteger("daybook.test.rows", 60_000);
    private static final Instant BEGIN = Instant.parse("2026-06-01T00:00:00Z");
    private static final TableName TABLE = new TableName("public", "orders");
    private static final TableName OTHER = new TableName("public", "lines");

    private static AuditDatabase database;

    @BeforeAll
    static void fill() {
        database = AuditDatabase.create();
        fill(database);
    }

    @Test
    void noPartitionIsReadWhole() {
        // Given
        try (SingleConnectionDataSource connection =
                new SingleConnectionDataSource(database.url(), "postgres", "", true)) {
            JdbcClient jdbc = JdbcClient.create(connection);
            JdbcAuditTrail trail = new JdbcAuditTrail(jdbc);
            Timeline timeline = new Timeline(trail);
            RowRef row = new RowRef("shop", TABLE, new EntityKey("77"));
            Instant middle = BEGIN.plusSeconds(86_400 * 75);
            UUID some =
                    trail.search(EntryQuery.ALL, new Keyset(middle, new UUID(0, 0)), null, 1)
                            .getFirst()
                            .entry()
                            .id();
            TransactionRef transaction =
                    trail.transactions("shop", 500, 10).getFirst().transaction();
            Map<String, Runnable> queries = new LinkedHashMap<>();
            queries.put("history", () -> timeline.history(row, HistoryQuery.ALL, null, 20));
            queries.put(
                    "history, later page",
                    () ->
                            timeline.history(
                                    row, HistoryQuery.ALL, EntryPosition.beforeAllAt(middle), 20));
            queries.put("state", () -> timeline.stateAt(row, middle));
            queries.put("sources", () -> trail.sourcesOf(TABLE, row.key()));
            queries.put("sources of tables", () -> trail.sourcesOf(Set.of(TABLE)));
            queries.put("entry", () -> trail.entry(some));
            queries.put("transactions", () -> trail.transactions("shop", 500, 20));
            queries.put("of transaction", () -> trail.ofTransaction(transaction, null, 50));
            queries.put("newest", () -> timeline.search(EntryQuery.ALL, null, 50));
            queries.put(
                    "newest, later page",
                    () -> timeline.search(EntryQuery.ALL, new Keyset(middle, some), 50));
            queries.put(
                    "by key",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder()
                                            .tables(Choice.of(TABLE))
                                            .keys(Choice.of(row.key()))
                                            .build(),
                                    null,
                                    50));
            queries.put(
                    "by transaction",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder().transaction(500L).build(), null, 50));
            queries.put(
                    "by table, operation and time",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder()
                                            .tables(Choice.of(TABLE))
                                            .operations(Choice.of(Operation.UPDATE))
                                            .from(BEGIN.plusSeconds(86_400 * 40))
                                            .to(middle)
                                            .build(),
                                    null,
                                    50));
            queries.put(
                    "by login role",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder().loginRoles(Choice.of("batch")).build(),
                                    null,
                                    50));
            queries.put(
                    "unattributed",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder().attributed(Attributed.NO).build(),
                                    null,
                                    50));

            queries.put(
                    "several tables",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder()
                                            .tables(Choice.only(List.of(TABLE, OTHER)))
                                            .build(),
                                    null,
                                    50));
            queries.put(
                    "all but an actor",
                    () ->
                            timeline.search(
                                    new EntryQuery.Builder()
                                            .actors(Choice.allBut(List.of("anna")))
                                            .build(),
                                    null,
                                    50));
            queries.put(
                    "counts",
                    () -> timeline.count(EntryQuery.ALL, EnumSet.of(Facet.ACTOR, Facet.TABLE)));
            queries.put(
                    "counts of an actor",
                    () ->
                            trail.count(
                                    new EntryQuery.Builder().actors(Choice.of("anna")).build(),
                                    EnumSet.of(Facet.TABLE),
                                    200));
            queries.put(
                    "counts of an hour",
                    () ->
                            timeline.count(
                                    new EntryQuery.Builder()
                                            .from(middle)
                                            .to(middle.plusSeconds(3600))
                                            .build(),
                                    EnumSet.noneOf(Facet.class)));
            queries.put("actors", () -> trail.actors(null, 50));
            queries.put("neighbours", () -> trail.neighbours(transaction));

            Map<String, Long> readWhole = new LinkedHashMap<>();
            queries.forEach(
                    (name, query) -> {
                        long before = readFromEndToEnd(jdbc);
                        // Often enough for the driver to prepare, and the server to plan once for
                        // all parameters.
                        long start = 0;
                        for (int i = 0; i < 15; i++) {
                            if (i == 5) {
                                start = System.nanoTime();
                            }
                            query.run();
                        }
                        long micros = (System.nanoTime() - start) / 10_000;
                        System.out.printf("%-32s %6d us%n", name, micros);
                        long rows = readFromEndToEnd(jdbc) - before;
                        if (rows > 0) {
                            readWhole.put(name, rows);
                        }
                    });

            // Then
            assertThat(readWhole).isEmpty();
        }
    }

    @Test
    void aPageFarFromTheEndOfTheTimeAskedForReadsAsLittleOfTheIndexAsTheFirst() {
        // Given: all in one partition
        Instant end = BEGIN.plusSeconds(86_400 * 29);
        Keyset far = new Keyset(BEGIN.plusSeconds(86_400 * 2), new UUID(0, 0));
        Map<String, EntryQuery> queries = new LinkedHashMap<>();
        queries.put("everything", new EntryQuery.Builder().to(end).build());
        queries.put("a table", new EntryQuery.Builder().tables(Choice.of(TABLE)).to(end).build());
        queries.put(
                "several tables",
                new EntryQuery.Builder()
                        .tables(Choice.only(List.of(TABLE, OTHER)))
                        .to(end)
                        .build());

        try (SingleConnectionDataSource connection =
                new SingleConnectionDataSource(database.url(), "postgres", "", true)) {
            JdbcClient jdbc = JdbcClient.create(connection);
            JdbcAuditTrail trail = new JdbcAuditTrail(jdbc);
            queries.forEach(
                    (name, query) -> {
                        // When
                        long page = blocks(jdbc, () -> trail.search(query, null, null, 50));
                        long farPage = blocks(jdbc, () -> trail.search(query, far, null, 50));
                        long reach = blocks(jdbc, () -> trail.reach(query, null, 50));
                        long farReach = blocks(jdbc, () -> trail.reach(query, far, 50));

                        // Then
                        assertThat(trail.search(query, far, null, 50)).as(name).hasSize(50);
                        assertThat(farPage).as("page of %s", name).isLessThan(page + 15);
                        assertThat(farReach).as("reach in %s", name).isLessThan(reach + 15);
                    });
        }
    }

    /** Returns how many blocks of the entries' indexes something reads that has run before. */
    private static long blocks(JdbcClient jdbc, Runnable what) {
        what.run();
        long before = blocks(jdbc);
        what.run();
        return blocks(jdbc) - before;
    }

    private static long blocks(JdbcClient jdbc) {
        jdbc.sql("select pg_stat_force_next_flush()").query((row, number) -> 0).list();
        return jdbc.sql(
                        """
                        select coalesce(sum(idx_blks_hit + idx_blks_read), 0)::bigint
                        from pg_statio_user_indexes
                        where schemaname = 'audit' and relname ~ '^entry_'
                        """)
                .query(Long.class)
                .single();
    }

    /** Sequential scans of partitions that hold something, so far. */
    private static long readFromEndToEnd(JdbcClient jdbc) {
        jdbc.sql("select pg_stat_force_next_flush()").query((row, number) -> 0).list();
        return jdbc.sql(
                        """
                        select coalesce(sum(s.seq_tup_read), 0) from pg_stat_user_tables s
                        where s.schemaname = 'audit' and s.relname ~ '^(entry|transaction)_'
                        """)
                .query(Long.class)
                .single();
    }

    private static void fill(AuditDatabase database) {
        database.execute("select audit.ensure_partitions('2026-06-01Z', '2026-11-01Z')");
        database.execute(
                """
                insert into audit.entry (id, committed_at, transaction_id, sequence, source,
                    table_name, operation, entity_key, old_entity_key, actor, before, after)
                select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '8000'
                        || '8' || substr(md5(i::text), 1, 15))::uuid,
                    at, i / 4, i % 4 + 1, 'shop', 'public.orders',
                    case when i % 50 = 0 then 'insert' else 'update' end,
                    (i % 1000)::text, case when i % 997 = 0 then '5' end,
                    case when i % 10 = 0 then 'bert' end, null,
                    json_build_object('id', i % 1000, 'status', 'paid', 'total', i)
                from generate_series(1, ?) i,
                    lateral (select '2026-06-01Z'::timestamptz
                        + (i / 4) * (interval '150 days' / (?::int / 4)) as at) t
                """,
                ROWS, ROWS);
        database.execute(
                """
                insert into audit.transaction (source, transaction_id, committed_at, actor,
                    login_role)
                select distinct 'shop', transaction_id, committed_at,
                    case when transaction_id % 3 = 0 then 'anna' else 'cleo' end,
                    case when transaction_id % 500 = 0 then 'batch' else 'shop_app' end
                from audit.entry where transaction_id % 5 < 3
                """);
        database.execute("vacuum analyze audit.entry");
        database.execute("vacuum analyze audit.transaction");
    }
}
