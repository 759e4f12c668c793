package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.daybook.domain.history.AuditTrail;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** Up to when the log behind an answer is complete. */
@Schema(name = "Completeness")
record Completeness(
        @JsonProperty("complete_until")
                @Schema(
                        format = "date-time",
                        description =
                                "Everything that committed up to then is in the log, for the source"
                                        + " asked for, or for each; null while that is not known.")
                @Nullable String completeUntil) {

    /**
     * To be asked before the entries are read: what commits between the two is then in the answer
     * although this does not promise it, and not the other way round.
     */
    static Completeness of(AuditTrail trail, @Nullable String source) {
        Instant until = trail.completeUntil(source);
        return new Completeness(until == null ? null : Times.text(until));
    }
}
