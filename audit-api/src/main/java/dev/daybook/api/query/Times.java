package dev.daybook.api.query;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** Reads the times of requests; those of answers are written as on the wire. */
public final class Times {

    private Times() {}

    /**
     * Reads a parameter.
     *
     * @throws InvalidValueException if it is none
     */
    public static Instant parse(String text) {
        // A plus that nobody encoded arrives as a space; nothing else in a time is one.
        String encoded = text.replaceFirst(" (?=\\d\\d:\\d\\d$)", "+");
        try {
            OffsetDateTime time =
                    OffsetDateTime.parse(encoded).withOffsetSameInstant(ZoneOffset.UTC);
            if (time.getYear() < 1 || time.getYear() > 9999) {
                throw new InvalidValueException(
                        "\"" + text + "\" is outside the years 0001 to 9999 (UTC).");
            }
            return time.toInstant().truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            throw new InvalidValueException(
                    "\""
                            + text
                            + "\" is not an RFC 3339 time with a zone: write it like"
                            + " 2026-11-22T09:30:00Z or 2026-11-22T10:30:00.5%2B01:00.");
        }
    }
}
