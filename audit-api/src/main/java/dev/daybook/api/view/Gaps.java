package dev.daybook.api.view;

import dev.daybook.domain.history.Gap;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/** Shows where changes may be missing. */
final class Gaps {

    private Gaps() {}

    /**
     * A gap.
     *
     * @param span from when to when, in words
     * @param of the table or source, in words
     * @param detail what happened, and what to do
     * @param reloaded when the table was read again behind it, or null
     */
    record Shown(
            String span, String of, String cause, String detail, Times.@Nullable When reloaded) {}

    static List<Shown> shown(List<Gap> gaps, Times times) {
        return gaps.stream().map(gap -> shown(gap, times)).toList();
    }

    static Shown shown(Gap gap, Times times) {
        return new Shown(
                span(gap, times),
                gap.table() != null
                        ? Texts.visible(gap.table())
                        : gap.source() == null
                                ? "any table"
                                : "any table of " + Texts.visible(gap.source()),
                Texts.visible(gap.cause()),
                Texts.visible(gap.detail()),
                times.whenOrNull(gap.reloadedAt()));
    }

    private static String span(Gap gap, Times times) {
        String from = gap.from() == null ? "a time that is not known" : moment(gap.from(), times);
        return gap.until() == null
                ? "from " + from + " on, still open"
                : "from " + from + " to " + moment(gap.until(), times);
    }

    private static String moment(Instant at, Times times) {
        Times.When when = times.when(at);
        return (when.today() ? "today" : when.day()) + " " + when.time();
    }

    /**
     * Returns the gaps that lie between two moments, or reach there.
     *
     * @param after null for the beginning of all time
     * @param until null for its end
     */
    static List<Gap> between(List<Gap> gaps, @Nullable Instant after, @Nullable Instant until) {
        return gaps.stream().filter(gap -> gap.isBetween(after, until)).toList();
    }
}
