package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.infra.network.Flow;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the guide says of the program is made from the program. With {@code -Ddaybook.write=true}
 * the pages are written; without, a page that differs fails.
 */
class GuideTest {

    private static final Path GUIDE = Path.of("../docs/guide");

    @Test
    void theResourceGraphIsThePrograms() throws IOException {
        page("resource-graph.md", graph());
    }

    private static void page(String name, String text) throws IOException {
        Path page = GUIDE.resolve(name);
        if (Boolean.getBoolean("daybook.write")) {
            Files.createDirectories(GUIDE);
            Files.writeString(page, text);
        }
        assertThat(page)
                .as(
                        "%s is generated: mvn -pl audit-infra-pulumi test -Dtest=GuideTest -Ddaybook.write=true",
                        name)
                .exists()
                .hasContent(text);
    }

    private static String graph() {
        Stacks.Run run = Runs.dev();
        Map<String, String> parts = new LinkedHashMap<>();
        Map<String, String> parentOf = new LinkedHashMap<>();
        for (Declared declared : run.resources()) {
            if (declared.type().startsWith("daybook:infra:")) {
                parts.put(declared.name(), declared.type().substring("daybook:infra:".length()));
                parentOf.put(declared.name(), last(declared.parent()));
            }
        }
        Map<String, Map<String, Integer>> held = new TreeMap<>();
        Map<String, TreeSet<String>> needs = new TreeMap<>();
        for (Declared declared : run.resources()) {
            String part = top(last(declared.parent()), parts, parentOf);
            if (declared.type().startsWith("daybook:") || part.isEmpty()) {
                continue;
            }
            held.computeIfAbsent(part, p -> new TreeMap<>())
                    .merge(declared.type().replaceAll(".*:", ""), 1, Integer::sum);
            for (String dependency : declared.dependencies()) {
                String other = owner(dependency, run, parts, parentOf);
                if (!other.isEmpty() && !other.equals(part)) {
                    needs.computeIfAbsent(part, p -> new TreeSet<>()).add(other);
                }
            }
        }
        StringBuilder page =
                new StringBuilder(
                        """
                        # What the program makes

                        Generated from the program with the stack `dev`; a test keeps it so. An arrow leads from a
                        part to what it needs first.

                        ```mermaid
                        flowchart LR
                        """);
        held.keySet()
                .forEach(
                        part ->
                                page.append("    ")
                                        .append(id(part))
                                        .append('[')
                                        .append(word(part))
                                        .append("]\n"));
        reduced(needs)
                .forEach(
                        (part, others) ->
                                others.forEach(
                                        other ->
                                                page.append("    ")
                                                        .append(id(part))
                                                        .append(" --> ")
                                                        .append(id(other))
                                                        .append('\n')));
        page.append("```\n\n| part | its resources |\n|---|---|\n");
        held.forEach(
                (part, resources) -> {
                    List<String> words =
                            resources.entrySet().stream()
                                    .map(
                                            resource ->
                                                    resource.getKey()
                                                            + (resource.getValue() > 1
                                                                    ? " ×" + resource.getValue()
                                                                    : ""))
                                    .toList();
                    page.append("| ")
                            .append(word(part))
                            .append(" | ")
                            .append(String.join(", ", words))
                            .append(" |\n");
                });
        page.append(
                "\n## Who talks to whom\n\nEverything else is refused, in both directions.\n\n| from | to | port | what for |\n|---|---|---|---|\n");
        page.append(
                "| those in `daybook:apiAddresses` | the API's load balancer | 443 | requests, over TLS |\n");
        for (Flow flow : Flow.all(Flow.POSTGRESQL, true)) {
            page.append("| ")
                    .append(flow.from().what())
                    .append(" | ")
                    .append(flow.to().what())
                    .append(" | ")
                    .append(flow.port())
                    .append(" | ")
                    .append(flow.why())
                    .append(" |\n");
        }
        return page.toString();
    }

    /** Without the arrows that follow from others. */
    private static Map<String, TreeSet<String>> reduced(Map<String, TreeSet<String>> needs) {
        Map<String, TreeSet<String>> reduced = new TreeMap<>();
        needs.forEach(
                (part, others) -> {
                    TreeSet<String> kept = new TreeSet<>(others);
                    kept.removeIf(
                            other ->
                                    others.stream()
                                            .anyMatch(
                                                    between ->
                                                            !between.equals(other)
                                                                    && reaches(
                                                                            between,
                                                                            other,
                                                                            needs,
                                                                            new TreeSet<>())));
                    reduced.put(part, kept);
                });
        return reduced;
    }

    private static boolean reaches(
            String from, String to, Map<String, TreeSet<String>> needs, TreeSet<String> seen) {
        if (!seen.add(from)) {
            return false;
        }
        TreeSet<String> next = needs.getOrDefault(from, new TreeSet<>());
        return next.contains(to) || next.stream().anyMatch(step -> reaches(step, to, needs, seen));
    }

    private static String owner(
            String urn, Stacks.Run run, Map<String, String> parts, Map<String, String> parentOf) {
        String name = last(urn);
        return run.resources().stream()
                .filter(declared -> declared.name().equals(name))
                .findFirst()
                .map(
                        declared ->
                                top(
                                        parts.containsKey(name) ? name : last(declared.parent()),
                                        parts,
                                        parentOf))
                .orElse("");
    }

    /** The part at the top that a part belongs to. */
    private static String top(
            String part, Map<String, String> parts, Map<String, String> parentOf) {
        String at = part;
        while (parts.containsKey(parentOf.getOrDefault(at, ""))) {
            at = parentOf.get(at);
        }
        return parts.containsKey(at) ? at : "";
    }

    private static String last(String urn) {
        return urn.substring(urn.lastIndexOf(':') + 1);
    }

    private static String word(String part) {
        return part.substring("daybook-dev-".length());
    }

    private static String id(String part) {
        return word(part).replace('-', '_');
    }
}
