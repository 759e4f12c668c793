package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

/**
 * A row of {@code audit.transaction}, as it is hashed.
 *
 * @param place its stream and offset, see {@link Place}
 * @param committedAt microseconds since 1970
 * @param attributes the JSON, as it is stored
 */
public record TransactionRow(
        long place,
        String source,
        long transactionId,
        long committedAt,
        @Nullable String actor,
        @Nullable String reason,
        @Nullable String requestId,
        @Nullable Slice attributes,
        @Nullable String loginRole) {}
