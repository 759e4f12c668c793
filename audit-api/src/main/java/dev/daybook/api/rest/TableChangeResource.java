package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What became of a table. */
@Schema(name = "TableChange", description = "What became of a table.")
@JsonPropertyOrder({
    "change",
    "from",
    "to",
    "columns",
    "from_key",
    "to_key",
    "partition",
    "control"
})
record TableChangeResource(
        @Schema(
                        description =
                                "The word of the change as the capture said it: create-table,"
                                        + " alter-table, rename-table, drop-table, capture-table,"
                                        + " release-table, define-table, attach-partition,"
                                        + " detach-partition, drop-partition, truncate-partition;"
                                        + " add-column, drop-column, rename-column,"
                                        + " column-type-change, change-columns of DMS; others may"
                                        + " come.",
                        example = "alter-table")
                String change,
        @Schema(
                        description =
                                "The table's former name, where it was renamed or moved and the"
                                        + " entry stands under the new one.",
                        example = "public.articles")
                @Nullable String from,
        @Schema(
                        description =
                                "The table's new name, where it was renamed or moved and the entry"
                                        + " stands under the former one.")
                @Nullable String to,
        @Schema(
                        description =
                                "What became of columns, as far as the capture says both"
                                        + " definitions.")
                List<ColumnResource> columns,
        @JsonProperty("from_key")
                @Schema(description = "The former key's columns; null if unknown.")
                @Nullable List<String> fromKey,
        @JsonProperty("to_key") @Schema(description = "The key's columns; null if unknown.")
                @Nullable List<String> toKey,
        @Schema(description = "The partition that was attached, detached, truncated or dropped.")
                @Nullable String partition,
        @Schema(description = "The control object as the capture sent it, or null.")
                @Nullable RawJson control) {

    /** What became of a column. */
    @Schema(name = "ColumnChange")
    @JsonPropertyOrder({"change", "name", "from_name", "type", "from_type"})
    record ColumnResource(
            @Schema(
                            description =
                                    "retyped: its values are what they were. rewritten: its values"
                                            + " were written anew, and what is known of them ends.",
                            allowableValues = {
                                "added",
                                "dropped",
                                "renamed",
                                "retyped",
                                "rewritten"
                            })
                    String change,
            @Schema(example = "price") String name,
            @JsonProperty("from_name")
                    @Schema(description = "Its former name, where it has another.")
                    @Nullable String fromName,
            @Schema(example = "numeric(10,2)") String type,
            @JsonProperty("from_type")
                    @Schema(description = "Its former type, where it has another.")
                    @Nullable String fromType) {}
}
