package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.doctor.TestServer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/** Holds what is made in a source, and taken away, to being all that is said of it. */
class SourceCommandTest {

    private static final String LEFT =
            """
            SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'daybook')
                + (SELECT count(*) FROM pg_publication)
                + (SELECT count(*) FROM pg_event_trigger)
            """;

    private static TestServer server;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        server = TestServer.start(directory, Map.of("wal_level", "logical"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theSlotGoesToo() throws Exception {
        String database = prepared();
        slot(database, "daybook_" + database);

        // As up prints it.
        assertThat(remove(database, "--slot", "daybook_" + database)).isZero();

        assertThat(number(database, LEFT)).isZero();
        assertThat(slots(database)).isZero();
        assertThat(out.toString())
                .contains("-- Applied to ")
                .doesNotContain("stays and keeps WAL. If");
    }

    @Test
    void aSlotOfAnotherNameIsSaidWithTheCommandThatDropsIt() throws Exception {
        String database = prepared();
        slot(database, "elsewhere");

        assertThat(remove(database)).isZero();

        assertThat(slots(database)).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "The replication slot elsewhere stays and keeps WAL",
                        "./daybook source remove --source ",
                        "/" + database + " --slot elsewhere --apply");

        assertThat(remove(database, "--slot", "elsewhere")).isZero();
        assertThat(slots(database)).isZero();
    }

    @Test
    void nothingGoesWhereTheSlotThatIsNamedDoesNotExist() throws Exception {
        String database = prepared();
        slot(database, "daybook_" + database);

        assertThat(remove(database, "--slot", "nosuch")).isEqualTo(2);

        assertThat(err.toString())
                .contains("Nothing was taken away from ", "\"nosuch\" does not exist");
        assertThat(number(database, LEFT)).isPositive();
        assertThat(slots(database)).isEqualTo(1);
    }

    @Test
    void nothingGoesWhileTheSlotIsRead() throws Exception {
        String database = prepared();
        String slot = "daybook_" + database;
        slot(database, slot);
        Properties replication = new Properties();
        replication.setProperty("user", "postgres");
        replication.setProperty("password", TestServer.PASSWORD);
        replication.setProperty("replication", "database");
        replication.setProperty("preferQueryMode", "simple");
        replication.setProperty("assumeMinServerVersion", "15");
        try (Connection reader =
                        DriverManager.getConnection(server.jdbcUrl(database), replication);
                PGReplicationStream stream =
                        reader.unwrap(PGConnection.class)
                                .getReplicationAPI()
                                .replicationStream()
                                .logical()
                                .withSlotName(slot)
                                .withSlotOption("proto_version", "1")
                                .withSlotOption("publication_names", "daybook")
                                .start()) {

            assertThat(remove(database)).isEqualTo(2);

            assertThat(stream.isClosed()).isFalse();
            assertThat(err.toString())
                    .contains("Nothing was taken away from ", slot, "Stop the pipeline");
            assertThat(number(database, LEFT)).isPositive();
            assertThat(slots(database)).isEqualTo(1);
        }
    }

    @Test
    void aRoleThatAnotherDatabaseStillUsesIsSaid() throws Exception {
        String database = prepared();
        String other = prepared();
        slot(database, "daybook_" + database);

        assertThat(remove(database)).isZero();

        assertThat(out.toString())
                .contains(
                        "-- NOTICE: the role daybook_capture is still used by another database and stays");
        assertThat(slots(database)).isZero();
        assertThat(number(other, LEFT)).isPositive();
    }

    @Test
    void aPatternThatMatchesNoTableIsRefusedBeforeAnythingIsMade(@TempDir Path directory)
            throws Exception {
        String database = server.create("");
        server.run(database, "CREATE SCHEMA sales", "CREATE TABLE sales.item (id int PRIMARY KEY)");
        Path data = directory.resolve("data");

        int exit =
                run(
                        "up",
                        "--data-dir",
                        data.toString(),
                        "--source",
                        server.url(database, "postgres"),
                        "--tables",
                        "nosuch.*");

        assertThat(exit).isEqualTo(2);
        assertThat(err.toString())
                .contains("matches --tables 'nosuch.*'", "sales (1)", "--allow-no-tables");
        assertThat(data).doesNotExist();
        assertThat(number(database, LEFT)).isZero();
    }

    @Test
    void aDatabaseWhoseStringsHaveEscapesIsPreparedToo() throws Exception {
        String database = server.create("");
        server.run(
                database,
                "CREATE TABLE item (id int PRIMARY KEY)",
                "ALTER DATABASE DATABASE_NAME SET standard_conforming_strings = off");

        int exit =
                run(
                        "source",
                        "prepare",
                        "--source",
                        server.url(database, "postgres"),
                        "--tables",
                        "public.*",
                        "--apply");

        assertThat(exit).as(err::toString).isZero();
        assertThat(number(database, "SELECT count(*) FROM daybook.captured_table")).isEqualTo(1);
        assertThat(remove(database)).isZero();
        assertThat(number(database, LEFT)).isZero();
    }

    private static String prepared() throws SQLException {
        String database = server.create("");
        server.prepare(database, "public.*");
        return database;
    }

    private static void slot(String database, String name) throws SQLException {
        server.run(
                database, "SELECT pg_create_logical_replication_slot('" + name + "', 'pgoutput')");
    }

    private int remove(String database, String... options) {
        return run(
                Stream.concat(
                                Stream.of(
                                        "source",
                                        "remove",
                                        "--source",
                                        server.url(database, "postgres"),
                                        "--apply"),
                                Stream.of(options))
                        .toArray(String[]::new));
    }

    private int run(String... words) {
        return Daybook.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(words);
    }

    private static long slots(String database) throws SQLException {
        return number(
                database,
                "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()");
    }

    private static long number(String database, String query) throws SQLException {
        try (Connection connection = server.connect(database, "postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
