package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.UUID;

/**
 * A record that could not become an entry.
 *
 * @param id computed from where it stood and why it was rejected
 * @param rejectedAt when
 * @param source the source, if known
 * @param stage {@code source}, {@code ingest} or {@code sink}
 * @param code a stable word for the reason
 * @param reason a sentence
 * @param topic where the record stands, or null
 * @param partition of the topic
 * @param offset in the partition
 * @param table the table's text form, if known
 * @param recordKey the record's original key in base64, or null
 * @param recordValue the record's original value in base64, or null
 */
public record RejectedRecord(
        UUID id,
        Instant rejectedAt,
        @Nullable String source,
        String stage,
        String code,
        String reason,
        @Nullable String topic,
        @Nullable Integer partition,
        @Nullable Long offset,
        @Nullable String table,
        @Nullable String recordKey,
        @Nullable String recordValue) {}
