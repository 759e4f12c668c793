package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.util.List;

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
}
