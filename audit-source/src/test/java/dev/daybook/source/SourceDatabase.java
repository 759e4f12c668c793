package dev.daybook.source;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

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

/**
 * A PostgreSQL server with logical WAL, shared by the tests; each takes a database of its own. It
 * is an embedded one, or the one that the system property {@code daybook.test.source} names, such
 * as {@code jdbc:postgresql://localhost:5432/}, to test against another version.
 */
public final class SourceDatabase implements AutoCloseable {

    public static final String PASSWORD = "capture-password";

    private static final String SERVER = start();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    public final String name;
    public final String url;

    private SourceDatabase(String name) {
        this.name = name;
        this.url = SERVER + name;
    }

    /** An empty database with another encoding than UTF-8, prepared for the schema public. */
    public static SourceDatabase encoded(String encoding) throws SQLException {
        SourceDatabase database =
                bare(" TEMPLATE template0 ENCODING '" + encoding + "' LC_COLLATE 'C' LC_CTYPE 'C'");
        database.prepare("public.*", "");
        return database;
    }

    /** An empty database that is not prepared. */
    public static SourceDatabase bare() throws SQLException {
        return bare("");
    }

    private static SourceDatabase bare(String options) throws SQLException {
        String name = "source_" + NUMBER.incrementAndGet();
        try (Connection connection = admin();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name + options);
        }
        return new SourceDatabase(name);
    }

    /** An empty database of the same name, once this one is gone; it is not prepared. */
    public SourceDatabase again() throws SQLException {
        try (Connection connection = admin();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return new SourceDatabase(name);
    }

    /** An empty database, prepared for all tables of the schema public. */
    public static SourceDatabase prepared() throws SQLException {
        return prepared("public.*", "");
    }

    public static SourceDatabase prepared(String tables, String fullIdentity) throws SQLException {
        SourceDatabase database = bare();
        database.prepare(tables, fullIdentity);
        return database;
    }

    public void prepare(String tables, String fullIdentity) throws SQLException {
        try (Connection connection = connect()) {
            SourcePreparation.run(
                    connection, SourcePreparation.prepareSql(tables, fullIdentity, PASSWORD));
        }
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url, "postgres", "postgres");
    }

    public void run(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Runs statements in one transaction. */
    public void inTransaction(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        }
    }

    public List<String> query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    /** Drops the slots and the database, however many connections hold them. */
    @Override
    public void close() throws SQLException {
        try (Connection connection = admin();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                            + name
                            + "'");
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (true) {
                try {
                    statement.execute(
                            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                                    + " WHERE database = '"
                                    + name
                                    + "'");
                    break;
                } catch (SQLException e) {
                    if (System.nanoTime() > deadline) {
                        throw e;
                    }
                    statement.execute(
                            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                                    + " WHERE active AND database = '"
                                    + name
                                    + "'");
                }
            }
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        }
    }

    private static Connection admin() throws SQLException {
        return DriverManager.getConnection(SERVER + "postgres", "postgres", "postgres");
    }

    private static String start() {
        String other = System.getProperty("daybook.test.source", "");
        if (!other.isEmpty()) {
            return other;
        }
        try {
            EmbeddedPostgres server =
                    EmbeddedPostgres.builder()
                            .setServerConfig("wal_level", "logical")
                            .setServerConfig("max_wal_senders", "20")
                            .setServerConfig("max_replication_slots", "20")
                            .setServerConfig("max_prepared_transactions", "10")
                            .setServerConfig("fsync", "off")
                            // Its locks would come and go between statements that are compared.
                            .setServerConfig("autovacuum", "off")
                            .start();
            return "jdbc:postgresql://localhost:" + server.getPort() + "/";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
