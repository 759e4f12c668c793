package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Decoded;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Holds the watermarks of one change topic's partition back until every change that came before
 * them has left the queue of those that wait. Changes of other topics hold nothing back.
 *
 * <p>The heartbeats themselves are kept in {@link ParkedRecords}: they are read once, and their
 * task may move while they are held.
 */
final class HeldWatermarks {

    private final Deque<Held> held = new ArrayDeque<>();

    /**
     * A watermark.
     *
     * @param first where the first heartbeat stands that it speaks for
     * @param offset where its heartbeat stands
     * @param timestamp the heartbeat record's time
     * @param partition the partition of the change topic that it speaks of
     * @param partitions how many partitions the change topic has
     */
    record Held(
            long first,
            long offset,
            long timestamp,
            Decoded.Heartbeat heartbeat,
            int partition,
            int partitions) {}

    /**
     * Adds a watermark behind all others; one that is held already is not added again.
     *
     * @param lastWaiting the offset of the change that began to wait last, or -1
     */
    void add(Held watermark, long lastWaiting) {
        Held before = held.peekLast();
        if (before != null && watermark.offset() <= before.offset()) {
            return;
        }
        // Where nothing waits in between, both go at the same moment.
        Decoded.Heartbeat both =
                before != null && lastWaiting < before.offset()
                        ? before.heartbeat().followedBy(watermark.heartbeat())
                        : null;
        if (both == null) {
            held.addLast(watermark);
        } else {
            held.removeLast();
            held.addLast(
                    new Held(
                            before.first(),
                            watermark.offset(),
                            watermark.timestamp(),
                            both,
                            watermark.partition(),
                            watermark.partitions()));
        }
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    /**
     * Lets those go that nothing before them holds back.
     *
     * @param firstWaiting the least offset of a change that waits, or {@link Long#MAX_VALUE}
     */
    void release(long firstWaiting, Consumer<Held> to) {
        for (Held next = held.peekFirst();
                next != null && next.offset() < firstWaiting;
                next = held.peekFirst()) {
            held.removeFirst();
            to.accept(next);
        }
    }
}
