package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Which entries to find; what is null does not matter.
 *
 * @param source of this source
 * @param table of this table
 * @param key of rows with this key, now or before the entry
 * @param actor made by this actor, as {@link Attribution} says
 * @param unattributed whether only entries count that nobody is known to have made
 * @param field that may have set, changed or removed this column: what is found is to be completed
 *     from earlier entries to be sure, as {@link Timeline#search} does; snapshots are no changes
 *     and are left out
 * @param operation of this operation
 * @param transactionId of transactions with this number
 * @param from committed at this instant or later
 * @param to committed before this instant
 */
public record EntryQuery(
        @Nullable String source,
        @Nullable TableName table,
        @Nullable EntityKey key,
        @Nullable String actor,
        boolean unattributed,
        @Nullable String field,
        @Nullable Operation operation,
        @Nullable Long transactionId,
        @Nullable Instant from,
        @Nullable Instant to) {

    /** Everything. */
    public static final EntryQuery ALL =
            new EntryQuery(null, null, null, null, false, null, null, null, null, null);

    /** The same for another key. */
    public EntryQuery withKey(EntityKey other) {
        return new EntryQuery(
                source,
                table,
                other,
                actor,
                unattributed,
                field,
                operation,
                transactionId,
                from,
                to);
    }

    /**
     * Whether entries must be read that turn out not to be asked for. A transaction's entries are
     * all of one commit time or a few, and are read whole.
     */
    boolean selective() {
        return transactionId == null
                && (source != null
                        || actor != null
                        || unattributed
                        || field != null
                        || operation != null);
    }
}
