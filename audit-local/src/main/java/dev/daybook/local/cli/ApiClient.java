package dev.daybook.local.cli;

import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;

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

/** Asks a running pipeline's API. */
final class ApiClient {

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

    /** The document at a path below {@code /api/v1}. */
    JsonNode get(String path) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(connection.api() + path))
                        .header("Authorization", "Bearer " + connection.apiKey())
                        .timeout(Duration.ofSeconds(30))
                        .build();
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode document = json.readTree(response.body());
            if (response.statusCode() >= 400) {
                throw new UserError(
                        "The API answered "
                                + response.statusCode()
                                + ": "
                                + document.path("detail")
                                        .asString(document.path("title").asString("")),
                        "");
            }
            return document;
        } catch (IOException e) {
            throw new UserError(
                    "The API at " + connection.api() + " does not answer.",
                    "Start it with ./daybook up.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while asking the API", e);
        }
    }

    /** What a part says of its health, whether good or bad; {@code actuator} is its base URL. */
    JsonNode health(String actuator) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(actuator + "/health"))
                        .timeout(Duration.ofSeconds(30))
                        .build();
        try {
            return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } catch (IOException e) {
            throw new UserError(
                    actuator + "/health does not answer.", "Start it with ./daybook up.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while asking for health", e);
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
