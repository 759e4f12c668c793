package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.media.Schema;

import java.util.List;

/** The tables that the log knows. */
@Schema(name = "Tables", description = "The tables of which there are entries.")
record TablesResource(List<TableResource> data) {

    /** A table. */
    @Schema(name = "Table")
    record TableResource(
            @Schema(description = "schema.table", example = "public.products") String table,
            @Schema(description = "The columns of its newest and oldest entries.")
                    List<String> columns) {}
}
