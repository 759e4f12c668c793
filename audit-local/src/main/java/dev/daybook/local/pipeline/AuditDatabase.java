package dev.daybook.local.pipeline;

import dev.daybook.local.postgres.PostgresServer;

import org.flywaydb.core.Flyway;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The audit database on the local server: created, migrated, its roles given their passwords. */
final class AuditDatabase {

    static final String NAME = "daybook";
    static final String WRITER = "daybook_writer";
    static final String READER = "daybook_reader";
    static final String SEALER = "daybook_sealer";
    private static final String OWNER = ApiKeys.OWNER;

    private AuditDatabase() {}

    static void prepare(PostgresServer server, Secrets secrets, String apiKey) throws SQLException {
        try (Connection postgres = server.connect("postgres")) {
            ensureRole(postgres, OWNER, secrets.of("audit.owner"));
            ensureRole(postgres, WRITER, secrets.of("audit.writer"));
            ensureRole(postgres, READER, secrets.of("audit.reader"));
            ensureRole(postgres, SEALER, secrets.of("audit.sealer"));
            ensureDatabase(postgres, NAME, OWNER);
            try (Statement statement = postgres.createStatement()) {
                statement.execute(
                        "GRANT CONNECT ON DATABASE %s TO %s, %s, %s"
                                .formatted(NAME, WRITER, READER, SEALER));
            }
        }
        Flyway.configure()
                .dataSource(server.jdbcUrl(NAME), OWNER, secrets.of("audit.owner"))
                .locations("classpath:db/migrations")
                .schemas("audit")
                .initSql("SET client_min_messages = warning")
                .load()
                .migrate();
        try (Connection audit = server.connect(NAME)) {
            ApiKeys.register(audit, "local", apiKey);
        }
    }

    /** Makes a login role, or gives an existing one this password. */
    static void ensureRole(Connection connection, String role, String password)
            throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found =
                        statement.executeQuery(
                                "SELECT 1 FROM pg_roles WHERE rolname = '" + role + "'")) {
            String verb = found.next() ? "ALTER" : "CREATE";
            try (Statement change = connection.createStatement()) {
                change.execute(verb + " ROLE " + role + " LOGIN PASSWORD '" + password + "'");
            }
        }
    }

    /** Makes a database that nobody else may connect to; false if there was one of that name. */
    static boolean ensureDatabase(Connection connection, String name, String owner)
            throws SQLException {
        boolean found;
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
            found = row.next();
        }
        try (Statement statement = connection.createStatement()) {
            if (!found) {
                statement.execute("CREATE DATABASE " + name + " OWNER " + owner);
            }
            // Also of one that was there: the process that made it may have ended before this.
            statement.execute("REVOKE ALL ON DATABASE " + name + " FROM PUBLIC");
        }
        return !found;
    }
}
