package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.json.JsonMapper;

import java.util.stream.Stream;

/** Any key is addressable, through real HTTP. */
class OddKeysTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    static Stream<String> keys() {
        return Stream.of(
                "42",
                "",
                ".",
                "..",
                "...",
                "a/b",
                "/",
                "//",
                "/../",
                "../..",
                "a//b/",
                "a,b",
                "a;b=c",
                ";",
                "a b",
                " ",
                "a+b",
                "100%",
                "%",
                "%2F",
                "%252F",
                "%zz",
                "back\\slash",
                "\\",
                "?q=1&r=2",
                "#fragment",
                "ünï✓ 漢字",
                "😀",
                "\"quoted\"",
                "it's",
                "tab\tnewline\nreturn\r",
                "\u0001\u007f",
                "\u2028",
                "~",
                "~NDI",
                "[1,\"a/b\"]",
                "{}<>|^`",
                "history",
                "k".repeat(1500),
                "é/".repeat(300));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void aRowIsFoundByItsKeyInThePathAndAsAParameter(String key) {
        // Given
        AuditEntry entry =
                Entries.insert("id", JsonMapper.shared().writeValueAsString(key))
                        .table("odd keys", "t")
                        .entry();
        assertThat(entry.entityKey().text()).isEqualTo(key);
        database.store(entry);
        String path = "/api/v1/entities/odd%20keys.t/" + encoded(key);

        // When
        var history = api.json(path + "/history");
        var state = api.json(path + "/state");
        var diff = api.json(path + "/diff?from=2020-01-01T00:00:00Z");
        var search = api.json("/api/v1/entries?table=odd%20keys.t&key=" + encoded(key));

        // Then
        assertThat(history.at("/data").size()).isEqualTo(1);
        assertThat(history.at("/data/0/id").asString()).isEqualTo(entry.id().toString());
        assertThat(history.at("/data/0/key").asString()).isEqualTo(key);
        assertThat(state.at("/key").asString()).isEqualTo(key);
        assertThat(state.at("/status").asString()).isEqualTo("exists");
        assertThat(diff.at("/to_status").asString()).isEqualTo("exists");
        assertThat(search.at("/data/0/id").asString()).isEqualTo(entry.id().toString());
    }

    @Test
    void dotsAndSemicolonsNeedNoEncoding() {
        // Given
        for (String key : new String[] {"a.b", "..", "x;y=z", "a:b@c!d$e'(f)*,g"}) {
            database.store(
                    Entries.insert("id", '"' + key + '"').table("public", "raw_keys").entry());

            // When
            var history = api.json("/api/v1/entities/public.raw_keys/" + key + "/history");

            // Then
            assertThat(history.at("/data/0/key").asString()).isEqualTo(key);
        }
    }

    @Test
    void anUnencodedSlashIsNotFound() {
        api.problem("/api/v1/entities/public.t/a/b/history", 404, "not-found");
    }

    @Test
    void aBadlyEncodedKeyIsAProblem() {
        assertThat(rawStatusLine("/api/v1/entities/public.t/%zz/history")).contains("400");
        assertThat(rawStatusLine("/api/v1/entities/public.t/%ff/history")).contains("400");
    }

    @Test
    void tablesWithDotsAndQuotesAreQuotedAsInSql() {
        // Given
        database.store(Entries.insert("id", "1").table("my.schema", "a\"b/c").entry());

        // When
        var history =
                api.json(
                        "/api/v1/entities/" + encoded("\"my.schema\".\"a\"\"b/c\"") + "/1/history");

        // Then
        assertThat(history.at("/data/0/table").asString()).isEqualTo("\"my.schema\".\"a\"\"b/c\"");
    }

    /** HttpClient refuses what this sends. */
    private String rawStatusLine(String path) {
        try (var socket = new java.net.Socket("127.0.0.1", api.port())) {
            socket.getOutputStream()
                    .write(
                            ("GET "
                                            + path
                                            + " HTTP/1.1\r\n"
                                            + "Host: x\r\n"
                                            + "Connection: close\r\n"
                                            + "X-API-Key: "
                                            + ApiFixture.KEY
                                            + "\r\n\r\n")
                                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            String answer =
                    new String(
                            socket.getInputStream().readAllBytes(),
                            java.nio.charset.StandardCharsets.UTF_8);
            assertThat(answer)
                    .contains("application/problem+json")
                    .contains("urn:daybook:problem:");
            return answer.lines().findFirst().orElse("");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aKeyOfSeveralColumnsIsFoundHoweverItsArrayIsWritten() {
        // Given
        database.store(
                Entries.insert("a", "\"x\"", "b", "49").key("a", "b").table("pair", "t").entry());

        for (String written :
                new String[] {"[\"x\",49]", "[\"x\", 49]", "[ \"x\" ,49 ]", "[\"\\u0078\",\t49]"}) {
            String key =
                    java.net.URLEncoder.encode(written, java.nio.charset.StandardCharsets.UTF_8)
                            .replace("+", "%20");

            // Then
            assertThat(api.json("/api/v1/entities/pair.t/" + key + "/history").at("/data").size())
                    .as(written)
                    .isEqualTo(1);
            assertThat(
                            api.json("/api/v1/entities/pair.t/" + key + "/state?source=shop")
                                    .at("/status")
                                    .asString())
                    .isEqualTo("exists");
            assertThat(api.json("/api/v1/entries?table=pair.t&key=" + key).at("/data").size())
                    .isEqualTo(1);
        }
    }

    @Test
    void aTextThatLooksLikeSuchAKeyIsAskedForAsItIsFirst() {
        // Given
        database.store(Entries.insert("id", "\"[\\\"x\\\", 1]\"").table("look", "t").entry());

        // Then
        assertThat(
                        api.json("/api/v1/entities/look.t/%5B%22x%22,%201%5D/history")
                                .at("/data")
                                .size())
                .isEqualTo(1);
    }
}
