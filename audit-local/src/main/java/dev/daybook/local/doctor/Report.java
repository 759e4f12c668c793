package dev.daybook.local.doctor;

import dev.daybook.local.Screen;
import dev.daybook.source.Finding;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Gives what was examined and found as text, as JSON and as an exit code. */
public final class Report {

    /** Nothing but what is good to know. */
    public static final int CLEAN = 0;

    /** An error was found. */
    public static final int ERRORS = 1;

    /** Warnings, and no error. */
    public static final int WARNINGS = 3;

    private record Examined(String area, String target, List<Finding> findings) {}

    private final List<Examined> all = new ArrayList<>();

    /**
     * Adds what an examination found.
     *
     * @param area what kind of thing was looked at, one word
     * @param target which one
     */
    public void add(String area, String target, List<Finding> findings) {
        List<Finding> sorted = new ArrayList<>(findings);
        sorted.sort(Comparator.comparing(Finding::severity));
        all.add(new Examined(area, target, sorted));
    }

    /** A finding about something that could not be looked at, so that the rest still is. */
    public void unreachable(String area, String target, String reason, String remedy) {
        add(area, target, List.of(Code.UNREACHABLE.error(target, reason, "", remedy)));
    }

    /** Returns what the process ends with. */
    public int exitCode() {
        if (count(Finding.Severity.ERROR) > 0) {
            return ERRORS;
        }
        return count(Finding.Severity.WARNING) > 0 ? WARNINGS : CLEAN;
    }

    /** For a person: grouped by what was looked at, the worst first. */
    public String text() {
        StringBuilder out = new StringBuilder();
        for (Examined examined : all) {
            out.append(examined.area())
                    .append(": ")
                    .append(Screen.line(examined.target()))
                    .append('\n');
            if (examined.findings().isEmpty()) {
                out.append("  No findings.\n");
            }
            for (Finding finding : examined.findings()) {
                out.append("  ")
                        .append(finding.severity())
                        .append(' ')
                        .append(finding.code())
                        .append(" (")
                        .append(Screen.line(finding.object()))
                        .append(")\n    ")
                        .append(Screen.line(finding.message()))
                        .append('\n');
                line(out, "Read: ", finding.evidence());
                line(out, "Do:   ", finding.remedy());
            }
            out.append('\n');
        }
        long errors = count(Finding.Severity.ERROR);
        long warnings = count(Finding.Severity.WARNING);
        long infos = count(Finding.Severity.INFO);
        out.append(
                errors + warnings + infos == 0
                        ? "No findings."
                        : String.format(
                                Locale.ROOT,
                                "%d errors, %d warnings, %d to know.",
                                errors,
                                warnings,
                                infos));
        return out.toString();
    }

    /** Returns the same as one JSON document. */
    public String json() {
        JsonMapper mapper = JsonMapper.builder().build();
        ObjectNode document = mapper.createObjectNode();
        ArrayNode findings = document.putArray("findings");
        ArrayNode checked = mapper.createArrayNode();
        for (Examined examined : all) {
            checked.addObject().put("area", examined.area()).put("target", examined.target());
            for (Finding finding : examined.findings()) {
                findings.addObject()
                        .put("severity", finding.severity().name().toLowerCase(Locale.ROOT))
                        .put("code", finding.code())
                        .put("area", examined.area())
                        .put("object", finding.object())
                        .put("message", finding.message())
                        .put("evidence", finding.evidence())
                        .put("remedy", finding.remedy());
            }
        }
        ObjectNode summary = document.putObject("summary");
        summary.set("checked", checked);
        summary.put("errors", count(Finding.Severity.ERROR));
        summary.put("warnings", count(Finding.Severity.WARNING));
        summary.put("infos", count(Finding.Severity.INFO));
        return document.toPrettyString();
    }

    private long count(Finding.Severity severity) {
        return all.stream()
                .flatMap(examined -> examined.findings().stream())
                .filter(finding -> finding.severity() == severity)
                .count();
    }

    private static void line(StringBuilder out, String label, String text) {
        if (!text.isEmpty()) {
            out.append("    ").append(label).append(Screen.line(text)).append('\n');
        }
    }
}
