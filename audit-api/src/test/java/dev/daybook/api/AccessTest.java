package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Tries what a key may do, when it ends, and that reads are recorded. */
class AccessTest {

    private static final String SOME = "a key that sees two tables only";
    private static final String READER = "a key that may read and no more";
    private static AuditDatabase whole;
    private static ApiFixture all;

    @BeforeAll
    static void begin() {
        whole = AuditDatabase.create();
        key(whole, SOME, "{read,export}", "{seen.*}", null);
        key(whole, READER, "{read}", "{*}", null);
        all = ApiFixture.start(whole);
    }

    @AfterAll
    static void end() {
        all.close();
    }

    static void key(
            AuditDatabase database, String key, String scopes, String tables, Instant expires) {
        database.execute(
                "insert into audit.api_key (id, name, key_sha256, scopes, tables, expires_at) values"
                        + " (gen_random_uuid(), ?, ?, ?::text[], ?::text[], ?)",
                key,
                sha256(key),
                scopes,
                tables,
                expires == null ? null : expires.atOffset(ZoneOffset.UTC));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HttpResponse<String> confined(String path) {
        return all.send(all.request(path).header("X-API-Key", SOME).build());
    }

    @Test
    void aScopeThatIsLackingIsNamed() {
        HttpResponse<String> export =
                all.send(all.request("/api/v1/entries/export").header("X-API-Key", READER).build());
        assertThat(ApiFixture.problem(export, 403, "forbidden").at("/detail").asString())
                .contains("lacks the scope \"export\"");
        for (String path : List.of("/api/v1/rejected", "/api/v1/reads", "/api/v1/entries/stream")) {
            ApiFixture.problem(
                    all.send(all.request(path).header("X-API-Key", READER).build()),
                    403,
                    "forbidden");
        }
        ApiFixture.problem(confined("/api/v1/rejected"), 403, "forbidden");
    }

    @Test
    void aKeyEndsWhenItExpiresAndItsUseIsNoted() throws Exception {
        // Given
        key(
                whole,
                "an expired key, of yesterday",
                "{read}",
                "{*}",
                Instant.now(Clock.systemUTC()).minusSeconds(1));

        // Then
        ApiFixture.problem(
                all.send(
                        all.request("/api/v1/tables")
                                .header("X-API-Key", "an expired key, of yesterday")
                                .build()),
                401,
                "unauthenticated");
        confined("/api/v1/tables");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        String used = "";
        while (!used.equals("true") && System.nanoTime() < end) {
            used =
                    one(
                            "select last_used_at is not null from audit.api_key where name = '"
                                    + SOME
                                    + "'");
            Thread.sleep(50);
        }
        assertThat(used).isEqualTo("true");
    }

    private static String one(String sql) throws SQLException {
        try (Connection connection = whole.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getBoolean(1) ? "true" : "false";
        }
    }

    @Test
    void readsAreRecordedAndNoneIsLostByACleanStop() throws Exception {
        // Given
        AuditDatabase database = AuditDatabase.create();
        key(database, "a key for reads, all of them", "{read,administer}", "{*}", null);
        try (ApiFixture api =
                ApiFixture.start(database, Map.of("daybook.api.key", ApiFixture.KEY))) {
            for (int i = 0; i < 20; i++) {
                api.get("/api/v1/entries?limit=1&from=2026-10-10T00:00:" + (10 + i) + "Z");
            }
            TreeSet<String> kinds = new TreeSet<>();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (kinds.isEmpty() && System.nanoTime() < end) {
                Thread.sleep(50);
                api.json("/api/v1/reads?caller=configured")
                        .at("/data")
                        .forEach(read -> kinds.add(read.at("/kind").asString()));
            }
            assertThat(kinds).contains("entries");
            api.get("/api/v1/coverage");
        }

        // Then
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select count(*) filter (where kind = 'entries'), count(*) filter (where kind ="
                                        + " 'coverage'), max(question) filter (where kind = 'entries') from audit.read")) {
            row.next();
            assertThat(row.getLong(1)).isEqualTo(20);
            assertThat(row.getLong(2)).isEqualTo(1);
            assertThat(row.getString(3)).isEqualTo("entries from=\"2026-10-10T00:00:29.000000Z\"");
        }
    }

    @Test
    void twoKeysOfOneNameHaveALimitEach() {
        // Given
        AuditDatabase database = AuditDatabase.create();
        for (String key : List.of("the first key of two", "the second key of two")) {
            database.execute(
                    "insert into audit.api_key (id, name, key_sha256, scopes, tables) values"
                            + " (gen_random_uuid(), 'reporting', ?, '{read}', '{*}')",
                    (Object) sha256(key));
        }
        try (ApiFixture api =
                ApiFixture.start(database, Map.of("daybook.api.requests-per-minute", 2))) {
            // When
            List<Integer> statuses = new ArrayList<>();
            for (String key :
                    List.of(
                            "the first key of two",
                            "the first key of two",
                            "the first key of two",
                            "the second key of two")) {
                statuses.add(
                        api.send(api.request("/api/v1/tables").header("X-API-Key", key).build())
                                .statusCode());
            }

            // Then
            assertThat(statuses).containsExactly(200, 200, 429, 200);
        }
    }
}
