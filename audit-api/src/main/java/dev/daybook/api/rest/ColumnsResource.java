package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** The columns of a table at an instant. */
@Schema(name = "Columns", description = "The columns of a table at an instant, with their types.")
record ColumnsResource(
        @Schema(
                        description =
                                "Null if nothing defines the table, and no source was asked for.",
                        example = "shop")
                @Nullable String source,
        @Schema(example = "public.products") String table,
        @Schema(
                        format = "date-time",
                        description =
                                "Since when the columns are so; null if nothing in the log defines"
                                        + " the table: it has not changed since its capture began.")
                @Nullable String since,
        @Schema(
                        description =
                                "The columns of the key, in its order; empty if there is none, null"
                                        + " if nothing defines the table.")
                @Nullable List<String> key,
        @Schema(description = "The columns, in the table's order.") List<ColumnResource> columns) {

    /** A column. */
    @Schema(name = "Column")
    record ColumnResource(
            @Schema(example = "price") String name,
            @Schema(
                            description =
                                    "Its type, as the source calls it; DMS's word where AWS DMS"
                                            + " captures. Null if nothing says it.",
                            example = "numeric(10,2)")
                    @Nullable String type) {}
}
