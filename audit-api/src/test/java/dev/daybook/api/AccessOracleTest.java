package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.history.TableScope;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Compares what callers of different scopes are answered, request for request and word for word,
 * with what a log answers that holds nothing but the tables that each of them sees. Set {@code
 * daybook.test.requests} for more requests, and {@code daybook.test.seed} to repeat a run.
 */
class AccessOracleTest {

    private static final int REQUESTS = Integer.getInteger("daybook.test.requests", 600);
    private static final long SEED = Long.getLong("daybook.test.seed", System.nanoTime());
    private static final int SIZE = 700;

    private static ScopedLog log;
    private static ApiFixture whole;
    private static List<Side> sides;

    private final Random random = new Random(SEED);

    /** A caller who sees some tables of the log, and an API whose log holds those alone. */
    private record Side(String key, TableScope tables, ApiFixture alone) {}

    @BeforeAll
    static void begin() {
        log = new ScopedLog(SEED, SIZE);
        AuditDatabase database = AuditDatabase.create();
        log.store(database, table -> true);
        sides = List.of(side(database, "seen.*"), side(database, "secret.*", "seen.two"));
        whole = ApiFixture.start(database);
    }

    private static Side side(AuditDatabase database, String... patterns) {
        String key = "a key that sees " + String.join(" and ", patterns);
        AccessTest.key(
                database, key, "{read,export}", "{" + String.join(",", patterns) + "}", null);
        TableScope scope = new TableScope(Arrays.stream(patterns).map(NamePattern::new).toList());
        AuditDatabase part = AuditDatabase.create();
        log.store(part, scope::covers);
        return new Side(key, scope, ApiFixture.start(part));
    }

    @AfterAll
    static void end() {
        whole.close();
        sides.forEach(side -> side.alone().close());
    }

    private static HttpResponse<String> asked(Side side, String path) {
        return whole.send(whole.request(path).header("X-API-Key", side.key()).build());
    }

    /** The answer without what the moment and the machine add to it. */
    private static String comparable(HttpResponse<String> response) {
        return response.statusCode()
                + " "
                + response.headers().firstValue("Cache-Control").orElse("")
                + " "
                + response.headers().firstValue("Content-Type").orElse("")
                + "\n"
                + response.body()
                        .replaceAll("\"recorded_at\":\"[^\"]*\"", "")
                        .replaceAll("\"lag_seconds\":[0-9.E]+", "")
                        .replaceAll("\"standstills\":\\[[^\\]]*\\]", "")
                        .replaceAll("\"request_id\":\"[0-9a-f]+\"", "")
                        .replaceAll(",[^,\r\n]*Z\r\n", "\r\n");
    }

    @Test
    void eachCallerIsAnsweredAsIfTheLogHeldNothingElse() {
        for (int i = 0; i < REQUESTS; i++) {
            Side side = sides.get(random.nextInt(sides.size()));
            String path = request();
            for (int page = 0; page < 3; page++) {
                // When
                HttpResponse<String> got = asked(side, path);
                HttpResponse<String> expected = side.alone().get(path);

                // Then
                assertThat(difference(comparable(got), comparable(expected)))
                        .as("seed %d, %s: %s", SEED, side.key(), path)
                        .isEmpty();
                String next = next(got);
                if (next == null) {
                    break;
                }
                path = path.replaceAll("&cursor=[^&]*", "") + "&cursor=" + next;
            }
        }
    }

    /** Returns where two texts begin to differ; nothing if they are the same. */
    private static String difference(String got, String expected) {
        int at = 0;
        while (at < got.length()
                && at < expected.length()
                && got.charAt(at) == expected.charAt(at)) {
            at++;
        }
        return got.equals(expected)
                ? ""
                : "…%s… instead of …%s…"
                        .formatted(
                                got.substring(
                                        Math.max(0, at - 60), Math.min(got.length(), at + 300)),
                                expected.substring(
                                        Math.max(0, at - 60),
                                        Math.min(expected.length(), at + 300)));
    }

    private static String next(HttpResponse<String> answer) {
        if (answer.statusCode() != 200 || !answer.body().startsWith("{\"data\"")) {
            return null;
        }
        JsonNode cursor = ApiFixture.parse(answer.body()).at("/next_cursor");
        return cursor.isString() ? cursor.asString() : null;
    }

    private String request() {
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> "/api/v1/entries?limit=" + (1 + random.nextInt(40)) + filters();
            case 4, 5 -> "/api/v1/entries/counts?" + facets() + filters();
            case 6 ->
                    "/api/v1/entries/volume?step="
                            + any("10m", "1h", "3h")
                            + "&from="
                            + time(0)
                            + "&to="
                            + time(90_000)
                            + filters().replaceAll("&(from|to)=[^&]*", "");
            case 7 -> "/api/v1/entries/export?format=" + any("csv", "ndjson") + filters();
            case 8 -> "/api/v1/entries/" + entry().id();
            case 9, 10 ->
                    "/api/v1/entities/"
                            + encoded(table())
                            + "/"
                            + encoded(key())
                            + any("/history?limit=5", "/state?at=" + time(), "/diff?from=" + time())
                            + any("", "&source=shop", "&source=vault", "&source=nil");
            case 11 -> {
                AuditEntry entry = entry();
                yield "/api/v1/transactions/"
                        + any(entry.source(), "shop", "vault")
                        + "/"
                        + entry.transactionId()
                        + "?limit="
                        + (1 + random.nextInt(5));
            }
            case 12 -> {
                AuditEntry entry = entry();
                yield "/api/v1/transactions/"
                        + entry.source()
                        + "/"
                        + entry.transactionId()
                        + "/neighbours?committed_at="
                        + entry.committedAt();
            }
            case 13 ->
                    "/api/v1/tables/"
                            + encoded(table())
                            + "/history?limit=3"
                            + any("", "&source=vault");
            case 14 -> any("/api/v1/tables", "/api/v1/coverage");
            default -> "/api/v1/actors?limit=" + (1 + random.nextInt(9)) + any("", "&from_actor=b");
        };
    }

    private String facets() {
        return "facet="
                + any("actor", "table", "operation", "field", "reason", "source")
                + any("", "&facet=table&facet=actor&facet=source", "&facet=reason&facet=operation");
    }

    private String filters() {
        StringBuilder filters = new StringBuilder();
        for (int n = random.nextInt(4); n > 0; n--) {
            String filter =
                    switch (random.nextInt(14)) {
                        case 0, 1, 2 -> any("table=", "-table=") + encoded(table());
                        case 3 ->
                                "table="
                                        + encoded(table())
                                        + any("&key=", "&-key=")
                                        + encoded(key());
                        case 4, 5 ->
                                any("actor=", "-actor=")
                                        + encoded(
                                                any("anna", "Zoë", "only-secret", "column", "nil"));
                        case 6 -> any("source=", "-source=") + any("shop", "vault", "nil");
                        case 7 -> any("field=", "-field=") + any("n", "note", "id", "nil");
                        case 8 ->
                                any("operation=", "-operation=")
                                        + any(
                                                "update",
                                                "insert",
                                                "delete",
                                                "truncate",
                                                "table-change");
                        case 9 -> "transaction=" + entry().transactionId();
                        case 10 ->
                                any("reason=", "-reason=")
                                        + encoded(any("secret reason", "price round"));
                        case 11 -> any("request=req-1", "login_role=role_1", "-login_role=role_0");
                        case 12 -> "unattributed=" + any("true", "false");
                        default -> any("from=", "to=") + time();
                    };
            // What may be given once is given once.
            if (filter.startsWith("-")
                    || !filters.toString()
                            .contains("&" + filter.substring(0, filter.indexOf('=') + 1))) {
                filters.append('&').append(filter);
            }
        }
        return filters.toString();
    }

    private AuditEntry entry() {
        return log.entries().get(random.nextInt(log.entries().size()));
    }

    private String table() {
        return random.nextInt(12) == 0
                ? "never.seen"
                : ScopedLog.TABLES.get(random.nextInt(ScopedLog.TABLES.size()));
    }

    private String key() {
        return any("1", "2", "a/b", "TEA-01", "9");
    }

    private String time() {
        return time(random.nextInt(30_000));
    }

    private static String time(long seconds) {
        return ScopedLog.BEGIN.plusSeconds(seconds).toString();
    }

    private String any(String... values) {
        return values[random.nextInt(values.length)];
    }

    @Test
    void noBytesOfARequestBringOutWhatACallerDoesNotSee() throws IOException {
        Side side = sides.getFirst();
        try (RequestFuzzer fuzzer =
                new RequestFuzzer(whole.port(), List.of(side.key(), ApiFixture.KEY), SEED)) {
            fuzzer.run(
                    Integer.getInteger("daybook.fuzz.requests", 500),
                    (request, answer) -> {
                        if (request.contains(side.key())) {
                            assertThat(answer.text())
                                    .as("%s: %s", fuzzer, request)
                                    .doesNotContain("secret", "vault");
                        }
                    });
            assertThat(fuzzer.statuses()).as(fuzzer.toString()).containsKeys(200, 403, 404);
        }
    }

    @Test
    void theStreamGivesEachCallerWhatItSeesInOrder() throws Exception {
        for (Side side : sides) {
            for (String filter : List.of("", "&operation=update", "&actor=anna")) {
                // When
                List<String> given = streamed(whole, side.key(), filter);

                // Then
                assertThat(given)
                        .as("%s %s", side.key(), filter)
                        .isEqualTo(streamed(side.alone(), ApiFixture.KEY, filter))
                        .hasSizeGreaterThan(5);
            }
        }
    }

    /** Returns the ids of everything up to the first event that says so. */
    private static List<String> streamed(ApiFixture api, String key, String filter)
            throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient();
                InputStream body =
                        client.send(
                                        api.request(
                                                        "/api/v1/entries/stream?from="
                                                                + time(0)
                                                                + filter)
                                                .header("X-API-Key", key)
                                                .build(),
                                        HttpResponse.BodyHandlers.ofInputStream())
                                .body();
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine();
                    line != null && !(line.startsWith("event: complete") && !ids.isEmpty());
                    line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    ids.add(line);
                }
            }
            client.shutdownNow();
        }
        return ids;
    }

    @Test
    void thePagesShowEachCallerNothingElse() {
        Side side = sides.getFirst();
        List<String> pages =
                new ArrayList<>(
                        List.of(
                                "/view",
                                "/view/search",
                                "/view/search?-table=seen.one",
                                "/view/actors",
                                "/view/actors/anna",
                                "/view/coverage",
                                "/view/find?q=1"));
        log.entries().stream()
                .filter(entry -> side.tables().covers(entry.table()))
                .limit(20)
                .forEach(
                        entry -> {
                            pages.add(
                                    "/view/tx/%s/%d?at=%s"
                                            .formatted(
                                                    entry.source(),
                                                    entry.transactionId(),
                                                    entry.committedAt()));
                            if (entry.entityKey() != null) {
                                pages.add(
                                        "/view/rows/%s/%s/%s"
                                                .formatted(
                                                        entry.source(),
                                                        entry.table(),
                                                        encoded(entry.entityKey().text())));
                            }
                        });
        for (String path : pages) {
            HttpResponse<String> page = asked(side, path);
            assertThat(page.statusCode()).as(path).isIn(200, 303);
            assertThat(page.body()).as(path).doesNotContain("secret", "secretish", "vault");
        }
        for (String path :
                List.of("/view/home/numbers", "/view/search/facets", "/view/search/volume")) {
            assertThat(withoutNow(asked(side, path).body()))
                    .isEqualTo(withoutNow(side.alone().get(path).body()));
        }
        for (TableName hidden : tables(table -> !side.tables().covers(table))) {
            assertThat(asked(side, "/view/rows/shop/" + hidden + "/1").statusCode()).isEqualTo(404);
        }
    }

    /** Returns a part of a page without the moment at which it was asked for. */
    private static String withoutNow(String html) {
        return html.replaceAll("to=[^\"]*\"", "");
    }

    private static List<TableName> tables(java.util.function.Predicate<TableName> which) {
        return ScopedLog.TABLES.stream()
                .map(TableName::parse)
                .filter(which)
                .collect(Collectors.toList());
    }
}
