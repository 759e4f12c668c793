package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.Progress;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/**
 * What users do to tables, over the whole pipeline: what the log then says of the tables and of
 * their rows. In the middle the connectors are killed and started again.
 */
class TableLifeTest {

    private static final List<String> BEFORE =
            List.of(
                    "create schema app",
                    "create table app.swap_a (id int primary key, v text)",
                    "create table app.swap_b (id int primary key, v text)",
                    "insert into app.swap_a values (1, 'from a')",
                    "insert into app.swap_b values (1, 'from b'), (2, 'only in b')",
                    "create table app.again (id int primary key, v text)",
                    "insert into app.again values (1, 'first'), (2, 'went')",
                    "create table app.former (id int primary key, v text)",
                    "insert into app.former values (1, 'x')",
                    "create table app.parts (id int primary key, v text) partition by range (id)",
                    "create table app.parts_a partition of app.parts for values from (0) to (100)",
                    "create table app.parts_b partition of app.parts for values from (100) to (200)",
                    "insert into app.parts values (1, 'a'), (101, 'b')",
                    "create table app.price (id int primary key, price numeric, x text, note text)",
                    "insert into app.price values (1, 5, 'old', 'a')",
                    "create table app.moved (id int primary key, rank int not null unique, v text)",
                    "insert into app.moved values (1, 2, 'one'), (2, 1, 'two')",
                    "create table app.keyless (id int primary key, v text)",
                    "insert into app.keyless values (1, 'a')",
                    "create table app.long (k text primary key, v text)",
                    "alter table app.long alter k set storage external",
                    "insert into app.long values (repeat('k', 2500), 'a')");

    private static final List<String> AFTER =
            List.of(
                    "begin",
                    "alter table app.swap_a rename to swap_c",
                    "alter table app.swap_b rename to swap_a",
                    "alter table app.swap_c rename to swap_b",
                    "commit",
                    "update app.swap_a set v = 'new' where id = 1",
                    "update app.swap_b set v = 'new' where id = 1",
                    "drop table app.again",
                    "create table app.again (id int primary key, v text)",
                    "insert into app.again values (1, 'second')",
                    "alter table app.former rename to present",
                    "update app.present set v = 'y'",
                    "alter table app.parts detach partition app.parts_a",
                    "update app.parts_a set v = 'changed while detached'",
                    "alter table app.parts attach partition app.parts_a for values from (0) to (100)",
                    "update app.parts set v = 'after' where id = 1",
                    "drop table app.parts_b",
                    "alter table app.price alter price type numeric using price * 100",
                    "alter table app.price drop x, add x text",
                    "update app.price set note = 'b'",
                    "begin",
                    "alter table app.moved drop constraint moved_pkey",
                    "alter table app.moved add primary key (rank)",
                    "update app.moved set v = 'ONE' where id = 1",
                    "commit",
                    "alter table app.keyless drop constraint keyless_pkey",
                    "update app.keyless set v = 'b'",
                    "alter table app.keyless add primary key (id)",
                    "update app.keyless set v = 'c'",
                    "update app.long set v = 'b'",
                    "delete from app.long");

    @TempDir static Path directory;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static SourceServer source;
    private static LocalPipeline pipeline;

    @BeforeAll
    static void live() throws Exception {
        source = SourceServer.start(directory);
        run(List.of("create schema app"));
        pipeline =
                LocalPipeline.start(
                        new LocalSettings(
                                directory.resolve("data"),
                                0,
                                DatabaseUrl.parse(source.url(), Map.of()),
                                "app.*",
                                false),
                        Progress.silent());
        run(BEFORE.subList(1, BEFORE.size()));
        awaitComplete();
        run(AFTER.subList(0, AFTER.size() / 2));
        pipeline.kill(Part.CONNECT);
        run(AFTER.subList(AFTER.size() / 2, AFTER.size()));
        pipeline.start(Part.CONNECT);
        awaitComplete();
    }

    @AfterAll
    static void end() {
        if (pipeline != null) {
            pipeline.close();
        }
        if (source != null) {
            source.close();
        }
    }

    private static void run(List<String> statements) throws Exception {
        try (Connection connection = source.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static void awaitComplete() throws Exception {
        Instant now = Instant.now();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            String until = get("/coverage").at("/data/0/complete_until").asString("");
            if (!until.isEmpty() && Instant.parse(until).isAfter(now)) {
                return;
            }
            assertThat(System.nanoTime()).as("%s", pipeline.failures()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private static JsonNode get(String path) throws Exception {
        HttpResponse<String> response =
                HTTP.send(
                        HttpRequest.newBuilder(URI.create(pipeline.connection().api() + path))
                                .header("X-API-Key", pipeline.connection().apiKey())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as("%s: %s", path, response.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }

    private static List<JsonNode> history(String table, String key) throws Exception {
        String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8);
        return list(get("/entities/app." + table + "/" + encoded + "/history").at("/data"));
    }

    private static String status(String table, String key) throws Exception {
        return get("/entities/app." + table + "/" + key + "/state").at("/status").asString();
    }

    /** What became of a table, oldest first. */
    private static List<String> life(String table) throws Exception {
        return list(get("/tables/app." + table + "/history?limit=500").at("/data"))
                .reversed()
                .stream()
                .map(entry -> entry.at("/table_change/change").asString())
                .toList();
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private static JsonNode update(String table, String key) throws Exception {
        return history(table, key).stream()
                .filter(entry -> entry.at("/operation").asString().equals("update"))
                .findFirst()
                .orElseThrow();
    }

    /** Each change as field, old value or ?, new value. */
    private static List<String> changes(JsonNode entry) {
        List<String> changes = new ArrayList<>();
        for (JsonNode change : entry.at("/changes")) {
            changes.add(
                    change.at("/field").asString()
                            + ": "
                            + (change.has("from") ? change.at("/from").toString() : "?")
                            + " -> "
                            + change.at("/to"));
        }
        return changes;
    }

    @Test
    void tablesThatExchangeTheirNamesLendEachOtherNothing() throws Exception {
        assertThat(changes(update("swap_a", "1"))).containsExactly("v: \"from b\" -> \"new\"");
        assertThat(changes(update("swap_b", "1"))).containsExactly("v: \"from a\" -> \"new\"");
        assertThat(status("swap_a", "2")).isEqualTo("exists");
        assertThat(status("swap_b", "2")).isNotEqualTo("exists");
        assertThat(life("swap_c")).containsExactly("rename-table", "rename-table");
    }

    @Test
    void aDroppedTablesRowsEndWithIt() throws Exception {
        assertThat(status("again", "2")).isEqualTo("deleted");
        assertThat(status("again", "1")).isEqualTo("exists");
        assertThat(life("again")).endsWith("drop-table", "create-table");
        assertThat(history("again", "2").getFirst().at("/table_change/change").asString())
                .isEqualTo("drop-table");
    }

    @Test
    void aRowsHistoryGoesOnThroughARenamingOfItsTable() throws Exception {
        assertThat(history("present", "1"))
                .extracting(
                        entry ->
                                entry.at("/table").asString()
                                        + " "
                                        + entry.at("/operation").asString())
                .startsWith("app.present update", "app.present table-change", "app.former insert");
        assertThat(changes(update("present", "1"))).containsExactly("v: \"x\" -> \"y\"");
        assertThat(get("/entities/app.former/1/state").at("/moved_to_table").asString())
                .isEqualTo("app.present");
    }

    @Test
    void noValueIsCarriedOverADetachment() throws Exception {
        assertThat(life("parts"))
                .containsSubsequence("detach-partition", "attach-partition", "drop-partition");
        assertThat(life("parts_a")).containsExactly("capture-table", "release-table");
        assertThat(changes(update("parts", "1"))).contains("v: ? -> \"after\"");
        assertThat(changes(update("parts_a", "1")))
                .containsAnyOf(
                        "v: ? -> \"changed while detached\"",
                        "v: \"a\" -> \"changed while detached\"");
        assertThat(status("parts", "1")).isEqualTo("exists");
        assertThat(status("parts", "101")).isEqualTo("unknown");
    }

    @Test
    void valuesThatDdlWroteAnewAreNobodysChange() throws Exception {
        assertThat(changes(update("price", "1")))
                .contains("note: \"a\" -> \"b\"")
                .allMatch(change -> change.startsWith("note") || change.contains("? ->"));
        assertThat(life("price")).endsWith("alter-table", "alter-table");
    }

    @Test
    void keysOfOtherColumnsAreOtherKeys() throws Exception {
        assertThat(changes(update("moved", "2"))).allMatch(change -> change.contains("? ->"));
    }

    @Test
    void nothingIsCarriedOverATimeWithoutAKey() throws Exception {
        assertThat(changes(update("keyless", "1"))).contains("v: ? -> \"c\"");
    }

    @Test
    void aRowWhoseKeyIsStoredOutOfLineHasAWholeHistory() throws Exception {
        List<JsonNode> history = history("long", "k".repeat(2500));

        assertThat(history)
                .extracting(entry -> entry.at("/operation").asString())
                .startsWith("delete", "update", "insert");
        assertThat(history.getFirst().at("/before/v").asString()).isEqualTo("b");
        assertThat(history.get(1).at("/unknown_columns")).isEmpty();
    }
}
