package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Keys that administrators make, list and revoke over REST. */
class KeysTest {

    private static final String KEYS = "/api/v1/keys";

    private final ApiFixture api = ApiFixture.shared();

    private HttpResponse<String> post(String key, String body) {
        return api.send(
                api.request(KEYS)
                        .header("X-API-Key", key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }

    private HttpResponse<String> revoke(String key, String id) {
        return api.send(api.request(KEYS + "/" + id).header("X-API-Key", key).DELETE().build());
    }

    private HttpResponse<String> get(String key, String path) {
        return api.send(api.request(path).header("X-API-Key", key).build());
    }

    @Test
    void anAdministratorMakesAKeyThatMayDoWhatItSays() {
        // When
        HttpResponse<String> made =
                post(
                        ApiFixture.KEY,
                        """
                        {"name": "auditor", "scopes": ["read"], "tables": ["keys_test.*"],
                         "expires_at": "2999-01-01T00:00:00Z"}
                        """);

        // Then
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.headers().firstValue("Cache-Control")).contains("no-store");
        JsonNode answer = ApiFixture.parse(made.body());
        String key = answer.at("/text").asString();
        String id = answer.at("/key/id").asString();
        assertThat(key).startsWith("dbk_").hasSize(47);
        assertThat(get(key, "/api/v1/tables").body()).contains("\"data\":[]");
        ApiFixture.problem(get(key, "/api/v1/entries/export"), 403, "forbidden");
        ApiFixture.problem(get(key, KEYS), 403, "forbidden");
        ApiFixture.problem(
                post(key, "{\"name\":\"x\",\"scopes\":[\"read\"],\"tables\":[\"*\"]}"),
                403,
                "forbidden");
        ApiFixture.problem(revoke(key, id), 403, "forbidden");
        String listed =
                api.json(KEYS)
                        .at("/data")
                        .valueStream()
                        .filter(one -> one.at("/id").asString().equals(id))
                        .findFirst()
                        .map(JsonNode::toString)
                        .orElse("");
        assertThat(listed)
                .contains("\"tables\":[\"keys_test.*\"]", "\"created_by\":\"configured\"")
                .contains("\"expires_at\":\"2999-01-01T00:00:00.000000Z\"")
                .doesNotContain("dbk_");
    }

    @Test
    void aRevokedKeyIsRefusedAndRevokedOnce() {
        // Given
        JsonNode made =
                ApiFixture.parse(
                        post(
                                        ApiFixture.KEY,
                                        "{\"name\":\"short\",\"scopes\":[\"read\"],\"tables\":[\"*\"]}")
                                .body());

        // When
        HttpResponse<String> revoked = revoke(ApiFixture.KEY, made.at("/key/id").asString());

        // Then
        assertThat(revoked.statusCode()).isEqualTo(204);
        ApiFixture.problem(
                get(made.at("/text").asString(), "/api/v1/tables"), 401, "unauthenticated");
        ApiFixture.problem(revoke(ApiFixture.KEY, made.at("/key/id").asString()), 404, "not-found");
    }

    @Test
    void aKeyThatIsNotWellAskedForIsNotMade() {
        long before = api.json(KEYS).at("/data").size();
        for (String body :
                new String[] {
                    "{\"scopes\":[\"read\"],\"tables\":[\"*\"]}",
                    "{\"name\":\" \",\"scopes\":[\"read\"],\"tables\":[\"*\"]}",
                    "{\"name\":\"a\\u0000\",\"scopes\":[\"read\"],\"tables\":[\"*\"]}",
                    "{\"name\":\"a\",\"scopes\":[],\"tables\":[\"*\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"export\"],\"tables\":[\"*\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\",\"all\"],\"tables\":[\"*\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\"],\"tables\":[\"\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\"],\"tables\":[null]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\",\"rejected\"],\"tables\":[\"public.*\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\",\"administer\"],\"tables\":[\"public.*\"]}",
                    "{\"name\":\"a\",\"scopes\":[\"read\"],\"tables\":[\"*\"],\"expires_at\":\"soon\"}",
                    "{\"name\":\"a\",\"scopes\":[\"read\"],\"tables\":[\"*\"],\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                    "{\"name\":\"a\",\"scopes\":[\"read\"],\"tables\":[\"*\"],\"expires\":\"2999-01-01T00:00:00Z\"}"
                }) {
            ApiFixture.problem(post(ApiFixture.KEY, body), 400, "invalid-parameter");
        }
        for (String body : new String[] {"", "[]", "{", "null", "{\"name\":{}}"}) {
            ApiFixture.problem(post(ApiFixture.KEY, body), 400, "bad-request");
        }
        assertThat(api.json(KEYS).at("/data").size()).isEqualTo((int) before);
    }
}
