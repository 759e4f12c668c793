package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A capture makes its slot, or checks the one that is there. */
class SlotTest {

    /**
     * PostgreSQL makes a slot in steps, each of which waits for the transactions then running. Who
     * changes a table in one and commits in the next is not remembered where streaming starts.
     */
    @Test
    void decodesATableThatWasRewrittenWhileTheSlotWasMade() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection first = database.connect();
                Connection rewriter = database.connect();
                Connection writer = database.connect();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int PRIMARY KEY)");
            begin(first, "SELECT pg_current_xact_id()");
            CompletableFuture<Void> made = CompletableFuture.runAsync(worker::poll);
            awaitSlotWaiting(database, first, made);
            begin(rewriter, "TRUNCATE t");
            first.commit();
            awaitSlotWaiting(database, rewriter, made);
            begin(writer, "INSERT INTO u VALUES (1)");
            rewriter.commit();
            try (Statement statement = writer.createStatement()) {
                statement.execute("INSERT INTO t VALUES (1)");
            }
            awaitSlotWaiting(database, writer, made);
            writer.commit();
            made.get(30, TimeUnit.SECONDS);

            database.run("INSERT INTO t VALUES (2)");
            worker.until(c -> c.isData() && c.data().toString().equals("{id=2}"));

            assertThat(worker.of("t"))
                    .extracting(c -> c.data().toString())
                    .containsExactlyInAnyOrder("{id=1}", "{id=2}");
        }
    }

    /** Then the slot's snapshot is one that PostgreSQL writes down and does not read again. */
    @Test
    void knowsWhereASlotBeginsThoughATransactionWasRolledBackWhileItWasMade() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection first = database.connect();
                Connection second = database.connect();
                Connection third = database.connect();
                Connection last = database.connect();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (x int)", "INSERT INTO t VALUES (1), (1)");
            begin(first, "SELECT pg_current_xact_id()");
            CompletableFuture<Void> made = CompletableFuture.runAsync(worker::poll);
            awaitSlotWaiting(database, first, made);
            begin(second, "SELECT pg_current_xact_id()");
            first.commit();
            awaitSlotWaiting(database, second, made);
            begin(third, "SELECT pg_current_xact_id()");
            begin(last, "SELECT pg_current_xact_id()");
            third.rollback();
            second.commit();
            made.get(30, TimeUnit.SECONDS);
            last.commit();

            database.run("INSERT INTO t VALUES (2)");
            worker.caughtUp(database);

            assertThat(database.query("SELECT exact::text FROM daybook.capture_slot"))
                    .containsExactly("true");
            assertThat(worker.of("t"))
                    .extracting(c -> c.operation() + c.data())
                    .containsExactlyInAnyOrder("load{x=1}", "load{x=1}", "insert{x=2}");
        }
    }

    /** What a capture leaves that died after the slot was made and before it wrote down where. */
    @Test
    void makesASlotAgainThatNobodyKnowsTheBeginningOf() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            String slot = "daybook_" + database.name;
            database.run(
                    "CREATE TABLE t (x int)",
                    "INSERT INTO t VALUES (1)",
                    "INSERT INTO daybook.capture_slot SELECT '"
                            + slot
                            + "', now(), pg_current_snapshot(), '0/0', false",
                    "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')",
                    "INSERT INTO t VALUES (2)");
            worker.poll();
            database.run("INSERT INTO t VALUES (3)");
            worker.caughtUp(database);

            assertThat(worker.of("t"))
                    .extracting(c -> c.operation() + c.data())
                    .containsExactlyInAnyOrder("load{x=1}", "load{x=2}", "insert{x=3}");
            assertThat(database.query("SELECT exact::text FROM daybook.capture_slot"))
                    .containsExactly("true");
        }
    }

    @Test
    void refusesToGoOnOverAGap() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY)");
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
            }
            String slot = "daybook_" + database.name;
            dropSlot(database, slot);
            try (Worker worker = Worker.of(database)) {
                assertThat(worker.untilProblem(database))
                        .contains("is gone")
                        .contains("daybook.forget_slot('" + slot + "')");

                database.run("SELECT daybook.forget_slot('" + slot + "')");
                worker.caughtUp(database);
            }
        }
    }

    @Test
    void isKnownToTheChecksOfASource() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection connection = database.connect()) {
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                assertThat(SourceCheck.findings(connection))
                        .filteredOn(f -> f.severity() == Finding.Severity.ERROR)
                        .isEmpty();
                assertThat(SourceCheck.findings(connection))
                        .extracting(Finding::code)
                        .contains("slot");
            }
            dropSlot(database, "daybook_" + database.name);
            assertThat(SourceCheck.findings(connection))
                    .extracting(Finding::code)
                    .contains("slot-gone");
        }
    }

    private static void begin(Connection connection, String sql) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Waits until the slot that is being made waits for a transaction, or has been made. */
    private static void awaitSlotWaiting(
            SourceDatabase database, Connection transaction, CompletableFuture<Void> made)
            throws Exception {
        int process = transaction.unwrap(org.postgresql.PGConnection.class).getBackendPID();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!made.isDone()
                && database.query(
                                "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'walsender' AND "
                                        + process
                                        + " = ANY (pg_blocking_pids(pid))")
                        .isEmpty()) {
            assertThat(System.nanoTime()).as("the slot waits in time").isLessThan(deadline);
        }
    }

    private static void dropSlot(SourceDatabase database, String slot) throws SQLException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (true) {
            try {
                database.run("SELECT pg_drop_replication_slot('" + slot + "')");
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }
}
