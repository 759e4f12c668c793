package dev.daybook.connect.sink;

import dev.daybook.contract.SinkSetting;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** Opens the sink's connection to the audit database, and keeps its prepared statements. */
final class AuditConnection {

    private static final Logger LOG = LoggerFactory.getLogger(AuditConnection.class);

    /**
     * Everything that a role's or a database's settings could change about what is stored or
     * whether. A server that does not know a name leaves it out.
     */
    private static final String PIN =
            """
            SELECT pg_catalog.set_config(wanted.name, wanted.value, false)
            FROM (VALUES
                ('search_path', 'pg_catalog'),
                ('lock_timeout', '0'),
                ('idle_in_transaction_session_timeout', '0'),
                ('idle_session_timeout', '0'),
                ('transaction_timeout', '0'),
                ('default_transaction_isolation', 'read committed'),
                ('default_transaction_read_only', 'off'),
                ('default_transaction_deferrable', 'off'),
                ('standard_conforming_strings', 'on'),
                ('bytea_output', 'hex'),
                -- The statements' plans never depend on their parameters.
                ('plan_cache_mode', 'force_generic_plan'),
                ('jit', 'off')) AS wanted (name, value)
            JOIN pg_catalog.pg_settings AS known ON known.name = wanted.name
            """;

    private final SinkConfig config;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private @Nullable Connection connection;

    AuditConnection(SinkConfig config) {
        this.config = config;
    }

    boolean isOpen() {
        return connection != null;
    }

    /** Returns the connection; opens it if it is closed. */
    Connection open() throws SQLException {
        Connection open = connection;
        if (open != null) {
            return open;
        }
        Properties properties = new Properties();
        properties.setProperty("user", config.getString(SinkSetting.DATABASE_USER));
        properties.setProperty(
                "password", config.getPassword(SinkSetting.DATABASE_PASSWORD).value());
        properties.setProperty("ApplicationName", "daybook sink " + config.sinkName());
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("socketTimeout", "120");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("prepareThreshold", "1");
        open = DriverManager.getConnection(config.getString(SinkSetting.DATABASE_URL), properties);
        connection = open;
        try (Statement statement = open.createStatement()) {
            statement.execute("SET statement_timeout = 0");
            statement.execute(PIN);
        } catch (SQLException e) {
            close();
            throw e;
        }
        return open;
    }

    /** Returns the statement of that text, prepared once a connection. */
    PreparedStatement prepared(String sql) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = open().prepareStatement(sql);
            statements.put(sql, statement);
        }
        return statement;
    }

    void close() {
        Connection open = connection;
        connection = null;
        statements.clear();
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                LOG.debug("Closing the connection to the audit database failed", e);
            }
        }
    }
}
