package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

import java.util.List;

/** The columns of a table at an instant. */
@Schema(name = "Columns", description = "The columns of a table at an instant, with their types.")
record ColumnsResource(
        @Schema(example = "shop") String source,
        @Schema(example = "public.products") String table,
        @Schema(
                        format = "date-time",
                        description = "Since when the columns are so, as far as the log goes.")
                String since,
        @Schema(description = "The columns of the key, in its order; empty if there is none.")
                List<String> key,
        @Schema(description = "The columns, in the table's order.") List<ColumnResource> columns) {

    /** A column. */
    @Schema(name = "Column")
    record ColumnResource(
            @Schema(example = "price") String name,
            @Schema(
                            description =
                                    "Its type, as the source calls it; DMS's word where AWS DMS"
                                            + " captures.",
                            example = "numeric(10,2)")
                    String type) {}
}
