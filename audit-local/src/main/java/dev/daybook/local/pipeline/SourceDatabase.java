package dev.daybook.local.pipeline;

import dev.daybook.local.Progress;
import dev.daybook.local.UserError;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.local.postgres.PostgresServer;
import dev.daybook.source.Finding;
import dev.daybook.source.SourcePreparation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.function.Supplier;

/** The audited database of a local pipeline: Daybook's own, or one of the user's. */
public final class SourceDatabase {

    private static final String SHOP = "shop";

    /** What a check may find that preparing the database does not cure. */
    private static final Set<String> UNFIT =
            Set.of("unsupported-version", "standby", "wal-level", "no-free-slot");

    private final String name;
    private final DatabaseUrl url;
    private final DatabaseUrl capture;

    private SourceDatabase(String name, DatabaseUrl url, DatabaseUrl capture) {
        this.name = name;
        this.url = url;
        this.capture = capture;
    }

    /** Makes a source of the user's ready to be captured. */
    static SourceDatabase prepare(
            DatabaseUrl user, LocalSettings settings, Secrets secrets, Progress progress)
            throws SQLException {
        progress.say("Preparing " + user + " for capture of " + settings.tables());
        DatabaseUrl capture = user.as(SourcePreparation.ROLE, secrets.of("source.capture"));
        try (Connection connection = connect(user)) {
            requireCapturable(connection, user);
            if (user.user().equals(SourcePreparation.ROLE)) {
                // Its owner has prepared the database and handed out the role that captures.
                capture = user;
            } else {
                install(connection, settings.tables(), "", capture.password());
            }
            requireNoErrors(SourcePreparation.check(connection), user);
        }
        return new SourceDatabase(nameOf(user.database()), user, capture);
    }

    /** Makes a source on Daybook's own server, and in it the demo's shop if that is wanted. */
    static SourceDatabase prepareOwn(
            PostgresServer server, LocalSettings settings, Secrets secrets, Progress progress)
            throws SQLException, IOException {
        progress.say(
                settings.demo() ? "Opening the demo's shop" : "Preparing an empty source database");
        DatabaseUrl shop =
                new DatabaseUrl(
                        "127.0.0.1", server.port(), SHOP, SHOP, secrets.of("source.shop"), "");
        DatabaseUrl capture = shop.as(SourcePreparation.ROLE, secrets.of("source.capture"));
        boolean fresh;
        try (Connection postgres = server.connect("postgres")) {
            AuditDatabase.ensureRole(postgres, SHOP, shop.password());
            fresh = AuditDatabase.ensureDatabase(postgres, SHOP, SHOP);
        }
        try (Connection superuser = server.connect(SHOP)) {
            install(superuser, settings.tables(), "", capture.password());
        }
        if (settings.demo() && (fresh || !hasTables(shop))) {
            try (Connection connection = connect(shop)) {
                connection.setAutoCommit(false);
                execute(connection, resource("/demo/shop.sql"));
                connection.commit();
            }
        }
        return new SourceDatabase(SHOP, shop, capture);
    }

    /** The source's name in topics and entries. */
    String name() {
        return name;
    }

    /** The database as its application uses it. */
    DatabaseUrl url() {
        return url;
    }

    /** The database as the role that captures. */
    DatabaseUrl captureUrl() {
        return capture;
    }

    CaptureStatus status() {
        return new CaptureStatus(name);
    }

    /**
     * Returns when capture runs, saying how far a first snapshot is; fails with the connector's
     * reason.
     */
    void awaitCapture(Supplier<List<String>> failures, Progress progress) {
        CaptureStatus status = status();
        while (!status.running()) {
            List<String> found = failures.get();
            if (!found.isEmpty()) {
                throw new UserError(found.getFirst(), "");
            }
            status.news().ifPresent(progress::say);
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for capture", e);
            }
        }
    }

    public static Connection connect(DatabaseUrl url) {
        return connect("source", url);
    }

    /**
     * Connects, or says in one line why not.
     *
     * @param what the database is, for that line
     */
    public static Connection connect(String what, DatabaseUrl url) {
        Properties login = new Properties();
        login.setProperty("user", url.user());
        login.setProperty("password", url.password());
        login.setProperty("ApplicationName", "daybook");
        login.setProperty("connectTimeout", "10");
        try {
            return DriverManager.getConnection(url.jdbcUrl(), login);
        } catch (SQLException e) {
            throw new UserError(
                    "The " + what + " " + url + " cannot be reached: " + firstLine(e) + ".",
                    "Check host, port, user and PGPASSWORD; psql with the same URL must work.");
        }
    }

    /** Refuses, with one line, a database that no preparation makes fit for capture. */
    public static void requireCapturable(Connection connection, DatabaseUrl url)
            throws SQLException {
        requireNoErrors(
                SourcePreparation.check(connection).stream()
                        .filter(finding -> UNFIT.contains(finding.code()))
                        .toList(),
                url);
    }

    private static void requireNoErrors(List<Finding> findings, DatabaseUrl url) {
        for (Finding finding : findings) {
            if (finding.severity() == Finding.Severity.ERROR) {
                throw new UserError(
                        "The source " + url + " cannot be captured. " + finding.message(),
                        finding.remedy());
            }
        }
    }

    public static void install(
            Connection connection, String tables, String fullIdentity, String capturePassword)
            throws SQLException {
        try {
            SourcePreparation.run(
                    connection,
                    SourcePreparation.prepareSql(tables, fullIdentity, capturePassword));
        } catch (SQLException e) {
            if ("42501".equals(e.getSQLState())) {
                throw new UserError(
                        "The source's user may not prepare it for capture: " + firstLine(e) + ".",
                        "Have its owner run what ./daybook source prepare --source URL prints.");
            }
            throw e;
        }
    }

    private static boolean hasTables(DatabaseUrl url) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT to_regclass('public.orders') IS NOT NULL")) {
            rows.next();
            return rows.getBoolean(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String resource(String path) throws IOException {
        try (InputStream in = SourceDatabase.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IOException("The class path lacks " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A database's name as a source's name: lower-case letters, digits and underscores. */
    private static String nameOf(String database) {
        String name = database.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        return name.isEmpty() ? "source" : name;
    }

    private static String firstLine(SQLException e) {
        String message = String.valueOf(e.getMessage()).strip();
        int end = message.indexOf('\n');
        String line = end < 0 ? message : message.substring(0, end);
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }
}
