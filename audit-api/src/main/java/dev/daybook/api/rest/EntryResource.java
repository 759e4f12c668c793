package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** An entry of the audit log. */
@Schema(name = "Entry", description = "One change of one row, or of a table as a whole.")
@JsonPropertyOrder({
    "id",
    "source",
    "table",
    "key",
    "old_key",
    "operation",
    "committed_at",
    "source_committed_at",
    "recorded_at",
    "transaction",
    "actor",
    "reason",
    "request_id",
    "attributes",
    "changes",
    "before",
    "before_origin",
    "completed_before",
    "after",
    "completed_after",
    "unknown_columns",
    "types",
    "table_change"
})
record EntryResource(
        @Schema(description = "Computed from the change itself: the same change has the same id.")
                UUID id,
        @Schema(description = "The source database's name.", example = "shop") String source,
        @Schema(description = "schema.table", example = "public.orders") String table,
        @Schema(
                        description =
                                "The row's key: the value itself, or a JSON array of the values of"
                                        + " a composite key. Null for a table without a key, and"
                                        + " for what happened to a table as a whole.",
                        example = "42")
                @Nullable String key,
        @JsonProperty("old_key")
                @Schema(description = "The row's former key, where the entry changed it.")
                @Nullable String oldKey,
        @Schema(description = "What happened.", example = "update") String operation,
        @JsonProperty("committed_at")
                @Schema(format = "date-time", example = "2026-11-22T09:30:00.120001Z")
                String committedAt,
        @JsonProperty("source_committed_at")
                @JsonInclude(JsonInclude.Include.NON_NULL)
                @Schema(
                        format = "date-time",
                        description =
                                "The commit time by the source's own clock, where committed_at is"
                                        + " later to keep the order of its write-ahead log; absent"
                                        + " where they are the same.")
                @Nullable String sourceCommittedAt,
        @JsonProperty("recorded_at") @Schema(format = "date-time") String recordedAt,
        EntryTransactionResource transaction,
        ActorResource actor,
        @Schema(description = "Why, as the application said it.") @Nullable String reason,
        @JsonProperty("request_id") @Nullable String requestId,
        @Schema(description = "What else the application said.") @Nullable RawJson attributes,
        @Schema(
                        description =
                                "What the entry did to each column. An item whose from_origin is"
                                        + " \"unknown\" may have changed; the others did.")
                List<ChangeResource> changes,
        @Schema(
                        description =
                                "The old row as far as the record or the row's earlier entries"
                                        + " know it. A column that is absent is unknown.")
                @Nullable RawJson before,
        @JsonProperty("before_origin")
                @Schema(
                        description = "Who knows the old row.",
                        allowableValues = {"before-image", "previous-entry", "mixed"})
                @Nullable String beforeOrigin,
        @JsonProperty("completed_before")
                @Schema(description = "The columns of \"before\" that earlier entries gave.")
                List<String> completedBefore,
        @Schema(
                        description =
                                "The new row; null where the row is gone. A column that is absent"
                                        + " is unknown.")
                @Nullable RawJson after,
        @JsonProperty("completed_after")
                @Schema(
                        description =
                                "The columns of \"after\" that the record left out and whose"
                                        + " earlier value is shown.")
                List<String> completedAfter,
        @JsonProperty("unknown_columns")
                @Schema(description = "The columns whose new value the record did not carry.")
                List<String> unknownColumns,
        @Schema(description = TypesLink.DESCRIPTION, example = TypesLink.EXAMPLE)
                @Nullable String types,
        @JsonProperty("table_change")
                @Schema(description = "What became of the table; null unless that is the entry.")
                @Nullable TableChangeResource tableChange) {

    /** The transaction of an entry. */
    @Schema(name = "EntryTransaction")
    record EntryTransactionResource(
            @Schema(description = "The source's transaction number.", example = "7431")
                    @Nullable Long id,
            @Schema(description = "Orders a row's entries of one commit time.", example = "2")
                    long sequence,
            @Schema(description = "The capture's own position.") @Nullable String position) {}

    /** Who. */
    @Schema(name = "Actor")
    record ActorResource(
            @Schema(example = "anna") @Nullable String id,
            @Schema(
                            description =
                                    "Where the actor is known from: the transaction's context, a"
                                            + " column of the row, or nowhere.",
                            allowableValues = {"context", "column", "none"})
                    String source,
            @JsonProperty("login_role") @Schema(description = LOGIN_ROLE, example = "shop_app")
                    @Nullable String loginRole) {

        static final String LOGIN_ROLE =
                "The database role that was logged in, as the source says it: the application"
                        + " chooses the actor, and not this. Null where the transaction has no"
                        + " context, or one that came by a logical message.";
    }

    /** One column's change. */
    @Schema(name = "Change")
    record ChangeResource(
            @Schema(example = "status") String field,
            @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Schema(
                            description =
                                    "The old value; absent where it is unknown or the row was not"
                                            + " there. null is SQL NULL.")
                    @Nullable RawJson from,
            @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Schema(
                            description =
                                    "The new value; absent where the row is gone. null is SQL"
                                            + " NULL.")
                    @Nullable RawJson to,
            @JsonProperty("from_origin")
                    @Schema(
                            description = "Where the old value is known from.",
                            allowableValues = {
                                "before-image",
                                "previous-entry",
                                "unknown",
                                "absent"
                            })
                    String fromOrigin) {}
}
