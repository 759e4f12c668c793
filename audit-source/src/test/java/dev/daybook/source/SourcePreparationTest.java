package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.sql.Connection;

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
