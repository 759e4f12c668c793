package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A row as it was at an instant. */
@Schema(name = "State", description = "A row as it was at an instant.")
record StateResource(
        @Schema(description = "The source; null if no source has such a row.")
                @Nullable String source,
        @Schema(example = "public.products") String table,
        @Schema(example = "TEA-01") String key,
        @Schema(format = "date-time", description = "The instant asked for; null for the latest.")
                @Nullable String at,
        @Schema(
                        description =
                                "unknown: the row was there, and nothing says whether it is, since"
                                        + " something happened to its table or its changes are"
                                        + " missing (an open gap of /coverage).",
                        allowableValues = {"exists", "deleted", "never-seen", "unknown"})
                String status,
        @JsonProperty("moved_to")
                @Schema(
                        description =
                                "The key that the row went on under, if it is gone from this one by"
                                        + " a change of its key.")
                @Nullable String movedTo,
        @JsonProperty("moved_to_table")
                @Schema(
                        description =
                                "The table that the row went on in, if it is gone from this one by"
                                        + " a renaming of the table.")
                @Nullable String movedToTable,
        @Schema(description = "The known columns; null unless the row exists.")
                @Nullable RawJson row,
        @JsonProperty("unknown_columns")
                @Schema(description = "Columns that the row has and whose values nothing says.")
                List<String> unknownColumns,
        @Schema(description = TypesLink.DESCRIPTION, example = TypesLink.EXAMPLE)
                @Nullable String types,
        @Schema(description = "Per known column, the entry that says it.")
                Map<String, OriginResource> origins,
        @JsonProperty("last_entry") @Schema(description = "The latest entry of the row up to then.")
                @Nullable LastEntryResource lastEntry,
        Completeness coverage) {

    /** Where a value is known from. */
    @Schema(name = "Origin")
    record OriginResource(
            @Schema(description = "The entry that carried the value.") UUID entry,
            @JsonProperty("committed_at") @Schema(format = "date-time") String committedAt,
            @Schema(
                            description =
                                    "record: the latest entry carried it. before-image: the latest"
                                            + " entry had it as the old value and left the new one"
                                            + " out as unchanged. carried: an earlier entry had it,"
                                            + " and those since left it out as unchanged.",
                            allowableValues = {"record", "before-image", "carried"})
                    String origin) {}

    /** The latest entry. */
    @Schema(name = "LastEntry")
    record LastEntryResource(
            UUID id,
            String operation,
            @JsonProperty("committed_at") @Schema(format = "date-time") String committedAt) {}
}
