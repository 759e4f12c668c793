package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * People and programs whom an issuer vouches for: what its claims allow, over REST and in the
 * viewer, and how many requests a caller may make.
 */
class IssuerTest {

    private static final int PER_MINUTE = 300;
    private static HttpServer issuer;
    private static RSAKey key;
    private static String address;
    private static ApiFixture api;

    /** What the issuer says of who signs in, and what it was asked for. */
    private static volatile Map<String, Object> claims = Map.of();

    private static volatile Map<String, String> asked = Map.of();

    @BeforeAll
    static void begin() throws Exception {
        key = new RSAKeyGenerator(2048).keyID("k").generate();
        issuer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        address = "http://127.0.0.1:" + issuer.getAddress().getPort();
        serve(
                "/.well-known/openid-configuration",
                """
                {"issuer": "%1$s", "jwks_uri": "%1$s/keys", "authorization_endpoint": "%1$s/authorize",
                 "token_endpoint": "%1$s/token", "subject_types_supported": ["public"],
                 "response_types_supported": ["code"], "scopes_supported": ["openid"],
                 "id_token_signing_alg_values_supported": ["RS256"]}
                """
                        .formatted(address));
        serve("/keys", new JWKSet(key.toPublicJWK()).toString());
        issuer.createContext("/authorize", IssuerTest::authorize);
        issuer.createContext("/token", IssuerTest::token);
        issuer.start();
        AuditDatabase database = AuditDatabase.create();
        database.store(Entries.insert("id", "1", "n", "2").table("seen", "one").entry());
        database.store(Entries.insert("id", "1", "n", "3").table("secret", "two").entry());
        api =
                ApiFixture.start(
                        database,
                        Map.of(
                                "daybook.api.oauth2.issuer-uri",
                                address,
                                "daybook.api.oauth2.client-id",
                                "viewer",
                                "daybook.api.oauth2.client-secret",
                                "for tests",
                                "daybook.api.requests-per-minute",
                                PER_MINUTE));
    }

    @AfterAll
    static void end() {
        api.close();
        issuer.stop(0);
    }

    private static void serve(String path, String json) {
        issuer.createContext(path, exchange -> answer(exchange, json));
    }

    private static void answer(HttpExchange exchange, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Sends whoever comes back at once, with a code. */
    private static void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> parameters = new HashMap<>();
        for (String parameter : exchange.getRequestURI().getRawQuery().split("&")) {
            int equals = parameter.indexOf('=');
            parameters.put(
                    parameter.substring(0, equals),
                    java.net.URLDecoder.decode(
                            parameter.substring(equals + 1), StandardCharsets.UTF_8));
        }
        asked = parameters;
        exchange.getResponseHeaders()
                .add(
                        "Location",
                        parameters.get("redirect_uri")
                                + "?code=c&state="
                                + ApiFixture.encoded(parameters.get("state")));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private static void token(HttpExchange exchange) throws IOException {
        Map<String, Object> said = new HashMap<>(claims);
        said.put("nonce", asked.get("nonce"));
        answer(
                exchange,
                "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":300,\"id_token\":\""
                        + signed("viewer", said)
                        + "\"}");
    }

    private static String signed(String audience, Map<String, Object> more) {
        Instant now = Instant.now(Clock.systemUTC());
        JWTClaimsSet.Builder said =
                new JWTClaimsSet.Builder()
                        .issuer(address)
                        .audience(audience)
                        .subject("carla")
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(300)));
        more.forEach(said::claim);
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(), said.build());
        try {
            token.sign(new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    private static HttpResponse<String> get(String path, Map<String, Object> more) {
        return api.send(
                api.request(path).header("Authorization", "Bearer " + signed("any", more)).build());
    }

    @Test
    void theClaimsOfATokenSayWhatItsCallerMayDoAndSee() {
        Map<String, Object> some =
                Map.of("scope", "openid daybook.read", "daybook_tables", List.of("seen.*"));

        assertThat(get("/api/v1/tables", some).body())
                .contains("seen.one")
                .doesNotContain("secret");
        ApiFixture.problem(get("/api/v1/entries/export", some), 403, "forbidden");
        ApiFixture.problem(get("/api/v1/rejected", some), 403, "forbidden");
        assertThat(
                        get(
                                        "/api/v1/rejected",
                                        Map.of("scp", List.of("daybook.read", "daybook.rejected")))
                                .statusCode())
                .isEqualTo(200);
        // No table is not every table.
        assertThat(get("/api/v1/tables", Map.of("daybook_tables", List.of())).body())
                .contains("\"data\":[]");
        ApiFixture.problem(
                get("/api/v1/tables", Map.of("scope", "daybook.export")), 403, "forbidden");
        ApiFixture.problem(get("/api/v1/reads", Map.of()), 403, "forbidden");
    }

    @Test
    void somebodyWhomTheIssuerVouchesForIsSignedInWithWhatTheClaimsAllow() throws Exception {
        // Given
        claims = Map.of("scope", "daybook.read", "daybook_tables", "seen.*");
        HttpClient browser =
                HttpClient.newBuilder()
                        .cookieHandler(new CookieManager())
                        .followRedirects(HttpClient.Redirect.ALWAYS)
                        .build();

        // When
        assertThat(go(browser, "/view/search").body()).contains("with your account");
        HttpResponse<String> page = go(browser, "/view/oidc/begin/issuer?next=%2Fview%2Fcoverage");

        // Then
        assertThat(page.uri().getPath()).isEqualTo("/view/coverage");
        assertThat(page.body()).contains("carla", "seen.one").doesNotContain("secret.two");
        assertThat(go(browser, "/view/rejected").statusCode()).isEqualTo(403);
        assertThat(asked.get("scope")).isEqualTo("openid");
    }

    @Test
    void aSignInThatNobodyBeganIsRefused() throws Exception {
        try (HttpClient browser = HttpClient.newHttpClient()) {
            HttpResponse<String> page = go(browser, "/view/oidc/callback?code=c&state=forged");

            assertThat(page.statusCode()).isEqualTo(401);
            assertThat(page.body()).contains("did not succeed");
            assertThat(
                            go(
                                            browser,
                                            "/view/oidc/begin/issuer?next=https%3A%2F%2Felsewhere.example")
                                    .statusCode())
                    .isEqualTo(302);
        }
    }

    private static HttpResponse<String> go(HttpClient browser, String path) {
        try {
            return browser.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCallerWhoAsksTooOftenIsToldWhenToComeAgain() {
        // Given
        Map<String, Object> eager = Map.of("sub", "eager", "scope", "daybook.read");
        HttpResponse<String> first = get("/api/v1/tables", eager);
        assertThat(first.headers().firstValue("RateLimit-Policy"))
                .contains("\"caller\";q=" + PER_MINUTE + ";w=60");
        assertThat(first.headers().firstValue("RateLimit").orElse(""))
                .startsWith("\"caller\";r=" + (PER_MINUTE - 1) + ";t=");

        // When
        HttpResponse<String> last = first;
        for (int i = 0; i < PER_MINUTE * 20 && last.statusCode() == 200; i++) {
            last = get("/api/v1/tables", eager);
        }

        // Then
        ApiFixture.problem(last, 429, "too-many-requests");
        assertThat(last.headers().firstValue("Retry-After")).contains("1");
        assertThat(last.headers().firstValue("RateLimit").orElse(""))
                .startsWith("\"caller\";r=0;t=");
        assertThat(get("/api/v1/tables", Map.of("sub", "patient")).statusCode()).isEqualTo(200);
    }
}
