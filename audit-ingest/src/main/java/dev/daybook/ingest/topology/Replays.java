package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.ReplayRequest;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Hands rejected records that are replayed to the stream threads of this process. What is lost with
 * the process has no outcome, and is asked for again.
 */
final class Replays {

    /** A record may have megabytes. */
    private static final int MOST_WAITING = 8;

    private final BlockingQueue<Replay> waiting = new LinkedBlockingQueue<>(MOST_WAITING);

    /**
     * A rejected record on its way back.
     *
     * @param original the record, or null if it is no longer there
     */
    record Replay(ReplayRequest request, @Nullable Incoming original) {}

    /** Adds a replay; waits while there are many. */
    void put(Replay replay) throws InterruptedException {
        waiting.put(replay);
    }

    /** Returns the next replay, or null if there is none. */
    @Nullable Replay poll() {
        return waiting.poll();
    }

    void clear() {
        waiting.clear();
    }
}
