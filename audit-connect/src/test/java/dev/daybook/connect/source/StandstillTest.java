package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;
import dev.daybook.source.SourcePreparation;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.Statement;
import java.util.Map;

/** A capture that cannot go on says why, and goes on by itself when it can. */
class StandstillTest {

    @Test
    void aLoginThatIsRefusedOnceIsTriedAgain() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker =
                        Worker.of(database, Map.of("database.user", "late_" + database.name))) {
            assertThat(worker.untilProblem(database)).contains("database.user");

            database.run(
                    "CREATE ROLE late_"
                            + database.name
                            + " LOGIN REPLICATION PASSWORD '"
                            + SourceDatabase.PASSWORD
                            + "' IN ROLE "
                            + SourcePreparation.ROLE);
            worker.caughtUp(database);

            assertThat(Worker.problem(database)).isEmpty();
        }
    }

    @Test
    void aSourceThatIsPreparedLateIsCapturedThen() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare();
                Worker worker =
                        Worker.of(
                                database,
                                Map.of("database.user", "postgres", "database.password", "x"))) {
            assertThat(worker.untilProblem(database)).contains("not prepared", "source prepare");

            database.prepare("public.*", "");
            worker.caughtUp(database);
        }
    }

    @Test
    void aSchemaThatWasDroppedWhileItsTablesWaitedToBeReadHoldsNothingUp() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("*.*", "");
                Connection holder = database.connect()) {
            database.run("CREATE TABLE a (id int PRIMARY KEY)", "INSERT INTO a VALUES (1)");
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                holder.setAutoCommit(false);
                try (Statement statement = holder.createStatement()) {
                    statement.execute("INSERT INTO a VALUES (2)");
                }
                ask(database, "a");
                worker.poll();
                database.run("CREATE SCHEMA c39", "CREATE TABLE c39.t1 AS SELECT 1 AS id");
                worker.until(c -> c.operation().equals("gap"));
                database.run("DROP SCHEMA c39 CASCADE");
                holder.rollback();

                worker.caughtUp(database);
                assertThat(Worker.problem(database)).isEmpty();
            }
        }
    }

    @Test
    void aTableThatWasRenamedWhileItWaitedToBeReadIsReadByItsNewName() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared("*.*", "");
                Connection holder = database.connect()) {
            database.run("CREATE TABLE a (id int PRIMARY KEY)", "INSERT INTO a VALUES (1)");
            try (Worker worker = Worker.of(database)) {
                worker.caughtUp(database);
                holder.setAutoCommit(false);
                try (Statement statement = holder.createStatement()) {
                    statement.execute("INSERT INTO a VALUES (2)");
                }
                ask(database, "a");
                database.run(
                        "CREATE SCHEMA s",
                        "CREATE TABLE s.b AS SELECT 1 AS id",
                        "ALTER SCHEMA s RENAME TO s2");
                holder.rollback();

                worker.until(c -> c.operation().equals("load") && c.table().equals("b"));
                worker.caughtUp(database);
            }
        }
    }

    @Test
    void aTableThatCannotBeReadHasAGapAndHoldsNothingUp() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE TABLE bad (id int PRIMARY KEY, v text)",
                    "INSERT INTO bad VALUES (1, 'a')",
                    "CREATE TABLE good (id int PRIMARY KEY)",
                    "INSERT INTO good VALUES (1)");
            worker.caughtUp(database);
            database.run(
                    "ALTER TABLE bad ENABLE ROW LEVEL SECURITY",
                    "ALTER ROLE " + SourcePreparation.ROLE + " NOBYPASSRLS");
            try {
                ask(database, "bad");
                ask(database, "good");
                Change gap =
                        worker.until(
                                c ->
                                        c.operation().equals("gap")
                                                && c.table().equals("bad")
                                                && c.json().contains("load-failed"));
                assertThat(gap.json()).contains("could not be read");
                worker.until(c -> c.operation().equals("load") && c.table().equals("good"));
                worker.caughtUp(database);
                assertThat(Worker.problem(database)).contains("bad", "BYPASSRLS");
            } finally {
                database.run("ALTER ROLE " + SourcePreparation.ROLE + " BYPASSRLS");
            }
            worker.until(c -> c.operation().equals("load") && c.table().equals("bad"));
            worker.until(
                    c ->
                            c.json().contains("load-failed")
                                    && c.member("control").get("to-time") != null);
            worker.caughtUp(database);
            assertThat(Worker.problem(database)).isEmpty();
        }
    }

    @Test
    void rowsOfAForeignPartitionAreLeftOutAndTheOthersAreRead() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Worker worker = Worker.of(database)) {
            database.run(
                    "CREATE FOREIGN DATA WRAPPER nothing",
                    "CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing",
                    "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE p_a PARTITION OF p FOR VALUES FROM (0) TO (100)",
                    "INSERT INTO p VALUES (1, 'a')");
            worker.caughtUp(database);
            database.run(
                    "ALTER TABLE p DROP CONSTRAINT p_pkey",
                    "ALTER TABLE p_a REPLICA IDENTITY FULL",
                    "ALTER TABLE p REPLICA IDENTITY FULL",
                    "CREATE FOREIGN TABLE p_b PARTITION OF p FOR VALUES FROM (100) TO (200)"
                            + " SERVER elsewhere");
            ask(database, "p");
            worker.until(c -> c.operation().equals("load") && c.data().containsValue("a"));
            worker.caughtUp(database);

            database.run("UPDATE p SET v = 'recorded' WHERE id = 1");
            Change update = worker.until(c -> c.operation().equals("update"));
            assertThat(update.data()).containsEntry("v", "recorded");
            assertThat(Worker.problem(database)).isEmpty();
        }
    }

    private static void ask(SourceDatabase database, String table) throws Exception {
        database.run(
                "UPDATE daybook.captured_table SET load_ticket = nextval('daybook.load_ticket')"
                        + " WHERE relid = '"
                        + table
                        + "'::regclass");
    }
}
