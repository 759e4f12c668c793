package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;

import io.swagger.v3.oas.annotations.media.Schema;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A page of rejected records. */
@Schema(name = "RejectedPage", description = "A page of rejected records.")
record RejectedPageResource(
        List<RejectedResource> data,
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
        csv.append(
                "rejected_at,source,stage,code,reason,table,topic,partition,offset,record_key,"
                        + "record_value,id\r\n");
        for (RejectedResource r : data) {
            Csv.line(
                    csv,
                    r.rejectedAt(),
                    r.source(),
                    r.stage(),
                    r.code(),
                    r.reason(),
                    r.table(),
                    r.topic(),
                    r.partition(),
                    r.offset(),
                    r.recordKey(),
                    r.recordValue(),
                    r.id());
        }
    }
}
