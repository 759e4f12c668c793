package dev.daybook.local.cli;

import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.SourceDatabase;
import dev.daybook.local.pipeline.TableList;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.SourcePreparation;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "source",
        description =
                "Prepares a source database for capture, checks it, or takes it all away again.",
        subcommands = {
            SourceCommand.Prepare.class,
            SourceCommand.Check.class,
            SourceCommand.Remove.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "(prepare | check | remove)")
final class SourceCommand implements Callable<Integer> {

    /** What PostgreSQL says of a replication slot that is being read. */
    private static final String OBJECT_IN_USE = "55006";

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return Daybook.USER_ERROR;
    }

    /**
     * Returns what a database answered to SQL that was to change it; the change was rolled back.
     */
    private static UserError refused(SQLException e, String outcome) {
        String reason = String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
        return new UserError(
                outcome + ": " + reason.replaceFirst("^ERROR: ", "") + ".",
                OBJECT_IN_USE.equals(e.getSQLState())
                        ? "Stop the pipeline that captures there, and run the command again."
                        : "Correct what it names, and run the command again.");
    }

    /** The database that all three are about. */
    static final class SourceOption {

        @Option(
                names = "--source",
                paramLabel = "URL",
                required = true,
                description =
                        "postgresql://USER@HOST:PORT/DATABASE; the password is best left to"
                                + " PGPASSWORD.")
        private String url = "";

        DatabaseUrl url() {
            return DatabaseUrl.parse(url, System.getenv());
        }
    }

    @Command(
            name = "prepare",
            description = {
                "Shows the SQL that prepares the database, and runs it with --apply.",
                "It makes the schema daybook, the role daybook_capture and two publications; it may"
                        + " be",
                "run any number of times. Run it as the tables' owner, or as a superuser."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class Prepare implements Callable<Integer> {

        @Mixin private SourceOption source = new SourceOption();

        @Option(
                names = "--tables",
                paramLabel = "PATTERN",
                defaultValue = LocalSettings.DEFAULT_TABLES,
                description = "Which tables, as for ./daybook up (default: ${DEFAULT-VALUE}).")
        private String tables = LocalSettings.DEFAULT_TABLES;

        @Option(
                names = "--full-identity",
                paramLabel = "PATTERN",
                defaultValue = "",
                description =
                        "Tables that get REPLICA IDENTITY FULL: whole old rows are then recorded,"
                                + " for more WAL.")
        private String fullIdentity = "";

        @Option(names = "--apply", description = "Run it, after showing it.")
        private boolean apply;

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws SQLException {
            PrintWriter out = spec.commandLine().getOut();
            TableList.requireValid("--tables", tables);
            if (!fullIdentity.isBlank()) {
                TableList.requireValid("--full-identity", fullIdentity);
            }
            String password = System.getenv().getOrDefault("DAYBOOK_CAPTURE_PASSWORD", "");
            out.println(SourcePreparation.prepareSql(tables, fullIdentity, ""));
            if (!apply) {
                out.println(
                        "-- Nothing was run. With --apply it is; DAYBOOK_CAPTURE_PASSWORD then"
                                + " becomes the capture role's password.");
                return 0;
            }
            DatabaseUrl url = source.url();
            try (Connection connection = url.connect("source")) {
                SourceDatabase.requireCapturable(connection, url);
                SourceDatabase.install(connection, tables, fullIdentity, password);
            }
            out.println("-- Applied to " + url);
            return 0;
        }
    }

    @Command(
            name = "check",
            description =
                    "Says what in the database would keep capture from working. Exit code 1 if"
                            + " anything would.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Check implements Callable<Integer> {

        @Mixin private SourceOption source = new SourceOption();

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws SQLException {
            PrintWriter out = spec.commandLine().getOut();
            List<Finding> findings;
            try (Connection connection = source.url().connect("source")) {
                findings = SourceCheck.findings(connection);
            }
            findings.forEach(finding -> out.println(Screen.line(finding.toString())));
            if (findings.isEmpty()) {
                out.println("Nothing found.");
            }
            return findings.stream()
                            .anyMatch(finding -> finding.severity() == Finding.Severity.ERROR)
                    ? 1
                    : 0;
        }
    }

    @Command(
            name = "remove",
            description = {
                "Shows the SQL that takes Daybook's part out of the database, and runs it with"
                        + " --apply.",
                "The connector's replication slots go too, and what they have not delivered can then"
                        + " not be captured any more.",
                "Audit data is not touched: it is elsewhere."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Remove implements Callable<Integer> {

        /** Slots that may have been the connector's, by another name than its own. */
        private static final String SLOTS_LEFT =
                """
                SELECT slot_name FROM pg_replication_slots
                WHERE plugin = 'pgoutput' AND database = current_database() AND NOT active
                ORDER BY slot_name
                """;

        @Mixin private SourceOption source = new SourceOption();

        @Option(names = "--apply", description = "Run it, after showing it.")
        private boolean apply;

        @Option(
                names = "--slot",
                paramLabel = "NAME",
                description =
                        "Drop this replication slot too, where the connector's slot.name is not"
                                + " daybook_SOURCE.")
        private @Nullable String slot;

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws SQLException {
            PrintWriter out = spec.commandLine().getOut();
            String sql = SourcePreparation.removeSql(slot);
            out.println(sql);
            if (!apply) {
                out.println("-- Nothing was run. With --apply it is.");
                return 0;
            }
            DatabaseUrl url = source.url();
            try (Connection connection = url.connect("source")) {
                run(connection, sql, url, out);
                sayWhatStays(connection, url, out);
            }
            return 0;
        }

        private static void run(
                Connection connection, String sql, DatabaseUrl url, PrintWriter out) {
            try {
                for (String notice : SourcePreparation.run(connection, sql)) {
                    out.println("-- NOTICE: " + Screen.line(notice));
                }
            } catch (SQLException e) {
                throw refused(e, "Nothing was taken away from " + url);
            }
            out.println("-- Applied to " + url);
        }

        private static void sayWhatStays(Connection connection, DatabaseUrl url, PrintWriter out)
                throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet slots = statement.executeQuery(SLOTS_LEFT)) {
                while (slots.next()) {
                    String name = slots.getString(1);
                    out.println(
                            "-- The replication slot "
                                    + name
                                    + " stays and keeps WAL. If a connector of Daybook had it, drop it with:");
                    out.println("--" + SourceDatabase.removal(url, name).substring(1));
                }
            }
        }
    }
}
