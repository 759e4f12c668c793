package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** What is different between two instants. */
@Schema(name = "Diff", description = "What is different between two instants of a row.")
record DiffResource(
        @Nullable String source,
        @Schema(example = "public.products") String table,
        @Schema(example = "TEA-01") String key,
        @Schema(format = "date-time") String from,
        @Schema(format = "date-time", description = "Null for the latest.") @Nullable String to,
        @JsonProperty("from_status")
                @Schema(allowableValues = {"exists", "deleted", "never-seen", "unknown"})
                String fromStatus,
        @JsonProperty("to_status")
                @Schema(allowableValues = {"exists", "deleted", "never-seen", "unknown"})
                String toStatus,
        @Schema(description = "The columns that are known to differ.")
                List<DifferenceResource> changes,
        @Schema(
                        description =
                                "Columns of which a value is unknown: whether they differ cannot be"
                                        + " told.")
                List<String> undecided,
        @Schema(
                        description = TypesLink.DESCRIPTION + " Those at \"to\".",
                        example = TypesLink.EXAMPLE)
                @Nullable String types,
        Completeness coverage) {

    /** A column that differs. */
    @Schema(name = "Difference")
    record DifferenceResource(
            @Schema(example = "status") String field,
            @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Schema(description = "Absent where the row was not there.")
                    @Nullable RawJson from,
            @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Schema(description = "Absent where the row is not there.")
                    @Nullable RawJson to,
            @JsonProperty("from_entry")
                    @Schema(
                            description =
                                    "The entry that carried the old value, or that had taken the row away by then.")
                    @Nullable UUID fromEntry,
            @JsonProperty("to_entry")
                    @Schema(
                            description =
                                    "The entry that carried the new value, or that took the row away.")
                    @Nullable UUID toEntry) {}
}
