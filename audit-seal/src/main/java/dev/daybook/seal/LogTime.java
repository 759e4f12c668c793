package dev.daybook.seal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Reads and writes the log's times, microseconds since 1970. */
final class LogTime {

    private LogTime() {}

    static long micros(Instant moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
