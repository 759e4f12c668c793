package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

/** Up to when the log behind an answer is complete. */
@Schema(name = "Completeness")
record Completeness(
        @JsonProperty("complete_until")
                @Schema(
                        format = "date-time",
                        description =
                                "Everything that committed up to then is in the log, for the source"
                                        + " asked for, or for each; null while that is not known.")
                @Nullable String completeUntil) {}
