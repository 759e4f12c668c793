package dev.daybook.api.rest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Times of the interface: RFC 3339, to the microsecond, in UTC when written. */
final class Times {

    private static final DateTimeFormatter WRITTEN =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /** After everything: the last moment that the interface can write. */
    static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private Times() {}

    static String text(Instant instant) {
        return WRITTEN.format(instant);
    }

    /**
     * Reads a parameter.
     *
     * @throws IllegalArgumentException with a sentence for the caller
     */
    static Instant parse(String text) {
        // A plus that nobody encoded arrives as a space; nothing else in a time is one.
        String encoded = text.replaceFirst(" (?=\\d\\d:\\d\\d$)", "+");
        try {
            OffsetDateTime time = OffsetDateTime.parse(encoded);
            if (time.getYear() < 1 || time.getYear() > 9999) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" is outside the years 0001 to 9999.");
            }
            return time.toInstant().truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "\""
                            + text
                            + "\" is not an RFC 3339 time with a zone: write it like"
                            + " 2026-11-22T09:30:00Z or 2026-11-22T10:30:00.5%2B01:00.",
                    e);
        }
    }
}
