package dev.daybook.ingest.change;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Says what a change record turned out to be. */
public sealed interface Decoded {

    /**
     * A change of a row, as the record tells it; what the table's key is comes later.
     *
     * @param at where and when it happened
     * @param data the record's {@code data}: the new row, or what was sent of a deleted one
     * @param beforeImage the record's before-image; empty if it had none
     * @param described what the record itself says of its table, or null if the table's definition
     *     has to say it
     */
    record Change(
            Coordinates at,
            Operation operation,
            RowImage data,
            RowImage beforeImage,
            @Nullable SelfDescription described)
            implements Decoded {}

    /**
     * An insert into the context table: who did a transaction, and why.
     *
     * @param data the row
     */
    record Context(Coordinates at, RowImage data) implements Decoded {}

    /** Every row of a table went at once. */
    record Truncated(Coordinates at) implements Decoded {}

    /** A table's definition, as of {@code at.committedAt()}, which is said again and no change. */
    record TableDefined(Coordinates at, TableDefinition definition) implements Decoded {}

    /**
     * A table was created, altered, renamed, dropped, and the like.
     *
     * @param word the word in the record, of an open set
     * @param control the control object as the record had it, as raw JSON; null if it had none
     * @param definition what the table is now, or null where the record does not say it
     */
    record TableChanged(
            Coordinates at,
            String word,
            @Nullable String control,
            @Nullable TableDefinition definition)
            implements Decoded {}

    /**
     * Everything committed up to a moment, or up to a position, has been written before this
     * record.
     *
     * @param completeUntil that moment, or null if only the position is said
     * @param position the capture's position then, or null
     * @param previous the position of the record of this kind that the capture wrote before; at its
     *     start, where the source's slot stood; null if the capture does not say
     * @param partition the partition of the change topic that this heartbeat speaks of, or null if
     *     the record did not say
     * @param partitions how many partitions the change topic has, or null if the record did not say
     */
    record Heartbeat(
            @Nullable Instant completeUntil,
            @Nullable String position,
            @Nullable String previous,
            @Nullable Integer partition,
            @Nullable Integer partitions)
            implements Decoded {

        /** Returns the same without a moment up to which everything has been written. */
        public Heartbeat withoutClaim() {
            return new Heartbeat(null, position, previous, partition, partitions);
        }

        /**
         * Returns one that says what this one and the next of its partition say; null if it takes
         * both to say that.
         */
        public @Nullable Heartbeat followedBy(Heartbeat next) {
            if (previous == null || next.previous == null) {
                return previous == null && next.completeUntil != null ? next : null;
            }
            return next.previous.equals(position)
                    ? new Heartbeat(
                            next.completeUntil == null ? completeUntil : next.completeUntil,
                            next.position,
                            previous,
                            next.partition,
                            next.partitions)
                    : null;
        }
    }

    /**
     * Changes may be missing between two moments.
     *
     * @param table the table whose changes may be missing, or null if any of the source's may
     * @param id what tells the gap from others; the same for a gap that is found open and closed
     *     later
     * @param from changes committed up to then are not missing, or null if that is not known
     * @param to changes committed after then are not missing, or null while the gap is open
     * @param fromPosition the capture's position at {@code from}, or null
     * @param toPosition the capture's position at {@code to}, or null
     * @param cause a stable word
     * @param reason a sentence with the remedy
     */
    record Gap(
            @Nullable TableName table,
            UUID id,
            Instant foundAt,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String fromPosition,
            @Nullable String toPosition,
            String cause,
            String reason)
            implements Decoded {}

    /**
     * A record that is well formed and not evidence of anything, such as DMS's own tables.
     *
     * @param kind a stable word, for counting
     */
    record Ignored(String kind) implements Decoded {}

    /**
     * A record that cannot become an entry.
     *
     * @param code a stable word
     * @param reason a sentence naming the rule and the remedy
     * @param table the table, as far as the record said
     * @param quote what of the reason is a text of others, in which values may stand; may be empty
     */
    record Malformed(String code, String reason, @Nullable TableName table, String quote)
            implements Decoded {

        public Malformed(String code, String reason, @Nullable TableName table) {
            this(code, reason, table, "");
        }

        /** Returns the same without the text of others. */
        public Malformed withoutQuote() {
            return quote.isEmpty()
                    ? this
                    : new Malformed(
                            code,
                            reason.replace(
                                    quote, "(withheld, since a rule of redaction may apply to it)"),
                            table);
        }
    }

    /**
     * Where and when a change happened, from the record's {@code metadata}.
     *
     * @param committedAt the commit time; where the record has none, the time at which it was made;
     *     to the microsecond
     * @param transactionId the transaction's number, or null
     * @param recordNumber the record's number within its transaction, or null
     * @param position the capture's position, or null
     * @param keyValue the value of the row's key as the record carries it for partitioning, or null
     * @param unusable a member that the record has and that could not be used, or null
     * @param sourceCommittedAt the source's own commit time where the capture handed on a later
     *     one, or null
     */
    record Coordinates(
            TableName table,
            Instant committedAt,
            @Nullable Long transactionId,
            @Nullable Long recordNumber,
            @Nullable String position,
            @Nullable String keyValue,
            @Nullable String unusable,
            @Nullable Instant sourceCommittedAt) {}

    /**
     * What a record says of its table.
     *
     * @param key the key's columns in key order; empty for a table without a key
     * @param unchanged columns left out because their value did not change, or was too large, or is
     *     not told
     * @param row what tells the change from others that share its time, transaction and position,
     *     or null where its number does, or its content has to
     */
    record SelfDescription(List<String> key, List<String> unchanged, @Nullable String row) {

        public SelfDescription(List<String> key, List<String> unchanged) {
            this(key, unchanged, null);
        }

        public SelfDescription {
            key = List.copyOf(key);
            unchanged = List.copyOf(unchanged);
        }
    }
}
