package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;

import org.jspecify.annotations.Nullable;

/** Holds where in the stream of transactions a record stands. Reused from record to record. */
final class RecordPosition {

    /** The source's number of the transaction. */
    long transactionId;

    /** The record's number within its transaction. */
    long recordId;

    /** The commit time that is handed on, in microseconds since 1970. */
    long committedAt;

    /** The source's own commit time; the one handed on, or an earlier one. */
    long sourceCommittedAt;

    long commitLsn;
    long recordLsn;

    /** For a load from a table without a key: where the row lies, {@code (table:block,offset)}. */
    byte @Nullable [] rowAddress;

    /** Writes the position text that identifies the change. */
    void write(JsonBuffer out) {
        out.lsn(commitLsn).raw('.').number(recordId).raw('.');
        byte[] address = rowAddress;
        if (address == null) {
            out.lsn(recordLsn);
        } else {
            out.raw(address);
        }
    }

    /** Returns the record's place in the WAL for people to read. */
    @Override
    public String toString() {
        return Lsn.wide(commitLsn) + "." + recordId;
    }
}
