package dev.daybook.local.cli;

import dev.daybook.contract.Operation;
import dev.daybook.local.Screen;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** Shows one entry to a person: when, what, who, why, and each value as it was recorded. */
final class EntryText {

    private static final int WIDEST_TEXT = 60;

    private EntryText() {}

    static void print(RawJson entry, PrintWriter out) {
        Map<String, RawJson> members = entry.members();
        String actor = of(members, "actor").member("id").string();
        String loginRole = of(members, "actor").member("login_role").string();
        out.println();
        out.printf(
                "%s  %-8s  %s%s%n",
                shown(of(members, "committed_at")),
                shown(of(members, "operation")),
                actor != null
                        ? Screen.text(actor)
                        : isRead(members) ? "(the row as it was read)" : "(nobody said who)",
                loginRole == null ? "" : " (logged in as " + Screen.text(loginRole) + ")");
        if (of(members, "source_committed_at").isString()) {
            out.println("    by the source's clock: " + shown(of(members, "source_committed_at")));
        }
        if (of(members, "reason").isString()) {
            out.println("    why: " + shown(of(members, "reason")));
        }
        if (of(members, "old_key").isString()) {
            out.println(
                    "    key: "
                            + shown(of(members, "old_key"))
                            + " -> "
                            + shown(of(members, "key")));
        }
        if (isRead(members)) {
            of(members, "after")
                    .members()
                    .forEach(
                            (column, value) ->
                                    out.printf(
                                            "    %-16s %s%n", Screen.text(column), value(value)));
        }
        for (RawJson change : of(members, "changes").elements()) {
            Map<String, RawJson> parts = change.members();
            String from =
                    "unknown".equals(of(parts, "from_origin").string())
                            ? "?"
                            : value(of(parts, "from"));
            String to = parts.containsKey("to") ? value(of(parts, "to")) : "(gone)";
            out.printf("    %-16s %s -> %s%n", shown(of(parts, "field")), from, to);
        }
        if (!of(members, "table_change").isNull()) {
            printTableChange(of(members, "table_change").members(), out);
        }
        RawJson transaction = of(members, "transaction").member("id");
        if (!transaction.isNull()) {
            out.println("    transaction " + shown(transaction));
        }
    }

    /** Whether the entry is a row that was found in its table, and no change of it. */
    private static boolean isRead(Map<String, RawJson> members) {
        return Operation.SNAPSHOT.word().equals(of(members, "operation").string());
    }

    private static void printTableChange(Map<String, RawJson> change, PrintWriter out) {
        out.println("    " + shown(of(change, "change")));
        for (String member : List.of("from", "to", "partition")) {
            if (of(change, member).isString()) {
                out.println("    " + member + ": " + shown(of(change, member)));
            }
        }
        for (RawJson column : of(change, "columns").elements()) {
            Map<String, RawJson> parts = column.members();
            out.printf(
                    "    %-9s %s%s%n",
                    shown(of(parts, "change")),
                    arrow(of(parts, "from_name"), of(parts, "name")),
                    " (" + arrow(of(parts, "from_type"), of(parts, "type")) + ")");
        }
        String fromKey = of(change, "from_key").text();
        String toKey = of(change, "to_key").text();
        if (!of(change, "from_key").isNull() && !fromKey.equals(toKey)) {
            out.println("    key: " + Screen.json(fromKey) + " -> " + Screen.json(toKey));
        }
    }

    private static String arrow(RawJson former, RawJson present) {
        return former.isString() ? shown(former) + " -> " + shown(present) : shown(present);
    }

    private static RawJson of(Map<String, RawJson> members, String name) {
        return members.getOrDefault(name, RawJson.NULL);
    }

    /** Returns a name or a remark: without quotes where it can be read without. */
    private static String shown(RawJson value) {
        String text = value.string();
        return text == null ? Screen.json(value.text()) : Screen.text(text);
    }

    /** Returns a column's value as JSON. Numbers are never cut. */
    private static String value(RawJson value) {
        String text = Screen.json(value.text());
        boolean number = !text.isEmpty() && "-0123456789".indexOf(text.charAt(0)) >= 0;
        if (number || text.codePointCount(0, text.length()) <= WIDEST_TEXT) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, WIDEST_TEXT - 1)) + "…";
    }
}
