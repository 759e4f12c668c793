package dev.daybook.connect.sink;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Audit databases for tests, each a copy of a migrated one, in one embedded PostgreSQL. */
public final class AuditDatabase {

    public static final String PASSWORD = "test-only";

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static @Nullable EmbeddedPostgres server;
    private static @Nullable String template;

    private final int port;
    private final String name;

    private AuditDatabase(int port, String name) {
        this.port = port;
        this.name = name;
    }

    /** A new database with the migrations applied and passwords set. */
    public static synchronized AuditDatabase create() {
        if (template == null) {
            AuditDatabase database = empty();
            database.migrate();
            database.execute("ALTER ROLE daybook_writer PASSWORD '" + PASSWORD + "'");
            database.execute("ALTER ROLE daybook_reader PASSWORD '" + PASSWORD + "'");
            database.execute("ALTER ROLE daybook_sealer PASSWORD '" + PASSWORD + "'");
            template = database.name;
        }
        return create("TEMPLATE " + template);
    }

    /** The database postgres, migrated, of a server that the test has started itself. */
    static AuditDatabase on(int port) {
        AuditDatabase database = new AuditDatabase(port, "postgres");
        database.migrate();
        return database;
    }

    /** A new database with nothing in it. */
    static AuditDatabase empty() {
        return create("");
    }

    /** A copy of this database, whose name has a suffix. */
    AuditDatabase copy(String suffix) {
        new AuditDatabase(port, "postgres")
                .execute("CREATE DATABASE " + name + suffix + " TEMPLATE " + name);
        return new AuditDatabase(port, name + suffix);
    }

    /** Changes a setting for the sessions that begin after. */
    void set(String setting) {
        new AuditDatabase(port, "postgres").execute("ALTER DATABASE " + name + " SET " + setting);
    }

    private static AuditDatabase create(String options) {
        EmbeddedPostgres postgres = server();
        String name = "audit_" + COUNT.incrementAndGet();
        new AuditDatabase(postgres.getPort(), "postgres")
                .execute("CREATE DATABASE " + name + " " + options);
        return new AuditDatabase(postgres.getPort(), name);
    }

    void migrate() {
        migrate("postgres");
    }

    void migrate(String user) {
        Flyway.configure()
                .dataSource(url(), user, "")
                .locations("classpath:db/migrations")
                .load()
                .migrate();
    }

    public String url() {
        return "jdbc:postgresql://localhost:" + port + "/" + name;
    }

    Connection connect(String user) throws SQLException {
        return DriverManager.getConnection(url(), user, PASSWORD);
    }

    void execute(String sql) {
        execute("postgres", sql);
    }

    void execute(String user, String sql) {
        try (Connection connection = connect(user);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SqlRefused(e);
        }
    }

    /** The rows of a query as text, columns separated by {@code |}, null as {@code -}. */
    public List<String> rows(String sql) {
        return rows("postgres", sql);
    }

    List<String> rows(String user, String sql) {
        try (Connection connection = connect(user);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                StringBuilder row = new StringBuilder();
                for (int i = 1; i <= columns; i++) {
                    String value = result.getString(i);
                    row.append(i == 1 ? "" : "|").append(value == null ? "-" : value);
                }
                rows.add(row.toString());
            }
            return rows;
        } catch (SQLException e) {
            throw new SqlRefused(e);
        }
    }

    private static synchronized EmbeddedPostgres server() {
        if (server == null) {
            try {
                EmbeddedPostgres started = EmbeddedPostgres.builder().start();
                Runtime.getRuntime()
                        .addShutdownHook(
                                new Thread(
                                        () -> {
                                            try {
                                                started.close();
                                            } catch (IOException e) {
                                                throw new UncheckedIOException(e);
                                            }
                                        }));
                server = started;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return server;
    }

    /** What the database said no to. */
    static final class SqlRefused extends RuntimeException {
        private static final long serialVersionUID = 1;

        SqlRefused(SQLException cause) {
            super(cause.getMessage(), cause);
        }

        String state() {
            return ((SQLException) getCause()).getSQLState();
        }
    }
}
