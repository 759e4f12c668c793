package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What one transaction did. */
@Schema(name = "Transaction", description = "What one transaction did, and who and why.")
record TransactionResource(
        @Schema(example = "shop") String source,
        @Schema(example = "7431") long id,
        @JsonProperty("committed_at") @Schema(format = "date-time") String committedAt,
        @Schema(description = "Who and why, as the application said it; null if it did not.")
                @Nullable ContextResource context,
        @JsonProperty("other_commits")
                @Schema(
                        description =
                                "Transaction numbers come again: the commit times of others that"
                                        + " had this one. Ask for one with \"committed_at\".")
                List<String> otherCommits,
        @Schema(description = "Its entries, in the order in which it made them.")
                List<EntryResource> data,
        @JsonProperty("next_cursor") @Schema(description = EntryPageResource.NEXT_CURSOR)
                @Nullable String nextCursor,
        Completeness coverage)
        implements CsvList {

    @Override
    public @Nullable String goesOnAt() {
        return nextCursor;
    }

    @Override
    public void writeTo(StringBuilder csv) {
        csv.append(Csv.HEADER);
        data.forEach(entry -> Csv.append(csv, entry));
    }

    /** Who and why. */
    @Schema(name = "Context")
    record ContextResource(
            @Schema(example = "anna") @Nullable String actor,
            @Nullable String reason,
            @JsonProperty("request_id") @Nullable String requestId,
            @Nullable RawJson attributes,
            @JsonProperty("login_role")
                    @Schema(
                            description = EntryResource.ActorResource.LOGIN_ROLE,
                            example = "shop_app")
                    @Nullable String loginRole) {}
}
