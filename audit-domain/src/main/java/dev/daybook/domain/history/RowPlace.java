package dev.daybook.domain.history;

/** A place in a row's history: before it, what is older is meant. */
public record RowPlace(RowRef row, EntryPosition olderThan) {}
