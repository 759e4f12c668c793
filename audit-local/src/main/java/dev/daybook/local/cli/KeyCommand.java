package dev.daybook.local.cli;

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
import java.util.List;
import java.util.Map;
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
            description = "Makes a key and prints it, once. It may read everything.",
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

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws IOException, SQLException {
            if (name.isBlank()) {
                throw new UserError("--name is empty.", "Say whom or what the key is for.");
            }
            try (Connection audit = audit(data)) {
                spec.commandLine().getOut().println(ApiKeys.create(audit, name));
            }
            return 0;
        }
    }

    @Command(
            name = "list",
            description = "Lists the keys: number, name, when made and when revoked.",
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
                        "%s  made %s  %s  %s%n",
                        key.id(),
                        key.createdAt(),
                        key.revokedAt() == null ? "valid" : "revoked " + key.revokedAt(),
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
