package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** Asks for a key. */
@Schema(
        name = "KeyRequest",
        requiredProperties = {"name", "scopes", "tables"})
record KeyRequest(
        @Schema(description = "Whom or what the key is for.", example = "auditor")
                @Nullable String name,
        @Schema(description = "What its caller may do: read, export, rejected, administer.")
                @Nullable List<@Nullable String> scopes,
        @Schema(description = "Patterns of the tables that it sees; * is all.")
                @Nullable List<@Nullable String> tables,
        @JsonProperty("expires_at")
                @Schema(format = "date-time", description = "When it ends; left out: never.")
                @Nullable String expiresAt,
        @JsonAnySetter @Schema(hidden = true) @Nullable Map<String, Object> others) {}
