package dev.daybook.local.cli;

import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.DiskSpace;
import dev.daybook.local.pipeline.PartState;
import dev.daybook.local.pipeline.StateFile;
import dev.daybook.local.postgres.DatabaseUrl;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import tools.jackson.databind.JsonNode;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "status",
        description = {
            "Says how each part of the pipeline is, and how far the log is complete.",
            "Exit code 0 when every part works, 1 when one does not, 2 when nothing runs."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class StatusCommand implements Callable<Integer> {

    private final Clock clock = Clock.systemUTC();

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Option(names = "--json", description = "Print the API's coverage document as it is.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        ConnectionInfo connection = data.runningConnection();
        List<PartState> parts = new ArrayList<>(StateFile.read(data.directory(), clock.instant()));
        ApiClient client = new ApiClient(connection);
        parts.add(ingest(client, connection));
        RawJson coverage = RawJson.NULL;
        try {
            coverage = client.get("/coverage");
            parts.add(PartState.working("api", "answers"));
        } catch (UserError e) {
            parts.add(PartState.failed("api", String.valueOf(e.getMessage())));
        }
        parts.add(disk(data.directory()));
        warnOfNoTables(connection, parts);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Screen.json(coverage.text()));
        } else {
            out.println("Running, process " + connection.pid() + ", API " + connection.api());
            for (PartState part : parts) {
                out.printf("  %-24s %s%n", part.part(), Screen.line(part.inWords(clock.instant())));
            }
            List<RawJson> standstills = coverage.member("standstills").elements();
            RawJson seal = coverage.member("seal");
            coverage.member("data")
                    .elements()
                    .forEach(source -> print(source, seal, standstills, out));
            if (!coverage.isNull() && coverage.member("data").elements().isEmpty()) {
                out.println("Nothing has been recorded yet.");
            }
        }
        return parts.stream().allMatch(PartState::works)
                        && coverage.member("standstills").elements().isEmpty()
                ? 0
                : 1;
    }

    private static PartState ingest(ApiClient client, ConnectionInfo connection) {
        try {
            JsonNode health = client.health(connection.ingest());
            String status = health.path("status").asString("unknown");
            if (status.equals("UP")) {
                return PartState.working("ingest", "running");
            }
            for (JsonNode part : health.path("components")) {
                JsonNode details = part.path("details");
                if (details.path("lastFailure").isString()) {
                    return new PartState(
                            "ingest",
                            false,
                            "its stream threads fail: " + details.path("lastFailure").asString(),
                            Instant.parse(details.path("failingSince").asString()));
                }
            }
            return PartState.failed("ingest", "its health is " + status);
        } catch (UserError e) {
            return PartState.failed("ingest", String.valueOf(e.getMessage()));
        }
    }

    /** Says that no table is captured; a source that does not answer is said elsewhere. */
    private static void warnOfNoTables(ConnectionInfo pipeline, List<PartState> parts) {
        try (Connection source =
                        DatabaseUrl.parse(pipeline.sourceUrl(), Map.of()).connect("source");
                Statement statement = source.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT (SELECT value FROM daybook.setting WHERE name = 'tables')"
                                        + " WHERE NOT EXISTS (SELECT FROM daybook.captured_table)")) {
            if (row.next()) {
                parts.add(
                        PartState.working(
                                "capture",
                                "WARNING: no table is captured, for none matches "
                                        + row.getString(1)));
            }
        } catch (SQLException | UserError e) {
            // Not this role's to read, or away.
        }
    }

    private static PartState disk(DataDirectory directory) {
        DiskSpace space = DiskSpace.of(directory);
        return space.isLow()
                ? PartState.failed("disk", space.inWords())
                : PartState.working("disk", space.inWords());
    }

    private void print(RawJson source, RawJson seal, List<RawJson> standstills, PrintWriter out) {
        Map<String, RawJson> members = source.members();
        String name = members.getOrDefault("source", RawJson.NULL).string();
        out.println();
        out.println("Source " + Screen.text(name == null ? "?" : name));
        members.forEach(
                (member, value) -> {
                    if (!member.equals("source") && !member.endsWith("_estimated")) {
                        boolean estimated =
                                members.getOrDefault(member + "_estimated", RawJson.NULL)
                                        .text()
                                        .equals("true");
                        out.printf(
                                "  %-24s %s%s%s%n",
                                label(member),
                                estimated ? "about " : "",
                                inWords(member, value),
                                value.isNull() ? "" : bySeal(member, seal));
                    }
                });
        for (RawJson standstill : standstills) {
            if (name != null && name.equals(standstill.member("source").string())) {
                out.printf(
                        "  %-24s since %s, %s: %s%n",
                        "STANDS STILL",
                        inWords("since", standstill.member("since")),
                        text(standstill, "stage"),
                        text(standstill, "reason"));
            }
        }
    }

    /**
     * Returns by what a source is sealed, or anchored, until a moment: the log goes on each second,
     * how far it is complete is sealed each minute.
     */
    private String bySeal(String member, RawJson seal) {
        boolean anchored = member.equals("anchored_until");
        RawJson at = seal.member(anchored ? "anchored_at" : "sealed_at");
        if (!anchored && !member.equals("sealed_until") || at.isNull()) {
            return "";
        }
        String age = age(String.valueOf(at.string()));
        return anchored
                ? ", by %s leaves; the anchor was told %s"
                        .formatted(Screen.json(seal.member("anchored_leaves").text()), age)
                : ", once a minute, by %s leaves; the last was made %s"
                        .formatted(Screen.json(seal.member("leaves").text()), age);
    }

    private static String text(RawJson object, String member) {
        String text = object.member(member).string();
        return text == null ? "?" : Screen.line(text);
    }

    private static String label(String member) {
        return member.equals("lag_seconds") ? "lag" : member.replace('_', ' ');
    }

    /**
     * Returns a figure for a person: a percentage with a digit, a lag and a time as a distance from
     * now.
     */
    private String inWords(String member, RawJson value) {
        if (value.isNull()) {
            return switch (member) {
                case "sealed_until" -> "nothing is sealed as complete";
                case "anchored_until" -> "nothing is anchored as complete";
                default -> "not known yet";
            };
        }
        String text = value.string();
        if (text != null) {
            try {
                return text + " (" + age(text) + ")";
            } catch (DateTimeParseException e) {
                return Screen.text(text);
            }
        }
        if (member.endsWith("_share")) {
            return String.format(Locale.ROOT, "%.1f %%", Double.parseDouble(value.text()) * 100);
        }
        if (member.equals("lag_seconds")) {
            long millis = Math.round(Double.parseDouble(value.text()) * 1000);
            return Durations.inWords(Duration.ofMillis(millis)) + " behind";
        }
        return Screen.json(value.text());
    }

    private String age(String time) {
        return Durations.inWords(Duration.between(Instant.parse(time), clock.instant())) + " ago";
    }
}
