package dev.daybook.connect.source;

import dev.daybook.contract.RecordMember.Change;
import dev.daybook.contract.WireTime;

import java.nio.charset.StandardCharsets;
import java.time.Clock;

/**
 * Writes the times and positions of records. Not for use by several threads.
 *
 * <p>Times are kept: records of one transaction have the same commit time, and many records are
 * written within a millisecond.
 */
final class MetadataWriter {

    private static final byte[] METADATA = JsonBuffer.member(Change.METADATA);
    private static final byte[] TIMESTAMP =
            ("{\"" + Change.TIMESTAMP + "\":").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRANSACTION_ID = JsonBuffer.member(Change.TRANSACTION_ID);
    private static final byte[] TRANSACTION_RECORD_ID =
            JsonBuffer.member(Change.TRANSACTION_RECORD_ID);
    private static final byte[] COMMIT_TIMESTAMP = JsonBuffer.member(Change.COMMIT_TIMESTAMP);
    private static final byte[] SOURCE_COMMIT_TIMESTAMP =
            JsonBuffer.member(Change.SOURCE_COMMIT_TIMESTAMP);
    private static final byte[] STREAM_POSITION = JsonBuffer.member(Change.STREAM_POSITION);

    private final Clock clock;
    private byte[] now = new byte[0];
    private long nowMillis = Long.MIN_VALUE;
    private byte[] committed = new byte[0];
    private long committedMicros = Long.MIN_VALUE;

    MetadataWriter(Clock clock) {
        this.clock = clock;
    }

    /** Begins the metadata object with the time at which the record is written. */
    void begin(JsonBuffer out) {
        out.raw(METADATA).raw(TIMESTAMP);
        now(out);
    }

    /** Writes which transaction a record belongs to, and its number there. */
    void transaction(JsonBuffer out, RecordPosition position) {
        out.raw(TRANSACTION_ID).number(position.transactionId);
        out.raw(TRANSACTION_RECORD_ID).number(position.recordId);
    }

    /** Writes when a change was committed and where it stands. */
    void position(JsonBuffer out, RecordPosition position) {
        out.raw(COMMIT_TIMESTAMP);
        if (position.committedAt != committedMicros) {
            committedMicros = position.committedAt;
            committed = WireTime.ascii(committedMicros);
        }
        quoted(out, committed);
        if (position.sourceCommittedAt < position.committedAt && position.recordId > 0) {
            out.raw(SOURCE_COMMIT_TIMESTAMP);
            quoted(out, WireTime.ascii(position.sourceCommittedAt));
        }
        out.raw(STREAM_POSITION).raw('"');
        position.write(out);
        out.raw('"');
    }

    /** Writes the present time as a JSON string. */
    void now(JsonBuffer out) {
        long millis = clock.millis();
        if (millis != nowMillis) {
            nowMillis = millis;
            now = WireTime.ascii(Math.multiplyExact(millis, 1000L));
        }
        quoted(out, now);
    }

    private static void quoted(JsonBuffer out, byte[] ascii) {
        out.raw('"').raw(ascii).raw('"');
    }
}
