package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** The API keys. */
@Schema(name = "Keys", description = "The API keys, the oldest first.")
record KeysResource(List<KeyResource> data) {

    /** A key, without itself. */
    @Schema(name = "Key")
    record KeyResource(
            UUID id,
            @Schema(example = "auditor") String name,
            List<String> scopes,
            List<String> tables,
            @JsonProperty("created_at") @Schema(format = "date-time") String createdAt,
            @JsonProperty("created_by") @Schema(description = "Null: it was made in the database.")
                    @Nullable String createdBy,
            @JsonProperty("expires_at") @Schema(format = "date-time") @Nullable String expiresAt,
            @JsonProperty("last_used_at")
                    @Schema(format = "date-time", description = "To about a minute.")
                    @Nullable String lastUsedAt,
            @JsonProperty("revoked_at") @Schema(format = "date-time") @Nullable String revokedAt) {}

    /** A key that was just made. */
    @Schema(name = "NewKey", description = "A new key: the text is shown here and nowhere else.")
    record NewKeyResource(
            @Schema(description = "What its caller sends.") String text,
            @JsonProperty("key") KeyResource key) {}
}
