package dev.daybook.ingest.topology;

import dev.daybook.contract.Quote;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;

/** Logs rejections, at most one a second; counts the others. */
final class RejectionLog {

    private static final Logger log = LoggerFactory.getLogger(RejectionLog.class);

    private static final long INTERVAL_MILLIS = 1_000;

    /** Characters of a reason that are logged; the rejected record has all of it. */
    private static final int LONGEST = 2_000;

    private final Clock clock;
    private long lastMillis;
    private long since;

    RejectionLog(Clock clock) {
        this.clock = clock;
    }

    void log(Rejection rejection) {
        long now = clock.millis();
        if (now - lastMillis < INTERVAL_MILLIS) {
            since++;
            return;
        }
        log.warn(
                "Record {} is rejected: {}: {} ({} more since the last such line)",
                rejection.place(),
                rejection.code(),
                Quote.of(rejection.reason(), LONGEST),
                since);
        lastMillis = now;
        since = 0;
    }
}
