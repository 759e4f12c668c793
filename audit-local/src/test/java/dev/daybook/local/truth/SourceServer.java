package dev.daybook.local.truth;

import dev.daybook.local.FreePorts;
import dev.daybook.local.postgres.PostgresServer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A source database's server, of a test's own, which can be killed and started again. */
final class SourceServer implements AutoCloseable {

    private static final String PASSWORD = "truth";

    private final PostgresServer server;

    private SourceServer(PostgresServer server) {
        this.server = server;
    }

    /** Starts a new server in a directory, on a free port. */
    static SourceServer start(Path directory) {
        try {
            return new SourceServer(
                    PostgresServer.start(
                            Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                            directory.resolve("source"),
                            directory.resolve("source.log"),
                            FreePorts.one(),
                            PASSWORD,
                            Map.of(
                                    "wal_level", "logical",
                                    "max_connections", "60",
                                    // The oracle's commit times, to the microsecond.
                                    "track_commit_timestamp", "on",
                                    "deadlock_timeout", "100ms",
                                    "shared_buffers", "64MB",
                                    // So that large transactions spill.
                                    "logical_decoding_work_mem", "64kB",
                                    "timezone", "America/New_York")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills the server with all its processes, as a power cut would. */
    void kill() {
        server.kill();
    }

    /** Starts it again; it recovers first. */
    void restart() {
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends every connection, the capture's too, as a failing network would. */
    void dropConnections() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where pid <> pg_backend_pid() and backend_type in ('client backend', 'walsender')\
                    """);
        }
    }

    /** A new connection of the superuser; parameters given as text take the type asked for. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                server.jdbcUrl("postgres") + "?stringtype=unspecified&connectTimeout=10",
                "postgres",
                PASSWORD);
    }

    /** The server's URL as psql and the launcher take it. */
    String url() {
        return "postgresql://postgres:" + PASSWORD + "@127.0.0.1:" + server.port() + "/postgres";
    }

    @Override
    public void close() {
        server.close();
    }
}
