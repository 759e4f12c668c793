package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** The capture goes on after failures, or says what is wrong. */
class RecoveryTest {

    @Test
    void comesBackAfterTheSourceThrewItOut() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)");
            worker.caughtUp(database);
            for (int i = 0; i < 5; i++) {
                database.run(
                        "INSERT INTO t VALUES (" + i + ")",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ="
                                + " 'daybook_capture'");
                int id = i;
                worker.until(
                        c ->
                                c.table().equals("t")
                                        && c.isData()
                                        && c.data().toString().equals("{id=" + id + "}"));
            }
            worker.caughtUp(database);
            assertThat(Change.distinct(worker.of("t"))).hasSize(5);
        }
    }

    @Test
    void goesOnAfterAnyDeathWithNothingMissingAndNothingNew() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TABLE keyed (id int PRIMARY KEY, n int)",
                    "CREATE TABLE keyless (x text)",
                    "INSERT INTO keyed SELECT i, 0 FROM generate_series(1, 3000) i",
                    "INSERT INTO keyless SELECT 'same' FROM generate_series(1, 700) i");
            List<Change> all = new ArrayList<>();
            AtomicBoolean running = new AtomicBoolean(true);
            CompletableFuture<Integer> application =
                    CompletableFuture.supplyAsync(
                            () -> {
                                int count = 0;
                                try (Connection connection = database.connect();
                                        Statement statement = connection.createStatement()) {
                                    while (running.get()) {
                                        count++;
                                        statement.execute(
                                                "UPDATE keyed SET n = n + 1 WHERE id = "
                                                        + (1 + count * 7 % 3000));
                                        statement.execute(
                                                "INSERT INTO keyless VALUES ('new " + count + "')");
                                    }
                                    return count;
                                } catch (SQLException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            // When it dies after more and more polls, half of the time with nothing acknowledged
            for (int polls = 1; polls <= 24; polls += 3) {
                Worker dying = Worker.of(database, Map.of("batch.max.records", "300"));
                if (polls % 2 == 0) {
                    dying.withoutAcknowledgement();
                }
                for (int i = 0; i < polls; i++) {
                    dying.poll();
                }
                all.addAll(dying.written);
                dying.close();
            }
            running.set(false);
            int count = application.join();
            try (Worker last = Worker.of(database)) {
                last.caughtUp(database);
                all.addAll(last.written);
            }
            // Then
            List<Change> keyed =
                    Change.distinct(
                            all.stream()
                                    .filter(c -> c.isData() && c.table().equals("keyed"))
                                    .toList());
            assertThat(count).isGreaterThan(100);
            Map<String, List<Integer>> updates = new TreeMap<>();
            keyed.stream()
                    .filter(c -> c.operation().equals("update"))
                    .forEach(
                            c ->
                                    updates.computeIfAbsent(
                                                    c.data().get("id").toString(),
                                                    id -> new ArrayList<>())
                                            .add(Integer.valueOf(c.data().get("n").toString())));
            updates.forEach(
                    (id, numbers) -> {
                        numbers.sort(null);
                        for (int i = 1; i < numbers.size(); i++) {
                            assertThat(numbers.get(i))
                                    .as("the updates of %s: %s", id, numbers)
                                    .isEqualTo(numbers.get(i - 1) + 1);
                        }
                    });
            Map<String, String> expected = new TreeMap<>();
            for (String row : database.query("SELECT id || ':' || n FROM keyed")) {
                expected.put(row.split(":")[0], "{id=" + row.replace(":", ", n=") + "}");
            }
            assertThat(Change.stateOf(keyed, "id")).isEqualTo(expected);
            List<Change> keyless =
                    Change.distinct(
                            all.stream()
                                    .filter(c -> c.isData() && c.table().equals("keyless"))
                                    .toList());
            List<String> texts =
                    keyless.stream()
                            .filter(c -> c.operation().equals("insert"))
                            .map(c -> c.data().get("x").toString())
                            .toList();
            assertThat(texts).doesNotHaveDuplicates();
            Set<String> known = new HashSet<>();
            keyless.forEach(c -> known.add(c.data().get("x").toString()));
            assertThat(known).hasSize(count + 1);
            // Without a key, a row both loaded and streamed would be two rows.
            assertThat(keyless).hasSize(count + 700);
            // A load never comes twice for one version of a row.
            Set<String> versions = new HashSet<>();
            for (Change c : keyed) {
                if (c.operation().equals("load")) {
                    assertThat(versions.add(c.data().toString()))
                            .as("a second load of %s", c.json())
                            .isTrue();
                }
            }
            assertThat(keyless)
                    .filteredOn(
                            c ->
                                    c.operation().equals("load")
                                            && c.data().toString().equals("{x=same}"))
                    .hasSize(700);
        }
    }

    @Test
    void saysThatTheDatabaseIsNotThere() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare();
                Worker worker =
                        Worker.of(
                                database,
                                Map.of(
                                        "database.url",
                                        Worker.settings(database)
                                                .get("database.url")
                                                .replace(database.name, "absent")))) {
            assertThat(worker.untilProblem(database)).contains("database.url");
        }
    }
}
