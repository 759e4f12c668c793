package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Up to when the log behind an answer is complete, and where it is not. */
@Schema(name = "Completeness")
record Completeness(
        @JsonProperty("complete_until")
                @Schema(
                        format = "date-time",
                        description =
                                "Everything that committed up to then is in the log but for what is"
                                        + " missing in gaps, for the source asked for, or for each;"
                                        + " null while that is not known.")
                @Nullable String completeUntil,
        @Schema(
                        description =
                                "Where changes of what was asked for may be missing, the open gaps"
                                        + " first, 20 at most. A state or difference has the open"
                                        + " ones alone: behind others its status says what is"
                                        + " unknown.")
                List<MissingResource> gaps) {

    /** A gap that an answer reaches over. */
    @Schema(name = "MissingChanges")
    record MissingResource(
            @Schema(format = "uuid", description = "The gap's id in /coverage.") String id,
            @Schema(description = "The source; null: any.") @Nullable String source,
            @Schema(description = "The table; null: any of the source.") @Nullable String table,
            @Schema(
                            format = "date-time",
                            description =
                                    "Changes committed up to then are not missing; null: not known.")
                    @Nullable String from,
            @Schema(
                            format = "date-time",
                            description =
                                    "Changes committed after then are not missing; null: the gap is"
                                            + " open.")
                    @Nullable String until,
            @Schema(example = "no-key") String cause) {}

    /** Returns whether nothing of it can be missing that is still to be found. */
    boolean hasNoOpenGap() {
        return gaps.stream().allMatch(gap -> gap.until() != null);
    }
}
