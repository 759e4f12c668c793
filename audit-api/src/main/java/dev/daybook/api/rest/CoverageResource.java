package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** How complete the log is. */
@Schema(name = "Coverage", description = "How complete the log is, per source.")
record CoverageResource(
        List<SourceResource> data,
        @Schema(description = "How far the log is sealed; null: it is not, or that cannot be read.")
                @Nullable SealResource seal,
        @Schema(description = "How many entries the log holds.") long entries,
        @JsonProperty("entries_estimated")
                @Schema(description = "Whether that is an estimate: it is beyond 100000.")
                boolean entriesEstimated,
        @JsonProperty("rejected_elsewhere")
                @Schema(description = "Rejected records of which no source is known.")
                long rejectedElsewhere,
        @Schema(description = "Sources whose complete_until stands still, and what keeps it.")
                List<StandstillResource> standstills,
        @Schema(description = "Where changes may be missing, the latest first, at most 1000.")
                List<GapResource> gaps,
        @Schema(
                        description =
                                "What the capture itself reports to be missing, among the latest"
                                        + " 100000 rejected records.")
                List<IncidentResource> incidents,
        @JsonProperty("keyless_tables")
                @Schema(
                        description =
                                "Tables of whose rows some of the log's latest 10000 entries have"
                                        + " no key: their histories cannot be asked for.")
                List<KeylessTableResource> keylessTables) {

    /** How far the log is sealed. */
    @Schema(name = "Seal")
    record SealResource(
            @Schema(description = "How many leaves the sealed log has.") long leaves,
            @JsonProperty("sealed_at")
                    @Schema(format = "date-time", description = "When the last leaf was made.")
                    String sealedAt,
            @JsonProperty("anchored_leaves")
                    @Schema(
                            description =
                                    "How many of them an anchor knows: what came since, whoever has"
                                            + " the sealer's key could still change.")
                    long anchoredLeaves,
            @JsonProperty("anchored_at")
                    @Schema(
                            format = "date-time",
                            description = "When an anchor was told; null if none was.")
                    @Nullable String anchoredAt) {}

    /** What keeps a source's completeness from moving on. */
    @Schema(name = "Standstill")
    record StandstillResource(
            @Schema(example = "shop") String source,
            @Schema(format = "date-time", description = "When complete_until moved last.")
                    String since,
            @Schema(description = "The part that keeps it: source, ingest or sink.") String stage,
            @Schema(description = "Why, as far as the parts have reported.") String reason) {}

    /** A stretch in which changes may be missing. */
    @Schema(name = "Gap")
    record GapResource(
            @Schema(format = "uuid") String id,
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
            @Schema(description = "The part that found it: source, ingest or sink.") String stage,
            @Schema(example = "expired") String cause,
            @Schema(description = "What happened, and what to do.") String detail,
            @JsonProperty("found_at") @Schema(format = "date-time") String foundAt,
            @JsonProperty("reloaded_at")
                    @Schema(
                            format = "date-time",
                            description =
                                    "When the table was read again behind the gap: its rows are"
                                            + " known from then on; null: it was not.")
                    @Nullable String reloadedAt) {}

    /** What the capture reports to be missing of a table. */
    @Schema(name = "Incident")
    record IncidentResource(
            @Nullable String source,
            @Schema(description = "The table; null: the report names none.") @Nullable String table,
            @Schema(example = "dms-table-suspended") String code,
            @Schema(description = "How many reports there are.") long reports,
            @JsonProperty("first_at") @Schema(format = "date-time") String firstAt,
            @JsonProperty("last_at") @Schema(format = "date-time") String lastAt,
            @Schema(description = "What the last one says.") String reason,
            @JsonProperty("reloaded_at")
                    @Schema(
                            format = "date-time",
                            description = "When the table was read again since; null: it was not.")
                    @Nullable String reloadedAt) {}

    /** A table whose rows' histories cannot be asked for. */
    @Schema(name = "KeylessTable")
    record KeylessTableResource(
            String source,
            String table,
            @Schema(description = "How many of those entries there are.") long entries,
            @Schema(description = "How many of them are updates and deletes.") long changes,
            @JsonProperty("key_columns")
                    @Schema(
                            description =
                                    "What may be the key, as old rows show it; empty: nothing shows"
                                            + " it. daybook.ingest.keys sets it.")
                    List<String> keyColumns) {}

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
            @JsonProperty("sealed_until")
                    @Schema(
                            format = "date-time",
                            description =
                                    "Until then it is complete in what is sealed; null: it is not"
                                            + " sealed.")
                    @Nullable String sealedUntil,
            @JsonProperty("anchored_until")
                    @Schema(
                            format = "date-time",
                            description =
                                    "Until then it is complete in what an anchor knows; null: no"
                                            + " anchor knows it.")
                    @Nullable String anchoredUntil,
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
