package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A page of rejected records. */
@Schema(name = "RejectedPage", description = "A page of rejected records.")
record RejectedPageResource(
        List<RejectedResource> data,
        @JsonProperty("next_cursor") @Schema(description = EntryPageResource.NEXT_CURSOR)
                @Nullable String nextCursor,
        Completeness coverage) {}
