package dev.daybook.api.security;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Limits how many requests each caller makes: as many at once as in a minute, and as many as the
 * minute gives back.
 */
final class RateLimit {

    private static final double NANOS_OF_MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int MOST_CALLERS = 10_000;

    private final int perMinute;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    /**
     * @param perMinute how many requests a minute; 0 for any number
     * @param nanoTime the time as {@link System#nanoTime} gives it
     */
    RateLimit(int perMinute, LongSupplier nanoTime) {
        this.perMinute = perMinute;
        this.nanoTime = nanoTime;
    }

    /**
     * What becomes of a request.
     *
     * @param taken whether it may go on
     * @param left how many more may follow at once
     * @param fullIn in how many seconds as many as in a minute may
     * @param nextIn in how many seconds the next may
     */
    record Decision(boolean taken, int left, long fullIn, long nextIn) {}

    boolean isUnlimited() {
        return perMinute == 0;
    }

    int perMinute() {
        return perMinute;
    }

    /** Counts a request of a caller. */
    Decision take(String caller) {
        if (buckets.size() >= MOST_CALLERS) {
            long now = nanoTime.getAsLong();
            buckets.values().removeIf(bucket -> bucket.isFull(now));
        }
        return buckets.computeIfAbsent(caller, name -> new Bucket()).take(nanoTime.getAsLong());
    }

    private final class Bucket {

        private double left = perMinute;
        private long at = nanoTime.getAsLong();

        synchronized Decision take(long now) {
            refill(now);
            boolean taken = left >= 1;
            if (taken) {
                left--;
            }
            return new Decision(
                    taken, (int) left, seconds(perMinute - left), seconds(1 - Math.min(1, left)));
        }

        synchronized boolean isFull(long now) {
            refill(now);
            return left >= perMinute;
        }

        private void refill(long now) {
            // Threads may come here in another order than they asked the time.
            long passed = Math.max(0, now - at);
            left = Math.min(perMinute, left + passed * perMinute / NANOS_OF_MINUTE);
            at = Math.max(at, now);
        }

        /** Returns how long it takes until so many requests are given back, rounded up. */
        private long seconds(double requests) {
            return (long) Math.ceil(requests * 60 / perMinute);
        }
    }
}
