package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGProperty;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** Every connection has the settings that a capture needs, whatever the database's own are. */
class SourceConnectionsTest {

    /** What each setting must be, and the worst that a database may set. */
    private static final String[][] SETTINGS = {
        {"TimeZone", "UTC", "Asia/Kathmandu"},
        {"DateStyle", "ISO, YMD", "SQL, DMY"},
        {"IntervalStyle", "postgres", "sql_standard"},
        {"extra_float_digits", "3", "-15"},
        {"bytea_output", "hex", "escape"},
        {"xmlbinary", "base64", "hex"},
        {"lc_monetary", "C", "POSIX"},
        {"quote_all_identifiers", "off", "on"},
        {"standard_conforming_strings", "on", "off"},
        {"jit", "off", "on"},
        {"search_path", "pg_catalog", "public"},
        {"row_security", "off", "on"},
        {"default_transaction_isolation", "read committed", "serializable"},
        {"default_transaction_read_only", "off", "on"},
        {"default_transaction_deferrable", "off", "on"},
        {"statement_timeout", "0", "300ms"},
        {"lock_timeout", "0", "300ms"},
        {"idle_in_transaction_session_timeout", "0", "300ms"},
        {"idle_session_timeout", "0", "300ms"},
        {"transaction_timeout", "0", "300ms"},
        {"synchronous_commit", "local", "off"},
        {"wal_sender_timeout", "1min", "300ms"},
        {"role", "none", "pg_monitor"}
    };

    @ParameterizedTest
    @ValueSource(strings = {"DATABASE %s SET", "ROLE pinned IN DATABASE %s SET"})
    void pinsEverySettingOnOrdinaryAndReplicationConnections(String level) throws Exception {
        Properties replication = new Properties();
        PGProperty.REPLICATION.set(replication, "database");
        PGProperty.PREFER_QUERY_MODE.set(replication, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(replication, "15");
        try (SourceDatabase database = SourceDatabase.bare()) {
            Map<String, String> expected = new LinkedHashMap<>();
            try (Connection admin = database.connect();
                    Statement statement = admin.createStatement()) {
                statement.execute("DROP ROLE IF EXISTS pinned");
                statement.execute(
                        "CREATE ROLE pinned LOGIN SUPERUSER REPLICATION PASSWORD 'pinned'");
                // What is set so holds for later connections alone.
                for (String[] setting : SETTINGS) {
                    if (has(statement, setting[0])) {
                        statement.execute(
                                "ALTER %s %s = %s"
                                        .formatted(
                                                level.formatted(database.name),
                                                setting[0],
                                                setting[0].equals("DateStyle")
                                                        ? setting[2]
                                                        : "'" + setting[2] + "'"));
                        expected.put(setting[0], setting[1]);
                    }
                }
            }
            Properties user = new Properties();
            user.setProperty("user", "pinned");
            user.setProperty("password", "pinned");
            SourceConnections connections = new SourceConnections(database.url, user, "test");

            for (Properties more : new Properties[] {new Properties(), replication}) {
                try (Connection connection = connections.open(more)) {
                    assertThat(settings(connection, expected)).isEqualTo(expected);
                }
            }
        }
    }

    private static boolean has(Statement statement, String setting) throws SQLException {
        try (ResultSet row =
                statement.executeQuery("SELECT current_setting('" + setting + "', true)")) {
            return row.next() && row.getString(1) != null;
        }
    }

    private static Map<String, String> settings(Connection connection, Map<String, String> names)
            throws SQLException {
        Map<String, String> settings = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement()) {
            for (String name : names.keySet()) {
                try (ResultSet row = statement.executeQuery("SHOW " + name)) {
                    row.next();
                    settings.put(name, row.getString(1));
                }
            }
        }
        return settings;
    }
}
