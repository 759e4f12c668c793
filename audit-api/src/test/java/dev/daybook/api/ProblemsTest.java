package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Entries;
import dev.daybook.service.StartupFailure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;

class ProblemsTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/entries?limit=0 | limit",
                "/api/v1/entries?limit=501 | limit",
                "/api/v1/entries?limit=x | limit",
                "/api/v1/entries?from=yesterday | from",
                "/api/v1/entries?from=2026-11-22 | from",
                "/api/v1/entries?from=2026-11-22T09:30:00 | from",
                "/api/v1/entries?to=2026-13-22T09:30:00Z | to",
                "/api/v1/entries?from=%2B12026-11-22T09:30:00Z | from",
                "/api/v1/entries?from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z | to",
                "/api/v1/entries?operation=UPDATE | operation",
                "/api/v1/entries?table=orders | table",
                "/api/v1/entries?key=1 | key",
                "/api/v1/entries?transaction=1.5 | transaction",
                "/api/v1/entries?unattributed=yes | unattributed",
                "/api/v1/entries?transaction=1&transaction=2 | transaction",
                "/api/v1/entries?actor=%00 | actor",
                "/api/v1/entries/42 | id",
                "/api/v1/entities/orders/1/history | table",
                "/api/v1/entities/public.t/1/state?at=now | at",
                "/api/v1/entities/public.t/1/diff?from=now | from",
                "/api/v1/entities/public.t/1/diff | from",
                "/api/v1/transactions/shop/x | id",
            })
    void aParameterThatIsNotValidIsNamed(String path, String parameter) {
        JsonNode problem = api.problem(path, 400, "invalid-parameter");
        assertThat(problem.at("/detail").asString()).contains('"' + parameter + '"');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/entries?transaction=abc | transaction",
                "/api/v1/entries?transaction=99999999999999999999 | transaction",
                "/api/v1/entries?transaction=0x10 | transaction",
                "/api/v1/entries?transaction=%D9%A1 | transaction",
                "/api/v1/entries?table=~x | table",
                "/api/v1/entries?unattributed=TRUE | unattributed",
                "/api/v1/entries?from=0001-01-01T00:00:00%2B18:00 | from",
                "/api/v1/entries?numbers=double | numbers",
                "/api/v1/entries/1-1-1-1-1 | id",
                "/api/v1/entries/%20 | id",
                "/api/v1/entities/~x/1/history | table",
                "/api/v1/transactions/shop/abc | id",
                "/api/v1/transactions/shop/1.0 | id",
                "/api/v1/rejected?stage=nosuch | stage",
                "/api/v1/rejected?stage=SINK | stage",
            })
    void whatAValueIsNotIsSaidInOurOwnWords(String path, String parameter) {
        JsonNode problem = api.problem(path, 400, "invalid-parameter");

        assertThat(problem.at("/detail").asString())
                .contains('"' + parameter + '"')
                .doesNotContain("input string", "Invalid UUID", "base64", "java", "parsed");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/entries?transaction=, transaction",
        "/api/v1/entries?unattributed=&limit=1, unattributed",
        "/api/v1/entries?limit=, limit",
        "/api/v1/entries?source=, source",
        "/api/v1/entries?actor=, actor",
        "/api/v1/entries?field, field",
        "/api/v1/entries?table=, table",
        "/api/v1/entries?cursor=, cursor",
        "/api/v1/rejected?code=, code",
        "/api/v1/rejected?stage=, stage",
        "/api/v1/rejected?table=, table",
    })
    void anEmptyValueIsNotNoFilter(String path, String parameter) {
        JsonNode problem = api.problem(path, 400, "invalid-parameter");

        assertThat(problem.at("/detail").asString())
                .contains('"' + parameter + '"')
                .contains("is empty");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/entries?unattributed=true&actor=anna",
        "/api/v1/entities/public.t/1/history?unattributed=true&actor=anna",
        "/api/v1/entries?unattributed=true&operation=snapshot",
        "/api/v1/entries?field=a&operation=snapshot",
        "/api/v1/entities/public.t/1/history?unattributed=true&operation=snapshot",
    })
    void filtersThatNothingCanPassTogetherAreRefused(String path) {
        JsonNode problem = api.problem(path, 400, "invalid-parameter");

        assertThat(problem.at("/detail").asString()).contains("contradict");
    }

    @Test
    void aNameThatTheLogHasNeverSeenIsAProblemThatListsThoseItHas() {
        // Given
        database.store(Entries.insert("id", "1", "a", "2").table("known", "t").at(0).entry());

        // Then
        assertThat(
                        api.problem("/api/v1/entries?table=known.nosuch", 404, "unknown-table")
                                .at("/detail")
                                .asString())
                .contains("known.nosuch", "known.t");
        assertThat(
                        api.problem("/api/v1/entries?source=nosuch", 404, "unknown-source")
                                .at("/detail")
                                .asString())
                .contains("nosuch", "shop");
        assertThat(
                        api.problem(
                                        "/api/v1/entries?table=known.t&field=nosuch",
                                        404,
                                        "unknown-column")
                                .at("/detail")
                                .asString())
                .contains("nosuch", "a, id");
        String row = "/api/v1/entities/known.t/1/";
        api.problem(row + "history?field=nosuch", 404, "unknown-column");
        api.problem(row + "history?source=nosuch", 404, "unknown-source");
        api.problem(row + "state?source=nosuch", 404, "unknown-source");
        api.problem("/api/v1/entities/known.nosuch/1/history", 404, "unknown-table");
        api.problem("/api/v1/entities/known.nosuch/1/state", 404, "unknown-table");
        api.problem(
                "/api/v1/entities/known.nosuch/1/diff?from=2020-01-01T00:00:00Z",
                404,
                "unknown-table");
        api.problem("/api/v1/transactions/nosuch/1", 404, "unknown-source");
        api.problem("/api/v1/rejected?code=nosuch", 404, "unknown-code");
        api.problem("/api/v1/rejected?table=nosuch", 404, "unknown-table");
        // What is known and was not found is an answer.
        assertThat(api.json("/api/v1/entities/known.t/2/history").at("/data").size()).isZero();
        assertThat(api.json("/api/v1/entities/known.t/2/state").at("/status").asString())
                .isEqualTo("never-seen");
        assertThat(api.json("/api/v1/entries?table=known.t&actor=nobody").at("/data").size())
                .isZero();
        assertThat(api.json("/api/v1/tables").toString())
                .contains("{\"table\":\"known.t\",\"columns\":[\"a\",\"id\"]}");
    }

    @Test
    void aParameterThatDoesNotExistIsRefusedAndTheOthersAreNamed() {
        JsonNode problem = api.problem("/api/v1/entries?tabel=a.b", 400, "unknown-parameter");
        assertThat(problem.at("/detail").asString()).contains("\"tabel\"").contains("table");
        api.problem("/api/v1/coverage?x=1", 400, "unknown-parameter");
        api.problem(
                "/api/v1/entities/public.t/1/state?from=2026-11-22T09:30:00Z",
                400,
                "unknown-parameter");
    }

    @Test
    void aCursorIsGoodForItsSearchAlone() {
        // Given
        for (int i = 0; i < 3; i++) {
            database.store(Entries.insert("id", String.valueOf(i)).table("cur", "t").at(i).entry());
        }
        String cursor =
                api.json("/api/v1/entries?table=cur.t&limit=1").at("/next_cursor").asString();

        // Then
        assertThat(
                        api.json("/api/v1/entries?table=cur.t&limit=2&cursor=" + cursor)
                                .at("/data")
                                .size())
                .isEqualTo(2);
        api.problem("/api/v1/entries?table=cur.u&cursor=" + cursor, 400, "invalid-cursor");
        api.problem("/api/v1/rejected?cursor=" + cursor, 400, "invalid-cursor");
        api.problem("/api/v1/entities/cur.t/1/history?cursor=" + cursor, 400, "invalid-cursor");
        for (String garbage : new String[] {"", "x", "!!", "AAAA", cursor + "A", "%00"}) {
            HttpResponse<String> response =
                    api.get("/api/v1/entries?table=cur.t&cursor=" + garbage);
            assertThat(response.statusCode()).as(garbage).isEqualTo(400);
        }
    }

    @Test
    void whatIsNotThereOrNotPossibleIsAProblemDocument() {
        api.problem("/api/v1/nothing", 404, "not-found");
        api.problem("/api/v2", 404, "not-found");
        api.problem("/api/v1/entities/public.t/1", 404, "not-found");
        api.problem("/api/v1/entries/019aad30-b7c0-8000-8d3f-0a1b2c3d4e5f", 404, "not-found");
        api.problem("/api/v1/entries/550e8400-e29b-41d4-a716-446655440000", 404, "not-found");
        HttpResponse<String> posted =
                api.send(
                        api.request("/api/v1/entries")
                                .header("X-API-Key", ApiFixture.KEY)
                                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                .build());
        ApiFixture.problem(posted, 405, "method-not-allowed");
        assertThat(posted.headers().firstValue("Allow").orElse("")).contains("GET");
        ApiFixture.problem(
                api.send(
                        api.request("/api/v1/entries")
                                .header("X-API-Key", ApiFixture.KEY)
                                .header("Accept", "image/png")
                                .build()),
                406,
                "not-acceptable");
    }

    @Test
    void withTheDatabaseAwayTheApiSaysWhenToComeAgain() {
        // Given
        Map<String, Object> settings = new HashMap<>();
        settings.put("daybook.api.key", ApiFixture.KEY);
        settings.put("spring.datasource.url", "jdbc:postgresql://127.0.0.1:1/nowhere");
        settings.put("spring.datasource.hikari.connection-timeout", 300);

        try (ApiFixture away = ApiFixture.start(database, settings)) {
            // When
            HttpResponse<String> response = away.get("/api/v1/entries");

            // Then
            ApiFixture.problem(response, 503, "database-unavailable");
            assertThat(response.headers().firstValue("Retry-After")).isPresent();
            ApiFixture.problem(
                    away.send(
                            away.request("/api/v1/entries")
                                    .header("X-API-Key", "some other key")
                                    .build()),
                    503,
                    "database-unavailable");
            assertThat(away.send(away.request("/actuator/health/liveness").build()).statusCode())
                    .isEqualTo(200);
            assertThat(away.send(away.request("/actuator/health/readiness").build()).statusCode())
                    .isEqualTo(503);
        }
    }

    @Test
    void aSearchThatTakesTooLongSaysSo() {
        // Given
        AuditDatabase slow = AuditDatabase.create();
        slow.store(Entries.insert("id", "1").entry());
        slow.execute(
                """
                create function public.slow(text) returns text language plpgsql immutable as
                $$ begin perform pg_sleep(20); return $1; end $$
                """);
        slow.execute("alter table audit.entry rename to really");
        slow.execute(
                """
                create view audit.entry as
                select id, committed_at, transaction_id, sequence, recorded_at,
                    source || public.slow(source) as source, table_name,
                    operation, entity_key, old_entity_key, position, actor, unknown_columns, before, after,
                    source_committed_at
                from audit.really
                """);
        slow.execute("grant select on audit.entry to daybook_reader");

        try (ApiFixture api =
                ApiFixture.start(
                        slow,
                        Map.of(
                                "daybook.api.key",
                                ApiFixture.KEY,
                                "daybook.api.statement-timeout",
                                "200ms"))) {
            // Then
            JsonNode problem = api.problem("/api/v1/entries", 503, "too-slow");
            assertThat(problem.at("/detail").asString()).contains("narrow");
        }
    }

    @Test
    void aWrongSettingIsOneLine() {
        for (Map.Entry<String, Object> setting :
                Map.<String, Object>of(
                                "daybook.api.key", "short",
                                "daybook.api.statement-timeout", "0s",
                                "daybook.api.oauth2.issuer-uri", "nonsense")
                        .entrySet()) {
            Map<String, Object> settings = database.settings();
            settings.put("server.port", 0);
            settings.put(setting.getKey(), setting.getValue());
            String line = null;
            try (var context = ApiApplication.builder(settings).run()) {
                assertThat(context).isNull();
            } catch (RuntimeException e) {
                line = StartupFailure.of(ApiApplication.SERVICE, e).line();
                assertThat(StartupFailure.of(ApiApplication.SERVICE, e).exitCode()).isEqualTo(2);
            }
            assertThat(line).contains(setting.getKey()).doesNotContain("\n").contains("must");
        }
        Map<String, Object> settings = database.settings();
        settings.put("server.port", api.port());
        try (var context = ApiApplication.builder(settings).run()) {
            assertThat(context).isNull();
        } catch (RuntimeException e) {
            assertThat(StartupFailure.of(ApiApplication.SERVICE, e).line())
                    .contains(String.valueOf(api.port()))
                    .contains("taken");
        }
    }
}
