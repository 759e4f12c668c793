package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/** A replay of a rejected record. */
@Schema(name = "Replay", description = "A replay of a rejected record.")
record ReplayResource(
        UUID id,
        @JsonProperty("rejected_id") UUID rejectedId,
        @JsonProperty("requested_at") @Schema(format = "date-time") String requestedAt,
        @JsonProperty("requested_by")
                @Schema(description = "Whose key or token.", example = "key ops")
                String requestedBy,
        @Schema(description = "What became of it; null while it has not been answered.")
                @Nullable ResultResource result) {

    /** What became of a replay. */
    @Schema(name = "ReplayResult", description = "What became of a replay.")
    record ResultResource(
            @Schema(format = "date-time") String at,
            @Schema(
                            description =
                                    "replayed: it became what it should have been; rejected: again;"
                                            + " unavailable: its original is gone.",
                            allowableValues = {"replayed", "rejected", "unavailable"})
                    String outcome,
            @Schema(description = "What it turned out to be.", example = "update")
                    @Nullable String became,
            @JsonProperty("entry_id") @Schema(description = "The entry that it became.")
                    @Nullable UUID entryId,
            @Schema(description = "Why it became nothing.") @Nullable String code,
            @Schema(description = "Why, and what to do.") @Nullable String reason) {}
}
