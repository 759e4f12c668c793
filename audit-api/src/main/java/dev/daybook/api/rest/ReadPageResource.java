package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** A page of who has read what. */
@Schema(name = "ReadPage", description = "A page of who has read what of the log, newest first.")
record ReadPageResource(
        List<ReadResource> data,
        @JsonProperty("next_cursor") @Schema(description = EntryPageResource.NEXT_CURSOR)
                @Nullable String nextCursor)
        implements CsvList {

    @Override
    public @Nullable String goesOnAt() {
        return nextCursor;
    }

    @Override
    public void writeTo(StringBuilder csv) {
        csv.append("at,credential,caller,kind,question,items,id\r\n");
        for (ReadResource r : data) {
            Csv.line(
                    csv,
                    r.at(),
                    r.credential(),
                    r.caller(),
                    r.kind(),
                    r.question(),
                    r.items(),
                    r.id());
        }
    }

    /** A read. */
    @Schema(name = "Read")
    record ReadResource(
            UUID id,
            @Schema(format = "date-time") String at,
            @Schema(allowableValues = {"key", "token"}) String credential,
            @Schema(description = "The key's name, or the token's subject.") String caller,
            @Schema(description = "Of what.", example = "entries") String kind,
            @Schema(
                            description = "What was asked, with its parameters.",
                            example = "entries actor=\"anna\"")
                    String question,
            @Schema(description = "How many entries or records were answered.") long items) {}
}
