package dev.daybook.api.view;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Compares JSON values as trees: members by name, elements by position. */
final class JsonDiff {

    private static final int MOST_LINES = 1_000;
    private static final int FOLDED_FROM = 7;
    private static final int SHOWN_BESIDE = 2;
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final List<Line> lines = new ArrayList<>();

    private JsonDiff() {}

    /**
     * A line of the tree.
     *
     * @param kind {@code same}, {@code in}, {@code out}, {@code alt} or {@code fold}
     * @param depth how deep it stands, 0 to 12
     * @param text what stands there; for {@code alt}, what stands before the two values
     * @param from the old value of {@code alt}
     * @param to the new value of {@code alt}
     */
    record Line(String kind, int depth, String text, @Nullable String from, @Nullable String to) {}

    /** Reads a text that is a JSON object or array; null if it is none. */
    static @Nullable JsonNode structure(String text) {
        String begin = text.stripLeading();
        if (begin.isEmpty() || begin.charAt(0) != '{' && begin.charAt(0) != '[') {
            return null;
        }
        try {
            JsonNode node = JSON.readTree(text);
            return node.isContainer() ? node : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /** Returns the lines; null if there are too many. */
    static @Nullable List<Line> of(JsonNode from, JsonNode to) {
        JsonDiff diff = new JsonDiff();
        diff.compare("", from, to, 0, "");
        return diff.lines.size() > MOST_LINES ? null : folded(diff.lines);
    }

    /** Returns a value's lines, of which none differs; null if there are too many. */
    static @Nullable List<Line> whole(JsonNode node) {
        JsonDiff diff = new JsonDiff();
        diff.all("same", "", node, 0, "");
        return diff.lines.size() > MOST_LINES ? null : diff.lines;
    }

    private void compare(String name, JsonNode from, JsonNode to, int depth, String comma) {
        if (lines.size() > MOST_LINES) {
            return;
        }
        if (from.equals(to)) {
            all("same", name, to, depth, comma);
        } else if (from.isObject() && to.isObject()) {
            line("same", depth, name + "{");
            Set<String> names = new LinkedHashSet<>(from.propertyNames());
            names.addAll(to.propertyNames());
            int left = names.size();
            for (String member : names) {
                left--;
                pair(
                        JSON.writeValueAsString(member) + ": ",
                        from.get(member),
                        to.get(member),
                        depth + 1,
                        left == 0 ? "" : ",");
            }
            line("same", depth, "}" + comma);
        } else if (from.isArray() && to.isArray()) {
            line("same", depth, name + "[");
            int size = Math.max(from.size(), to.size());
            for (int i = 0; i < size; i++) {
                pair("", from.get(i), to.get(i), depth + 1, i == size - 1 ? "" : ",");
            }
            line("same", depth, "]" + comma);
        } else if (from.isContainer() || to.isContainer()) {
            all("out", name, from, depth, comma);
            all("in", name, to, depth, comma);
        } else {
            lines.add(
                    new Line(
                            "alt",
                            Math.min(depth, 12),
                            Texts.visible(name),
                            Texts.visible(from.toString()),
                            Texts.visible(to.toString())));
        }
    }

    private void pair(
            String name, @Nullable JsonNode from, @Nullable JsonNode to, int depth, String comma) {
        if (from != null && to != null) {
            compare(name, from, to, depth, comma);
        } else if (from != null) {
            all("out", name, from, depth, comma);
        } else if (to != null) {
            all("in", name, to, depth, comma);
        }
    }

    private void all(String kind, String name, JsonNode node, int depth, String comma) {
        if (lines.size() > MOST_LINES) {
            return;
        }
        String text = node.toString();
        if (!node.isContainer() || node.isEmpty() || text.length() <= 48 && depth > 0) {
            line(kind, depth, name + text + comma);
            return;
        }
        line(kind, depth, name + (node.isObject() ? "{" : "["));
        int left = node.size();
        if (node.isObject()) {
            for (var member : node.properties()) {
                left--;
                all(
                        kind,
                        JSON.writeValueAsString(member.getKey()) + ": ",
                        member.getValue(),
                        depth + 1,
                        left == 0 ? "" : ",");
            }
        } else {
            for (JsonNode element : node) {
                left--;
                all(kind, "", element, depth + 1, left == 0 ? "" : ",");
            }
        }
        line(kind, depth, (node.isObject() ? "}" : "]") + comma);
    }

    private void line(String kind, int depth, String text) {
        lines.add(new Line(kind, Math.min(depth, 12), Texts.visible(text), null, null));
    }

    private static List<Line> folded(List<Line> lines) {
        List<Line> shown = new ArrayList<>();
        int at = 0;
        while (at < lines.size()) {
            int end = at;
            while (end < lines.size() && lines.get(end).kind().equals("same")) {
                end++;
            }
            if (end - at < FOLDED_FROM) {
                end = Math.max(end, at + 1);
                shown.addAll(lines.subList(at, end));
            } else {
                shown.addAll(lines.subList(at, at + SHOWN_BESIDE));
                List<Line> hidden = lines.subList(at + SHOWN_BESIDE, end - SHOWN_BESIDE);
                shown.add(
                        new Line(
                                "fold",
                                lines.get(at + SHOWN_BESIDE).depth(),
                                hidden.size() + " lines unchanged",
                                null,
                                String.join(
                                        "\n", hidden.stream().map(JsonDiff::indented).toList())));
                shown.addAll(lines.subList(end - SHOWN_BESIDE, end));
            }
            at = end;
        }
        return shown;
    }

    private static String indented(Line line) {
        return "  ".repeat(line.depth()) + line.text();
    }
}
