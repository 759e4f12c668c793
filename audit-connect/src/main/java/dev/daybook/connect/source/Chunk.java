package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Records that were handed to Connect together, and what may be said once Kafka has all of them.
 *
 * <p>Connect acknowledges record by record, from another thread and in any order.
 */
final class Chunk {

    private final AtomicInteger pending = new AtomicInteger();
    private volatile boolean closed;

    /** Up to where the source may forget its WAL once this chunk and all before it are written. */
    private volatile long confirmable = Lsn.NONE;

    private volatile long handedTime = Long.MIN_VALUE;

    /**
     * Up to where the chunk says that the source has been read; {@link Lsn#NONE} if it does not.
     */
    private volatile long told = Lsn.NONE;

    void added() {
        pending.incrementAndGet();
    }

    void acknowledged() {
        pending.decrementAndGet();
    }

    /**
     * No more records are added; the WAL up to the position has been handed over with this chunk.
     *
     * @param time the commit time handed on last before that position
     */
    void close(long confirmableLsn, long time) {
        confirmable = confirmableLsn;
        handedTime = time;
        closed = true;
    }

    /** The chunk says up to where the source has been read. */
    void tells(long position) {
        told = position;
    }

    long told() {
        return told;
    }

    boolean isWritten() {
        return closed && pending.get() == 0;
    }

    long confirmable() {
        return confirmable;
    }

    long handedTime() {
        return handedTime;
    }
}
