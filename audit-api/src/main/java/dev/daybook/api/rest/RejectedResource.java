package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/** A record that could not become an entry. */
@Schema(name = "Rejected", description = "A record that could not become an entry, and why.")
record RejectedResource(
        UUID id,
        @JsonProperty("rejected_at") @Schema(format = "date-time") String rejectedAt,
        @Nullable String source,
        @Schema(description = "The part of the pipeline that rejected it.") String stage,
        @Schema(description = "A stable word for the reason.", example = "not-json") String code,
        @Schema(description = "What was wrong, by which rule, and what to do.") String reason,
        @Nullable String topic,
        @Nullable Integer partition,
        @Nullable Long offset,
        @Nullable String table,
        @JsonProperty("record_key") @Schema(description = "The record's key as it came, in base64.")
                @Nullable String recordKey,
        @JsonProperty("record_value")
                @Schema(description = "The record's value as it came, in base64.")
                @Nullable String recordValue) {}
