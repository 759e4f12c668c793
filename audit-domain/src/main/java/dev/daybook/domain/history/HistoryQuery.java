package dev.daybook.domain.history;

import dev.daybook.contract.Operation;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Which entries of one row's history to find; what is null does not matter.
 *
 * @param actor made by this actor
 * @param loginRole made under this login role
 * @param unattributed whether only entries count that nobody is known to have made
 * @param field that set, changed or removed this column, or may have
 * @param operation of this operation
 * @param from committed at this instant or later
 * @param to committed before this instant
 */
public record HistoryQuery(
        @Nullable String actor,
        @Nullable String loginRole,
        boolean unattributed,
        @Nullable String field,
        @Nullable Operation operation,
        @Nullable Instant from,
        @Nullable Instant to) {

    /** The whole history. */
    public static final HistoryQuery ALL =
            new HistoryQuery(null, null, false, null, null, null, null);

    boolean selective() {
        return actor != null
                || loginRole != null
                || unattributed
                || field != null
                || operation != null;
    }

    boolean matches(RecordedView view) {
        Attribution attribution = view.recorded().attribution();
        return (operation == null || view.recorded().entry().operation() == operation)
                && (actor == null || actor.equals(attribution.actor()))
                && (loginRole == null || loginRole.equals(attribution.loginRole()))
                && (!unattributed || view.recorded().unattributed())
                && (field == null || view.view().touches(field));
    }
}
