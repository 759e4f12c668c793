package dev.daybook.verifier;

import dev.daybook.evidence.InvalidEvidenceException;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** Reads and writes times to the microsecond, in the one spelling that a pack has. */
final class Times {

    private Times() {}

    /** Returns microseconds since 1970. */
    static long micros(String text) {
        try {
            if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z")) {
                long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(text));
                // Midnight has two spellings.
                if (text(micros).equals(text)) {
                    return micros;
                }
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw new InvalidEvidenceException(
                "'"
                        + Plain.line(text, 40)
                        + "' is not a time such as 2026-11-22T09:30:00.000000Z.");
    }

    /** Returns a time in UTC, to the microsecond. */
    static String text(long micros) {
        return time(micros).truncatedTo(ChronoUnit.SECONDS)
                + (time(micros).getSecond() == 0 ? ":00" : "")
                + String.format(".%06d", Math.floorMod(micros, 1_000_000L))
                + "Z";
    }

    /** Returns months since 1970. */
    static long month(long micros) {
        LocalDateTime time = time(micros);
        return (time.getYear() - 1970L) * 12 + time.getMonthValue() - 1;
    }

    private static LocalDateTime time(long micros) {
        try {
            return LocalDateTime.ofEpochSecond(
                    Math.floorDiv(micros, 1_000_000L), 0, ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new InvalidEvidenceException(micros + " microseconds are no time.");
        }
    }
}
