package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** How many entries a search finds, by facets. */
@Schema(name = "Counts", description = "How many entries a search finds, by their values.")
record CountsResource(
        @Schema(description = "How many entries were counted, the newest.") long entries,
        @Schema(description = "Of how many transactions they are.") long transactions,
        @Schema(description = "How many of them are changes that nobody is known to have made.")
                long unattributed,
        @Schema(description = "Whether that is all that the search finds.") boolean complete,
        @JsonProperty("back_to")
                @Schema(
                        format = "date-time",
                        description =
                                "Where not complete: entries of before that time are not counted.")
                @Nullable String backTo,
        List<FacetResource> facets,
        Completeness coverage) {

    /** The most frequent values of a facet. */
    @Schema(name = "Facet")
    record FacetResource(
            @Schema(
                            allowableValues = {
                                "operation",
                                "actor",
                                "table",
                                "field",
                                "key",
                                "reason",
                                "source"
                            })
                    String facet,
            @Schema(description = "The 50 most frequent, those first.")
                    List<ValueResource> values) {}

    /** A value and how many entries have it. */
    @Schema(name = "FacetValue")
    record ValueResource(
            @Schema(description = "Null where entries have none: nobody, no reason given.")
                    @Nullable String value,
            long entries) {}
}
