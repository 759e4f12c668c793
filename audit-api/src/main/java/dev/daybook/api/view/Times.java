package dev.daybook.api.view;

import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes times in the reader's zone, with UTC beside them. */
final class Times {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH);
    private static final DateTimeFormatter DAY_OF_YEAR =
            DateTimeFormatter.ofPattern("EEE d MMM yyyy", Locale.ENGLISH);
    private static final DateTimeFormatter LONG_DAY =
            DateTimeFormatter.ofPattern("EEEE, d MMMM", Locale.ENGLISH);
    private static final DateTimeFormatter LONG_DAY_OF_YEAR =
            DateTimeFormatter.ofPattern("EEEE, d MMMM yyyy", Locale.ENGLISH);
    private static final DateTimeFormatter EXACT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");
    private static final DateTimeFormatter INPUT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss");

    private final ZoneId zone;
    private final Instant now;

    Times(ZoneId zone, Instant now) {
        this.zone = zone;
        this.now = now;
    }

    /** Returns the zone that a cookie names; UTC where it names none. */
    static ZoneId zone(@Nullable String name) {
        try {
            return name == null || name.length() > 60 ? ZoneOffset.UTC : ZoneId.of(name);
        } catch (DateTimeException e) {
            return ZoneOffset.UTC;
        }
    }

    /**
     * A time as it is shown.
     *
     * @param iso for machines
     * @param time the reader's clock
     * @param day the reader's day, short; with the year where it is another one
     * @param today whether that is today
     * @param utc the same in UTC, shorter where the day is the same
     * @param exact UTC to the microsecond
     * @param input what a field for a date and time takes
     */
    record When(
            String iso,
            String time,
            String day,
            boolean today,
            String utc,
            String exact,
            String input) {}

    Instant now() {
        return now;
    }

    ZoneId zone() {
        return zone;
    }

    When when(Instant instant) {
        ZonedDateTime local = instant.atZone(zone);
        ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
        return new When(
                WireTime.text(instant),
                CLOCK.format(local),
                (local.getYear() == now.atZone(zone).getYear() ? DAY : DAY_OF_YEAR).format(local),
                local.toLocalDate().equals(today()),
                isUtc() ? "UTC" : CLOCK.format(utc) + " UTC",
                EXACT.format(utc) + " UTC",
                INPUT.format(local));
    }

    @Nullable When whenOrNull(@Nullable Instant instant) {
        return instant == null ? null : when(instant);
    }

    LocalDate today() {
        return now.atZone(zone).toLocalDate();
    }

    LocalDate day(Instant instant) {
        return instant.atZone(zone).toLocalDate();
    }

    String longDay(LocalDate day) {
        return (day.getYear() == today().getYear() ? LONG_DAY : LONG_DAY_OF_YEAR).format(day);
    }

    String fullDay(LocalDate day) {
        return LONG_DAY_OF_YEAR.format(day);
    }

    Instant startOf(LocalDate day) {
        return day.atStartOfDay(zone).toInstant();
    }

    /** Reads what a field for a date and time gives, in the reader's zone; null if it is none. */
    @Nullable Instant local(String text) {
        try {
            return LocalDateTime.parse(text).atZone(zone).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private boolean isUtc() {
        return zone.normalized().equals(ZoneOffset.UTC);
    }

    /** Returns the zone's name, with its offset of now. */
    String zoneName() {
        String offset = zone.getRules().getOffset(now).getId();
        return isUtc() ? "UTC" : zone.getId() + " (UTC" + ("Z".equals(offset) ? "" : offset) + ")";
    }
}
