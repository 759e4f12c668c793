package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What a check says of a real database, before and after it was prepared. */
class SourcePreparationTest {

    @Test
    void findsADatabaseThatIsNotPrepared() throws Exception {
        try (SourceDatabase database = SourceDatabase.bare();
                Connection connection = database.connect()) {
            assertThat(SourceCheck.findings(connection))
                    .extracting(Finding::code)
                    .contains("not-prepared", "max-slot-wal-keep-size");
            assertThat(SourceCheck.requirements(connection))
                    .extracting(Finding::code)
                    .containsExactly("not-prepared");
        }
    }

    @Test
    void findsTablesThatTheCaptureCannotReadOrFollow() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection connection = database.connect()) {
            database.run(
                    "CREATE TABLE log (x int)",
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "REVOKE SELECT ON t FROM daybook_capture");

            assertThat(SourceCheck.findings(connection))
                    .extracting(Finding::code)
                    .contains("no-select", "insert-only")
                    .doesNotContain("not-prepared", "role", "slot-gone")
                    .isSubsetOf(SourceCheck.codes());
            assertThat(SourceCheck.requirements(connection)).isEmpty();
        }
    }

    @Test
    void preparesTwiceAsOnce() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection connection = database.connect()) {
            database.prepare("public.*", "");

            assertThat(SourceCheck.requirements(connection)).isEmpty();
        }
    }

    @Test
    void twoThatPrepareItAtOnceTakeTurns() throws Exception {
        ExecutorService both = Executors.newFixedThreadPool(2);
        try (SourceDatabase database = SourceDatabase.bare()) {
            for (int i = 0; i < 5; i++) {
                // When
                List<Future<?>> preparations = new ArrayList<>();
                for (int one = 0; one < 2; one++) {
                    preparations.add(both.submit(() -> prepare(database)));
                }

                // Then
                for (Future<?> preparation : preparations) {
                    preparation.get();
                }
            }
            try (Connection connection = database.connect()) {
                assertThat(SourceCheck.requirements(connection)).isEmpty();
            }
        } finally {
            both.shutdownNow();
        }
    }

    private static Void prepare(SourceDatabase database) throws SQLException {
        try (Connection connection = database.connect()) {
            SourcePreparation.run(connection, SourcePreparation.prepareSql("public.*", "", "p"));
        }
        return null;
    }

    @Test
    void whatMeetsAnotherTransactionIsTriedAgain() throws Exception {
        ExecutorService alongside = Executors.newFixedThreadPool(1);
        try (SourceDatabase database = SourceDatabase.bare();
                Connection connection = database.connect();
                Connection other = database.connect()) {
            // Given: somebody who gives the role a password, as for another database of the server
            database.prepare("public.*", "");
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute("ALTER ROLE daybook_capture PASSWORD 'q'");
            }

            // When
            Future<?> preparation =
                    alongside.submit(
                            () ->
                                    SourcePreparation.run(
                                            connection,
                                            SourcePreparation.prepareSql("public.*", "", "p")));
            while (database.query(
                            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    + " AND datname = current_database()")
                    .isEmpty()) {
                Thread.sleep(10);
            }
            other.commit();

            // Then
            preparation.get();
            assertThat(SourceCheck.requirements(connection)).isEmpty();
        } finally {
            alongside.shutdownNow();
        }
    }

    @Test
    void contextsOfASourceOfAnEarlierVersionGetTheirLoginRoleAndStayPublished() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            String published =
                    "SELECT count(*) FROM pg_publication_tables"
                            + " WHERE schemaname = 'daybook' AND tablename = 'transaction_context'";
            database.run("ALTER TABLE daybook.transaction_context DROP COLUMN login_role");
            assertThat(database.query(published)).containsExactly("1");

            database.prepare("public.*", "");

            assertThat(database.query(published)).containsExactly("1");
            assertThat(
                            database.query(
                                    "INSERT INTO daybook.transaction_context (actor) VALUES ('a')"
                                            + " RETURNING login_role"))
                    .containsExactly("postgres");
        }
    }

    /** PostgreSQL's own regression suite looks for such functions in the whole database. */
    @Test
    void whatIsImmutableMayRunInParallel() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            assertThat(
                            database.query(
                                    "SELECT oid::regprocedure::text FROM pg_proc"
                                            + " WHERE provolatile = 'i' AND proparallel = 'u'"))
                    .isEmpty();
        }
    }

    @Test
    void takesAwayWhatItPrepared() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared();
                Connection connection = database.connect()) {
            SourcePreparation.run(connection, SourcePreparation.removeSql(null));

            assertThat(database.query("SELECT nspname FROM pg_namespace WHERE nspname = 'daybook'"))
                    .isEmpty();
            assertThat(database.query("SELECT pubname FROM pg_publication")).isEmpty();
        }
    }
}
