package dev.daybook.api;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
        this.port =
                ((WebServerApplicationContext) context).getWebServer().getPort();
    }

    public static ApiFixture start(AuditDatabase database) {
        return start(database, Map.of("daybook.api.key", KEY));
    }

    public static ApiFixture start(AuditDatabase database, Map<String, Object> more) {
        Map<String, Object> settings = database.settings();
        settings.put("server.port", 0);
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

    public static JsonNode parse(String body) {
        return JSON.readTree(body);
    }

    @Override
    public void close() {
        context.close();
    }
}
