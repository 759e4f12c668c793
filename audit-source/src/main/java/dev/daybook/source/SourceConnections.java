package dev.daybook.source;

import org.postgresql.PGProperty;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** Opens connections to the source, all of which print values the same way. */
public final class SourceConnections {

    /**
     * Sets what prints values, ends sessions or changes what a statement does, whatever the
     * database or the role has. Row security is refused rather than let it hide rows. PostgreSQL
     * has transaction_timeout since version 17. Compiling a statement takes longer than any of
     * ours.
     */
    private static final String SESSION =
            """
            SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout';
            SET statement_timeout = 0;
            SET ROLE NONE;
            SET TimeZone = 'UTC';
            SET DateStyle = 'ISO, YMD';
            SET IntervalStyle = 'postgres';
            SET extra_float_digits = 3;
            SET bytea_output = 'hex';
            SET xmlbinary = 'base64';
            SET lc_monetary = 'C';
            SET quote_all_identifiers = off;
            SET standard_conforming_strings = on;
            SET jit = off;
            SET search_path = pg_catalog;
            SET row_security = off;
            SET synchronous_commit = local;
            SET default_transaction_isolation = 'read committed';
            SET default_transaction_read_only = off;
            SET default_transaction_deferrable = off;
            SET lock_timeout = 0;
            SET idle_in_transaction_session_timeout = 0;
            SET idle_session_timeout = 0;
            SET wal_sender_timeout = '60s'
            """;

    private static final int CONNECT_TIMEOUT_SECONDS = 10;

    private final String url;
    private final Properties credentials;
    private final String application;

    /**
     * Makes connections of one user, for one application.
     *
     * @param credentials {@code user} and {@code password}, as the driver takes them
     * @param application the name that the server shows for the connections
     */
    public SourceConnections(String url, Properties credentials, String application) {
        this.url = url;
        this.credentials = credentials;
        this.application = application;
    }

    /** Opens an ordinary connection. */
    public Connection open() throws SQLException {
        return open(new Properties());
    }

    /**
     * Opens a connection with further properties.
     *
     * @param more properties of the driver, which count over those that every connection has
     */
    public Connection open(Properties more) throws SQLException {
        Properties properties = new Properties();
        properties.putAll(credentials);
        PGProperty.APPLICATION_NAME.set(properties, application);
        PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_TIMEOUT_SECONDS);
        PGProperty.LOGIN_TIMEOUT.set(properties, CONNECT_TIMEOUT_SECONDS);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        properties.putAll(more);
        return prepared(DriverManager.getConnection(url, properties));
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
