package dev.daybook.migrations;

import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.SourcePreparation;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;
import org.postgresql.PGConnection;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * Runs once and ends: {@code audit} migrates the audit database and gives its writer, reader and
 * sealer their passwords; {@code source} prepares a database for capture and gives the role that
 * captures its password. All of it may be done again, and is, when a password changes.
 *
 * <p>A password is sent as its SCRAM verifier, never as itself: a server that logs the commands
 * that change roles, as a prepared source does on AWS, would keep it in its log.
 */
public final class Migrations {

    private static final String PREFIX = "daybook-migrations: ";
    private static final String WRITER = "daybook_writer";
    private static final String READER = "daybook_reader";
    private static final String SEALER = "daybook_sealer";

    private final Settings settings;
    private final PrintStream out;
    private final InstantSource clock;

    Migrations(Settings settings, PrintStream out, InstantSource clock) {
        this.settings = settings;
        this.out = out;
        this.clock = clock;
    }

    /** Ends with 0, with 2 for a wrong setting, and with 1 when the database refuses. */
    public static void main(String[] arguments) {
        Migrations migrations =
                new Migrations(new Settings(System.getenv()), System.out, InstantSource.system());
        int code = migrations.run(System.err, arguments);
        if (code != 0) {
            System.exit(code);
        }
    }

    int run(PrintStream errors, String... arguments) {
        try {
            switch (arguments.length == 1 ? arguments[0] : "") {
                case "audit" -> audit();
                case "source" -> source();
                default ->
                        throw new InvalidSettingException(
                                "The command",
                                "is neither audit nor source",
                                "Give one of them, and nothing else.");
            }
            return 0;
        } catch (InvalidSettingException e) {
            errors.println(PREFIX + e.getMessage());
            return 2;
        } catch (SQLException | FlywayException e) {
            errors.println(PREFIX + oneLine(e));
            return 1;
        }
    }

    private void audit() throws SQLException {
        String writer = settings.password(Settings.WRITER_PASSWORD);
        String reader = settings.password(Settings.READER_PASSWORD);
        Optional<String> sealer = settings.passwordIfSet(Settings.SEALER_PASSWORD);
        try (Connection connection = connect()) {
            MigrateResult result =
                    Flyway.configure()
                            .dataSource(
                                    settings.url(),
                                    settings.user(),
                                    settings.password(Settings.PASSWORD))
                            .locations("classpath:db/migrations")
                            .schemas("audit")
                            .initSql("SET client_min_messages = warning")
                            .load()
                            .migrate();
            out.println(
                    "The audit database has "
                            + result.migrationsExecuted
                            + " new migrations; its schema is version "
                            + (result.targetSchemaVersion == null
                                    ? result.initialSchemaVersion
                                    : result.targetSchemaVersion)
                            + ".");
            setPassword(connection, WRITER, writer);
            setPassword(connection, READER, reader);
            if (sealer.isPresent()) {
                setPassword(connection, SEALER, sealer.get());
            }
        }
    }

    private void source() throws SQLException {
        String capture = settings.password(Settings.CAPTURE_PASSWORD);
        String tables = settings.textOr(Settings.TABLES, "public.*");
        try (Connection connection = connect()) {
            SourcePreparation.run(
                    connection,
                    SourcePreparation.prepareSql(
                            tables, settings.textOr(Settings.FULL_IDENTITY, ""), ""));
            setPassword(connection, SourcePreparation.ROLE, capture);
            out.println("The source is prepared for capture of " + tables + ".");
            for (Finding finding : SourceCheck.findings(connection)) {
                out.println(finding.severity() + " " + finding.message() + " " + finding.remedy());
            }
        }
    }

    private void setPassword(Connection connection, String role, String password)
            throws SQLException {
        // The driver computes the verifier here.
        connection
                .unwrap(PGConnection.class)
                .alterUserPassword(role, password.toCharArray(), "scram-sha-256");
        out.println("The password of " + role + " is set.");
    }

    /** Waits for the database: it may have been started a moment ago. */
    private Connection connect() throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", settings.user());
        login.setProperty("password", settings.password(Settings.PASSWORD));
        login.setProperty("ApplicationName", "daybook-migrations");
        login.setProperty("connectTimeout", "10");
        String url = settings.url();
        Duration wait = settings.wait("60");
        Instant deadline = clock.instant().plus(wait);
        while (true) {
            try {
                return DriverManager.getConnection(url, login);
            } catch (SQLException e) {
                if (!isAway(e) || clock.instant().isAfter(deadline)) {
                    throw e;
                }
            }
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SQLException("Interrupted while waiting for the database", e);
            }
        }
    }

    /**
     * Returns whether it may be there later; a wrong password or certificate will not be right
     * later.
     */
    private static boolean isAway(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        boolean certificate = false;
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            certificate |= cause instanceof javax.net.ssl.SSLException;
        }
        return !certificate && (state.startsWith("08") || state.equals("57P03"));
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** For tests: the same with settings of their own. */
    static int run(
            Map<String, String> environment,
            PrintStream out,
            PrintStream errors,
            String... arguments) {
        return new Migrations(new Settings(environment), out, InstantSource.system())
                .run(errors, arguments);
    }
}
