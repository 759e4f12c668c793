package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.JsonNode;

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** Whole answers: an export to its last line, and a stream that goes on where it was left. */
class ExportTest {

    private static final Instant NOW =
            Instant.now(Clock.systemUTC()).truncatedTo(ChronoUnit.SECONDS).minusSeconds(3_600);
    private static AuditDatabase database;
    private static ApiFixture api;

    @BeforeAll
    static void begin() {
        database = AuditDatabase.create();
        api = ApiFixture.start(database);
        database.execute("select audit.ensure_partition(?)", NOW.atOffset(ZoneOffset.UTC));
        database.execute(
                """
                insert into audit.entry (id, committed_at, transaction_id, sequence, source,
                    table_name, operation, entity_key, before, after)
                select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '8000'
                        || '8' || substr(md5(i::text), 1, 15))::uuid,
                    at, 1000 + i, 1, 'shop', case i % 2 when 0 then 'public.even' else 'public.odd' end,
                    'update', (i % 10)::text,
                    json_build_object('id', i % 10, 'n', null, 'text', '=1+1, "x"'),
                    json_build_object('id', i % 10, 'n', i, 'text', '=1+1, "x"')
                from generate_series(0, 2499) i,
                    lateral (select ?::timestamptz + i * interval '1 millisecond' as at) t
                """,
                NOW.atOffset(ZoneOffset.UTC));
        complete(0, NOW.plusSeconds(10_000));
    }

    @AfterAll
    static void end() {
        api.close();
    }

    private static AuditEntry store(int i) {
        AuditEntry entry =
                Entries.update(
                                "id",
                                String.valueOf(i % 10),
                                "n",
                                String.valueOf(i),
                                "text",
                                "\"=1+1, \\\"x\\\"\"")
                        .before(
                                "id",
                                String.valueOf(i % 10),
                                "n",
                                "null",
                                "text",
                                "\"=1+1, \\\"x\\\"\"")
                        .table("public", i % 2 == 0 ? "even" : "odd")
                        .at(NOW.plusMillis(i))
                        .transaction(1_000L + i)
                        .entry();
        database.store(entry);
        return entry;
    }

    private static void complete(int partition, Instant until) {
        database.execute(
                """
                insert into audit.watermark values ('shop', ?, 0, 1, 1, ?, null)
                on conflict (source, changes_partition, entries_partition)
                do update set complete_until = excluded.complete_until
                """,
                partition,
                until.isAfter(Instant.now(Clock.systemUTC()))
                        ? Instant.now(Clock.systemUTC()).atOffset(ZoneOffset.UTC)
                        : until.atOffset(ZoneOffset.UTC));
    }

    @Test
    void theLinesOfAnExportInTheLogNameItsRequest() throws InterruptedException {
        // Given
        Logger reads = (Logger) LoggerFactory.getLogger("dev.daybook.reads");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Level level = reads.getLevel();
        reads.setLevel(Level.INFO);
        reads.addAppender(lines);
        try {

            // When
            api.send(
                    api.request("/api/v1/entries/export?table=public.even&key=4")
                            .header("Authorization", "Bearer " + ApiFixture.KEY)
                            .header("X-Request-Id", "export-4")
                            .build());

            // Then
            for (int i = 0; i < 3_000 && lines.list.isEmpty(); i++) {
                // It is logged once the last byte has been sent.
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertThat(lines.list)
                    .isNotEmpty()
                    .allSatisfy(
                            line ->
                                    assertThat(line.getMDCPropertyMap())
                                            .containsEntry("request", "export-4"));
        } finally {
            reads.detachAppender(lines);
            reads.setLevel(level);
        }
    }

    @Test
    void anExportIsWhatTheSearchFindsAndItsLastLineSaysSo() {
        // When
        List<String> lines =
                api.get("/api/v1/entries/export?table=public.even&to=" + NOW.plusSeconds(60))
                        .body()
                        .lines()
                        .toList();

        // Then
        assertThat(lines).hasSize(1_251);
        JsonNode first = ApiFixture.parse(lines.getFirst());
        assertThat(first.at("/table").asString()).isEqualTo("public.even");
        assertThat(first.at("/changes/0/to").asInt()).isEqualTo(2498);
        assertThat(ApiFixture.parse(lines.get(1249)).at("/after/n").asInt()).isZero();
        JsonNode last = ApiFixture.parse(lines.getLast());
        assertThat(last.at("/complete").asBoolean()).isTrue();
        assertThat(last.at("/entries").asInt()).isEqualTo(1_250);
        assertThat(last.at("/complete_until").asString()).isNotEmpty();
    }

    @Test
    void aSpreadsheetGetsALineForEachChangeAndNoFormula() {
        // When
        HttpResponse<String> export =
                api.get(
                        "/api/v1/entries/export?format=csv&table=public.odd&key=7&to="
                                + NOW.plusSeconds(60));

        // Then
        List<String> lines = export.body().lines().toList();
        assertThat(export.headers().firstValue("Content-Disposition").orElse(""))
                .contains("daybook.csv");
        assertThat(lines.getFirst())
                .startsWith("committed_at,source,table,key,operation,field,from,to");
        assertThat(lines.get(1)).contains(",public.odd,7,update,n,NULL,2497,before-image,");
        assertThat(lines.getLast())
                .startsWith("# complete: 250 entries; the log was complete until ");
        database.store(
                Entries.insert("id", "\"f\"", "text", "\"=cmd|' /C calc'!A0\"")
                        .table("public", "formula")
                        .at(NOW)
                        .entry());
        assertThat(api.get("/api/v1/entries/export?format=csv&table=public.formula").body())
                .contains(",\"'=cmd|' /C calc'!A0\",");
        HttpRequest list =
                api.request("/api/v1/entries?table=public.odd&limit=1")
                        .header("X-API-Key", ApiFixture.KEY)
                        .header("Accept", "text/csv")
                        .build();
        HttpResponse<String> page = api.send(list);
        assertThat(page.body().lines().toList()).hasSize(2);
        assertThat(page.headers().firstValue("X-Next-Cursor")).isPresent();
    }

    private static HttpResponse<String> csv(String path) {
        return api.send(
                api.request(path)
                        .header("X-API-Key", ApiFixture.KEY)
                        .header("Accept", "text/csv")
                        .build());
    }

    @Test
    void everyListIsASpreadsheetToo() throws InterruptedException {
        // Given
        database.execute(
                "insert into audit.rejected (id, rejected_at, stage, code, reason, record_value)"
                        + " values (gen_random_uuid(), now(), 'ingest', 'not-json', '=1+1, \"x\"', 'x')");
        database.storeContext("shop", 1_001, NOW, "list, one", null, null, null);
        database.storeContext("shop", 1_002, NOW, "list: two \u20AC", null, null, null);

        // Then
        assertThat(csv("/api/v1/rejected").body())
                .startsWith("rejected_at,source,stage,code,reason,")
                .contains(",ingest,not-json,\"'=1+1, \"\"x\"\"\",,,,,,eA==,");
        HttpResponse<String> actors = csv("/api/v1/actors?limit=1&from_actor=list");
        assertThat(actors.body()).startsWith("actor,first,last\r\n\"list, one\",");
        assertThat(
                        csv("/api/v1/actors?limit=1&from_actor="
                                        + actors.headers()
                                                .firstValue("X-Next-Cursor")
                                                .orElseThrow())
                                .body())
                .contains("\r\nlist: two \u20AC,");
        assertThat(csv("/api/v1/tables/public.even/history").body()).startsWith("committed_at,");
        String reads = "";
        for (int i = 0; i < 3_000 && !reads.contains(",rejected,"); i++) {
            // They are written behind the answers.
            TimeUnit.MILLISECONDS.sleep(10);
            reads = csv("/api/v1/reads").body();
        }
        assertThat(reads)
                .startsWith("at,credential,caller,kind,question,items,id\r\n")
                .contains(",key,configured,rejected,rejected,");
    }

    @Test
    void anExportIsCompressedForWhoeverTakesIt() throws Exception {
        // When
        HttpResponse<InputStream> export =
                HttpClient.newHttpClient()
                        .send(
                                api.request(
                                                "/api/v1/entries/export?table=public.even&to="
                                                        + NOW.plusSeconds(60))
                                        .header("X-API-Key", ApiFixture.KEY)
                                        .header("Accept-Encoding", "gzip")
                                        .build(),
                                HttpResponse.BodyHandlers.ofInputStream());

        // Then
        assertThat(export.headers().firstValue("Content-Encoding")).contains("gzip");
        try (InputStream plain = new GZIPInputStream(export.body())) {
            assertThat(new String(plain.readAllBytes(), StandardCharsets.UTF_8).lines().count())
                    .isEqualTo(1_251);
        }
    }

    @Test
    void whatIsAskedWronglyIsRefusedBeforeTheFirstByte() {
        api.problem("/api/v1/entries/export?table=public.absent", 404, "unknown-table");
        api.problem("/api/v1/entries/export?format=xml", 400, "invalid-parameter");
        api.problem("/api/v1/entries/stream?to=2026-01-01T00:00:00Z", 400, "invalid-parameter");
        api.problem("/api/v1/entries/stream?after=nonsense", 400, "invalid-cursor");
    }

    private static Ear ear(String query, @Nullable String last) throws Exception {
        return new Ear(api, ApiFixture.KEY, query, last);
    }

    @Test
    void aStreamGivesEachEntryOnceInOrderWhateverOrderTheyBecomeVisibleIn() throws Exception {
        // Given
        Instant begin = NOW.plusSeconds(100);
        complete(0, begin);
        try (Ear all = ear("-table=public.none", null);
                Ear some = ear("table=public.even", null)) {
            Thread.sleep(1_000);

            // When
            // Later commits become visible before earlier ones, as partitions do.
            for (int i : new int[] {100_004, 100_002, 100_003}) {
                store(i);
            }
            Thread.sleep(1_000);
            assertThat(all.numbers()).isEmpty();
            store(100_001);
            complete(0, NOW.plusMillis(100_003));
            all.await(3);
            some.await(1);

            // Then
            assertThat(all.numbers()).containsExactly("100001", "100002", "100003");
            assertThat(some.numbers()).containsExactly("100002");

            // When
            complete(0, NOW.plusMillis(100_500));
            all.await(4);
            some.await(2);

            // Then
            assertThat(all.numbers()).endsWith("100004");
            String last = some.last();
            try (Ear again = ear("table=public.even", last)) {
                store(100_600);
                complete(0, NOW.plusMillis(100_700));
                again.await(1);
                assertThat(again.numbers()).containsExactly("100600");
            }
            some.await(3);
            assertThat(some.numbers()).containsExactly("100002", "100004", "100600");
            try (Ear early = ear("from=" + NOW.plusMillis(2_498), null)) {
                early.await(6);
                assertThat(early.numbers().subList(0, 4))
                        .containsExactly("2498", "2499", "100001", "100002");
            }
        }
    }
}
