package dev.daybook.local.cli;

import dev.daybook.contract.Scope;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ApiKeys;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.Secrets;
import dev.daybook.local.postgres.DatabaseUrl;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

@Command(
        name = "key",
        description = "Makes, lists and revokes keys of the API of the running pipeline.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {KeyCommand.Create.class, KeyCommand.ListAll.class, KeyCommand.Revoke.class},
        synopsisSubcommandLabel = "(create | list | revoke)")
final class KeyCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return Daybook.USER_ERROR;
    }

    private static Connection audit(DataDirectoryOption data) throws IOException {
        ConnectionInfo connection = data.runningConnection();
        DatabaseUrl owner =
                DatabaseUrl.parse(connection.auditUrl(), Map.of())
                        .as(
                                ApiKeys.OWNER,
                                new Secrets(data.directory().secrets()).of("audit.owner"));
        return owner.connect("audit database");
    }

    @Command(
            name = "create",
            description =
                    "Makes a key and prints it, once. Without --scope and --tables it may read and"
                            + " export everything.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Create implements Callable<Integer> {

        @Mixin private DataDirectoryOption data = new DataDirectoryOption();

        @Option(
                names = "--name",
                paramLabel = "NAME",
                required = true,
                description = "Whom or what it is for.")
        private String name = "";

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                split = ",",
                description =
                        "What its caller may do: read, export, and with all tables rejected (see what"
                                + " was rejected) and administer (see who has read what, make and"
                                + " revoke keys). Default: read,export,rejected with all tables, else"
                                + " read,export.")
        private List<String> scopes = List.of();

        @Option(
                names = "--tables",
                paramLabel = "PATTERN",
                split = ",",
                defaultValue = "*",
                description = "The tables that it sees, as schema.table; * stands for anything.")
        private List<String> tables = List.of("*");

        @Option(
                names = "--expires-in",
                paramLabel = "DAYS",
                description = "After how many days it ends; never where it is left out.")
        private int days;

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws IOException, SQLException {
            if (name.isBlank()) {
                throw new UserError("--name is empty.", "Say whom or what the key is for.");
            }
            boolean all = tables.contains("*");
            Set<Scope> granted = granted(all);
            for (Scope scope : granted) {
                if (scope.isOfAllTables() && !all) {
                    throw new UserError(
                            "--scope has \"" + scope.word() + "\", which tells of every table.",
                            "Leave it out, or leave --tables out.");
                }
            }
            if (tables.isEmpty() || tables.stream().anyMatch(String::isBlank)) {
                throw new UserError("--tables is empty.", "Give patterns such as public.*.");
            }
            if (days < 0) {
                throw new UserError("--expires-in is negative.", "Give a number of days.");
            }
            Instant expires =
                    days == 0 ? null : Clock.systemUTC().instant().plus(Duration.ofDays(days));
            try (Connection audit = audit(data)) {
                spec.commandLine()
                        .getOut()
                        .println(ApiKeys.create(audit, name, granted, tables, expires));
            }
            return 0;
        }

        private Set<Scope> granted(boolean all) {
            if (scopes.isEmpty()) {
                return all
                        ? EnumSet.of(Scope.READ, Scope.EXPORT, Scope.REJECTED)
                        : EnumSet.of(Scope.READ, Scope.EXPORT);
            }
            Set<Scope> granted = EnumSet.noneOf(Scope.class);
            for (String word : scopes) {
                granted.add(
                        Scope.ofWord(word)
                                .orElseThrow(
                                        () ->
                                                new UserError(
                                                        "--scope has \""
                                                                + Screen.text(word)
                                                                + "\", which is none.",
                                                        "Give some of read, export, rejected,"
                                                                + " administer.")));
            }
            return granted;
        }
    }

    @Command(
            name = "list",
            description =
                    "Lists the keys: number, when made, valid or until when, last use, scopes,"
                            + " tables, name.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class ListAll implements Callable<Integer> {

        @Mixin private DataDirectoryOption data = new DataDirectoryOption();

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws IOException, SQLException {
            List<ApiKeys.Key> keys;
            try (Connection audit = audit(data)) {
                keys = ApiKeys.list(audit);
            }
            PrintWriter out = spec.commandLine().getOut();
            for (ApiKeys.Key key : keys) {
                out.printf(
                        "%s  made %s  %s  %s  %s  %s  %s%n",
                        key.id(),
                        key.createdAt(),
                        key.revokedAt() != null
                                ? "revoked " + key.revokedAt()
                                : key.expiresAt() == null ? "valid" : "until " + key.expiresAt(),
                        key.lastUsedAt() == null ? "never used" : "used " + key.lastUsedAt(),
                        String.join(",", key.scopes()),
                        Screen.text(String.join(",", key.tables())),
                        Screen.text(key.name()));
            }
            return 0;
        }
    }

    @Command(
            name = "revoke",
            description = "Revokes a key; the API refuses it within 30 s.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Revoke implements Callable<Integer> {

        @Mixin private DataDirectoryOption data = new DataDirectoryOption();

        @Parameters(paramLabel = "NUMBER", description = "As key list shows it.")
        private java.util.UUID id = new java.util.UUID(0, 0);

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws IOException, SQLException {
            boolean revoked;
            try (Connection audit = audit(data)) {
                revoked = ApiKeys.revoke(audit, id);
            }
            spec.commandLine()
                    .getOut()
                    .println(revoked ? "Revoked." : "There is no valid key of that number.");
            return revoked ? 0 : 1;
        }
    }
}
