package dev.daybook.api;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** A running API on a free port, and a client for it. */
public final class ApiFixture implements AutoCloseable {

    public static final String KEY = "a key for tests, and only for them";
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(
                            tools.jackson.databind.DeserializationFeature
                                    .USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final ConfigurableApplicationContext context;
    private final int port;

    private ApiFixture(ConfigurableApplicationContext context) {
        this.context = context;
        this.port = ((WebServerApplicationContext) context).getWebServer().getPort();
    }

    private static AuditDatabase sharedDatabase;
    private static ApiFixture shared;

    /** The API that most tests ask, each about tables of its own. It ends with the JVM. */
    public static synchronized ApiFixture shared() {
        if (shared == null) {
            sharedDatabase = AuditDatabase.create();
            shared = start(sharedDatabase);
        }
        return shared;
    }

    /** The database of {@link #shared}. */
    public static AuditDatabase sharedDatabase() {
        shared();
        return sharedDatabase;
    }

    public static ApiFixture start(AuditDatabase database) {
        return start(database, Map.of("daybook.api.key", KEY));
    }

    public static ApiFixture start(AuditDatabase database, Map<String, Object> more) {
        Map<String, Object> settings = database.settings();
        settings.put("server.port", 0);
        settings.put("daybook.api.requests-per-minute", 0);
        settings.putAll(more);
        return new ApiFixture(ApiApplication.builder(settings).run());
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    public int port() {
        return port;
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    public HttpResponse<String> send(HttpRequest request) {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Asks with the key. */
    public HttpResponse<String> get(String path) {
        return send(request(path).header("Authorization", "Bearer " + KEY).build());
    }

    /** Asks with the key and expects an answer. */
    public JsonNode json(String path) {
        HttpResponse<String> response = get(path);
        if (response.statusCode() != 200) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** Asks with the key and expects a problem. */
    public JsonNode problem(String path, int status, String word) {
        return problem(get(path), status, word);
    }

    /** Expects a response to be a problem. */
    public static JsonNode problem(HttpResponse<String> response, int status, String word) {
        JsonNode problem = JSON.readTree(response.body().isEmpty() ? "null" : response.body());
        org.assertj.core.api.Assertions.assertThat(problem.at("/type").asString())
                .as("%s %s: %s", response.uri(), response.statusCode(), response.body())
                .isEqualTo("urn:daybook:problem:" + word);
        org.assertj.core.api.Assertions.assertThat(response.statusCode()).isEqualTo(status);
        org.assertj.core.api.Assertions.assertThat(problem.at("/status").asInt()).isEqualTo(status);
        org.assertj.core.api.Assertions.assertThat(
                        response.headers().firstValue("Content-Type").orElse(""))
                .startsWith("application/problem+json");
        org.assertj.core.api.Assertions.assertThat(response.body())
                .doesNotContain("Exception")
                .doesNotContain("\tat ");
        return problem;
    }

    /** Encodes a path segment or parameter, everything but letters and digits. */
    public static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            if (b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(java.util.HexFormat.of().toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    public static JsonNode parse(String body) {
        return JSON.readTree(body);
    }

    @Override
    public void close() {
        context.close();
    }
}
