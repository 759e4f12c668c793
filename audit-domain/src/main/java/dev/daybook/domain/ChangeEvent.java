package dev.daybook.domain;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change of one row (or the truncation of a table), as a capture reported it.
 *
 * @param source the source database's name in this deployment
 * @param table the table
 * @param operation what happened
 * @param committedAt when the transaction committed, to the microsecond; for a snapshot, and where
 *     the capture did not say, the moment at which the record was made
 * @param transactionId the source's transaction number, or null if the capture did not say
 * @param sequence the record's number within its transaction, from 1; where the capture did not say,
 *     the offset of the change record. Orders an entity's entries of one commit time
 * @param position the capture's own position text, or null; equal positions are the same place,
 *     nothing else may be read from it
 * @param keyColumns the key's columns in key order; empty for a table without a key
 * @param before what is known of the row before, or null if nothing is
 * @param after what is known of the row after, or null if nothing is
 * @param unknownColumns columns of the table whose new value the record did not carry
 */
public record ChangeEvent(
        String source,
        TableId table,
        Operation operation,
        Instant committedAt,
        @Nullable Long transactionId,
        long sequence,
        @Nullable String position,
        List<String> keyColumns,
        @Nullable RowImage before,
        @Nullable RowImage after,
        List<String> unknownColumns) {

    public ChangeEvent {
        keyColumns = List.copyOf(keyColumns);
        unknownColumns = List.copyOf(unknownColumns);
    }

    /** The row's key after the change (for a delete: before it), or null if the row has no identity. */
    public @Nullable EntityKey entityKey() {
        RowImage image = after != null ? after : before;
        return image == null ? null : EntityKey.of(image, keyColumns);
    }

    /** The row's key before an update that changed it, or null if the key stayed or is unknown. */
    public @Nullable EntityKey oldEntityKey() {
        if (operation != Operation.UPDATE || before == null) {
            return null;
        }
        EntityKey old = EntityKey.of(before, keyColumns);
        return old == null || old.equals(entityKey()) ? null : old;
    }
}
