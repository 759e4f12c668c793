package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What is different between two states of a row.
 *
 * @param from the earlier state
 * @param to the later state
 * @param differences columns whose two values are known to differ; a side is null where the row was
 *     not there
 * @param undecided columns of which a value is unknown on a side on which the row is there
 */
public record RowDiff(
        RowState from, RowState to, List<Difference> differences, List<String> undecided) {

    /**
     * A column that differs.
     *
     * @param from what is known of it on the earlier side; null where the row was not there
     * @param to what is known of it on the later side; null where the row is not there
     * @param fromEntry the entry that carried the old value, or that took the row away before it;
     *     null where the row had never been there
     * @param toEntry the entry that carried the new value, or that took the row away
     */
    public record Difference(
            String field,
            @Nullable Fact from,
            @Nullable Fact to,
            @Nullable UUID fromEntry,
            @Nullable UUID toEntry) {

        private static Difference of(
                String field,
                @Nullable Fact from,
                @Nullable Fact to,
                RowState fromState,
                RowState toState) {
            return new Difference(field, from, to, entry(from, fromState), entry(to, toState));
        }

        private static @Nullable UUID entry(@Nullable Fact fact, RowState state) {
            if (fact != null) {
                return fact.entry();
            }
            return state.last() == null ? null : state.last().id();
        }
    }

    /** Compares two states. */
    public static RowDiff between(RowState from, RowState to) {
        Set<String> columns = new LinkedHashSet<>(from.facts().keySet());
        columns.addAll(from.unknownColumns());
        columns.addAll(to.facts().keySet());
        columns.addAll(to.unknownColumns());
        List<Difference> differences = new ArrayList<>();
        List<String> undecided = new ArrayList<>();
        boolean both = from.mayExist() && to.mayExist();
        boolean sure = from.presence() != Presence.UNKNOWN && to.presence() != Presence.UNKNOWN;
        for (String column : columns) {
            Fact old = from.facts().get(column);
            Fact now = to.facts().get(column);
            if (!sure) {
                undecided.add(column);
            } else if (old != null && now != null) {
                if (!Tokens.same(old.token(), now.token())) {
                    differences.add(Difference.of(column, old, now, from, to));
                }
            } else if (both || old == null && now == null) {
                undecided.add(column);
            } else {
                differences.add(Difference.of(column, old, now, from, to));
            }
        }
        return new RowDiff(from, to, differences, undecided);
    }
}
