package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** How complete the log is. */
@Schema(name = "Coverage", description = "How complete the log is, per source.")
record CoverageResource(
        List<SourceResource> data,
        @Schema(description = "How many entries the log holds.") long entries,
        @JsonProperty("entries_estimated")
                @Schema(description = "Whether that is an estimate: it is beyond 100000.")
                boolean entriesEstimated,
        @JsonProperty("rejected_elsewhere")
                @Schema(description = "Rejected records of which no source is known.")
                long rejectedElsewhere) {

    /** How complete the log is for one source. */
    @Schema(name = "SourceCoverage")
    record SourceResource(
            @Schema(example = "shop") String source,
            @JsonProperty("complete_until")
                    @Schema(
                            format = "date-time",
                            description =
                                    "Everything that committed up to then is in the log; null until"
                                            + " every part of the pipeline has reported.")
                    @Nullable String completeUntil,
            @JsonProperty("lag_seconds")
                    @Schema(description = "How long ago that is; null if it is not known.")
                    @Nullable Double lagSeconds,
            @Schema(description = "Rejected records, among the latest 100000.") long rejected,
            @JsonProperty("recent_changes")
                    @Schema(description = "Its changes among the log's latest 10000 entries.")
                    long recentChanges,
            @JsonProperty("recent_unattributed")
                    @Schema(description = "Those of them that nobody is known to have made.")
                    long recentUnattributed,
            @JsonProperty("unattributed_share")
                    @Schema(
                            description = "Their share; null if there were no changes.",
                            minimum = "0",
                            maximum = "1")
                    @Nullable Double unattributedShare) {}
}
