package dev.daybook.local.cli;

import dev.daybook.local.Screen;

import java.io.PrintWriter;
import java.util.Map;

/** Shows one entry to a person: when, what, who, why, and each value as it was recorded. */
final class EntryText {

    private static final int WIDEST_TEXT = 60;

    private EntryText() {}

    static void print(RawJson entry, PrintWriter out) {
        Map<String, RawJson> members = entry.members();
        String actor = of(members, "actor").member("id").string();
        out.println();
        out.printf(
                "%s  %-8s  %s%n",
                shown(of(members, "committed_at")),
                shown(of(members, "operation")),
                actor == null ? "(nobody said who)" : Screen.text(actor));
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
        for (RawJson change : of(members, "changes").elements()) {
            Map<String, RawJson> parts = change.members();
            String from =
                    "unknown".equals(of(parts, "from_origin").string())
                            ? "?"
                            : value(of(parts, "from"));
            String to = parts.containsKey("to") ? value(of(parts, "to")) : "(gone)";
            out.printf("    %-16s %s -> %s%n", shown(of(parts, "field")), from, to);
        }
        RawJson transaction = of(members, "transaction").member("id");
        if (!transaction.isNull()) {
            out.println("    transaction " + shown(transaction));
        }
    }

    private static RawJson of(Map<String, RawJson> members, String name) {
        return members.getOrDefault(name, RawJson.NULL);
    }

    /** A name or a remark: without quotes where it can be read without. */
    private static String shown(RawJson value) {
        String text = value.string();
        return text == null ? Screen.json(value.text()) : Screen.text(text);
    }

    /** A column's value as JSON. Numbers are never cut. */
    private static String value(RawJson value) {
        String text = Screen.json(value.text());
        boolean number = !text.isEmpty() && "-0123456789".indexOf(text.charAt(0)) >= 0;
        if (number || text.codePointCount(0, text.length()) <= WIDEST_TEXT) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, WIDEST_TEXT - 1)) + "…";
    }
}
