package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts that are SQL, paths, headers, expressions of templates or markup, wherever a request takes
 * a text: none is more than a text that nothing in the log has.
 */
class InjectionTest {

    private static final String[] FILTERS = {
        "actor", "-actor", "source", "login_role", "reason", "-reason", "request", "table", "field"
    };
    private static final ApiFixture API = ApiFixture.shared();

    @BeforeAll
    static void store() {
        ApiFixture.sharedDatabase()
                .store(Entries.insert("id", "1", "n", "2").table("injected", "t").entry());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "' or '1'='1",
                "x'; delete from audit.entry; --",
                "\\'; select pg_sleep(29); --",
                "$1",
                ":actor",
                "?::text",
                "{fn now()}",
                "$$; copy audit.api_key to program 'id'; $$",
                "../../../../etc/passwd",
                "..%2f..%2fapi",
                "x\r\nX-Evil: 1",
                "x\nSet-Cookie: a=b",
                "__${7*191}__",
                "${7*191}",
                "[[${7*191}]]",
                "*{7*191}",
                "~{layout :: page}",
                "#{7*191}",
                "<script>alert(1337)</script>",
                "\"><img src=x onerror=alert(1337)>",
                "javascript:alert(1337)",
                "${jndi:ldap://127.0.0.1:1/a}"
            })
    void aTextIsNoMoreThanAText(String text) {
        // Given
        List<String> paths = new ArrayList<>();
        for (String filter : FILTERS) {
            String asked = "?table=injected.t&" + filter + "=" + encoded(text);
            paths.add("/api/v1/entries" + asked);
        }
        String some = "?table=injected.t&-actor=%1$s&reason=%1$s".formatted(encoded(text));
        paths.add("/api/v1/entries/counts" + some + "&facet=actor&facet=field");
        paths.add("/view/search" + some);
        paths.add("/view/search/facets" + some);
        for (String prefix :
                List.of(
                        "/api/v1/entities/injected.t/",
                        "/view/rows/shop/injected.t/",
                        "/view/actors/",
                        "/view/find?q=",
                        "/view/sign-in?next=",
                        "/view/rejected?code=",
                        "/api/v1/reads?caller=",
                        "/api/v1/actors?from_actor=")) {
            paths.add(
                    prefix
                            + encoded(text)
                            + (prefix.endsWith("injected.t/") && prefix.startsWith("/api")
                                    ? "/history"
                                    : ""));
        }

        for (String path : paths) {
            // When
            long begun = System.nanoTime();
            HttpResponse<String> answer = API.get(path);

            // Then
            assertThat(answer.statusCode()).as(path).isIn(200, 302, 303, 400, 404);
            assertThat(answer.headers().map()).as(path).doesNotContainKeys("x-evil", "X-Evil");
            assertThat(answer.headers().allValues("set-cookie").toString())
                    .as(path)
                    .doesNotContain("a=b");
            assertThat(answer.body()).as(path).doesNotContain("root:x:");
            if (answer.headers().firstValue("Content-Type").orElse("").startsWith("text/html")) {
                assertThat(answer.body())
                        .as(path)
                        .doesNotContain("1337)</script>")
                        .doesNotContain("<img src=x")
                        .doesNotContain("href=\"javascript:");
                if (text.contains("7*191")) {
                    assertThat(answer.body())
                            .as(path)
                            .doesNotContain(">1337")
                            .doesNotContain("\"1337");
                }
            }
            assertThat(System.nanoTime() - begun).as(path).isLessThan(25_000_000_000L);
        }
        assertThat(API.json("/api/v1/entries?table=injected.t").at("/data").size()).isEqualTo(1);
    }
}
