package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A page of entries. */
@Schema(name = "EntryPage", description = "A page of entries.")
record EntryPageResource(
        List<EntryResource> data,
        @JsonProperty("next_cursor") @Schema(description = EntryPageResource.NEXT_CURSOR)
                @Nullable String nextCursor,
        Completeness coverage)
        implements CsvList {

    static final String NEXT_CURSOR =
            "Hand it back as \"cursor\" for the next page; null at the end. A page may be short,"
                    + " even empty, and yet not the last.";

    @Override
    public @Nullable String goesOnAt() {
        return nextCursor;
    }

    @Override
    public void writeTo(StringBuilder csv) {
        csv.append(Csv.HEADER);
        data.forEach(entry -> Csv.append(csv, entry));
    }
}
