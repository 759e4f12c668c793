package dev.daybook.local.doctor;

import dev.daybook.local.FreePorts;
import dev.daybook.local.postgres.PostgresServer;
import dev.daybook.source.SourcePreparation;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A PostgreSQL server for faults to be planted in; each test takes a database of its own. */
public final class TestServer implements AutoCloseable {

    public static final String PASSWORD = "doctor";

    private final PostgresServer server;
    private int databases;

    private TestServer(PostgresServer server) {
        this.server = server;
    }

    public static TestServer start(Path directory, Map<String, String> settings)
            throws IOException {
        return new TestServer(
                PostgresServer.start(
                        Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                        directory.resolve("server"),
                        directory.resolve("server.log"),
                        FreePorts.one(),
                        PASSWORD,
                        settings));
    }

    /** Makes a database and returns its name. */
    public String create(String options) throws SQLException {
        String name = "faulty_" + ++databases;
        run("postgres", "CREATE DATABASE " + name + " " + options);
        return name;
    }

    public void prepare(String database, String tables) throws SQLException {
        try (Connection connection = connect(database, "postgres")) {
            SourcePreparation.run(connection, SourcePreparation.prepareSql(tables, "", PASSWORD));
        }
    }

    public void run(String database, String... statements) throws SQLException {
        try (Connection connection = connect(database, "postgres");
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql.replace("DATABASE_NAME", database));
            }
        }
    }

    /** Sets a setting of the whole server, and waits until it is in force. */
    void set(String setting, String value) throws Exception {
        run(
                "postgres",
                "ALTER SYSTEM SET " + setting + " = '" + value + "'",
                "SELECT pg_reload_conf()");
        for (int i = 0; i < 600; i++) {
            try (Connection connection = connect("postgres", "postgres");
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    "SELECT current_setting('"
                                            + setting
                                            + "') = '"
                                            + value
                                            + "'")) {
                row.next();
                if (row.getBoolean(1)) {
                    return;
                }
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException(setting + " did not become " + value);
    }

    public Connection connect(String database, String user) throws SQLException {
        return DriverManager.getConnection(
                server.jdbcUrl(database) + "?connectTimeout=30", user, PASSWORD);
    }

    /** The database's slots go with it. */
    void drop(String database) throws SQLException {
        run(
                "postgres",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT"
                        + " active",
                "DROP DATABASE " + database + " WITH (FORCE)");
    }

    void restart() throws IOException {
        server.close();
        server.start();
    }

    public String jdbcUrl(String database) {
        return server.jdbcUrl(database);
    }

    /** As the command line takes it; the password is {@link #PASSWORD}. */
    public String url(String database, String user) {
        return "postgresql://"
                + user
                + ":"
                + PASSWORD
                + "@127.0.0.1:"
                + server.port()
                + "/"
                + database;
    }

    @Override
    public void close() {
        server.close();
    }
}
