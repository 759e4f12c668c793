package dev.daybook.verifier;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints what a check found, in lines or as JSON. */
final class Summary {

    private Summary() {}

    static void print(Report report, Arguments given, String digest, PrintWriter out) {
        if (given.json()) {
            out.println(json(report, digest));
        } else {
            lines(report, given).forEach(line -> out.println(Plain.line(line)));
        }
        out.flush();
    }

    private static List<String> lines(Report report, Arguments given) {
        List<String> lines = new ArrayList<>();
        lines.add(report.outcome().word + ": " + Words.first(report));
        lines.addAll(report.unsure());
        Report.Facts facts = report.facts();
        if (facts != null) {
            lines.addAll(Words.signed(facts));
            facts.completeUntil()
                    .forEach(line -> lines.add("Complete by the log's own account: " + line + "."));
            lines.addAll(facts.notes());
            lines.add("Key: " + facts.log().key);
        }
        if (given.page() != null) {
            lines.add("The page in plain words: " + given.page());
        }
        return lines;
    }

    private static String json(Report report, String digest) {
        StringBuilder json = new StringBuilder("{\"outcome\":");
        json.append(Plain.json(report.outcome().word.toLowerCase(Locale.ROOT).replace(' ', '_')))
                .append(",\"pack_sha256\":")
                .append(Plain.json(digest))
                .append(",\"sentence\":")
                .append(Plain.json(Words.first(report)));
        PackException refusal = report.refusal();
        if (refusal != null) {
            json.append(",\"where\":")
                    .append(Plain.json(refusal.where()))
                    .append(",\"what\":")
                    .append(Plain.json(refusal.what()));
        }
        Report.Facts facts = report.facts();
        if (facts != null) {
            json.append(",\"entries\":")
                    .append(facts.subject().entries())
                    .append(",\"other_rows\":")
                    .append(facts.subject().others())
                    .append(",\"whole\":")
                    .append(facts.subject().whole())
                    .append(",\"log_size\":")
                    .append(facts.log().checkpoint.size())
                    .append(",\"root\":")
                    .append(Plain.json(facts.log().checkpoint.root().toString()))
                    .append(",\"key\":")
                    .append(Plain.json(facts.log().key.toString()))
                    .append(",\"kept_confirmed\":")
                    .append(facts.keptConfirmed())
                    .append(",\"complete_until\":")
                    .append(list(facts.completeUntil()))
                    .append(",\"notes\":")
                    .append(list(facts.notes()));
        }
        return json.append(",\"unsure\":").append(list(report.unsure())).append('}').toString();
    }

    private static String list(List<String> texts) {
        return "[" + String.join(",", texts.stream().map(Plain::json).toList()) + "]";
    }
}
