package dev.daybook.api.query;

import dev.daybook.domain.history.Gap;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A page of a list.
 *
 * @param items may be fewer than asked for although more follow
 * @param nextCursor hands the place to go on from back to the same question; null at the end
 * @param completeUntil everything that committed up to then was in the log before it was read; null
 *     if that is not known
 * @param gaps where changes of what was asked for may be missing, the open ones first, at most
 *     {@link #MOST_GAPS}
 */
public record Page<T>(
        List<T> items,
        @Nullable String nextCursor,
        @Nullable Instant completeUntil,
        List<Gap> gaps) {

    /** How many gaps an answer names. */
    static final int MOST_GAPS = 20;

    public Page {
        items = List.copyOf(items);
        gaps = List.copyOf(gaps);
    }
}
