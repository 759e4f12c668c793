package dev.daybook.verifier;

import dev.daybook.evidence.Columns;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the page of plain words from what has been checked, as HTML that prints on paper. It has
 * no scripts and loads nothing; every text in it is escaped.
 */
final class Page {

    private static final String STYLE =
            """
            body { font: 11pt/1.45 Georgia, serif; color: #111; max-width: 46em; margin: 2em auto; padding: 0 1em; }
            h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 1.6em; }
            .outcome { border: 2px solid; padding: .6em .9em; font-weight: bold; }
            .verified { border-color: #1a6b2f; } .refused, .not-certain { border-color: #a11; }
            table { border-collapse: collapse; width: 100%; font-size: .92em; }
            th, td { text-align: left; vertical-align: top; border-top: 1px solid #999; padding: .25em .6em .25em 0; }
            td, pre, code { overflow-wrap: anywhere; } pre { white-space: pre-wrap; font-size: .85em; }
            .entry { break-inside: avoid; margin-bottom: 1.2em; } .small { font-size: .85em; color: #444; }
            @page { margin: 18mm; } @media print { body { margin: 0; max-width: none; } }
            """;

    private final StringBuilder html = new StringBuilder();

    private Page() {}

    /**
     * Returns the page.
     *
     * @param name the pack's file
     * @param digest the SHA-256 of it, in hexadecimal
     */
    static String of(Report report, String name, String digest) {
        Page page = new Page();
        page.write(report, name, digest);
        return page.html.toString();
    }

    private void write(Report report, String name, String digest) {
        String style = report.outcome().word.toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
        html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append(
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
                .append("<title>Evidence: ")
                .append(report.outcome().word)
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append(
                        "</style>\n</head>\n<body>\n<h1>Evidence from an audit log</h1>\n<p class=\"outcome ")
                .append(style)
                .append("\">");
        html.append(Plain.html(report.outcome().word + ": " + Words.first(report)))
                .append("</p>\n");
        for (String why : report.unsure()) {
            paragraph(why);
        }
        Report.Facts facts = report.facts();
        if (facts == null) {
            paragraph(
                    "A pack that is refused proves nothing, whatever else is in it. Ask its keeper for another, and"
                            + " keep this one.");
        } else {
            answers(facts);
            entries(facts);
            checked(facts);
        }
        heading("The file");
        paragraph(
                name
                        + ", SHA-256 "
                        + digest
                        + ". This page was written by the verifier, not by the maker of the pack.");
        html.append("</body>\n</html>\n");
    }

    private void answers(Report.Facts facts) {
        heading("Is it whole?");
        Words.whole(facts).forEach(this::paragraph);
        facts.completeUntil()
                .forEach(line -> paragraph("Complete, by the log's own account: " + line + "."));
        heading("Was it altered?");
        paragraph(
                "No. Each row below gives the hash that was sealed when it was stored, by the place that it had then."
                        + " A value, a time, a name or an actor that had been changed since would give another.");
        heading("Who says so, and since when?");
        Words.signed(facts).forEach(this::paragraph);
        facts.notes().forEach(this::paragraph);
    }

    private void entries(Report.Facts facts) {
        heading("What was recorded");
        if (facts.entries().size() < facts.subject().entries()) {
            paragraph(
                    "All "
                            + facts.subject().entries()
                            + " entries are checked; the first "
                            + facts.entries().size()
                            + " that were stored are printed.");
        }
        if (facts.entries().isEmpty()) {
            paragraph("Nothing.");
        }
        for (Report.Shown shown : facts.entries()) {
            entry(shown);
        }
    }

    private void entry(Report.Shown shown) {
        EntryRow entry = shown.entry();
        html.append("<div class=\"entry\"><table>\n");
        row("Committed", Times.text(entry.committedAt()) + " (UTC)");
        if (entry.sourceCommittedAt() != null) {
            row(
                    "Source's time",
                    Times.text(entry.sourceCommittedAt())
                            + " (UTC): its clock was set back, and the log keeps the order");
        }
        row("What", entry.operation() + " in " + entry.table() + " of " + entry.source());
        row("Key", entry.key() == null ? "none" : entry.key());
        if (entry.formerKey() != null) {
            row("Key before", entry.formerKey());
        }
        TransactionRow context = shown.context();
        if (context != null) {
            optional("By", context.actor());
            optional("Why", context.reason());
            optional("Request", context.requestId());
            optional("More", text(context.attributes()));
            optional("Login role", context.loginRole());
        }
        optional("Actor in the row", entry.actor());
        if (context == null && entry.actor() == null) {
            row(
                    "By",
                    "not shown: the pack has no context of this transaction, and cannot show that there was none");
        }
        if (entry.transactionId() != null) {
            row("Transaction", entry.transactionId() + ", change " + entry.sequence());
        }
        values(entry);
        row(
                "Sealed",
                Times.text(shown.sealedAt())
                        + " (UTC), by the sealer's clock, in leaf "
                        + shown.leaf()
                        + "; it came from "
                        + shown.origin());
        row("Entry", entry.id().toString());
        html.append("</table></div>\n");
    }

    private void values(EntryRow entry) {
        Map<String, String> before = columns(entry.before());
        Map<String, String> after = columns(entry.after());
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(after.keySet());
        List<String> unchanged = new ArrayList<>();
        for (String name : names) {
            String then = before.get(name);
            String now = after.get(name);
            if (now == null) {
                row(
                        name,
                        then
                                + (entry.after() == null
                                        ? " (before)"
                                        : " (before; after: not known)"));
            } else if (then == null) {
                row(name, now + (entry.before() == null ? "" : " (before: not known)"));
            } else if (then.equals(now)) {
                unchanged.add(name + " = " + now);
            } else {
                row(name, then + " → " + now);
            }
        }
        if (!unchanged.isEmpty()) {
            row("Unchanged", String.join(", ", unchanged));
        }
        if (entry.unknownColumns() != null && !entry.unknownColumns().isEmpty()) {
            row("Not known", String.join(", ", entry.unknownColumns()));
        }
    }

    private static Map<String, String> columns(@Nullable Slice image) {
        Map<String, String> columns = new LinkedHashMap<>();
        if (image != null) {
            Columns json = new Columns(image.bytes(), image.from(), image.length());
            while (json.next()) {
                String name = new String(json.name(), StandardCharsets.UTF_8);
                columns.merge(
                        name.substring(1, name.length() - 1),
                        new String(
                                image.bytes(),
                                json.valueFrom,
                                json.valueTo - json.valueFrom,
                                StandardCharsets.UTF_8),
                        (one, two) -> one + " and " + two);
            }
        }
        return columns;
    }

    private void checked(Report.Facts facts) {
        heading("How it was checked");
        paragraph(
                "Each row was hashed (SHA-256) with its salts; its hash leads by a Merkle path to the root of its segment, the"
                        + " segment stands in a leaf of the log, and the leaf leads to the root in this checkpoint, which is signed"
                        + " (Ed25519). docs/evidence of the program describes each step, so that another program can do the same.");
        html.append("<pre>").append(lines(facts.log().note)).append("</pre>\n");
        paragraph("The key: " + facts.log().key);
        html.append("<p class=\"small\">")
                .append(
                        Plain.html(
                                "Not proven: that what the source and its users did was right, or who sat behind a name; that the"
                                        + " source's clock was right; and nothing about what is not shown, but where it says so above."))
                .append("</p>\n");
    }

    private static String lines(String text) {
        StringBuilder lines = new StringBuilder();
        text.lines().forEach(line -> lines.append(Plain.html(line)).append('\n'));
        return lines.toString();
    }

    private void heading(String text) {
        html.append("<h2>").append(Plain.html(text)).append("</h2>\n");
    }

    private void paragraph(String text) {
        html.append("<p>").append(Plain.html(text)).append("</p>\n");
    }

    private void optional(String name, @Nullable String value) {
        if (value != null) {
            row(name, value);
        }
    }

    private void row(String name, String value) {
        html.append("<tr><th>")
                .append(Plain.html(name))
                .append("</th><td>")
                .append(Plain.html(value))
                .append("</td></tr>\n");
    }

    private static @Nullable String text(@Nullable Slice slice) {
        return slice == null
                ? null
                : new String(slice.bytes(), slice.from(), slice.length(), StandardCharsets.UTF_8);
    }
}
