package dev.daybook.domain.history;

import dev.daybook.contract.Stage;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Which rejected records to find; what is null does not matter.
 *
 * @param source of this source
 * @param stage rejected by this part of the pipeline
 * @param code for this reason's word
 * @param table of this table's text form
 * @param from rejected at this instant or later
 * @param to rejected before this instant
 */
public record RejectedQuery(
        @Nullable String source,
        @Nullable Stage stage,
        @Nullable String code,
        @Nullable String table,
        @Nullable Instant from,
        @Nullable Instant to) {

    /** Everything. */
    public static final RejectedQuery ALL = new RejectedQuery(null, null, null, null, null, null);

    /** Returns whether records must be read that turn out not to be asked for. */
    boolean selective() {
        return source != null || stage != null || code != null || table != null;
    }
}
