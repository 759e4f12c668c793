package dev.daybook.bench.api;

import dev.daybook.local.Progress;
import dev.daybook.local.pipeline.ConnectionInfo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** Measures how fast a whole log is given out: exports, and a stream from its beginning. */
final class WholeAnswers {

    private final ConnectionInfo pipeline;
    private final Progress figure;
    private final Map<String, Object> figures;

    WholeAnswers(ConnectionInfo pipeline, Progress figure, Map<String, Object> figures) {
        this.pipeline = pipeline;
        this.figure = figure;
        this.figures = figures;
    }

    /** Whether a line is an entry, and whether it is the last that is read. */
    private interface Line {
        boolean isEntry(String line);

        default boolean isLast(String line, long entries) {
            return false;
        }
    }

    void measure() throws IOException, InterruptedException {
        measure("export_ndjson", "/entries/export", line -> line.startsWith("{\"id\""));
        // Each entry of this log has a line for each column that it changed.
        measure("export_csv_lines", "/entries/export?format=csv", line -> !line.startsWith("#"));
        measure(
                "stream",
                "/entries/stream?from=1970-01-01T00:00:00Z",
                new Line() {
                    @Override
                    public boolean isEntry(String line) {
                        return line.equals("event: entry");
                    }

                    @Override
                    public boolean isLast(String line, long entries) {
                        return entries > 0 && line.equals("event: complete");
                    }
                });
    }

    private void measure(String name, String path, Line read)
            throws IOException, InterruptedException {
        long entries = 0;
        Cpu before = Cpu.now();
        long ofThread = Cpu.ofThisThread();
        long begin = System.nanoTime();
        HttpClient client = HttpClient.newHttpClient();
        try (BufferedReader body =
                new BufferedReader(
                        new InputStreamReader(
                                client.send(
                                                HttpRequest.newBuilder(
                                                                URI.create(pipeline.api() + path))
                                                        .header("X-API-Key", pipeline.apiKey())
                                                        .build(),
                                                HttpResponse.BodyHandlers.ofInputStream())
                                        .body(),
                                StandardCharsets.UTF_8))) {
            for (String line = body.readLine();
                    line != null && !read.isLast(line, entries);
                    line = body.readLine()) {
                entries += read.isEntry(line) ? 1 : 0;
            }
        } finally {
            client.shutdownNow();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        Cpu used = Cpu.now().since(before);
        double process = used.process() - (Cpu.ofThisThread() - ofThread);
        figure.say(
                String.format(
                        Locale.ROOT,
                        "%-16s %,11d in %.1f s, %,.0f a second; CPU us each: API and its reader %.1f, its SQL %.1f",
                        name,
                        entries,
                        seconds,
                        entries / seconds,
                        process / 1e3 / entries,
                        used.postgres() / 1e3 / entries));
        figures.put(name + "_per_second", entries / seconds);
    }
}
