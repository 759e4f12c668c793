package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * A row of {@code audit.rejected}, as it is hashed.
 *
 * @param place its stream and offset, see {@link Place}
 * @param rejectedAt microseconds since 1970
 * @param recordTime the record's own time, in microseconds since 1970
 * @param recordHeaders JSON, as it stands in the table
 */
public record RejectedRow(
        long place,
        UUID id,
        long rejectedAt,
        @Nullable String source,
        String stage,
        String code,
        @Nullable String topic,
        @Nullable Long partition,
        @Nullable Long offset,
        @Nullable String table,
        @Nullable Long recordTime,
        String reason,
        byte @Nullable [] recordKey,
        byte @Nullable [] recordValue,
        @Nullable Slice recordHeaders) {}
