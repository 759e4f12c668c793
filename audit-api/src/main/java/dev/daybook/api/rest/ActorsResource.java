package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Who made changes. */
@Schema(name = "Actors", description = "The actors of the log, in order of their names.")
record ActorsResource(
        List<ActorSeenResource> data,
        @com.fasterxml.jackson.annotation.JsonProperty("next_from")
                @Schema(description = "Hand it back as \"from_actor\" for more; null at the end.")
                @Nullable String nextFrom) {

    /** An actor. */
    @Schema(name = "ActorSeen")
    record ActorSeenResource(
            @Schema(example = "anna") String actor,
            @Schema(format = "date-time", description = "When the log has them first.")
                    String first,
            @Schema(format = "date-time", description = "When the log has them last.")
                    String last) {}
}
