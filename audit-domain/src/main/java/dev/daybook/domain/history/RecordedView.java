package dev.daybook.domain.history;

/** An entry as the log holds it, with what the row's earlier entries add to it. */
public record RecordedView(RecordedEntry recorded, EntryView view) {}
