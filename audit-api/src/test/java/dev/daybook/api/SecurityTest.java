package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.UUID;

class SecurityTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    private static HttpResponse<String> get(
            ApiFixture api, String path, String header, String value) {
        return api.send(api.request(path).header(header, value).build());
    }

    @Test
    void withoutAKeyThereIsNothingButHealthAndTheDescription() {
        for (String path :
                new String[] {
                    "/api/v1/entries",
                    "/api/v1/coverage",
                    "/api/v1/entities/public.t//history",
                    "/api/v1/nothing",
                    "/actuator",
                    "/actuator/prometheus",
                    "/actuator/metrics",
                    "/error"
                }) {
            HttpResponse<String> response = api.send(api.request(path).build());
            ApiFixture.problem(response, 401, "unauthenticated");
            assertThat(response.headers().firstValue("WWW-Authenticate").orElse(""))
                    .startsWith("Bearer");
        }
        for (String path :
                new String[] {
                    "/actuator/health",
                    "/actuator/health/liveness",
                    "/actuator/health/readiness",
                    "/v3/api-docs",
                    "/v3/api-docs.yaml"
                }) {
            HttpResponse<String> response = api.send(api.request(path).build());
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            assertThat(response.body()).doesNotContain("jdbc:");
        }
        assertThat(api.get("/actuator/prometheus").body()).contains("http_server_requests");
    }

    @Test
    void aWrongKeyIsRefusedAndARightOneTakenInEitherHeader() {
        String path = "/api/v1/coverage";
        for (String wrong : new String[] {"wrong", "", " ", ApiFixture.KEY + "x", "\"", "a.b.c"}) {
            ApiFixture.problem(get(api, path, "X-API-Key", wrong), 401, "unauthenticated");
            ApiFixture.problem(
                    get(api, path, "Authorization", "Bearer " + wrong), 401, "unauthenticated");
        }
        ApiFixture.problem(
                get(api, path, "Authorization", "Basic " + ApiFixture.KEY), 401, "unauthenticated");
        HttpResponse<String> response = get(api, path, "X-API-Key", ApiFixture.KEY);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(get(api, path, "Authorization", "bearer " + ApiFixture.KEY).statusCode())
                .isEqualTo(200);
        assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(response.headers().firstValue("X-Frame-Options")).contains("DENY");
        assertThat(response.headers().firstValue("Cache-Control").orElse("")).contains("private");
        assertThat(response.headers().firstValue("Content-Security-Policy")).isPresent();
        assertThat(response.headers().firstValue("Server")).isEmpty();
    }

    @Test
    void keysInTheDatabaseAreTakenUnlessRevoked() throws Exception {
        // Given
        for (String name : new String[] {"good", "revoked"}) {
            database.execute(
                    "insert into audit.api_key values (?, ?, ?, now(), ?::timestamptz)",
                    UUID.randomUUID(),
                    name,
                    MessageDigest.getInstance("SHA-256")
                            .digest(("key " + name).getBytes(StandardCharsets.UTF_8)),
                    name.equals("revoked") ? "2026-01-01T00:00:00Z" : null);
        }

        // Then
        for (int i = 0; i < 2; i++) {
            assertThat(get(api, "/api/v1/coverage", "X-API-Key", "key good").statusCode())
                    .isEqualTo(200);
        }
        ApiFixture.problem(
                get(api, "/api/v1/coverage", "X-API-Key", "key revoked"), 401, "unauthenticated");
    }

    @Test
    void theFirstKeyIsMadeOncePrintedAndStoredAsAHash() {
        // Given
        AuditDatabase fresh = AuditDatabase.create();
        PrintStream standard = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));

        try (ApiFixture first = ApiFixture.start(fresh, Map.of())) {
            String line =
                    printed.toString(StandardCharsets.UTF_8)
                            .lines()
                            .filter(text -> text.startsWith("API key"))
                            .reduce((a, b) -> a + b)
                            .orElse("");
            String key = line.substring(line.indexOf("dbk_"));
            printed.reset();
            try (ApiFixture second = ApiFixture.start(fresh, Map.of())) {
                // Then
                assertThat(printed.toString(StandardCharsets.UTF_8)).doesNotContain("dbk_");
                assertThat(key).hasSize(47);
                assertThat(get(first, "/api/v1/coverage", "X-API-Key", key).statusCode())
                        .isEqualTo(200);
                assertThat(
                                get(second, "/api/v1/coverage", "Authorization", "Bearer " + key)
                                        .statusCode())
                        .isEqualTo(200);
            }
        } finally {
            System.setOut(standard);
        }
    }

    @Test
    void tokensOfTheConfiguredIssuerAreTaken() throws Exception {
        // Given
        RSAKey key = new RSAKeyGenerator(2048).keyID("k").generate();
        HttpServer issuer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        String uri = "http://127.0.0.1:" + issuer.getAddress().getPort();
        serve(
                issuer,
                "/.well-known/openid-configuration",
                "{\"issuer\":\"" + uri + "\",\"jwks_uri\":\"" + uri + "/keys\"}");
        serve(issuer, "/keys", new JWKSet(key.toPublicJWK()).toString());
        issuer.start();

        try (ApiFixture api =
                ApiFixture.start(
                        database,
                        Map.of(
                                "daybook.api.oauth2.issuer-uri",
                                uri,
                                "daybook.api.oauth2.audience",
                                "daybook"))) {
            String path = "/api/v1/coverage";
            Instant later = Instant.now().plusSeconds(300);
            String good = "Bearer " + token(key, uri, "daybook", later);

            // Then
            assertThat(get(api, path, "Authorization", good).statusCode()).isEqualTo(200);
            for (String wrong :
                    new String[] {
                        token(key, uri, "another", later),
                        token(key, "http://elsewhere.example", "daybook", later),
                        token(key, uri, "daybook", Instant.now().minusSeconds(300)),
                        token(
                                new RSAKeyGenerator(2048).keyID("k").generate(),
                                uri,
                                "daybook",
                                later),
                        "nonsense"
                    }) {
                ApiFixture.problem(
                        get(api, path, "Authorization", "Bearer " + wrong), 401, "unauthenticated");
            }
        } finally {
            issuer.stop(0);
        }
    }

    private static String token(RSAKey key, String issuer, String audience, Instant until)
            throws Exception {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
                        new JWTClaimsSet.Builder()
                                .issuer(issuer)
                                .audience(audience)
                                .subject("anna")
                                .expirationTime(Date.from(until))
                                .build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private static void serve(HttpServer server, String path, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        server.createContext(
                path,
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
    }
}
