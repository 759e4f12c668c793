package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The order of the write-ahead log is the order of the times that are handed on. A transaction that
 * is given another time, as a subscriber gives it, stands for a server's clock that is off.
 */
class OrderTest {

    @Test
    void aTransactionFromAPeerComesBehindTheLocalOneBeforeIt() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
            database.run("INSERT INTO t VALUES (1, 'local')");
            worker.caughtUp(database);
            String claimed = claimed(worker);

            at(database, "-10 seconds", "UPDATE t SET v = 'from a peer'");
            Change update = worker.until(c -> c.operation().equals("update"));

            Change insert = worker.of("t").get(0);
            assertThat(update.metadata("commit-timestamp"))
                    .isGreaterThan(insert.metadata("commit-timestamp"))
                    .isGreaterThan(claimed);
            assertThat(update.metadata("source-commit-timestamp"))
                    .isNotEmpty()
                    .isLessThan(insert.metadata("commit-timestamp"));
            assertThat(insert.metadata("source-commit-timestamp")).isEmpty();
        }
    }

    @Test
    void whatAnEarlierRunClaimedIsBeforeWhatComesAfterARestart() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
            // Given: a source in which nothing happens, of which little is confirmed
            Worker first = Worker.of(database);
            first.caughtUp(database);
            Thread.sleep(300);
            first.caughtUp(database);
            first.close();
            String claimed = claimed(first);

            // When
            try (Worker second = Worker.after(first, database)) {
                at(database, "-10 seconds", "INSERT INTO t VALUES (1, 'from a peer')");
                Change insert = second.until(c -> c.operation().equals("insert"));

                // Then
                assertThat(insert.metadata("commit-timestamp")).isGreaterThan(claimed);
            }
        }
    }

    @Test
    void whatIsReadAgainHasTheSameTimes() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
            List<String> first;
            try (Worker worker = Worker.of(database)) {
                database.run("INSERT INTO t VALUES (1, 'a')");
                worker.caughtUp(database);
                worker.withoutAcknowledgement();
                at(database, "1 hour", "UPDATE t SET v = 'ahead'");
                database.run("UPDATE t SET v = 'set right'");
                at(database, "-1 hour", "UPDATE t SET v = 'behind'");
                worker.until(c -> c.data().containsValue("behind"));
                first = updates(worker);
            }
            try (Worker worker = Worker.of(database)) {
                worker.until(c -> c.data().containsValue("behind"));

                assertThat(first).hasSize(3).isSorted();
                assertThat(updates(worker)).isEqualTo(first);
            }
        }
    }

    @Test
    void nothingIsClaimedBeyondTheSourcesClock() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
            worker.caughtUp(database);

            at(database, "1 hour", "INSERT INTO t VALUES (1, 'ahead')");
            worker.until(c -> c.data().containsValue("ahead"));
            worker.caughtUp(database);

            assertThat(claimed(worker)).isLessThanOrEqualTo(now(database));
        }
    }

    @Test
    void aSnapshotComesBehindWhatWasHandedOnBeforeIt() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
            worker.caughtUp(database);
            at(database, "1 hour", "INSERT INTO t VALUES (1, 'ahead')");
            Change ahead = worker.until(c -> c.data().containsValue("ahead"));

            database.run("SELECT daybook.reload_all()");
            Change load = worker.until(c -> c.operation().equals("load"));

            assertThat(load.metadata("commit-timestamp"))
                    .isGreaterThanOrEqualTo(ahead.metadata("commit-timestamp"));
        }
    }

    private static List<String> updates(Worker worker) {
        return worker.of("t").stream()
                .filter(c -> c.operation().equals("update"))
                .map(c -> c.metadata("commit-timestamp"))
                .distinct()
                .toList();
    }

    private static String claimed(Worker worker) {
        return worker.written.stream()
                .filter(c -> c.operation().equals("heartbeat"))
                .map(Change::completeUntil)
                .reduce("", (a, b) -> a.compareTo(b) > 0 ? a : b);
    }

    private static String now(SourceDatabase database) throws SQLException {
        return database.query(
                        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                .get(0);
    }

    /** Runs a statement in a transaction whose commit time is off. */
    private static void at(SourceDatabase database, String off, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            String peer = "'peer_" + database.name + "'";
            statement.execute("SELECT pg_replication_origin_create(" + peer + ")");
            statement.execute("SELECT pg_replication_origin_session_setup(" + peer + ")");
            connection.setAutoCommit(false);
            statement.execute(
                    "SELECT pg_replication_origin_xact_setup('0/1', now() + interval '"
                            + off
                            + "')");
            statement.execute(sql);
            connection.commit();
            connection.setAutoCommit(true);
            statement.execute("SELECT pg_replication_origin_session_reset()");
            statement.execute("SELECT pg_replication_origin_drop(" + peer + ")");
        }
    }
}
