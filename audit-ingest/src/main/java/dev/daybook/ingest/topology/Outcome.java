package dev.daybook.ingest.topology;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;

import org.jspecify.annotations.Nullable;

/** Says what becomes of a change record. Each record has one outcome, which is counted once. */
sealed interface Outcome {

    /** Returns the stable word under which the outcome is counted. */
    String word();

    /**
     * The record becomes an entry.
     *
     * @param keyless why the entry of a row has no key, or null
     */
    record Entry(AuditEntry entry, @Nullable String keyless) implements Outcome {
        @Override
        public String word() {
            return entry.operation().word();
        }
    }

    /**
     * The record says what became of a table, and becomes an entry of the table's own history.
     *
     * @param definition what is known of the table from now on; null where that stays as it was
     */
    record TableChanged(Entry made, Decoded.Coordinates at, @Nullable TableDefinition definition)
            implements Outcome {
        @Override
        public String word() {
            return made.word();
        }
    }

    /** The record is rejected. */
    record Rejected(Decoded.Malformed why) implements Outcome {
        @Override
        public String word() {
            return "rejected";
        }
    }

    /** The record says who did a transaction, and why. */
    record Context(long transactionId, Decoded.Context row) implements Outcome {
        @Override
        public String word() {
            return "context";
        }
    }

    /** The record defines a table. */
    record Defined(Decoded.TableDefined table) implements Outcome {
        @Override
        public String word() {
            return "table-defined";
        }
    }

    /** The record is a heartbeat, and becomes a watermark. */
    record Watermark(HeldWatermarks.Held watermark) implements Outcome {
        @Override
        public String word() {
            return "heartbeat";
        }
    }

    /**
     * The record is a heartbeat whose claim is rejected, and that still names the one before it.
     *
     * @param link the same without the claim
     */
    record Disbelieved(Rejected claim, HeldWatermarks.Held link) implements Outcome {
        @Override
        public String word() {
            return claim.word();
        }
    }

    /** The record says that changes may be missing. */
    record Gap(Decoded.Gap gap) implements Outcome {
        @Override
        public String word() {
            return ChangeOperation.GAP.word();
        }
    }

    /** The record says nothing that is kept. */
    record Recognised(String word) implements Outcome {}

    /** The record waits for its table's definition; it is counted when it waits no longer. */
    record Waiting(TableName table) implements Outcome {
        @Override
        public String word() {
            return "waiting";
        }
    }
}
