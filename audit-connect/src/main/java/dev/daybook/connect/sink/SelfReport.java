package dev.daybook.connect.sink;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Remembers when a sink task is to report itself, and since when and why it does not work. */
final class SelfReport {

    /** How often a task reports. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private final String instance;
    private final Clock clock;
    private @Nullable Instant last;
    private @Nullable Instant failingSince;

    SelfReport(String instance, Clock clock) {
        this.instance = instance;
        this.clock = clock;
    }

    String instance() {
        return instance;
    }

    /** Returns whether it is time; if so, the next report is due after the interval. */
    boolean isDue() {
        Instant now = clock.instant();
        // A clock that was set back must not hold the next report off.
        boolean due =
                last == null
                        || now.isBefore(last)
                        || Duration.between(last, now).compareTo(INTERVAL) >= 0;
        if (due) {
            last = now;
        }
        return due;
    }

    /** Notes that the task does not work; returns since when. */
    Instant failing() {
        if (failingSince == null) {
            failingSince = clock.instant();
        }
        return failingSince;
    }

    /** Notes that the task works. */
    void works() {
        failingSince = null;
    }
}
