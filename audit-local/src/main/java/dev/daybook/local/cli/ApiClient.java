package dev.daybook.local.cli;

import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;

/** Asks a running pipeline's API and the health of its parts. */
final class ApiClient {

    private static final Pattern PARAMETER = Pattern.compile("[Tt]he parameter \"([a-z]+)\"");

    private final ConnectionInfo connection;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .connectTimeout(Duration.ofSeconds(5))
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
    private final JsonMapper json = JsonMapper.builder().build();

    ApiClient(ConnectionInfo connection) {
        this.connection = connection;
    }

    /**
     * Returns the document at a path below {@code /api/v1}, as it was sent.
     *
     * @throws UserError if the API does not answer, or answers with a problem
     */
    RawJson get(String path) {
        return answer(send(connection.api() + path, "GET", "The API"));
    }

    /** As {@link #get}, for what changes something. */
    RawJson post(String path) {
        return answer(send(connection.api() + path, "POST", "The API"));
    }

    private RawJson answer(HttpResponse<String> response) {
        if (response.statusCode() >= 400) {
            JsonNode document = read(response, "The API");
            throw new UserError(
                    "The API answered "
                            + response.statusCode()
                            + ": "
                            + Screen.line(
                                    asOptions(
                                            document.path("detail")
                                                    .asString(
                                                            document.path("title").asString("")))),
                    "");
        }
        if (!response.body().startsWith("{")) {
            throw notJson(response, "The API");
        }
        return new RawJson(response.body());
    }

    /** Names the parameters of the API as the options that the command line has for them. */
    private static String asOptions(String detail) {
        return PARAMETER.matcher(detail).replaceAll("--$1");
    }

    /** Returns what a part reports of its health; {@code actuator} is its base URL. */
    JsonNode health(String actuator) {
        return read(send(actuator + "/health", "GET", "The ingest"), "The ingest");
    }

    private HttpResponse<String> send(String url, String method, String what) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .header("Authorization", "Bearer " + connection.apiKey())
                        .timeout(Duration.ofSeconds(30))
                        .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UserError(
                    what + " at " + url.replaceFirst("\\?.*", "") + " does not answer.",
                    "./daybook status says what runs; ./daybook up starts it.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserError("Interrupted while waiting for an answer.", "Ask again.");
        }
    }

    private JsonNode read(HttpResponse<String> response, String what) {
        try {
            return json.readTree(response.body());
        } catch (JacksonException e) {
            throw notJson(response, what);
        }
    }

    private static UserError notJson(HttpResponse<String> response, String what) {
        return new UserError(
                what + " answered " + response.statusCode() + " with something else than JSON.",
                "See whether another program listens at " + response.uri().getAuthority() + ".");
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
