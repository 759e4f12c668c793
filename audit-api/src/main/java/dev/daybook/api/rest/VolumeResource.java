package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.daybook.api.rest.CountsResource.ValueResource;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** How many entries a search finds over time. */
@Schema(name = "Volume", description = "How many entries a search finds, by spans of time.")
record VolumeResource(
        @Schema(
                        description =
                                "The spans, the oldest first. Where \"field\" is asked for, spans"
                                        + " before the newest 5000 entries may be missing.")
                List<SpanResource> data) {

    /** A span of time. */
    @Schema(name = "Span")
    record SpanResource(
            @Schema(format = "date-time") String from,
            @Schema(format = "date-time", description = "Not part of it.") String to,
            long entries,
            @Schema(description = "Changes among them that nobody is known to have made.")
                    long unattributed,
            @JsonProperty("lag_seconds")
                    @Schema(
                            description =
                                    "How long the slowest change took from its commit into the log;"
                                            + " null where there is none, or only a snapshot.")
                    @Nullable Double lagSeconds,
            @Schema(description = "Of which tables they are, the 50 most frequent.")
                    List<ValueResource> tables,
            @Schema(
                            description =
                                    "Whether the numbers are reckoned from the newest part of the span.")
                    boolean estimated) {}
}
