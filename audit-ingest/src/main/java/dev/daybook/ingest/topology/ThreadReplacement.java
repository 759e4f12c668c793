package dev.daybook.ingest.topology;

import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Replaces a stream thread that failed, after a pause that grows while failures follow one another.
 * What was not committed is read again. Remembers the failures for as long as they go on.
 */
final class ThreadReplacement implements StreamsUncaughtExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ThreadReplacement.class);

    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    /** How long nothing has to fail before the failures count as over. */
    private static final Duration QUIET = Duration.ofSeconds(30);

    private final IngestMetrics metrics;
    private final Clock clock;

    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private @Nullable Failures failures;

    ThreadReplacement(IngestMetrics metrics, Clock clock) {
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Failures that follow one another.
     *
     * @param count how many there were
     * @param since when the first was
     * @param last what the last one was
     * @param quietAt when they count as over, unless another follows
     */
    record Failures(int count, Instant since, String last, Instant quietAt) {}

    @Override
    public StreamThreadExceptionResponse handle(Throwable failure) {
        metrics.threadFailed();
        long pause = note(message(failure));
        log.error("A stream thread failed and is replaced in {} ms", pause, failure);
        // The thread that failed waits here; its tasks are nobody's until it is replaced.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    /** Returns the failures that go on, or null if there are none. */
    synchronized @Nullable Failures failures() {
        Failures current = failures;
        return current == null || clock.instant().isAfter(current.quietAt()) ? null : current;
    }

    private synchronized long note(String message) {
        Instant now = clock.instant();
        Failures before = failures();
        if (before == null) {
            pauseMillis = FIRST_PAUSE_MILLIS;
        }
        long pause = pauseMillis;
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
        failures =
                new Failures(
                        before == null ? 1 : before.count() + 1,
                        before == null ? now : before.since(),
                        message,
                        now.plusMillis(pause).plus(QUIET));
        return pause;
    }

    private static String message(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }
}
