package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Listens to the stream of a search, and keeps what it is given. */
final class Ear implements AutoCloseable {

    private final List<String> ids = new ArrayList<>();
    private final List<String> numbers = new ArrayList<>();
    private final List<String> complete = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final CompletableFuture<Void> reading;
    private volatile String end = "the stream is open";

    /**
     * @param last the id of the last event that it has, to go on from there
     */
    Ear(ApiFixture api, String key, String query, @Nullable String last) throws Exception {
        HttpRequest.Builder request =
                api.request("/api/v1/entries/stream?" + query).header("X-API-Key", key);
        if (last != null) {
            request.header("Last-Event-ID", last);
        }
        HttpResponse<InputStream> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        reading = CompletableFuture.runAsync(() -> read(response.body()));
    }

    private void read(InputStream body) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line);
            }
            end = "the stream was ended";
        } catch (IOException | RuntimeException e) {
            end = "the stream broke off: " + e;
        }
    }

    private synchronized void hear(String line) {
        if (line.startsWith("id: ")) {
            ids.add(line.substring(4));
        } else if (line.startsWith("data: ")) {
            JsonNode data = ApiFixture.parse(line.substring(6));
            if (data.has("id")) {
                numbers.add(data.at("/after/n").asString());
            } else {
                complete.add(data.at("/complete_until").asString());
            }
        }
    }

    /** Returns the column {@code n} of each entry that came. */
    synchronized List<String> numbers() {
        return List.copyOf(numbers);
    }

    /** Returns the moments up to which it was given everything, as they were said. */
    synchronized List<String> complete() {
        return List.copyOf(complete);
    }

    /** Returns the id of the last entry. */
    synchronized String last() {
        return ids.getLast();
    }

    /** Waits for so many entries. */
    void await(int count) throws InterruptedException {
        await(() -> numbers().size() >= count);
    }

    /** Waits until everything up to a moment has been given. */
    void awaitComplete(String until) throws InterruptedException {
        await(() -> complete().contains(until));
    }

    private void await(BooleanSupplier heard) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!heard.getAsBoolean() && !reading.isDone() && System.nanoTime() < until) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(heard.getAsBoolean())
                .as("entries %s, complete until %s, and %s", numbers(), complete(), end)
                .isTrue();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
