package dev.daybook.connect.source;

import dev.daybook.connect.source.FilteringSocketFactory.FilteredSocket;

import org.postgresql.PGProperty;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Properties;

/** Opens connections to the source, all of which print values the same way. */
final class SourceConnections {

    /** What {@link ValueKind} relies on. Row security is refused rather than let it hide rows. */
    private static final String SESSION =
            "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET"
                    + " extra_float_digits = 3; SET bytea_output = 'hex'; SET xmlbinary = 'base64'; SET"
                    + " statement_timeout = 0; SET lock_timeout = 0; SET"
                    + " idle_in_transaction_session_timeout = 0; SET row_security = off; SET"
                    + " search_path = pg_catalog";

    private static final int CONNECT_TIMEOUT_SECONDS = 10;

    private final String url;
    private final Properties credentials;
    private final String application;

    SourceConnections(String url, Properties credentials, String application) {
        this.url = url;
        this.credentials = credentials;
        this.application = application;
    }

    /** Opens an ordinary connection. */
    Connection open() throws SQLException {
        Properties properties = common();
        return prepared(DriverManager.getConnection(url, properties));
    }

    /** A connection that speaks the replication protocol, and its socket. */
    record Replication(Connection connection, FilteredSocket socket) {}

    Replication openReplication(int maxValueBytes) throws SQLException {
        Properties properties = common();
        String argument = FilteringSocketFactory.argument(maxValueBytes);
        PGProperty.SOCKET_FACTORY.set(properties, FilteringSocketFactory.class.getName());
        PGProperty.SOCKET_FACTORY_ARG.set(properties, argument);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "15");
        PGProperty.RECEIVE_BUFFER_SIZE.set(properties, 1 << 20);
        Connection connection;
        FilteredSocket socket;
        try {
            connection = prepared(DriverManager.getConnection(url, properties));
        } finally {
            socket = FilteringSocketFactory.made(argument);
        }
        return new Replication(connection, Objects.requireNonNull(socket));
    }

    private Properties common() {
        Properties properties = new Properties();
        properties.putAll(credentials);
        PGProperty.APPLICATION_NAME.set(properties, application);
        PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_TIMEOUT_SECONDS);
        PGProperty.LOGIN_TIMEOUT.set(properties, CONNECT_TIMEOUT_SECONDS);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        return properties;
    }

    private static Connection prepared(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SESSION);
            return connection;
        } catch (SQLException e) {
            try {
                connection.close();
            } catch (SQLException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }
}
