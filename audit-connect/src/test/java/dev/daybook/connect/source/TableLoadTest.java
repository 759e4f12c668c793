package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which tables are loaded, and which of their rows. */
class TableLoadTest {

    @Test
    void capturesNewTablesFromTheirFirstRow() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("public.*,!public.secret*", "");
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.inTransaction(
                    "CREATE TABLE late (id int PRIMARY KEY)",
                    "INSERT INTO late VALUES (1)",
                    "CREATE TABLE secret_late (id int PRIMARY KEY)",
                    "INSERT INTO secret_late VALUES (1)",
                    "UPDATE late SET id = 2",
                    "CREATE TABLE copied AS SELECT 7 AS x");
            worker.until(c -> c.table().equals("copied") && c.operation().equals("load"));
            worker.caughtUp(database);

            assertThat(worker.operations("late")).containsExactly("insert", "update");
            assertThat(worker.of("secret_late")).isEmpty();
            assertThat(worker.operations("copied")).containsExactly("load");
        }
    }

    @Test
    void findsNewTablesWithoutEventTriggers() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "DROP EVENT TRIGGER daybook_after_ddl",
                    "DROP EVENT TRIGGER daybook_after_drop");
            try (Worker worker = Worker.of(database)) {
                worker.poll();
                database.run(
                        "CREATE TABLE late (id int PRIMARY KEY, n int)",
                        "INSERT INTO late SELECT i, 0 FROM generate_series(1, 50) i");
                worker.until(c -> c.table().equals("late") && c.operation().equals("load"));
                database.run("UPDATE late SET n = 1 WHERE id = 1");
                worker.caughtUp(database);

                assertThat(worker.of("late"))
                        .filteredOn(c -> c.operation().equals("load"))
                        .hasSize(50);
                assertThat(worker.operations("late")).contains("update");
                database.run("DROP TABLE late");
                worker.until(c -> c.tableChange().equals("drop-table public.late"));
            }
        }
    }

    @Test
    void loadsATableAgainThatWasExcludedForAWhile() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            worker.caughtUp(database);
            database.run(
                    "SELECT daybook.configure('public.*,!public.t')",
                    "SELECT daybook.align()",
                    "INSERT INTO t VALUES (2)");
            worker.caughtUp(database);
            database.run(
                    "SELECT daybook.configure('public.*')",
                    "SELECT daybook.align()",
                    "INSERT INTO t VALUES (3)");
            worker.until(c -> c.operation().equals("load") && c.key().equals("public.t.2"));
            worker.caughtUp(database);

            assertThat(worker.of("t"))
                    .filteredOn(c -> c.operation().equals("insert"))
                    .extracting(Change::key)
                    .doesNotContain("public.t.2")
                    .contains("public.t.3");
        }
    }

    /** The way pgbench -i does it: rows first, keys afterwards. */
    @Test
    void loadsATableAgainOnceItHasGainedItsKey() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            worker.poll();
            database.run("CREATE TABLE accounts (aid int, balance int)");
            database.inTransaction(
                    "TRUNCATE accounts",
                    "INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 1000) i");
            database.run(
                    "ALTER TABLE accounts ADD PRIMARY KEY (aid)",
                    "UPDATE accounts SET balance = 5 WHERE aid = 3");
            worker.caughtUp(database);

            assertThat(worker.of("accounts"))
                    .filteredOn(c -> c.operation().equals("insert"))
                    .hasSize(1000)
                    .allMatch(c -> c.headers().get("daybook.key").equals("[]"));
            List<Change> loads =
                    worker.of("accounts").stream()
                            .filter(c -> c.operation().equals("load"))
                            .toList();
            assertThat(loads)
                    .hasSize(1000)
                    .allMatch(c -> c.headers().get("daybook.key").equals("[\"aid\"]"));
            assertThat(worker.of("accounts"))
                    .filteredOn(c -> c.operation().equals("update"))
                    .hasSize(1);
            // Whichever of the two came first, the row's state is the update's.
            assertThat(Change.stateOf(worker.of("accounts"), "aid").get("3"))
                    .isEqualTo("{aid=3, balance=5}");
        }
    }

    /**
     * All rows of a rewritten table look new, so that which of them the stream has cannot be told:
     * they are read as they are at one moment, and not some of one and some of another.
     */
    @Test
    void readsATableWithoutKeyWholeIfItWasRewrittenSinceTheSlotWasMade() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (x text)", "INSERT INTO t VALUES ('1'), ('1'), ('2')");
            try (Worker dying = Worker.of(database).withoutAcknowledgement()) {
                dying.caughtUp(database);
                assertThat(dying.operations("t")).containsExactly("load", "load", "load");
            }
            database.run(
                    "INSERT INTO t VALUES ('3')",
                    "ALTER TABLE t ALTER COLUMN x TYPE int USING x::int");
            try (Worker next = Worker.of(database)) {
                next.caughtUp(database);
                database.run("INSERT INTO t VALUES (4)");
                next.caughtUp(database);

                assertThat(next.of("t"))
                        .extracting(c -> c.operation() + c.data())
                        .containsExactlyInAnyOrder(
                                "insert{x=3}",
                                "load{x=1}",
                                "load{x=1}",
                                "load{x=2}",
                                "load{x=3}",
                                "insert{x=4}");
                assertThat(next.of("t"))
                        .filteredOn(c -> c.operation().equals("load"))
                        .extracting(c -> c.metadata("commit-timestamp"))
                        .containsOnly(
                                next.of("t").stream()
                                        .filter(c -> c.operation().equals("load"))
                                        .findFirst()
                                        .orElseThrow()
                                        .metadata("commit-timestamp"));
            }
        }
    }

    /**
     * A row that was read as it was before the DDL, and is read again behind it, would else be two
     * records of one moment, of which one shows it as it was not yet.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE t RENAME a TO b",
                "ALTER TABLE t ADD b int DEFAULT 5",
                "ALTER TABLE t DROP a",
                "ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'",
                "ALTER TYPE place ADD ATTRIBUTE floor int"
            })
    void readsRowsThatDdlMadeLookDifferentAsOfAMomentBehindIt(String ddl) throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run(
                    "CREATE TYPE mood AS ENUM ('glad', 'sad')",
                    "CREATE TYPE place AS (street text)",
                    "CREATE TABLE t (id int PRIMARY KEY, a text, m mood[], p place)",
                    "INSERT INTO t SELECT i, 'x', '{glad}', '(here)' FROM generate_series(1, 5) i");
            List<Change> before = loadsOfADyingCapture(database, 5);
            database.run("INSERT INTO t (id) VALUES (6)", ddl);
            List<Change> behind = loadsOfADyingCapture(database, 6);
            database.run("GRANT SELECT ON t TO PUBLIC", "INSERT INTO t (id) VALUES (7)");
            List<Change> again = loadsOfADyingCapture(database, 7);

            assertThat(moments(before)).hasSize(1);
            assertThat(moments(behind)).hasSize(1).doesNotContainAnyElementsOf(moments(before));
            assertThat(again).extracting(Change::identity).containsAll(identities(behind));
            assertThat(moments(again)).hasSize(2).containsAll(moments(behind));
        }
    }

    @Test
    void readsATableWithoutKeyWholeIfItsColumnsWereRenamedSince() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (x text)", "INSERT INTO t VALUES ('1'), ('1'), ('2')");
            List<Change> before = loadsOfADyingCapture(database, 3);
            database.run("INSERT INTO t VALUES ('3')", "ALTER TABLE t RENAME x TO y");
            List<Change> behind = loadsOfADyingCapture(database, 4);

            assertThat(behind).allMatch(c -> c.data().containsKey("y"));
            assertThat(moments(behind)).hasSize(1).doesNotContainAnyElementsOf(moments(before));
        }
    }

    /** Returns what a capture reads of the table t, which Kafka is not known to have. */
    private static List<Change> loadsOfADyingCapture(SourceDatabase database, int rows)
            throws Exception {
        try (Worker dying = Worker.of(database).withoutAcknowledgement()) {
            dying.caughtUp(database);
            List<Change> loads =
                    dying.of("t").stream().filter(c -> c.operation().equals("load")).toList();
            assertThat(loads).hasSize(rows);
            return loads;
        }
    }

    private static Set<String> moments(List<Change> loads) {
        return loads.stream()
                .map(c -> c.metadata("commit-timestamp"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> identities(List<Change> loads) {
        return loads.stream().map(Change::identity).toList();
    }
}
