package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.domain.AuditEntry;

import java.time.Instant;

/**
 * An entry as the log holds it.
 *
 * @param entry the entry
 * @param recordedAt when the log stored it
 * @param attribution who made the change, from the transaction's context or the row
 */
public record RecordedEntry(AuditEntry entry, Instant recordedAt, Attribution attribution) {

    /**
     * Returns whether this is a change that nobody is known to have made. A snapshot is no change.
     */
    public boolean unattributed() {
        return attribution.actor() == null && entry.operation() != Operation.SNAPSHOT;
    }

    /** Returns the entry's place in the order of history. */
    public EntryPosition position() {
        return EntryPosition.of(entry);
    }
}
