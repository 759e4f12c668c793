package dev.daybook.api.query;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;

/**
 * What is asked of the database for a request, so that it ends when nobody waits for the answer any
 * more. A request is answered by the thread that began it.
 */
public final class OpenRequest {

    private static final ThreadLocal<@Nullable OpenRequest> OF_THREAD = new ThreadLocal<>();

    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Runnable cancellation;
    private boolean abandoned;

    private OpenRequest() {}

    /** Begins the request that this thread answers, until {@link #end}. */
    public static OpenRequest begin() {
        OpenRequest request = new OpenRequest();
        OF_THREAD.set(request);
        return request;
    }

    /** Ends the request that this thread answers. */
    public static void end() {
        OpenRequest request = OF_THREAD.get();
        OF_THREAD.remove();
        if (request != null) {
            request.ended.countDown();
        }
    }

    /**
     * Returns what waits until this thread has ended the request that it answers, for another
     * thread that goes on with the answer; null if it answers none.
     */
    public static @Nullable Ending ending() {
        OpenRequest request = OF_THREAD.get();
        return request == null ? null : request.ended::await;
    }

    /** Waits for the end of a thread's part in an answer. */
    public interface Ending {
        void await() throws InterruptedException;
    }

    /**
     * Notes how the statement is cancelled that this thread executes next. The cancellation may be
     * called from another thread, more than once, and when the statement has ended.
     *
     * @throws CancellationException if nobody waits for the answer
     */
    public static void executes(Runnable cancellation) {
        OpenRequest request = OF_THREAD.get();
        if (request != null) {
            request.note(cancellation);
        }
    }

    private synchronized void note(Runnable next) {
        if (abandoned) {
            throw new CancellationException("The caller has gone away.");
        }
        cancellation = next;
    }

    /** Cancels what is executed for the request; nothing more is. */
    public synchronized void abandon() {
        abandoned = true;
        if (cancellation != null) {
            cancellation.run();
        }
    }
}
