package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

/**
 * The transactions of a source next to one in order of commit; null where there is none near.
 *
 * @param before the last that committed before it
 * @param after the first that committed after it
 */
public record Neighbours(@Nullable RecordedEntry before, @Nullable RecordedEntry after) {}
