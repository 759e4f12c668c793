package dev.daybook.local.cli;

import dev.daybook.contract.TableName;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.Redaction;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

@Command(
        name = "redaction",
        description =
                "Says what rules of redaction would touch, by the entries that the log has: a dry run"
                        + " before they are set. Changes nothing.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class RedactionCommand implements Callable<Integer> {

    /** Of each table so many entries are looked at, the newest. */
    private static final int NEWEST = 500;

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Option(
            names = "--rule",
            paramLabel = "TABLES:COLUMNS:ACTION",
            required = true,
            description =
                    "A rule, such as public.customers:email,phone:mask; * stands for any part of a"
                            + " name. Of several the first that matches a column counts.")
    private List<String> rules = new ArrayList<>();

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        List<Redaction.Rule> parsed = new ArrayList<>();
        rules.forEach(rule -> parsed.addAll(parse(rule)));
        Redaction redaction = new Redaction(parsed, new byte[16]);
        PrintWriter out = spec.commandLine().getOut();
        ApiClient client = new ApiClient(data.connection());
        Set<String> touching = new HashSet<>();
        for (RawJson table : client.get("/tables").member("data").elements()) {
            Map<String, String> touched = new HashMap<>();
            List<String> columns = new ArrayList<>();
            String name = String.valueOf(table.member("table").string());
            for (RawJson column : table.member("columns").elements()) {
                String text = String.valueOf(column.string());
                Redaction.Rule rule = redaction.rule(TableName.parse(name), text);
                if (rule != null) {
                    touching.add(rule.name());
                    columns.add(text);
                    touched.put(
                            text,
                            rule.action().name().toLowerCase(Locale.ROOT) + "  by " + rule.name());
                }
            }
            if (!columns.isEmpty()) {
                print(client, name, columns, touched, out);
            }
        }
        List<String> idle = rules.stream().filter(rule -> !touching.contains(rule)).toList();
        idle.forEach(rule -> out.println(Screen.text(rule) + " touches nothing in the log."));
        return idle.isEmpty() ? 0 : 1;
    }

    private static void print(
            ApiClient client,
            String table,
            List<String> columns,
            Map<String, String> touched,
            PrintWriter out) {
        List<RawJson> entries =
                client.get("/entries?table=" + ApiClient.encode(table) + "&limit=" + NEWEST)
                        .member("data")
                        .elements();
        Map<String, Integer> values = new HashMap<>();
        for (RawJson entry : entries) {
            Map<String, RawJson> members = entry.members();
            Set<String> there = new HashSet<>();
            for (String image : List.of("before", "after")) {
                members.getOrDefault(image, RawJson.NULL)
                        .members()
                        .forEach(
                                (column, value) -> {
                                    if (!value.isNull()) {
                                        there.add(column);
                                    }
                                });
            }
            there.forEach(column -> values.merge(column, 1, Integer::sum));
        }
        out.println(Screen.text(table));
        for (String column : columns) {
            out.printf(
                    "    %-24s %s; a value in %d of the newest %d entries%n",
                    Screen.text(column),
                    Screen.line(String.valueOf(touched.get(column))),
                    values.getOrDefault(column, 0),
                    entries.size());
        }
    }

    private static List<Redaction.Rule> parse(String rule) {
        String[] parts = rule.split(":", -1);
        Redaction.Action action = null;
        for (Redaction.Action known : Redaction.Action.values()) {
            if (parts.length == 3 && known.name().toLowerCase(Locale.ROOT).equals(parts[2])) {
                action = known;
            }
        }
        if (action == null || parts[0].isBlank() || parts[1].isBlank()) {
            throw new UserError(
                    "--rule " + rule + " is no rule.",
                    "Write TABLES:COLUMNS:ACTION, with the action drop, mask, hash or keep, such as"
                            + " public.customers:email,phone:mask.");
        }
        List<Redaction.Rule> rules = new ArrayList<>();
        for (String column : parts[1].split(",", -1)) {
            rules.add(
                    new Redaction.Rule(
                            new NamePattern(parts[0]), new NamePattern(column), action, rule));
        }
        return rules;
    }
}
