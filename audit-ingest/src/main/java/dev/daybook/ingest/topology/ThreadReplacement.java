package dev.daybook.ingest.topology;

import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Goes on after a failure of the infrastructure: the thread that failed is replaced, after a pause
 * that grows while failures follow one another. What was not committed is read again.
 */
final class ThreadReplacement implements StreamsUncaughtExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ThreadReplacement.class);

    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(2);

    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private long lastFailure = System.nanoTime();

    @Override
    public StreamThreadExceptionResponse handle(Throwable failure) {
        long pause = nextPause(System.nanoTime());
        log.error(
                "A stream thread failed and is replaced in {} ms: {}",
                pause,
                message(failure),
                failure);
        // The thread that failed waits here; its tasks are nobody's until it is replaced.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private synchronized long nextPause(long now) {
        if (now - lastFailure > QUIET_NANOS) {
            pauseMillis = FIRST_PAUSE_MILLIS;
        }
        lastFailure = now;
        long pause = pauseMillis;
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
        return pause;
    }

    private static String message(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
