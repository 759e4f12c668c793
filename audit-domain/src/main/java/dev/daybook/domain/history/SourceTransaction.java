package dev.daybook.domain.history;

import dev.daybook.domain.TransactionRef;

import org.jspecify.annotations.Nullable;

/**
 * A transaction that the log knows of.
 *
 * @param transaction its identity
 * @param context who and why, as the application set it, or null if it set nothing
 */
public record SourceTransaction(TransactionRef transaction, @Nullable Attribution context) {}
