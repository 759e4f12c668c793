package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

/** The transactions next to one. */
@Schema(
        name = "Neighbours",
        description =
                "The transactions of a source that committed next to one; null if none is near.")
record NeighboursResource(@Nullable NeighbourResource before, @Nullable NeighbourResource after) {

    /** A transaction. */
    @Schema(name = "Neighbour")
    record NeighbourResource(
            @Schema(example = "7430") long id,
            @JsonProperty("committed_at") @Schema(format = "date-time") String committedAt,
            EntryResource.ActorResource actor,
            @Nullable String reason) {}
}
