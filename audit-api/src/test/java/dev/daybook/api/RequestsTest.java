package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** What becomes of requests as bytes: those that no client would send, and how answers travel. */
class RequestsTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    /** Sends bytes as they are, and returns all that comes back. */
    private byte[] raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", api.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return socket.getInputStream().readAllBytes();
        }
    }

    private String get(String target) throws IOException {
        return new String(
                raw(
                        "GET "
                                + target
                                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: "
                                + ApiFixture.KEY
                                + "\r\n\r\n"),
                StandardCharsets.UTF_8);
    }

    private static void assertProblem(String answer, int status, String word) {
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .containsIgnoringCase("Content-Type: application/problem+json")
                .containsIgnoringCase("X-Request-Id: ")
                .contains("urn:daybook:problem:" + word)
                .contains("\"request_id\":\"")
                .doesNotContain("Exception", "java.", "\tat ", "<html");
        assertThat(answer.substring(answer.indexOf("\r\n\r\n")).length()).isLessThan(2_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/entries?actor=%",
                "/api/v1/entries?actor=100%",
                "/api/v1/entries?actor=%zz",
                "/api/v1/entries?=public.products",
                "/api/v1/entries?%00=~",
                "/api/v1/entries?actor=%ff",
                "/api/v1/entries?%ff=1",
                "/api/v1/entries?actor=%ED%A0%80",
                "/api/v1/entries?actor=%C0%80",
                "/api/v1/nothing?x=%ff",
                "/swagger-ui/index.html?x=%ff",
                "/v3/api-docs?x=%ff",
                "/actuator/health?x=%ff",
                "/?x=%ff",
                "/api/v1/entities/public.t/%ff/history",
                "/api/v1/entities/public.t/%/history",
                "/api/v1/entries/%zz",
            })
    void anEscapeThatIsNoneIsRefusedOnEveryPath(String target) throws IOException {
        assertProblem(get(target), 400, "bad-request");
    }

    @Test
    void whatIsNotHttpIsRefusedWithItsReason() throws IOException {
        assertProblem(text("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), 400, "bad-request");
        assertThat(text("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")).contains("Host");
        assertProblem(text("NONSENSE\r\n\r\n"), 400, "bad-request");
        assertProblem(get("/api/v1/entries/a|b"), 400, "bad-request");
    }

    private String text(String request) throws IOException {
        return new String(raw(request), StandardCharsets.UTF_8);
    }

    @Test
    void aQueryOrHeaderThatIsTooLongIsToldHowLongItMayBe() throws IOException {
        assertProblem(get("/api/v1/entries?actor=" + "a".repeat(9_000)), 414, "request-too-long");
        assertThat(get("/api/v1/entries?actor=" + "a".repeat(9_000))).contains("8192");
        assertProblem(
                text(
                        "GET /api/v1/entries HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: "
                                + "a".repeat(9_000)
                                + "\r\n\r\n"),
                431,
                "header-too-long");
        assertProblem(get("/" + "a".repeat(70_000)), 414, "request-too-long");
        assertProblem(
                text(
                        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: "
                                + "a".repeat(70_000)
                                + "\r\n\r\n"),
                431,
                "header-too-long");
    }

    @Test
    void aRowWithALongKeyIsFoundByItsPath() throws IOException {
        // Given
        String key = "k".repeat(9_000);
        database.store(Entries.insert("id", '"' + key + '"').table("long", "t").entry());

        // When
        JsonNode history = api.json("/api/v1/entities/long.t/" + key + "/history");

        // Then
        assertThat(history.at("/data").size()).isEqualTo(1);
    }

    @Test
    void aProblemShowsThePathAsItWasAsked() {
        for (String path :
                new String[] {
                    "/api/v1/entities/public.orders/1/history?limit=0",
                    "/api/v1/entities/public.orders/a%2Fb/nosuch",
                    "/api/v1/entities/public.nosuch/1/state"
                }) {
            String body = api.get(path).body();

            assertThat(body)
                    .contains("\"instance\":\"" + path.replaceFirst("\\?.*", "") + '"')
                    .doesNotContain("~");
        }
    }

    @Test
    void everyAnswerNamesItsRequestAndKeepsANameThatIsPlain() {
        HttpResponse<String> named =
                api.send(
                        api.request("/api/v1/entries?limit=0")
                                .header("X-API-Key", ApiFixture.KEY)
                                .header("X-Request-Id", "case-16-abc")
                                .build());
        HttpResponse<String> strange =
                api.send(
                        api.request("/actuator/health").header("X-Request-Id", "<script>").build());

        assertThat(named.headers().firstValue("X-Request-Id")).contains("case-16-abc");
        assertThat(named.body()).contains("\"request_id\":\"case-16-abc\"");
        assertThat(strange.headers().firstValue("X-Request-Id").orElse("")).matches("[0-9a-f]{16}");
    }

    @Test
    void aLongAnswerIsCompressedAndAnAnswerThatIsTheSameHasNoBody() throws IOException {
        // Given
        for (int i = 0; i < 30; i++) {
            database.store(Entries.insert("id", String.valueOf(i)).table("zip", "t").at(i).entry());
        }
        String request =
                "GET /api/v1/entries?table=zip.t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        + "X-API-Key: "
                        + ApiFixture.KEY
                        + "\r\n";

        // When
        byte[] answer = raw(request + "Accept-Encoding: gzip\r\n\r\n");
        HttpResponse<String> plain = api.get("/api/v1/entries?table=zip.t");
        HttpResponse<String> again =
                api.send(
                        api.request("/api/v1/entries?table=zip.t")
                                .header("X-API-Key", ApiFixture.KEY)
                                .header(
                                        "If-None-Match",
                                        plain.headers().firstValue("ETag").orElse(""))
                                .build());

        // Then
        String head = new String(answer, StandardCharsets.ISO_8859_1);
        assertThat(head)
                .containsIgnoringCase("Content-Encoding: gzip")
                .containsIgnoringCase("Vary: authorization,x-api-key,accept-encoding");
        assertThat(plain.headers().firstValue("Cache-Control").orElse(""))
                .contains("private", "no-cache");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void whatCanNoLongerChangeMayBeKept() {
        // Given
        database.store(Entries.insert("id", "1").table("kept", "t").source("kept").entry());
        database.execute(
                "insert into audit.watermark values ('kept', 0, 0, 1, 1, '2026-11-23T00:00:00Z',"
                        + " null)");
        String row = "/api/v1/entities/kept.t/1/state?source=kept";

        // Then
        assertThat(cacheControl(row + "&at=2026-11-22T23:00:00Z")).contains("max-age=300");
        assertThat(cacheControl(row + "&at=2026-11-23T01:00:00Z")).contains("no-cache");
        assertThat(cacheControl(row)).contains("no-cache");
    }

    private String cacheControl(String path) {
        return api.get(path).headers().firstValue("Cache-Control").orElse("");
    }

    @Test
    void aBrowserThatOnlyLooksRoundIsShownWhereItIs() {
        for (String path : new String[] {"/", "/api", "/api/v1"}) {
            HttpResponse<String> page = api.send(api.request(path).build());

            assertThat(page.statusCode()).as(path).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/html");
            assertThat(page.body()).contains("/swagger-ui/index.html", "/v3/api-docs");
        }
        ApiFixture.problem(api.send(api.request("/favicon.ico").build()), 404, "not-found");
    }

    @Test
    void numbersComeDigitForDigitOrAsStrings() {
        // Given
        database.store(
                Entries.insert(
                                "id", "9007199254740993",
                                "price", "7.50",
                                "doc", "{\"n\":[1e2,-0.10],\"s\":\"7\"}")
                        .table("num", "t")
                        .entry());
        String row = "/api/v1/entities/num.t/9007199254740993/state";

        // Then
        assertThat(api.get(row).body())
                .contains("\"id\":9007199254740993,\"price\":7.50")
                .contains("\"n\":[1e2,-0.10]");
        assertThat(api.get(row + "?numbers=string").body())
                .contains("\"id\":\"9007199254740993\",\"price\":\"7.50\"")
                .contains("{\"n\":[\"1e2\",\"-0.10\"],\"s\":\"7\"}");
        assertThat(api.get("/api/v1/entries?table=num.t&numbers=string").body())
                .contains("\"to\":\"7.50\"");
    }
}
