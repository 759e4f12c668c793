package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The viewer's pages, as a browser gets them. */
class ViewerTest {

    private static final Instant BEGIN = Instant.parse("2026-11-20T08:00:00Z");
    private static final String HOSTILE =
            "<script>alert(1)</script><img src=x onerror=alert(2)>\"'${7*7}[[${9*9}]]\u001b[31m\u202Egnp";
    private static final String SHOP = "/view/rows/shop/viewer.products/";
    private static ApiFixture api;
    private static AuditEntry hostile;
    private static AuditEntry updated;

    @BeforeAll
    static void fill() {
        AuditDatabase database = ApiFixture.sharedDatabase();
        api = ApiFixture.shared();
        database.store(
                product(0, Entries.snapshot())
                        .after(
                                "sku",
                                "\"T-1\"",
                                "price",
                                "11.00",
                                "note",
                                "null",
                                "tags",
                                "\"{a,b}\"")
                        .entry());
        updated =
                product(60, Entries.update())
                        .before("sku", "\"T-1\"")
                        .after(
                                "sku",
                                "\"T-1\"",
                                "price",
                                "11.20",
                                "note",
                                "\"\"",
                                "tags",
                                "\"{a,b,c}\"")
                        .entry();
        database.store(updated);
        database.storeContext(
                "shop",
                updated.transactionId(),
                updated.committedAt(),
                "v-anna",
                "price round",
                "req-205",
                "{\"display_name\": \"Anna Ahlers\"}");
        database.store(
                product(120, Entries.update())
                        .before("sku", "\"T-1\"")
                        .after("sku", "\"T-1\"", "price", "11.20", "extra", "\"new\"")
                        .unknown("note", "tags")
                        .entry());
        database.store(product(180, Entries.delete()).before("sku", "\"T-1\"").entry());
        database.store(
                product(360, Entries.insert())
                        .after(
                                "sku",
                                "\"T-1\"",
                                "price",
                                "12",
                                "note",
                                "\"back\"",
                                "tags",
                                "\"{a}\"")
                        .entry());
        hostile =
                product(400, Entries.insert())
                        .after(
                                "sku",
                                JsonText.quoted(HOSTILE),
                                "note",
                                JsonText.quoted(HOSTILE),
                                HOSTILE,
                                JsonText.quoted("x".repeat(1_100_000) + HOSTILE),
                                "doc",
                                JsonText.quoted("{\"a\": " + JsonText.quoted(HOSTILE) + "}"))
                        .entry();
        database.store(hostile);
        database.storeContext(
                "shop",
                hostile.transactionId(),
                hostile.committedAt(),
                HOSTILE,
                HOSTILE,
                HOSTILE,
                null);
        database.store(
                product(420, Entries.update())
                        .before("sku", JsonText.quoted(HOSTILE))
                        .after(
                                "sku",
                                JsonText.quoted(HOSTILE),
                                "note",
                                JsonText.quoted(HOSTILE + " and more " + "words ".repeat(40)),
                                HOSTILE,
                                JsonText.quoted(HOSTILE),
                                "doc",
                                JsonText.quoted("{\"a\": " + JsonText.quoted(HOSTILE + 1) + "}"))
                        .entry());
        database.execute(
                "insert into audit.rejected (id, rejected_at, stage, code, reason, record_value) values"
                        + " (gen_random_uuid(), now(), 'ingest', 'not-json', ?, ?)",
                HOSTILE,
                HOSTILE.getBytes(StandardCharsets.UTF_8));
    }

    private static Entries product(long seconds, Entries entry) {
        return entry.table("viewer", "products").key("sku").at(BEGIN.plusSeconds(seconds));
    }

    private static String page(String path) {
        HttpResponse<String> response = api.get(path);
        assertThat(response.statusCode()).as("%s: %s", path, response.body()).isEqualTo(200);
        checkSafe(path, response);
        return response.body();
    }

    /** Nothing of the log is markup, and nothing stands in place that the policy refuses. */
    private static void checkSafe(String path, HttpResponse<String> response) {
        assertThat(response.body())
                .as(path)
                .doesNotContain("<script>", "<img", " style=", "49[[81]]");
        // What a form sends back is as it is stored; everything else is to be seen.
        assertThat(response.body().replaceAll(" value=\"[^\"]*\"", ""))
                .as(path)
                .doesNotContain("\u001b", "\u202E");
        assertThat(response.body().replaceAll("\"[^\"]*\"", "\"\""))
                .as(path)
                .doesNotContainPattern("<[^>]*\\son[a-z]+=");
        assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
                .as(path)
                .startsWith("default-src 'self';")
                .doesNotContain("unsafe");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }

    /** What a page shows: its text without markup, blanks as one. */
    private static String text(String page) {
        return page.replaceAll("(?s)<[^>]*>", " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
                .replaceAll("\\s+", " ")
                .replace(" ,", ",");
    }

    @Test
    void aRowsTimelineShowsWhatChangedAndWhereTheOldValuesAreFrom() {
        // When
        String page = page(SHOP + "T-1");

        // Then
        assertThat(text(page))
                .contains("The row exists. 5 versions")
                .contains("v2 Updated v-anna Anna Ahlers price round")
                .contains("price from 11.00 → to 11.20 +0.20 (+1.8 %)")
                .contains("note from no value → to empty text")
                .contains("tags a b added c")
                .contains("Old values: from earlier entries.")
                .contains("extra unknown → to new first seen here")
                .contains("note, tags: not sent, as not changed.")
                .contains("v4 Deleted")
                .contains("For 3 min there was no such row.")
                .contains("Inserted again under the same key.");
        assertThat(page)
                .contains("<del class=\"was\">", "<ins class=\"now\">", "class=\"knot update\"");
    }

    @Test
    void aRowIsRebuiltAsItWasAndTwoVersionsAreCompared() {
        // When
        String at = text(page(SHOP + "T-1?at=" + BEGIN.plusSeconds(130)));

        // Then
        assertThat(at)
                .contains("The row was there.")
                .contains("price 11.20 v2")
                .contains("tags {a,b,c} v2")
                .contains("sku T-1 v1 or before")
                .contains("extra new v3 or before");
        assertThat(text(page(SHOP + "T-1?at=" + BEGIN.plusSeconds(200))))
                .contains("The row was gone.");
        String first = text(page(SHOP + "T-1?show=all"));
        assertThat(first).contains("tags {a,b,c} from v2");

        // When
        Matcher ids =
                Pattern.compile("<option value=\"([0-9a-f-]{36})\"").matcher(page(SHOP + "T-1"));
        ids.find();
        String v1 = ids.group(1);
        ids.find();
        String compared = text(page(SHOP + "T-1?from=" + ids.group(1) + "&to=" + v1));

        // Then
        assertThat(compared)
                .contains("v1 compared with v2")
                .contains("price from 11.00 → to 11.20");
    }

    @Test
    void aMomentBeforeTheFirstVersionIsSaidToBeUnknownUnlessTheRowWasInserted() {
        // Given
        AuditDatabase database = ApiFixture.sharedDatabase();
        database.store(
                Entries.insert("id", "8", "n", "1").table("viewer", "old").at(BEGIN).entry());
        database.store(
                Entries.snapshot("id", "7", "n", "1").table("viewer", "old").at(BEGIN).entry());
        database.store(
                Entries.update("id", "7", "n", "2")
                        .before("id", "7")
                        .table("viewer", "old")
                        .at(BEGIN.plusSeconds(60))
                        .entry());
        Instant before = BEGIN.minusSeconds(86_400);

        // Then
        assertThat(text(page("/view/rows/shop/viewer.old/7?at=" + before)))
                .contains("This log begins to know the row")
                .contains("What it was before, the log does not know.");
        assertThat(text(page("/view/rows/shop/viewer.old/8?at=" + before)))
                .contains("The row was not there yet: it was inserted");
        assertThat(text(page("/view/rows/shop/viewer.old/7")))
                .contains("id 7 v1 or before")
                .contains("n 2 v2");
        assertThat(text(page("/view/rows/shop/viewer.old/7?field=n")))
                .contains("2 versions since")
                .contains("; 1 set or changed n, 1 time unattributed.");
    }

    @Test
    void whatIsStoredIsShownAsText() {
        // Given
        String key = SHOP + encoded(HOSTILE);

        // Then
        assertThat(text(page(key)))
                .contains("<script>alert(1)</script>")
                .contains("\u241B[31m\u27E8U+202E\u27E9gnp");
        assertThat(page(key + "?show=all").length()).isLessThan(400_000);
        page("/view/search?table=viewer.products");
        page("/view/search?actor=" + encoded(HOSTILE));
        page("/view/search?key=" + encoded(HOSTILE) + "&table=viewer.products");
        page("/view/search/facets?table=viewer.products");
        page("/view/actors/" + encoded(HOSTILE));
        page("/view/actors");
        page("/view/tx/shop/" + hostile.transactionId());
        page("/view/rejected");
        page("/view");
        page("/view/home/numbers");
        page("/view/find?q=" + encoded("<b>nothing</b>"));
    }

    @Test
    void aTransactionShowsWhoWhyAndWhatElse() {
        // When
        String page = text(page("/view/tx/shop/" + updated.transactionId()));

        // Then
        assertThat(page)
                .contains("Transaction " + updated.transactionId())
                .contains("v-anna Anna Ahlers, said by the application")
                .contains("Why price round")
                .contains("08:01:00.000000 UTC")
                .contains("1 row in 1 table")
                .contains("req-205")
                .contains("What else did v-anna do?");
    }

    @Test
    void theSearchIsASentenceWithFacetsAndVolume() {
        // When
        String page =
                text(
                        page(
                                "/view/search?operation=update&table=viewer.products&actor=v-anna&from=2026-11-20T00:00:00Z"));

        // Then
        assertThat(page)
                .contains("Updates to viewer.products by v-anna")
                .contains("price from 11.00 → to 11.20");
        String facets = page("/view/search/facets?table=viewer.products&-actor=v-anna");
        assertThat(text(facets)).contains("Actor").contains("v-anna 1 +").contains("updates");
        assertThat(facets).contains("-actor=v-anna&amp;operation=update");
        page("/view/search/volume?table=viewer.products&since=7d");
        assertThat(
                        page(
                                "/view/search/volume?table=viewer.products&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"))
                .contains("role=\"img\"")
                .contains("/view/search?table=viewer.products&amp;from=2026-");
        assertThat(
                        text(
                                page(
                                        "/view/search/volume?from=2026-11-20T00:00:00Z&to=2026-11-27T00:00:00Z")))
                .contains("Fri 20 Nov");
        assertThat(text(page("/view/search?login_role=v_role")))
                .contains("Changes under the login role v_role");
    }

    @Test
    void anExportIsExactlyTheSearch() {
        HttpResponse<String> csv =
                api.get("/view/export?table=viewer.products&actor=v-anna&format=csv");
        assertThat(csv.headers().firstValue("Content-Type").orElse("")).startsWith("text/csv");
        assertThat(csv.body().lines().toList()).hasSize(5);
        assertThat(csv.body()).startsWith("\uFEFFcommitted_at,");
        assertThat(page("/view/search?table=viewer.products&actor=v-anna"))
                .contains("/view/export?table=viewer.products&amp;actor=v-anna&amp;format=csv")
                .contains("/api/v1/entries?table=viewer.products&amp;actor=v-anna");
        page("/view/live?table=viewer.products");
    }

    @Test
    void aRowAndATransactionAreCopiedAsCurlAndAsSql() {
        assertThat(page(SHOP + "T-1"))
                .contains("/api/v1/entities/viewer.products/T-1/history?source=shop&#39;")
                .contains("(e.entity_key IN (&#39;T-1&#39;)");
        assertThat(page("/view/tx/shop/" + updated.transactionId()))
                .contains(
                        "/api/v1/transactions/shop/%d?committed_at=2026-11-20T08:01:00"
                                .formatted(updated.transactionId()))
                .contains("e.transaction_id = " + updated.transactionId());
    }

    @Test
    void theFormOfTheLiveTailKeepsTheFiltersThatItHasNoFieldFor() {
        assertThat(page("/view/live?reason=audit&actor=v-anna&actor=v-bert"))
                .contains("<input type=\"hidden\" name=\"reason\" value=\"audit\">")
                .contains("<input type=\"hidden\" name=\"actor\" value=\"v-bert\">")
                .doesNotContain("type=\"hidden\" name=\"actor\" value=\"v-anna\"");
    }

    @Test
    void theHomePageShowsTheVolumeOfEachTableAsAPicture() {
        // Given
        String numbers = "";
        // Midnight may come in between, once.
        for (int i = 0; i < 2 && !numbers.contains("viewer.today"); i++) {
            ApiFixture.sharedDatabase()
                    .store(
                            Entries.insert("id", "1")
                                    .table("viewer", "today")
                                    .at(Instant.now(Clock.systemUTC()))
                                    .entry());
            numbers = page("/view/home/numbers");
        }

        // Then
        assertThat(numbers)
                .contains("viewer.today", "class=\"spark\"")
                .containsPattern("aria-label=\"By hour: most from [0-9:]+, [0-9]+\"");
    }

    @Test
    void coverageShowsLagAndVolumeAsPictures() {
        assertThat(text(page("/view/coverage")))
                .contains("Changes by hour, today")
                .contains("Lag by hour, today")
                .contains("Slowest change in the log after");
    }

    @Test
    void anEmptySearchSaysHowFarItLooked() {
        assertThat(text(page("/view/search?table=viewer.products&actor=v-dora")))
                .contains("None found: Changes to viewer.products by v-dora.")
                .contains("by anyone");
        assertThat(text(page("/view/search?table=viewer.absent")))
                .contains("The log has no entry of a table \"viewer.absent\"");
        assertThat(text(page("/view/search?from=yesterday"))).contains("is not an RFC 3339 time");
    }

    @Test
    void theFindBoxGoesWhereItsTextLeads() {
        assertThat(found("T-1")).endsWith("/view/rows/shop/viewer.products/T-1");
        assertThat(found("v-anna")).endsWith("/view/actors/v-anna");
        assertThat(found("viewer.products")).endsWith("/view/search?table=viewer.products");
        assertThat(found("viewer.products T-1")).endsWith("/view/rows/shop/viewer.products/T-1");
        assertThat(found("product T-1")).endsWith("/view/rows/shop/viewer.products/T-1");
        assertThat(found("t-1")).endsWith("/view/rows/shop/viewer.products/T-1");
        assertThat(found("product T-99")).contains("Nothing is named");
        assertThat(found("tx 21047")).endsWith("/view/search?transaction=21047");
        assertThat(found("actor:v-anna -table:public.page_views since:7d"))
                .endsWith("/view/search?actor=v-anna&-table=public.page_views&since=7d");
    }

    private static String found(String text) {
        HttpResponse<String> response = api.get("/view/find?q=" + encoded(text));
        return response.headers().firstValue("Location").orElse(response.body());
    }

    @Test
    void everyPageAnswersAndIsSmall() {
        for (String path :
                List.of(
                        "/view",
                        "/view/coverage",
                        "/view/words",
                        "/view/actors",
                        "/view/search",
                        "/view/search?since=7d")) {
            assertThat(page(path).length()).as(path).isLessThan(150_000);
        }
        HttpResponse<String> css = open("/view/assets/viewer.css");
        assertThat(css.statusCode()).isEqualTo(200);
        assertThat(css.headers().firstValue("Cache-Control").orElse(""))
                .contains("max-age=31536000");
        assertThat(open("/view/assets/htmx.min.js").statusCode()).isEqualTo(200);
        assertThat(open("/view/assets/sse.js").statusCode()).isEqualTo(200);
    }

    @Test
    void whatDoesNotExistIsAPageThatSaysSo() {
        HttpResponse<String> absent = api.get("/view/tx/shop/999999999");
        assertThat(absent.statusCode()).isEqualTo(404);
        assertThat(text(absent.body())).contains("The log has no transaction 999999999");
        checkSafe("tx", absent);
        assertThat(api.get("/view/rows/shop/nodots/1").statusCode()).isEqualTo(400);
        assertThat(api.get(SHOP + "T-1?at=never").statusCode()).isEqualTo(400);
        assertThat(api.get("/view/nothing").statusCode()).isEqualTo(404);
    }

    // Signing in

    private static HttpResponse<String> open(String path) {
        return api.send(api.request(path).build());
    }

    private static String cookies(HttpResponse<?> response) {
        StringBuilder cookies = new StringBuilder();
        response.headers()
                .allValues("Set-Cookie")
                .forEach(
                        cookie ->
                                cookies.append(cookies.isEmpty() ? "" : "; ")
                                        .append(cookie, 0, cookie.indexOf(';')));
        return cookies.toString();
    }

    private static HttpResponse<String> post(String path, String cookies, String form) {
        return api.send(
                api.request(path)
                        .header("Cookie", cookies)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build());
    }

    private static String token(HttpResponse<String> page) {
        Matcher token =
                Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"").matcher(page.body());
        assertThat(token.find()).as(page.body()).isTrue();
        return token.group(1);
    }

    @Test
    void aKeyBeginsASessionThatAFormWithATokenAloneCanBeginAndEnd() {
        // When
        HttpResponse<String> turnedAway = open("/view/search?table=a.b");
        HttpResponse<String> form = open("/view/sign-in?next=%2Fview%2Fsearch");

        // Then
        assertThat(turnedAway.statusCode()).isEqualTo(303);
        assertThat(turnedAway.headers().firstValue("Location").orElse(""))
                .isEqualTo("/view/sign-in?next=%2Fview%2Fsearch%3Ftable%3Da.b");
        assertThat(form.statusCode()).isEqualTo(200);
        assertThat(cookies(form)).doesNotContain("daybook_session");

        // When
        String token = "&_csrf=" + token(form);
        HttpResponse<String> wrong = post("/view/sign-in", cookies(form), "key=nonsense" + token);
        HttpResponse<String> forged = post("/view/sign-in", "", "key=" + encoded(ApiFixture.KEY));
        HttpResponse<String> right =
                post(
                        "/view/sign-in",
                        cookies(form),
                        "next=%2Fview%2Fsearch&key=" + encoded(ApiFixture.KEY) + token);

        // Then
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(wrong.body()).contains("This key is not valid").doesNotContain("nonsense");
        assertThat(forged.statusCode()).isEqualTo(403);
        assertThat(right.statusCode()).isEqualTo(303);
        assertThat(right.headers().firstValue("Location")).contains("/view/search");
        String session =
                right.headers().allValues("Set-Cookie").stream()
                        .filter(cookie -> cookie.startsWith("daybook_session="))
                        .findFirst()
                        .orElseThrow();
        assertThat(session).contains("HttpOnly", "SameSite=Strict", "Path=/view");

        // When
        HttpRequest.Builder home =
                api.request("/view").header("Cookie", cookies(right) + "; " + cookies(form));
        HttpResponse<String> page = api.send(home.build());

        // Then
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("configured");
        assertThat(page.headers().firstValue("Cache-Control").orElse("")).contains("no-store");

        // When
        assertThat(cookies(page)).isEmpty();
        String both = cookies(right) + "; " + cookies(form);
        HttpResponse<String> out = post("/view/sign-out", both, "_csrf=" + token(page));

        // Then
        assertThat(out.statusCode()).isEqualTo(303);
        assertThat(api.send(home.build()).statusCode()).isEqualTo(303);
    }

    @Test
    void aSignInLeadsToNoOtherSite() {
        for (String next :
                List.of(
                        "https://evil.example",
                        "//evil.example",
                        "/view/../x\\evil",
                        "/view/sign-out")) {
            assertThat(open("/view/sign-in?next=" + encoded(next)).body())
                    .as(next)
                    .contains("name=\"next\" value=\"/view\"");
        }
    }

    @Test
    void theRestOfTheInterfaceTakesNoSession() {
        // Given
        HttpResponse<String> form = open("/view/sign-in");
        HttpResponse<String> right =
                post(
                        "/view/sign-in",
                        cookies(form),
                        "key=" + encoded(ApiFixture.KEY) + "&_csrf=" + token(form));

        // Then
        HttpRequest asked = api.request("/api/v1/entries").header("Cookie", cookies(right)).build();
        ApiFixture.problem(api.send(asked), 401, "unauthenticated");
    }
}
