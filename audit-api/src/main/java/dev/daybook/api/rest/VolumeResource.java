package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

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
            @Schema(description = "Whether both are reckoned from the newest part of the span.")
                    boolean estimated) {}
}
