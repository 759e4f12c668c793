package dev.daybook.local.truth;

import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.source.TableLives;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Holds what the API says of each row's last state against the rows that there are: a row that is
 * said to be there is, with the values that are said of it; and one that is there is not said to
 * have gone, or never to have been seen. That something is unknown may be said.
 */
final class LastStates {

    private final ConnectionInfo connection;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> differences = new ArrayList<>();
    private final Map<String, Integer> answers = new TreeMap<>();

    private LastStates(ConnectionInfo connection) {
        this.connection = connection;
    }

    /** Asks for each row that there is, or that a trigger has seen under any name. */
    static LastStates of(Connection source, LivesComparison.Source truth, ConnectionInfo connection)
            throws SQLException, IOException, InterruptedException {
        Map<String, Map<String, Map<String, String>>> tables = new TreeMap<>();
        try (Statement statement = source.createStatement()) {
            List<String> names = new ArrayList<>();
            try (ResultSet row =
                    statement.executeQuery(
                            """
                            SELECT c.relname FROM pg_class c
                            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition\
                            """)) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
            for (String name : names) {
                Map<String, Map<String, String>> rows = new TreeMap<>();
                try (ResultSet row =
                        statement.executeQuery(
                                "SELECT to_json(t)::text FROM public." + name + " t")) {
                    while (row.next()) {
                        Map<String, String> values = FlatJson.object(row.getString(1));
                        rows.put(LivesComparison.key(values), values);
                    }
                }
                tables.put("public." + name, rows);
            }
        }
        Map<String, Set<String>> asked = new TreeMap<>();
        tables.forEach((name, rows) -> asked.put(name, new TreeSet<>(rows.keySet())));
        for (TableLives.Change change : truth.changes()) {
            for (String row : new String[] {change.before(), change.after()}) {
                if (row != null) {
                    asked.computeIfAbsent("public." + change.table(), name -> new TreeSet<>())
                            .add(LivesComparison.key(FlatJson.object(row)));
                }
            }
        }
        LastStates states = new LastStates(connection);
        for (Map.Entry<String, Set<String>> table : asked.entrySet()) {
            // Of a table without a key, or one that is not in the write-ahead log, changes are
            // missing in a gap that is open: nothing is known of its rows but that.
            boolean followed = !truth.unfollowed().contains(table.getKey());
            for (String key : table.getValue()) {
                states.compare(
                        table.getKey(),
                        key,
                        tables.getOrDefault(table.getKey(), Map.of()).get(key),
                        followed);
            }
        }
        return states;
    }

    /** What is wrong, each in a sentence. */
    List<String> differences() {
        return differences;
    }

    /** How often each was answered, of rows that are there and of others. */
    @Override
    public String toString() {
        return answers.toString();
    }

    private void compare(
            String table, String key, @Nullable Map<String, String> row, boolean followed)
            throws IOException, InterruptedException {
        JsonNode state = get(entity(table, key) + "/state");
        String status = state.at("/status").asString();
        answers.merge((row == null ? "gone: " : "there: ") + status, 1, Integer::sum);
        if (row == null) {
            if (status.equals("exists")) {
                differ("is not there", table, key, state);
            }
        } else if (status.equals("exists")) {
            for (Map.Entry<String, JsonNode> value : state.at("/row").properties()) {
                if (!value.getValue().toString().equals(row.get(value.getKey()))) {
                    differ("is " + row, table, key, state);
                }
            }
        } else if (followed && !status.equals("unknown")) {
            differ("is there", table, key, state);
        }
    }

    private void differ(String what, String table, String key, JsonNode state)
            throws IOException, InterruptedException {
        differences.add(
                "%s %s %s: %s%n  its history: %s%n  its table's: %s"
                        .formatted(
                                table,
                                key,
                                what,
                                state,
                                get(entity(table, key) + "/history").at("/data"),
                                get("/tables/" + table + "/history?limit=500").at("/data")));
    }

    private static String entity(String table, String key) {
        return "/entities/" + table + "/" + URLEncoder.encode(key, StandardCharsets.UTF_8);
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<String> response =
                http.send(
                        HttpRequest.newBuilder(URI.create(connection.api() + path))
                                .header("X-API-Key", connection.apiKey())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + response.body());
        }
        return JsonMapper.shared().readTree(response.body());
    }
}
