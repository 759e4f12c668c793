package dev.daybook.connect.source.replication;

import dev.daybook.contract.Lsn;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyDual;

import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Clock;

/**
 * The running replication of one slot: messages in, confirmations out.
 *
 * <p>It speaks the protocol over pgjdbc's {@link CopyDual} rather than through its {@code
 * PGReplicationStream}, which keeps keepalives to itself: a keepalive is what says how far the
 * source has read its WAL when there was nothing to send.
 */
public final class ReplicationStream implements AutoCloseable {

    /** The kind of a value that was too large to be received; its length follows. */
    public static final byte LARGE_VALUE = LargeValueFilter.LARGE;

    private static final long MICROS_1970_TO_2000 = 946_684_800_000_000L;
    private static final int HEADER = 1 + 8 + 8 + 8;

    private final ReplicationConnection replication;
    private final CopyDual copy;
    private final Clock clock;

    private long received;
    private long keepaliveLsn = Lsn.NONE;

    private ReplicationStream(ReplicationConnection replication, CopyDual copy, Clock clock) {
        this.replication = replication;
        this.copy = copy;
        this.clock = clock;
    }

    /**
     * Starts streaming from a position, or from where the slot was confirmed, if that is later. The
     * connection is then the stream's.
     */
    public static ReplicationStream start(
            ReplicationConnection replication, String slot, long from, Clock clock)
            throws SQLException {
        String sql =
                "START_REPLICATION SLOT \""
                        + slot
                        + "\" LOGICAL "
                        + Lsn.sql(from)
                        + " (proto_version '1', messages 'true',"
                        + " publication_names '\"daybook\",\"daybook_insert_only\"')";
        CopyDual copy =
                replication.connection().unwrap(PGConnection.class).getCopyAPI().copyDual(sql);
        return new ReplicationStream(replication, copy, clock);
    }

    /** Returns the offset in a message at which pgoutput's own message begins. */
    public static int payloadOffset() {
        return HEADER;
    }

    /** Returns the position of a message's WAL record. */
    public static long recordLsn(byte[] message) {
        return ByteBuffer.wrap(message).getLong(1);
    }

    /**
     * Returns the next message that carries data, {@link #NO_DATA} for a keepalive, or null if none
     * is there.
     *
     * @param patienceMillis how long at most to wait for one to begin; 0 for not at all
     */
    public byte @Nullable [] poll(int patienceMillis) throws SQLException {
        replication.socket().patience(patienceMillis);
        while (true) {
            byte[] message = copy.readFromCopy(false);
            if (message == null) {
                if (!copy.isActive()) {
                    throw new SQLException("The source ended the replication stream.", "08006");
                }
                return null;
            }
            if (message[0] == 'w') {
                // Data counts as received only as far as its transaction's commit, which the caller
                // knows.
                return message;
            }
            if (message[0] == 'k') {
                ByteBuffer keepalive = ByteBuffer.wrap(message);
                long walEnd = keepalive.getLong(1);
                keepaliveLsn = Math.max(keepaliveLsn, walEnd);
                if (message[17] != 0) {
                    replyRequested = true;
                }
                return NO_DATA;
            }
        }
    }

    /** What {@link #poll} returns for a keepalive. */
    static final byte[] NO_DATA = new byte[0];

    private boolean replyRequested;

    /** Returns whether the source asked for a sign of life. */
    public boolean replyRequested() {
        return replyRequested;
    }

    /** Every transaction that ends before this position has been sent before now. */
    public long keepaliveLsn() {
        return keepaliveLsn;
    }

    /** Tells the source up to where its WAL is safely written elsewhere, and asks it to answer. */
    public void confirm(long lsn) throws SQLException {
        received = Math.max(received, lsn);
        replyRequested = false;
        ByteBuffer status = ByteBuffer.allocate(1 + 8 + 8 + 8 + 8 + 1);
        status.put((byte) 'r');
        status.putLong(received);
        status.putLong(lsn);
        status.putLong(lsn);
        status.putLong(Math.multiplyExact(clock.millis(), 1000L) - MICROS_1970_TO_2000);
        status.put((byte) 1);
        byte[] bytes = status.array();
        copy.writeToCopy(bytes, 0, bytes.length);
        copy.flushCopy();
    }

    /** Closes the connection at once, without waiting for what the source still has to send. */
    @Override
    public void close() throws SQLException {
        replication.connection().abort(Runnable::run);
    }
}
