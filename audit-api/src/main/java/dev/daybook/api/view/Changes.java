package dev.daybook.api.view;

import dev.daybook.api.view.Values.Value;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.FieldChange;
import dev.daybook.domain.history.FieldChange.FromOrigin;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Says what an entry did to a column, by the kind of its values. */
final class Changes {

    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");
    private static final int BRIEF = 1_500;
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Changes() {}

    /**
     * A change of one column.
     *
     * @param shape {@code plain}, {@code words}, {@code tree} or {@code chips}
     * @param from the old value; null where it is unknown or the row was not there
     * @param unknown whether the old value is unknown
     * @param to the new value; null where the row is gone
     * @param by the difference, in words; or null
     */
    record Change(
            String field,
            String shape,
            @Nullable Value from,
            boolean unknown,
            @Nullable Value to,
            @Nullable String by,
            List<WordDiff.Run> words,
            List<JsonDiff.Line> tree,
            List<Chip> chips) {

        static Change plain(
                String field,
                @Nullable Value from,
                boolean unknown,
                @Nullable Value to,
                @Nullable String by) {
            return new Change(
                    field, "plain", from, unknown, to, by, List.of(), List.of(), List.of());
        }
    }

    /**
     * An element of an array.
     *
     * @param kind {@code same}, {@code in} or {@code out}
     */
    record Chip(String kind, String text) {}

    static Change of(FieldChange change) {
        return of(
                change.field(),
                change.from(),
                change.to(),
                change.fromOrigin() == FromOrigin.UNKNOWN);
    }

    /** Returns the same for a list of many: of long values there is less. */
    static Change brief(FieldChange change) {
        Change whole = of(change);
        String from = change.from();
        String to = change.to();
        boolean much =
                Math.max(from == null ? 0 : from.length(), to == null ? 0 : to.length()) > BRIEF;
        return !much
                ? whole
                : Change.plain(
                        whole.field(),
                        from == null ? null : Values.of(from, BRIEF),
                        whole.unknown(),
                        to == null ? null : Values.of(to, BRIEF),
                        whole.by());
    }

    static Change of(String name, @Nullable String from, @Nullable String to, boolean unknown) {
        String field = Texts.visible(name);
        if (from == null || to == null) {
            return Change.plain(
                    field,
                    from == null ? null : Values.of(from),
                    unknown,
                    to == null ? null : Values.of(to),
                    null);
        }
        Change structured = structured(field, from, to);
        if (structured != null) {
            return structured;
        }
        return Change.plain(field, Values.of(from), false, Values.of(to), by(from, to));
    }

    private static @Nullable Change structured(String field, String from, String to) {
        if (Values.isBinary(from) || Values.isBinary(to)) {
            return null;
        }
        String old = JsonText.scalar(from);
        String now = JsonText.scalar(to);
        int longer = Math.max(old.length(), now.length());
        if (longer > WordDiff.LONGEST) {
            return null;
        }
        JsonNode oldTree = JsonDiff.structure(old);
        JsonNode newTree = oldTree == null ? null : JsonDiff.structure(now);
        if (oldTree != null && newTree != null) {
            List<JsonDiff.Line> lines = JsonDiff.of(oldTree, newTree);
            if (lines != null) {
                return new Change(
                        field, "tree", null, false, null, null, List.of(), lines, List.of());
            }
        }
        List<String> oldItems = PgArray.items(from);
        List<String> newItems = oldItems == null ? null : PgArray.items(to);
        if (oldItems != null && newItems != null) {
            List<Chip> chips = chips(oldItems, newItems);
            if (chips != null) {
                return new Change(
                        field, "chips", null, false, null, null, List.of(), List.of(), chips);
            }
        }
        if (from.startsWith("\"")
                && to.startsWith("\"")
                && Math.min(old.length(), now.length()) > 20
                && longer > WordDiff.LONG) {
            List<WordDiff.Run> runs = WordDiff.of(old, now);
            if (runs != null) {
                String by =
                        "%s before, %d after"
                                .formatted(
                                        Texts.count(WordDiff.words(old), "word", "words"),
                                        WordDiff.words(now));
                return new Change(
                        field,
                        "words",
                        Values.of(from),
                        false,
                        Values.of(to),
                        by,
                        runs,
                        List.of(),
                        List.of());
            }
        }
        return null;
    }

    private static @Nullable List<Chip> chips(List<String> from, List<String> to) {
        List<Diff.Step> steps = Diff.of(from, to);
        if (steps == null || steps.size() > 200) {
            return null;
        }
        List<Chip> chips = new ArrayList<>();
        steps.forEach(
                step ->
                        chips.add(
                                new Chip(
                                        switch (step.op()) {
                                            case SAME -> "same";
                                            case OUT -> "out";
                                            case IN -> "in";
                                        },
                                        Texts.visible(Texts.beginning(step.text(), 80)))));
        return chips;
    }

    /** Returns the difference of two numbers or times; null if they are neither. */
    static @Nullable String by(String from, String to) {
        if (isNumber(from) && isNumber(to)) {
            BigDecimal old = new BigDecimal(from);
            BigDecimal difference = new BigDecimal(to).subtract(old);
            String text =
                    (difference.signum() < 0 ? "\u2212" : "+") + difference.abs().toPlainString();
            if (old.signum() != 0) {
                BigDecimal share =
                        difference.multiply(HUNDRED).divide(old.abs(), 1, RoundingMode.HALF_UP);
                if (share.abs().compareTo(BigDecimal.ONE) >= 0
                        && share.abs().compareTo(BigDecimal.valueOf(1000)) < 0) {
                    text +=
                            " (%s%s %%)"
                                    .formatted(
                                            share.signum() < 0 ? "\u2212" : "+",
                                            share.abs().stripTrailingZeros().toPlainString());
                }
            }
            return text;
        }
        Instant old = time(from);
        Instant now = time(to);
        if (old != null && now != null) {
            Duration difference = Duration.between(old, now);
            return Texts.length(difference) + (difference.isNegative() ? " earlier" : " later");
        }
        return null;
    }

    private static boolean isNumber(String token) {
        return token.length() < 60 && NUMBER.matcher(token).matches();
    }

    private static @Nullable Instant time(String token) {
        if (!token.startsWith("\"") || token.length() < 22 || token.length() > 42) {
            return null;
        }
        return WireTime.parse(token.substring(1, token.length() - 1));
    }
}
