package dev.daybook.domain;

import dev.daybook.contract.EntryId;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * One change of one row (or the truncation of a table), as a capture reported it.
 *
 * @param source the source database's name in this deployment
 * @param table the table
 * @param operation what happened
 * @param committedAt when the transaction committed, to the microsecond; for a snapshot, and where
 *     the capture did not say, the moment at which the record was made
 * @param transactionId the source's transaction number, or null if the capture did not say
 * @param sequence the record's number within its transaction, from 1; 0 for a snapshot; where the
 *     capture did not say, the offset of the change record. Orders an entity's entries of one
 *     commit time
 * @param position the capture's own position text, or null; equal positions are the same place,
 *     nothing else may be read from it
 * @param keyColumns the key's columns in key order; empty for a table without a key
 * @param before what is known of the row before, or null if nothing is
 * @param after what is known of the row after, or null if nothing is
 * @param unknownColumns columns of the table whose new value the record did not carry
 * @param discriminator tells this change from others that share position, transaction and time, for
 *     a capture that does not number its records; null where transaction and sequence, or a
 *     snapshot's position, do so. It is made of what the record itself says, so that it is the same
 *     whenever the record is read, whatever is known of the table by then
 * @param sourceCommittedAt the source's own commit time where {@code committedAt} is later, to keep
 *     the order of the write-ahead log; null where it is the same
 */
public record ChangeEvent(
        String source,
        TableName table,
        Operation operation,
        Instant committedAt,
        @Nullable Long transactionId,
        long sequence,
        @Nullable String position,
        List<String> keyColumns,
        @Nullable RowImage before,
        @Nullable RowImage after,
        List<String> unknownColumns,
        @Nullable String discriminator,
        @Nullable Instant sourceCommittedAt) {

    public ChangeEvent {
        if (source.isEmpty()) {
            throw new IllegalArgumentException("A change of " + table + " has no source: name it.");
        }
        if (sequence < 0) {
            throw new IllegalArgumentException(
                    "A change of "
                            + table
                            + " has sequence "
                            + sequence
                            + ": a sequence is not negative.");
        }
        keyColumns = List.copyOf(keyColumns);
        unknownColumns = List.copyOf(unknownColumns);
    }

    /** Returns the identity of the entry that the change becomes; see {@link EntryId}. */
    public UUID id() {
        return EntryId.of(
                source,
                table,
                operation,
                committedAt,
                position,
                transactionId,
                sequence,
                discriminator);
    }

    /**
     * Returns the row's key after the change (for a delete: before it), or null if the row has no
     * identity.
     */
    public @Nullable EntityKey entityKey() {
        RowImage image = after != null ? after : before;
        return image == null ? null : EntityKey.of(image, keyColumns);
    }

    /**
     * Returns the row's key before an update that changed it, or null if the key stayed or is
     * unknown.
     */
    public @Nullable EntityKey oldEntityKey() {
        if (operation != Operation.UPDATE
                || before == null
                || after == null
                || sameKeyValues(before, after)) {
            return null;
        }
        return EntityKey.of(before, keyColumns);
    }

    /**
     * Returns whether no key column is known to have changed. Numbers are compared by value, also
     * with strings, since DMS may print a number in one image and a string in the other.
     */
    private boolean sameKeyValues(RowImage before, RowImage after) {
        for (String column : keyColumns) {
            String was = before.token(column);
            String is = after.token(column);
            if (was == null || is == null) {
                return true;
            }
            if (!was.equals(is) && !sameValue(was, is)) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameValue(String was, String is) {
        String text = JsonText.scalar(was);
        String other = JsonText.scalar(is);
        boolean strings = was.startsWith("\"") && is.startsWith("\"");
        return text.equals(other)
                || (!strings && JsonText.number(text).equals(JsonText.number(other)));
    }
}
