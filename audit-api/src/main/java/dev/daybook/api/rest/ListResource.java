package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A page of a list. */
record ListResource<T>(
        List<T> data,
        @JsonProperty("next_cursor")
                @Schema(
                        description =
                                "Hand it back as \"cursor\" for the next page; null at the end. A"
                                        + " page may be short, even empty, and yet not the last.")
                @Nullable String nextCursor,
        CompletenessResource coverage) {

    /** Up to when the log behind a list is complete. */
    @Schema(name = "Completeness")
    record CompletenessResource(
            @JsonProperty("complete_until")
                    @Schema(
                            format = "date-time",
                            description =
                                    "Everything that committed up to then is in the log, for every"
                                            + " source of the list; null while that is not known.")
                    @Nullable String completeUntil) {}
}
