package dev.daybook.api.view;

import dev.daybook.api.view.Diff.Op;
import dev.daybook.api.view.Diff.Step;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares long texts word by word, very long ones line by line, and folds what stayed. */
final class WordDiff {

    /** From this length on a text is compared by words. */
    static final int LONG = 80;

    /** Beyond this length it is compared by lines. */
    private static final int VERY_LONG = 64_000;

    /** Beyond this length only sizes are told. */
    static final int LONGEST = 1_000_000;

    private static final int FOLDED_FROM = 16;
    private static final int SHOWN_BESIDE = 5;
    private static final Pattern WORD =
            Pattern.compile("\\s+|[\\p{L}\\p{N}_]+|[^\\s\\p{L}\\p{N}_]");
    private static final Pattern LINE = Pattern.compile("[^\n]*\n?");

    private WordDiff() {}

    /**
     * A run of words.
     *
     * @param kind {@code same}, {@code out}, {@code in} or {@code fold}
     * @param text its text
     * @param words how many words it has
     */
    record Run(String kind, String text, int words) {}

    /** Returns the runs from one text to the other; null if too much differs to show it so. */
    static @Nullable List<Run> of(String from, String to) {
        boolean lines = Math.max(from.length(), to.length()) > VERY_LONG;
        Pattern unit = lines ? LINE : WORD;
        List<Step> steps = Diff.of(split(from, unit), split(to, unit));
        if (steps == null || steps.stream().noneMatch(step -> step.op() == Op.SAME)) {
            return null;
        }
        List<Run> runs = new ArrayList<>();
        int at = 0;
        while (at < steps.size()) {
            int end = at;
            while (end < steps.size() && steps.get(end).op() == steps.get(at).op()) {
                end++;
            }
            add(runs, steps.subList(at, end), at == 0, end == steps.size());
            at = end;
        }
        return runs;
    }

    private static List<String> split(String text, Pattern unit) {
        List<String> parts = new ArrayList<>();
        Matcher matcher = unit.matcher(text);
        while (matcher.find()) {
            if (!matcher.group().isEmpty()) {
                parts.add(matcher.group());
            }
        }
        return parts;
    }

    private static void add(List<Run> runs, List<Step> steps, boolean first, boolean last) {
        Op op = steps.getFirst().op();
        if (op != Op.SAME) {
            runs.add(run(op == Op.IN ? "in" : "out", steps));
            return;
        }
        if (words(steps) < FOLDED_FROM) {
            runs.add(run("same", steps));
            return;
        }
        int head = first ? 0 : Math.min(2 * SHOWN_BESIDE, steps.size());
        int tail = last ? 0 : Math.min(2 * SHOWN_BESIDE, steps.size() - head);
        if (head > 0) {
            runs.add(run("same", steps.subList(0, head)));
        }
        runs.add(run("fold", steps.subList(head, steps.size() - tail)));
        if (tail > 0) {
            runs.add(run("same", steps.subList(steps.size() - tail, steps.size())));
        }
    }

    private static Run run(String kind, List<Step> steps) {
        StringBuilder text = new StringBuilder();
        steps.forEach(step -> text.append(step.text()));
        return new Run(kind, Texts.visible(text.toString()), words(steps));
    }

    private static int words(List<Step> steps) {
        return (int) steps.stream().filter(step -> !step.text().isBlank()).count();
    }

    /** Returns how many words a text has. */
    static int words(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? 0 : stripped.split("\\s+").length;
    }
}
