package dev.daybook.local.pipeline;

import dev.daybook.local.Progress;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.local.postgres.PostgresServer;
import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.SourcePreparation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/** The audited database of a local pipeline: Daybook's own, or one of the user's. */
public final class SourceDatabase {

    /** How long a problem that capture begins with may last until the start is given up. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    /** Databases of the server, but for this one, that a pipeline captures. */
    private static final String OTHER_CAPTURE =
            """
            SELECT database FROM pg_replication_slots
            WHERE plugin = 'pgoutput' AND slot_name LIKE 'daybook\\_%' AND database <> current_database()
            UNION ALL
            SELECT datname FROM pg_stat_activity
            WHERE usename = 'daybook_capture' AND datname <> current_database()
            LIMIT 1
            """;

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

    /**
     * Refuses a source that cannot be captured, before anything is started or made for it.
     *
     * @param noTables whether it may be that no table of it is to be captured yet
     */
    public static void requireUsable(DatabaseUrl source, String tables, boolean noTables)
            throws SQLException {
        try (Connection connection = source.connect("source")) {
            requireCapturable(connection, source);
            if (!noTables) {
                TableList.requireMatch(connection, source.toString(), tables);
            }
        }
    }

    /** Makes a source of the user's ready to be captured. */
    static SourceDatabase prepare(
            DatabaseUrl user, LocalSettings settings, Secrets secrets, Progress progress)
            throws SQLException {
        progress.say("Preparing " + user + " for capture of " + settings.tables());
        progress.say(
                "It makes there: the schema daybook, the role "
                        + SourcePreparation.ROLE
                        + ", two publications, event triggers, the replication slot "
                        + slotOf(nameOf(user.database())));
        DatabaseUrl capture = user.as(SourcePreparation.ROLE, secrets.of("source.capture"));
        try (Connection connection = user.connect("source")) {
            requireCapturable(connection, user);
            if (user.user().equals(SourcePreparation.ROLE)) {
                // Its owner has prepared the database and handed out the role that captures.
                capture = user;
            } else {
                requireOwnPassword(connection, capture);
                install(connection, settings.tables(), "", capture.password());
            }
            requireNoErrors(SourceCheck.findings(connection), user);
        }
        return new SourceDatabase(nameOf(user.database()), user, capture);
    }

    /**
     * Refuses to give the role that captures another password than the one by which another
     * pipeline logs in on the same server.
     */
    static void requireOwnPassword(Connection connection, DatabaseUrl capture) throws SQLException {
        try (Connection role = capture.connect("source")) {
            return;
        } catch (SQLException | UserError e) {
            // There is no such role yet, or it has another password.
        }
        try (Statement statement = connection.createStatement();
                ResultSet other = statement.executeQuery(OTHER_CAPTURE)) {
            if (other.next()) {
                throw new UserError(
                        "The role "
                                + SourcePreparation.ROLE
                                + " has another password, and a pipeline that captures the database "
                                + other.getString(1)
                                + " of this server logs in by it; another one would lock it out.",
                        "Copy the line source.capture=... from secrets.properties in the data"
                                + " directory of that pipeline to the one of this.");
            }
        }
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
            try (Connection connection = shop.connect("source")) {
                connection.setAutoCommit(false);
                execute(connection, resource("/demo/shop.sql"));
                connection.commit();
            }
        }
        return new SourceDatabase(SHOP, shop, capture);
    }

    /**
     * Says what a start that failed has left in a source of the user's, and how to take it away.
     */
    static void sayWhatStays(DatabaseUrl user, Progress progress) {
        String slot = slotOf(nameOf(user.database()));
        boolean hasSlot;
        try (Connection connection = user.connect("source");
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT to_regnamespace('daybook') IS NOT NULL, EXISTS (SELECT FROM"
                                        + " pg_replication_slots WHERE slot_name = ?)")) {
            query.setString(1, slot);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                if (!row.getBoolean(1)) {
                    return;
                }
                hasSlot = row.getBoolean(2);
            }
        } catch (SQLException | UserError e) {
            hasSlot = true;
        }
        progress.say(
                "What was made in "
                        + user
                        + " stays"
                        + (hasSlot ? ", and its replication slot keeps WAL" : "")
                        + ". The next ./daybook up goes on there. To take all of it away:");
        progress.say(removal(user, hasSlot ? slot : null));
    }

    /** Returns the command that takes Daybook's part out of a source. */
    public static String removal(DatabaseUrl source, @Nullable String slot) {
        return "  ./daybook source remove --source "
                + Screen.word(source.toString())
                + (slot == null ? "" : " --slot " + slot)
                + " --apply";
    }

    /** Returns the source's name in topics and entries. */
    String name() {
        return name;
    }

    /** Returns the name of the replication slot that the connector keeps in the source. */
    String slot() {
        return slotOf(name);
    }

    private static String slotOf(String source) {
        String slot = "daybook_" + source;
        return slot.length() <= 63 ? slot : slot.substring(0, 63);
    }

    /** Returns the database as its application uses it. */
    DatabaseUrl url() {
        return url;
    }

    /** Returns the database as the role that captures. */
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
        long stuckSince = System.nanoTime();
        while (!status.running()) {
            if (!status.stands()) {
                stuckSince = System.nanoTime();
            } else if (System.nanoTime() - stuckSince > PATIENCE_NANOS) {
                throw new UserError(status.problem(), "");
            }
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

    /** Refuses, with one line, a database that no preparation makes fit for capture. */
    public static void requireCapturable(Connection connection, DatabaseUrl url)
            throws SQLException {
        requireNoErrors(
                SourceCheck.findings(connection).stream()
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
        try (Connection connection = url.connect("source");
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

    /** Returns a database's name as a source's name: lower-case letters, digits and underscores. */
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
