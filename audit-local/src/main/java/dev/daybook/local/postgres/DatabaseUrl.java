package dev.daybook.local.postgres;

import dev.daybook.local.UserError;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;

/**
 * A database as its user names it: a {@code postgresql://} URL, as libpq and psql take it.
 *
 * <p>Its text form leaves the password out.
 */
public record DatabaseUrl(
        String host, int port, String database, String user, String password, String parameters) {

    private static final String PINNED =
            """
            SET standard_conforming_strings = on;
            SET backslash_quote = safe_encoding;
            SET quote_all_identifiers = off;
            SET row_security = on
            """;

    /**
     * Reads a URL; a missing user or password is taken from PGUSER and PGPASSWORD, so that no
     * secret needs to stand on a command line.
     */
    public static DatabaseUrl parse(String text, Map<String, String> environment) {
        URI uri;
        try {
            uri = new URI(text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text);
        } catch (URISyntaxException e) {
            throw notAUrl();
        }
        String scheme = uri.getScheme();
        if (scheme == null
                || !(scheme.equals("postgresql") || scheme.equals("postgres"))
                || uri.getHost() == null) {
            throw notAUrl();
        }
        @Nullable String user = environment.get("PGUSER");
        @Nullable String password = environment.get("PGPASSWORD");
        String login = uri.getRawUserInfo();
        if (login != null) {
            int colon = login.indexOf(':');
            user = decode(colon < 0 ? login : login.substring(0, colon));
            if (colon >= 0) {
                password = decode(login.substring(colon + 1));
            }
        }
        if (user == null) {
            throw new UserError(
                    "The database URL names no user.",
                    "Write postgresql://USER@HOST:PORT/DATABASE and put the password into"
                            + " PGPASSWORD.");
        }
        String path = uri.getPath() == null ? "" : uri.getPath();
        String database = path.length() > 1 ? path.substring(1) : user;
        return new DatabaseUrl(
                uri.getHost(),
                uri.getPort() < 0 ? 5432 : uri.getPort(),
                database,
                user,
                password == null ? "" : password,
                uri.getRawQuery() == null ? "" : uri.getRawQuery());
    }

    private static UserError notAUrl() {
        return new UserError(
                "The database URL is not a PostgreSQL URL.",
                "Write postgresql://USER@HOST:PORT/DATABASE and put the password into PGPASSWORD.");
    }

    /** For JDBC, without credentials. */
    public String jdbcUrl() {
        String base = "jdbc:postgresql://" + host + ":" + port + "/" + encode(database);
        return parameters.isEmpty() ? base : base + "?" + parameters;
    }

    /** For psql, with credentials. */
    public String psqlUrl() {
        String base =
                "postgresql://"
                        + encode(user)
                        + ":"
                        + encode(password)
                        + "@"
                        + host
                        + ":"
                        + port
                        + "/"
                        + encode(database);
        return parameters.isEmpty() ? base : base + "?" + parameters;
    }

    /** Returns the same database, as another user. */
    public DatabaseUrl as(String otherUser, String otherPassword) {
        return new DatabaseUrl(host, port, database, otherUser, otherPassword, parameters);
    }

    /**
     * Connects, or says in one line why not. The session has the settings that SQL of Daybook's
     * depends on, whatever the database's own are.
     *
     * @param what the database is, for that line
     */
    public Connection connect(String what) {
        Properties login = new Properties();
        login.setProperty("user", user);
        login.setProperty("password", password);
        login.setProperty("ApplicationName", "daybook");
        login.setProperty("connectTimeout", "10");
        try {
            Connection connection = DriverManager.getConnection(jdbcUrl(), login);
            try (Statement statement = connection.createStatement()) {
                statement.execute(PINNED);
            }
            return connection;
        } catch (SQLException e) {
            throw new UserError(
                    "The " + what + " " + this + " cannot be reached: " + reason(e) + ".",
                    "Check host, port, user and PGPASSWORD; psql with the same URL must work.");
        }
    }

    private static String reason(SQLException e) {
        String message = String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
        return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
    }

    @Override
    public String toString() {
        return "postgresql://" + user + "@" + host + ":" + port + "/" + database;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
