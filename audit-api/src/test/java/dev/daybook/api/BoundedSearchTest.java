package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

import tools.jackson.databind.JsonNode;

/** A search whose filter few entries pass reads a bounded number of them a page. */
class BoundedSearchTest {

    private static final int ENTRIES = 12_000;

    @Test
    void aPageEndsAfterABoundedNumberOfEntriesAndTheLastPageHasWhatIsRare() {
        // Given
        AuditDatabase database = log();

        try (ApiFixture api = ApiFixture.start(database)) {
            for (String filters :
                    new String[] {
                        "table=public.many&field=rare",
                        "field=rare&unattributed=true",
                        "field=rare&operation=update&source=shop",
                    }) {
                int pages = 0;
                int found = 0;
                String cursor = "";
                do {
                    // When
                    JsonNode page = api.json("/api/v1/entries?" + filters + cursor);

                    // Then
                    found += page.at("/data").size();
                    pages++;
                    cursor =
                            page.at("/next_cursor").isNull()
                                    ? null
                                    : "&cursor=" + page.at("/next_cursor").asString();
                } while (cursor != null);
                assertThat(pages).as(filters).isEqualTo(5);
                assertThat(found).as(filters).isEqualTo(1);
            }
        }
    }

    /**
     * Where a log is large PostgreSQL takes what reads little of it for large too, and starting
     * processes takes ten times as long as the answer.
     */
    @Test
    void noAnswerHasPostgresStartProcessesForIt() {
        // Given
        AuditDatabase database = log();
        for (String setting :
                new String[] {
                    "parallel_setup_cost",
                    "parallel_tuple_cost",
                    "min_parallel_table_scan_size",
                    "min_parallel_index_scan_size"
                }) {
            database.execute(
                    "do $$ begin execute format('alter database %%I set %s = 0', current_database()); end $$"
                            .formatted(setting));
        }

        // When
        try (ApiFixture api = ApiFixture.start(database)) {
            for (String path :
                    new String[] {
                        "/api/v1/entities/public.many/7/history?source=shop",
                        "/api/v1/entities/public.many/7/history",
                        "/api/v1/entities/public.many/7/state",
                        "/api/v1/entries?table=public.many&field=rare",
                        "/api/v1/entries?unattributed=true",
                        "/api/v1/entries/counts?facet=actor&facet=field",
                        "/api/v1/entries/volume?step=24h",
                        "/api/v1/transactions/shop/7",
                        "/api/v1/tables",
                    }) {
                assertThat(api.json(path).isObject()).as(path).isTrue();
            }
        }

        // Then: a backend has counted before it is gone, and what asks for it counts as well.
        database.execute(
                "do $$ begin execute format('alter database %I reset all', current_database()); end $$");
        JdbcClient jdbc = JdbcClient.create(database.owner());
        while (one(
                        jdbc,
                        "select count(*) from pg_stat_activity where datname = current_database() and usename = 'daybook_reader'")
                > 0) {
            Thread.onSpinWait();
        }
        assertThat(
                        one(
                                jdbc,
                                "select parallel_workers_to_launch from pg_stat_database where datname = current_database()"))
                .isZero();
    }

    private static long one(JdbcClient jdbc, String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }

    private static AuditDatabase log() {
        AuditDatabase database = AuditDatabase.create();
        database.execute("select audit.ensure_partitions('2026-06-01Z', '2026-06-02Z')");
        database.execute(
                """
                insert into audit.entry (id, committed_at, transaction_id, sequence, source,
                    table_name, operation, entity_key, before, after)
                select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '8000'
                        || '8' || substr(md5(i::text), 1, 15))::uuid,
                    at, i / 500, i % 500, 'shop', 'public.many', 'update', (i % 1000)::text,
                    json_build_object('id', i % 1000, 'a', i, 'rare', case i when 1 then 1 else 0 end),
                    json_build_object('id', i % 1000, 'a', i + 1, 'rare', 0)
                from generate_series(1, ?) i,
                    lateral (select '2026-06-01Z'::timestamptz + (i / 500) * interval '1 second'
                        as at) t
                """,
                ENTRIES);
        database.execute("analyze audit.entry");
        return database;
    }
}
