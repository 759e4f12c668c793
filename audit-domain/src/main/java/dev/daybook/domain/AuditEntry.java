package dev.daybook.domain;

import dev.daybook.contract.EntryId;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What is kept of a change: one row of the audit log.
 *
 * @param id computed from the change itself, see {@link EntryId}
 * @param committedAt see {@link ChangeEvent#committedAt()}
 * @param source the source's name
 * @param table the table
 * @param entityKey the row's key, or null for a table without one, and for a truncation
 * @param oldEntityKey the row's former key where this entry changed it
 * @param operation what happened
 * @param transactionId the source's transaction number, or null
 * @param sequence orders the entity's entries of one commit time
 * @param position the capture's position text, or null
 * @param before what the capture knew of the row before, or null
 * @param after what the capture knew of the row after, or null
 * @param unknownColumns columns whose new value the capture did not carry
 * @param actor who, as a column of the row says it, or null; context rows are kept apart
 * @param sourceCommittedAt see {@link ChangeEvent#sourceCommittedAt()}
 */
public record AuditEntry(
        UUID id,
        Instant committedAt,
        String source,
        TableName table,
        @Nullable EntityKey entityKey,
        @Nullable EntityKey oldEntityKey,
        Operation operation,
        @Nullable Long transactionId,
        long sequence,
        @Nullable String position,
        @Nullable RowImage before,
        @Nullable RowImage after,
        List<String> unknownColumns,
        @Nullable String actor,
        @Nullable Instant sourceCommittedAt) {

    public AuditEntry {
        unknownColumns = List.copyOf(unknownColumns);
    }

    /** Returns the entry of a change. */
    public static AuditEntry of(ChangeEvent change, @Nullable String actor) {
        return of(change.id(), change, actor);
    }

    /**
     * Returns the entry of a change whose identity was computed before parts of it were redacted.
     */
    public static AuditEntry of(UUID id, ChangeEvent change, @Nullable String actor) {
        return new AuditEntry(
                id,
                change.committedAt(),
                change.source(),
                change.table(),
                change.entityKey(),
                change.oldEntityKey(),
                change.operation(),
                change.transactionId(),
                change.sequence(),
                change.position(),
                change.before(),
                change.after(),
                change.unknownColumns(),
                actor,
                change.sourceCommittedAt());
    }
}
