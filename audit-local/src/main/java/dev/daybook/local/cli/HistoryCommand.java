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
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;

@Command(
        name = "history",
        description =
                "Shows who changed a row, from what to what and when, newest first; without a key"
                        + " what became of the table itself.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class HistoryCommand implements Callable<Integer> {

    private static final int LARGEST_PAGE = 500;

    private static final int MOST_GAPS = 5;

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Parameters(index = "0", paramLabel = "TABLE", description = "schema.table")
    private String table = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "KEY",
            description =
                    "The key's value; for a key of several columns a JSON array of the values,"
                            + " [42,\"a\"].")
    private @Nullable String key;

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

    @Option(
            names = "--source",
            paramLabel = "NAME",
            description = "The source, where several have such a row.")
    private @Nullable String source;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = MomentConverter.class,
            description =
                    "Only entries committed then or later: 2026-11-22T09:30:00Z, or a day,"
                            + " 2026-11-22 (UTC).")
    private @Nullable Instant from;

    @Option(
            names = "--to",
            paramLabel = "TIME",
            converter = MomentConverter.class,
            description = "Only entries committed before.")
    private @Nullable Instant to;

    @Option(names = "--json", description = "Print one entry a line as JSON, as the API has it.")
    private boolean json;

    @Option(names = "--no-pager", description = "Do not page the answer on a terminal.")
    private boolean noPager;

    @Spec private CommandSpec spec;

    private boolean found;

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new UserError("--limit " + limit + " is less than 1.", "Give 1 or more.");
        }
        if (key == null && (field != null || from != null || to != null)) {
            throw new UserError(
                    "--field, --from and --to are about a row, and no key is given.",
                    "Give the row's key, or leave them out.");
        }
        ApiClient client = new ApiClient(data.connection());
        // The first page is read before a pager starts, so that a problem is all that is said.
        RawJson first = client.get(path(null, limit));
        Pager.show(
                spec.commandLine().getOut(), !json && !noPager, out -> print(client, first, out));
        return found ? 0 : 1;
    }

    private void print(ApiClient client, RawJson first, PrintWriter out) {
        Set<String> sources = printEntries(client, first, out);
        if (!json && !out.checkError()) {
            printGaps(client, sources, out);
        }
    }

    /**
     * Follows the pages until there are {@code limit} entries and it is known whether more are.
     *
     * @return the sources of the entries
     */
    private Set<String> printEntries(ApiClient client, RawJson first, PrintWriter out) {
        Set<String> sources = new HashSet<>();
        RawJson page = first;
        int printed = 0;
        while (true) {
            for (RawJson entry : page.member("data").elements()) {
                if (printed == limit) {
                    if (!json) {
                        out.println();
                        out.println("There is more: --limit " + (long) limit * 5);
                    }
                    return sources;
                }
                if (!json && printed == 0) {
                    out.println(subject());
                }
                if (json) {
                    out.println(Screen.json(entry.text().replace('\n', ' ')));
                } else {
                    EntryText.print(entry, out);
                }
                found = true;
                printed++;
                String of = entry.member("source").string();
                if (of != null) {
                    sources.add(of);
                }
            }
            String cursor = page.member("next_cursor").string();
            if (cursor == null || out.checkError()) {
                break;
            }
            page = client.get(path(cursor, limit - printed));
        }
        if (!found && !json) {
            out.println("No entry for " + subject() + ".");
        }
        return sources;
    }

    /** Says where changes of the table may be missing: what is not there is not shown otherwise. */
    private void printGaps(ApiClient client, Set<String> sources, PrintWriter out) {
        int printed = 0;
        for (RawJson gap : client.get("/coverage").member("gaps").elements()) {
            String of = gap.member("source").string();
            String name = gap.member("table").string();
            if (of != null
                            && !(source != null
                                    ? of.equals(source)
                                    : sources.isEmpty() || sources.contains(of))
                    || name != null && !name.equals(qualified())
                    || !reaches(gap)) {
                continue;
            }
            out.println();
            if (printed == MOST_GAPS) {
                out.println("There are more gaps: see /coverage, or the viewer.");
                return;
            }
            String begin = gap.member("from").string();
            String end = gap.member("until").string();
            out.println(
                    "Changes may be missing from "
                            + (begin == null ? "a time that is not known" : Screen.text(begin))
                            + (end == null ? " on" : " to " + Screen.text(end))
                            + ":");
            out.println(
                    "    "
                            + Screen.text(
                                    Objects.requireNonNullElse(gap.member("detail").string(), "")));
            printed++;
        }
    }

    /** Whether a gap reaches into what is asked for. */
    private boolean reaches(RawJson gap) {
        String begin = gap.member("from").string();
        String end = gap.member("until").string();
        return (from == null || end == null || !Instant.parse(end).isBefore(from))
                && (to == null || begin == null || Instant.parse(begin).isBefore(to));
    }

    private String path(@Nullable String cursor, int left) {
        // One more than is shown says whether there is more.
        StringBuilder path =
                new StringBuilder(key == null ? "/tables/" : "/entities/")
                        .append(ApiClient.encode(qualified()))
                        .append(key == null ? "" : '/' + ApiClient.encode(key))
                        .append("/history?limit=")
                        .append(Math.min(left, LARGEST_PAGE - 1) + 1);
        parameter(path, "field", field);
        parameter(path, "source", source);
        parameter(path, "from", from);
        parameter(path, "to", to);
        parameter(path, "cursor", cursor);
        return path.toString();
    }

    private static void parameter(StringBuilder path, String name, @Nullable Object value) {
        if (value != null) {
            path.append('&').append(name).append('=').append(ApiClient.encode(value.toString()));
        }
    }

    private String subject() {
        return Screen.text(qualified()) + (key == null ? "" : " " + Screen.text(key));
    }

    private String qualified() {
        return table.indexOf('.') < 0 ? "public." + table : table;
    }
}
