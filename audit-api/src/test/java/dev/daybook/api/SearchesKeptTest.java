package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.util.HtmlUtils;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Searches that people keep in the viewer, what they leave out for good, the same search as SQL,
 * and gaps where they are looked for.
 */
class SearchesKeptTest {

    private static final String OTHER = "a key of somebody else, for views";
    private static AuditDatabase database;
    private static ApiFixture api;

    @BeforeAll
    static void begin() {
        database = AuditDatabase.create();
        AccessTest.key(database, OTHER, "{read,export}", "{kept.*}", null);
        for (int i = 0; i < 6; i++) {
            AuditEntry entry =
                    Entries.update(
                                    "id",
                                    "1",
                                    "n",
                                    String.valueOf(i),
                                    "it's",
                                    "\"o'clock \\\\ " + i + "\"")
                            .before("id", "1", "n", String.valueOf(i - 1), "it's", "\"x\"")
                            .table("kept", "t")
                            .at(i * 60L)
                            .entry();
            database.store(entry);
            database.storeContext(
                    "shop",
                    entry.transactionId(),
                    entry.committedAt(),
                    i % 2 == 0 ? "job" : "o'hara \\ 1",
                    "r" + i,
                    null,
                    null);
        }
        database.store(Entries.delete("id", "2").table("kept", "t").at(400).entry());
        database.store(Entries.insert("id", "3").table("other", "t").at(400).entry());
        for (String[] gap :
                new String[][] {{"kept.t", "kept.t was not published"}, {"other.t", "other gap"}}) {
            database.execute(
                    """
                    insert into audit.gap (id, found_at, source, table_name, from_time, to_time, stage,
                        cause, reason)
                    values (?, now(), 'shop', ?, ?, ?, 'source', 'not-published', ?)
                    """,
                    UUID.randomUUID(),
                    gap[0],
                    Entries.START.plusSeconds(130).atOffset(ZoneOffset.UTC),
                    Entries.START.plusSeconds(170).atOffset(ZoneOffset.UTC),
                    gap[1] + ".");
        }
        api = ApiFixture.start(database);
    }

    @AfterAll
    static void end() {
        api.close();
    }

    private static HttpResponse<String> get(String key, String path) {
        return api.send(api.request(path).header("X-API-Key", key).build());
    }

    /** Sends a form of a page, as its script or its button would. */
    private static HttpResponse<String> post(String key, String page, String path, String form) {
        HttpResponse<String> shown = get(key, page);
        String cookie =
                shown.headers().allValues("Set-Cookie").stream()
                        .map(set -> set.substring(0, set.indexOf(';')))
                        .reduce((one, other) -> one + "; " + other)
                        .orElse("");
        Matcher token =
                Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"").matcher(shown.body());
        assertThat(token.find()).as(shown.body()).isTrue();
        return api.send(
                api.request(path)
                        .header("X-API-Key", key)
                        .header("Cookie", cookie)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        form + "&_csrf=" + encoded(token.group(1))))
                        .build());
    }

    @Test
    void aSearchIsKeptForItsCallerAndSharedByAnAdministratorAlone() {
        // When
        HttpResponse<String> saved =
                post(
                        OTHER,
                        "/view/search",
                        "/view/views",
                        "as=%3Cb%3Emine&table=kept.t&-actor=job");
        post(
                ApiFixture.KEY,
                "/view/search",
                "/view/views",
                "as=for%20all&table=kept.t&shared=true");
        post(ApiFixture.KEY, "/view/search", "/view/views", "as=only%20mine&since=7d");

        // Then
        assertThat(saved.statusCode()).isEqualTo(303);
        assertThat(saved.headers().firstValue("Location").orElse(""))
                .isEqualTo("/view/search?table=kept.t&-actor=job");
        String home = get(OTHER, "/view").body();
        assertThat(home)
                .contains("&lt;b&gt;mine", "for all", "shared by")
                .contains("href=\"/view/search?table=kept.t&amp;-actor=job\"")
                .doesNotContain("only mine");
        assertThat(post(OTHER, "/view/search", "/view/views", "as=x&shared=true").statusCode())
                .isEqualTo(403);
        assertThat(post(OTHER, "/view/search", "/view/views", "as=").statusCode()).isEqualTo(400);

        // When
        post(OTHER, "/view", "/view/views/remove", "as=%3Cb%3Emine");
        post(OTHER, "/view", "/view/views/remove", "as=for%20all");

        // Then
        assertThat(get(OTHER, "/view").body()).doesNotContain("mine").contains("for all");
    }

    @Test
    void whatIsLeftOutForGoodIsInTheLinksThatLeadToASearch() {
        // When
        post(OTHER, "/view/search?-actor=job", "/view/noise", "table=kept.t&-actor=job");

        // Then
        assertThat(get(OTHER, "/view").body()).contains("href=\"/view/search?-actor=job\"");
        assertThat(get(OTHER, "/view/search?table=kept.t").body())
                .contains("What you leave out for good is in this list")
                .contains("href=\"/view/search?table=kept.t&amp;-actor=job\"");
        assertThat(get(OTHER, "/view/search?table=kept.t&-actor=job").body())
                .contains("Your machine noise is left out");
        assertThat(get(ApiFixture.KEY, "/view").body()).doesNotContain("-actor=job\"");

        // When
        post(OTHER, "/view/search?-actor=job", "/view/noise", "table=kept.t");

        // Then
        assertThat(get(OTHER, "/view/search?table=kept.t").body()).doesNotContain("for good is");
    }

    @Test
    void theSameSearchAsSqlFindsTheSameEntries() throws SQLException {
        for (String filters :
                List.of(
                        "",
                        "?table=kept.t&key=1",
                        "?-table=other.t&-actor=job",
                        "?actor=" + encoded("o'hara \\ 1"),
                        "?unattributed=true",
                        "?unattributed=false&operation=update",
                        "?field=" + encoded("it's") + "&-operation=delete",
                        "?-field=" + encoded("it's"),
                        "?reason=r1&reason=r2&source=shop",
                        "?from="
                                + Entries.START.plusSeconds(60)
                                + "&to="
                                + Entries.START.plusSeconds(200))) {
            // Given
            List<String> expected = new ArrayList<>();
            api.json("/api/v1/entries" + filters)
                    .at("/data")
                    .forEach(entry -> expected.add(entry.at("/id").asString()));
            Matcher sql =
                    Pattern.compile("data-copy=\"(SELECT[^\"]*)\"")
                            .matcher(get(ApiFixture.KEY, "/view/search" + filters).body());
            assertThat(sql.find()).as(filters).isTrue();

            // When
            List<String> found = new ArrayList<>();
            try (Connection connection = database.owner().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(HtmlUtils.htmlUnescape(sql.group(1)))) {
                while (row.next()) {
                    found.add(row.getString("id"));
                }
            }

            // Then
            assertThat(found).as(filters).isEqualTo(expected);
        }
    }

    @Test
    void aGapIsShownWhereItIsLookedFor() {
        // A version on either side of the gap, the search that it concerns, and the coverage.
        assertThat(get(OTHER, "/view/rows/shop/kept.t/1").body())
                .containsOnlyOnce("kept.t was not published")
                .doesNotContain("other gap");
        assertThat(get(OTHER, "/view/search?table=kept.t").body())
                .contains("kept.t was not published")
                .doesNotContain("other gap");
        assertThat(
                        get(
                                        OTHER,
                                        "/view/search?table=kept.t&from="
                                                + Entries.START.plusSeconds(200))
                                .body())
                .doesNotContain("kept.t was not published");
        assertThat(get(OTHER, "/view/coverage").body())
                .contains("kept.t was not published")
                .doesNotContain("other gap");
        assertThat(get(ApiFixture.KEY, "/view/coverage").body())
                .contains("kept.t was not published", "other gap");
    }

    @Test
    void whoLookedIsShownToAdministratorsAlone() throws InterruptedException {
        get(ApiFixture.KEY, "/api/v1/entries?actor=" + encoded("<i>looked for"));
        long end = System.nanoTime() + 20_000_000_000L;
        String page = "";
        while (!page.contains("looked for") && System.nanoTime() < end) {
            Thread.sleep(100);
            page = get(ApiFixture.KEY, "/view/reads?caller=configured").body();
        }
        assertThat(page).contains("&lt;i&gt;looked for").doesNotContain("<i>looked");
        assertThat(get(OTHER, "/view/reads").statusCode()).isEqualTo(403);
        assertThat(get(OTHER, "/view").body()).doesNotContain("/view/reads");
    }
}
