package dev.daybook.local.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import tools.jackson.databind.JsonNode;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

@Command(
        name = "history",
        description = "Shows who changed a row, from what to what and when, newest first.",
        sortOptions = false)
final class HistoryCommand implements Callable<Integer> {

    private static final int WIDEST_VALUE = 60;

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Parameters(index = "0", paramLabel = "TABLE", description = "schema.table")
    private String table = "";

    @Parameters(
            index = "1",
            paramLabel = "KEY",
            description =
                    "The key's value; for a key of several columns a JSON array of the values,"
                            + " [42,\"a\"].")
    private String key = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "At most so many entries (default: ${DEFAULT-VALUE}).")
    private int limit = 20;

    @Option(
            names = "--field",
            paramLabel = "COLUMN",
            description = "Only entries that changed this column.")
    private @Nullable String field;

    @Option(names = "--json", description = "Print the API's document as it is.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        String qualified = table.indexOf('.') < 0 ? "public." + table : table;
        String path =
                "/entities/"
                        + ApiClient.encode(qualified)
                        + "/"
                        + ApiClient.encode(key)
                        + "/history?limit="
                        + limit;
        if (field != null) {
            path += "&field=" + ApiClient.encode(field);
        }
        JsonNode page = new ApiClient(data.connection()).get(path);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(page.toPrettyString());
            return 0;
        }
        if (page.path("data").isEmpty()) {
            out.println("No entry for " + qualified + " " + key + ".");
            return 1;
        }
        out.println(qualified + " " + key);
        for (JsonNode entry : page.path("data")) {
            print(entry, out);
        }
        if (!page.path("next_cursor").isNull()) {
            out.println();
            out.println("There is more: --limit " + limit * 5);
        }
        return 0;
    }

    private static void print(JsonNode entry, PrintWriter out) {
        JsonNode actor = entry.path("actor");
        out.println();
        out.printf(
                "%s  %-8s  %s%n",
                entry.path("committed_at").asString(),
                entry.path("operation").asString(),
                actor.path("id").isString() ? actor.path("id").asString() : "(nobody said who)");
        if (entry.path("reason").isString()) {
            out.println("    why: " + entry.path("reason").asString());
        }
        if (entry.path("old_key").isString()) {
            out.println(
                    "    key: "
                            + entry.path("old_key").asString()
                            + " -> "
                            + entry.path("key").asString());
        }
        for (JsonNode change : entry.path("changes")) {
            String from =
                    "unknown".equals(change.path("from_origin").asString())
                            ? "?"
                            : shown(change.path("from"));
            String to = change.has("to") ? shown(change.path("to")) : "(gone)";
            out.printf("    %-16s %s -> %s%n", change.path("field").asString(), from, to);
        }
        JsonNode transaction = entry.path("transaction");
        if (transaction.path("id").isValueNode() && !transaction.path("id").isNull()) {
            out.println("    transaction " + transaction.path("id").asString());
        }
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= WIDEST_VALUE ? text : text.substring(0, WIDEST_VALUE - 1) + "…";
    }
}
