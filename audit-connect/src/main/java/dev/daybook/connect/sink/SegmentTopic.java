package dev.daybook.connect.sink;

import java.util.concurrent.Future;

/**
 * The topic that the sealer reads: what it has acknowledged is out of reach of the audit database's
 * owner.
 */
interface SegmentTopic extends AutoCloseable {

    /** Sends a record; the future is done when every broker that must have it has it. */
    Future<?> send(long stream, byte[] segment);

    @Override
    void close();
}
