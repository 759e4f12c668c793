package dev.daybook.local.cli;

import dev.daybook.local.Screen;
import dev.daybook.local.UserError;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;

@Command(
        name = "rejected",
        description =
                "Lists, shows and replays records that could not become entries of the running"
                        + " pipeline.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            RejectedCommand.ListSome.class,
            RejectedCommand.Show.class,
            RejectedCommand.Replay.class
        },
        synopsisSubcommandLabel = "(list | show | replay)")
final class RejectedCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return Daybook.USER_ERROR;
    }

    /** The options that choose records. */
    static final class Chosen {

        @Option(
                names = "--source",
                paramLabel = "NAME",
                description = "Only records of this source.")
        private @Nullable String source;

        @Option(names = "--code", paramLabel = "CODE", description = "Only this reason.")
        private @Nullable String code;

        @Option(
                names = "--table",
                paramLabel = "TABLE",
                description = "Only records of this table, schema.table.")
        private @Nullable String table;

        @Option(
                names = "--from",
                paramLabel = "TIME",
                converter = MomentConverter.class,
                description = "Only records rejected then or later, such as 2026-11-22T09:30:00Z.")
        private @Nullable Instant from;

        @Option(
                names = "--to",
                paramLabel = "TIME",
                converter = MomentConverter.class,
                description = "Only records rejected before.")
        private @Nullable Instant to;

        boolean isEmpty() {
            return source == null && code == null && table == null && from == null && to == null;
        }

        /** Returns the parameters that the options stand for. */
        List<String> parameters() {
            List<String> parameters = new ArrayList<>();
            add(parameters, "source", source);
            add(parameters, "code", code);
            add(parameters, "table", table);
            add(parameters, "from", from);
            add(parameters, "to", to);
            return parameters;
        }

        private static void add(List<String> to, String name, @Nullable Object value) {
            if (value != null) {
                to.add(name + "=" + ApiClient.encode(value.toString()));
            }
        }
    }

    @Command(
            name = "list",
            description = "Lists rejected records, newest first: id, when, code, place and reason.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class ListSome implements Callable<Integer> {

        private static final int LARGEST_PAGE = 500;

        @Mixin private DataDirectoryOption data = new DataDirectoryOption();

        @Mixin private Chosen chosen = new Chosen();

        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "20",
                description = "At most so many (default: ${DEFAULT-VALUE}).")
        private int limit = 20;

        @Option(names = "--json", description = "Print one record a line as JSON.")
        private boolean json;

        @Spec private CommandSpec spec;

        @Override
        public Integer call() {
            if (limit < 1) {
                throw new UserError("--limit " + limit + " is less than 1.", "Give 1 or more.");
            }
            ApiClient client = new ApiClient(data.connection());
            PrintWriter out = spec.commandLine().getOut();
            String cursor = null;
            int printed = 0;
            do {
                RawJson page = client.get(path(cursor, limit - printed));
                for (RawJson record : page.member("data").elements()) {
                    print(record, out);
                    printed++;
                }
                cursor = page.member("next_cursor").string();
            } while (cursor != null && printed < limit);
            if (!json && cursor != null) {
                out.println("There is more: --limit " + (long) limit * 5);
            }
            if (!json && printed == 0) {
                out.println("No such record was rejected.");
            }
            return printed > 0 ? 0 : 1;
        }

        private void print(RawJson record, PrintWriter out) {
            if (json) {
                out.println(Screen.json(record.text().replace('\n', ' ')));
                return;
            }
            Map<String, RawJson> members = record.members();
            out.printf(
                    "%s  %s  %s  %s%n",
                    shown(members, "id"),
                    shown(members, "rejected_at"),
                    shown(members, "code"),
                    place(members));
            out.println("    " + shown(members, "reason"));
        }

        private String path(@Nullable String cursor, int left) {
            List<String> parameters = chosen.parameters();
            parameters.add("limit=" + Math.min(left, LARGEST_PAGE));
            if (cursor != null) {
                parameters.add("cursor=" + ApiClient.encode(cursor));
            }
            return "/rejected?" + String.join("&", parameters);
        }
    }

    @Command(
            name = "show",
            description = "Shows a rejected record whole, as JSON, with what its replays came to.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Show implements Callable<Integer> {

        @Mixin private DataDirectoryOption data = new DataDirectoryOption();

        @Parameters(paramLabel = "ID", description = "As rejected list shows it.")
        private UUID id = new UUID(0, 0);

        @Spec private CommandSpec spec;

        @Override
        public Integer call() {
            RawJson found = new ApiClient(data.connection()).get("/rejected/" + id);
            spec.commandLine().getOut().println(Screen.json(found.text()));
            return 0;
        }
    }

    @Command(
            name = "replay",
            description = {
                "Takes rejected records again, once the cause is mended: they become the entries that"
                        + " they should have been, in their place in history.",
                "Names single records, or chooses those that have not been replayed."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class Replay implements Callable<Integer> {

        private static final long POLL_MILLIS = 200;

        @Mixin private DataDirectoryOption data = new DataDirectoryOption();

        @Parameters(
                arity = "0..*",
                paramLabel = "ID",
                description = "As rejected list shows them; waits for what becomes of each.")
        private List<UUID> ids = new ArrayList<>();

        @Mixin private Chosen chosen = new Chosen();

        @Option(names = "--all", description = "All that have not been replayed.")
        private boolean all;

        @Option(
                names = "--wait",
                paramLabel = "SECONDS",
                defaultValue = "60",
                description = "How long to wait for each ID (default: ${DEFAULT-VALUE}).")
        private int wait = 60;

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            int ways = (ids.isEmpty() ? 0 : 1) + (chosen.isEmpty() ? 0 : 1) + (all ? 1 : 0);
            if (ways != 1) {
                throw new UserError(
                        ways == 0
                                ? "Nothing says which records to replay."
                                : "Records are named in more than one way.",
                        "Give ids, or options such as --code, or --all.");
            }
            ApiClient client = new ApiClient(data.connection());
            PrintWriter out = spec.commandLine().getOut();
            if (ids.isEmpty()) {
                return replayChosen(client, out);
            }
            for (UUID id : ids) {
                client.post("/rejected/" + id + "/replay");
            }
            boolean done = true;
            for (UUID id : ids) {
                done &= await(client, id, out);
            }
            return done ? 0 : 1;
        }

        private int replayChosen(ApiClient client, PrintWriter out) {
            String path = "/rejected/replay?" + String.join("&", chosen.parameters());
            long asked = 0;
            RawJson requested;
            do {
                requested = client.post(path);
                asked += Long.parseLong(requested.member("records").text());
            } while (requested.member("more").text().equals("true"));
            out.println(
                    asked == 0
                            ? "There is nothing to replay."
                            : asked
                                    + " records are replayed; rejected show says what became of"
                                    + " each.");
            return asked == 0 ? 1 : 0;
        }

        /** Prints what becomes of a replay; returns whether it became what it should have been. */
        private boolean await(ApiClient client, UUID id, PrintWriter out)
                throws InterruptedException {
            long until = System.nanoTime() + wait * 1_000_000_000L;
            while (true) {
                RawJson newest =
                        client.get("/rejected/" + id).member("replays").elements().getFirst();
                RawJson result = newest.member("result");
                if (!result.isNull()) {
                    Map<String, RawJson> members = result.members();
                    boolean replayed = "replayed".equals(result.member("outcome").string());
                    out.printf(
                            "%s  %s  %s%n",
                            id,
                            shown(members, "outcome"),
                            replayed
                                    ? shown(members, "became")
                                            + (result.member("entry_id").isNull()
                                                    ? ""
                                                    : "  entry " + shown(members, "entry_id"))
                                    : shown(members, "code") + ": " + shown(members, "reason"));
                    return replayed;
                }
                if (System.nanoTime() > until) {
                    out.println(
                            id
                                    + "  not answered yet: the ingest answers when it runs; rejected"
                                    + " show says what became of it.");
                    return false;
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    private static String place(Map<String, RawJson> record) {
        RawJson topic = record.getOrDefault("topic", RawJson.NULL);
        return topic.isNull()
                ? "(in no topic)"
                : shown(record, "topic")
                        + "-"
                        + shown(record, "partition")
                        + "@"
                        + shown(record, "offset");
    }

    private static String shown(Map<String, RawJson> members, String name) {
        RawJson value = members.getOrDefault(name, RawJson.NULL);
        String text = value.string();
        return text == null ? Screen.json(value.text()) : Screen.text(text);
    }
}
