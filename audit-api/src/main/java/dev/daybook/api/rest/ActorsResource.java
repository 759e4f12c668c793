package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Who made changes. */
@Schema(name = "Actors", description = "The actors of the log, in order of their names.")
record ActorsResource(
        List<ActorSeenResource> data,
        @com.fasterxml.jackson.annotation.JsonProperty("next_from")
                @Schema(description = "Hand it back as \"from_actor\" for more; null at the end.")
                @Nullable String nextFrom)
        implements CsvList {

    @Override
    public @Nullable String goesOnAt() {
        return nextFrom == null ? null : URLEncoder.encode(nextFrom, StandardCharsets.UTF_8);
    }

    @Override
    public void writeTo(StringBuilder csv) {
        csv.append("actor,first,last\r\n");
        data.forEach(seen -> Csv.line(csv, seen.actor(), seen.first(), seen.last()));
    }

    /** An actor. */
    @Schema(name = "ActorSeen")
    record ActorSeenResource(
            @Schema(example = "anna") String actor,
            @Schema(format = "date-time", description = "When the log has them first.")
                    String first,
            @Schema(format = "date-time", description = "When the log has them last.")
                    String last) {}
}
