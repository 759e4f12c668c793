package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * A row of {@code audit.entry}, as it is hashed.
 *
 * @param place its stream and offset, see {@link Place}
 * @param committedAt microseconds since 1970
 * @param sourceCommittedAt the same by the source's own clock, where that is another time
 * @param before the JSON of the image, as it is stored
 */
public record EntryRow(
        long place,
        UUID id,
        String source,
        String table,
        String operation,
        long committedAt,
        @Nullable Long sourceCommittedAt,
        @Nullable String position,
        @Nullable Long transactionId,
        long sequence,
        @Nullable List<String> unknownColumns,
        @Nullable String key,
        @Nullable String formerKey,
        @Nullable String actor,
        @Nullable Slice before,
        @Nullable Slice after) {}
