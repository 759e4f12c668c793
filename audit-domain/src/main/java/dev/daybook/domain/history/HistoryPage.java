package dev.daybook.domain.history;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A part of a row's history, newest first.
 *
 * @param entries may be fewer than asked for although more follow: a page reads a bounded number of
 *     entries
 * @param next the place to go on from, or null at the end of the history
 */
public record HistoryPage(List<RecordedView> entries, @Nullable EntryPosition next) {}
