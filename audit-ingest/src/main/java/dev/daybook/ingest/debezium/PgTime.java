package dev.daybook.ingest.debezium;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes dates, times and intervals as PostgreSQL prints them under ISO styles in UTC. */
final class PgTime {

    static final long MICROS_OF_SECOND = 1_000_000L;
    static final String INFINITY = "infinity";
    static final String MINUS_INFINITY = "-infinity";

    /** The numbers of days that Debezium writes for a date without end. */
    private static final long INFINITE_DAY = LocalDate.of(-5_877_611, 6, 21).toEpochDay();

    private static final long MINUS_INFINITE_DAY = LocalDate.of(-5_877_611, 6, 22).toEpochDay();

    /** The microseconds, and milliseconds, that Debezium writes for a timestamp without end. */
    private static final long INFINITE_MICROS = 9_223_372_036_825_200_000L;

    private static final long MINUS_INFINITE_MICROS = -9_223_372_036_832_400_000L;

    /** The years that PostgreSQL's timestamps and dates have. */
    private static final int FIRST_YEAR = -4713;

    private static final int LAST_YEAR_OF_TIMESTAMPS = 294_276;
    private static final int LAST_YEAR_OF_DATES = 5_874_897;

    /**
     * From here on a count of microseconds may hold a month, which Debezium takes to be 30.4375
     * days.
     */
    private static final long MONTH_MICROS = 2_629_800L * MICROS_OF_SECOND;

    private static final Pattern INTERVAL =
            Pattern.compile(
                    "P(?:(-?\\d+)Y)?(?:(-?\\d+)M)?(?:(-?\\d+)D)?(?:T(?:(-?\\d+)H)?(?:(-?\\d+)M)?"
                            + "(?:(-?)(\\d+)(?:\\.(\\d{1,9}))?S)?)?");

    private PgTime() {}

    /** Returns the date of a day counted from 1970, or null if PostgreSQL has none there. */
    static @Nullable String date(long day) {
        if (day == INFINITE_DAY || day == MINUS_INFINITE_DAY) {
            return day == INFINITE_DAY ? INFINITY : MINUS_INFINITY;
        }
        if (Math.abs(day) > Integer.MAX_VALUE) {
            return null;
        }
        return date(LocalDate.ofEpochDay(day));
    }

    static @Nullable String date(LocalDate date) {
        if (date.getYear() < FIRST_YEAR || date.getYear() > LAST_YEAR_OF_DATES) {
            return null;
        }
        StringBuilder text = new StringBuilder(13);
        appendDate(text, date);
        return date.getYear() <= 0 ? text.append(" BC").toString() : text.toString();
    }

    /** Returns the time of day, or null if it is none; 24:00:00 is one. */
    static @Nullable String time(long micros) {
        if (micros < 0 || micros > 86_400L * MICROS_OF_SECOND) {
            return null;
        }
        StringBuilder text = new StringBuilder(15);
        appendTime(text, micros);
        return text.toString();
    }

    /**
     * Returns a timestamp's text.
     *
     * @param micros microseconds since 1970
     * @param zone what stands behind the time: {@code +00}, or nothing
     */
    static @Nullable String timestamp(long micros, String zone) {
        if (micros == INFINITE_MICROS || micros == MINUS_INFINITE_MICROS) {
            return micros == INFINITE_MICROS ? INFINITY : MINUS_INFINITY;
        }
        LocalDateTime time = dateTime(micros);
        if (isOutside(time) || isClamped(micros)) {
            return null;
        }
        return timestamp(time, ' ', zone);
    }

    /**
     * Returns a timestamp as the log writes it, ISO 8601 with a Z where PostgreSQL's text is plain.
     */
    static @Nullable String logTimestamp(long micros, String zone) {
        if (micros == INFINITE_MICROS || micros == MINUS_INFINITE_MICROS) {
            return timestamp(micros, zone);
        }
        return isClamped(micros) ? null : logTimestamp(dateTime(micros), zone);
    }

    /** Returns whether the connector ran out of bits: the time was later, or without end. */
    private static boolean isClamped(long micros) {
        return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
    }

    private static @Nullable String logTimestamp(LocalDateTime time, String zone) {
        if (isOutside(time)) {
            return null;
        }
        return time.getYear() <= 0 ? timestamp(time, ' ', zone) : timestamp(time, 'T', "Z");
    }

    /**
     * Returns microseconds since 1970 of milliseconds, of which Debezium too has some without end.
     */
    static long microsOfMillis(long millis) {
        if (millis == INFINITE_MICROS / 1_000) {
            return INFINITE_MICROS;
        }
        return millis == MINUS_INFINITE_MICROS / 1_000
                ? MINUS_INFINITE_MICROS
                : Math.multiplyExact(millis, 1_000L);
    }

    /** Returns the instant that an ISO 8601 text names, as the log writes it, or null. */
    static @Nullable String logTimestamp(String iso, String zone) {
        if (iso.equals(INFINITY) || iso.equals(MINUS_INFINITY)) {
            return iso;
        }
        LocalDateTime time = parse(iso);
        return time == null ? null : logTimestamp(time, zone);
    }

    /** Returns the instant that an ISO 8601 text names, as PostgreSQL prints it, or null. */
    static @Nullable String timestamp(String iso, String zone) {
        if (iso.equals(INFINITY) || iso.equals(MINUS_INFINITY)) {
            return iso;
        }
        LocalDateTime time = parse(iso);
        return time == null || isOutside(time) ? null : timestamp(time, ' ', zone);
    }

    /** Returns the date that an ISO 8601 text names, with or without a Z, or null. */
    static @Nullable String isoDate(String iso) {
        try {
            return date(LocalDate.parse(withoutZ(iso)));
        } catch (DateTimeException notADate) {
            return null;
        }
    }

    /** Returns the time of day that an ISO 8601 text names, with or without a Z, or null. */
    static @Nullable String isoTime(String iso) {
        String text = withoutZ(iso);
        if (text.equals("24:00:00")) {
            return text;
        }
        try {
            return time(LocalTime.parse(text).toNanoOfDay() / 1_000);
        } catch (DateTimeException notATime) {
            return null;
        }
    }

    /**
     * Returns an interval's text, or null where the number does not tell it: it has no months, days
     * and hours any more.
     */
    static @Nullable String interval(long micros) {
        if (Math.abs(micros) >= MONTH_MICROS || micros == Long.MIN_VALUE) {
            return null;
        }
        StringBuilder text = new StringBuilder(20);
        if (micros < 0) {
            text.append('-');
        }
        appendTime(text, Math.abs(micros));
        return text.toString();
    }

    /** Returns the interval that an ISO 8601 text names, or null. */
    static @Nullable String interval(String iso) {
        Matcher parts = INTERVAL.matcher(iso);
        if (!parts.matches()) {
            return null;
        }
        long months = Math.addExact(Math.multiplyExact(part(parts, 1), 12L), part(parts, 2));
        long days = part(parts, 3);
        long micros =
                Math.multiplyExact(
                        Math.addExact(
                                Math.multiplyExact(part(parts, 4), 3_600L),
                                Math.multiplyExact(part(parts, 5), 60L)),
                        MICROS_OF_SECOND);
        String seconds = parts.group(7);
        if (seconds != null) {
            String fraction = parts.group(8);
            long rest =
                    Long.parseLong(seconds) * MICROS_OF_SECOND
                            + (fraction == null
                                    ? 0
                                    : Long.parseLong((fraction + "000000").substring(0, 6)));
            micros = Math.addExact(micros, "-".equals(parts.group(6)) ? -rest : rest);
        }
        StringBuilder text = new StringBuilder();
        boolean negative = false;
        negative = appendPart(text, months / 12, "year", negative);
        negative = appendPart(text, months % 12, "mon", negative);
        negative = appendPart(text, days, "day", negative);
        if (micros != 0 || text.isEmpty()) {
            if (!text.isEmpty()) {
                text.append(' ');
            }
            text.append(micros < 0 ? "-" : negative ? "+" : "");
            appendTime(text, Math.abs(micros));
        }
        return text.toString();
    }

    /** Appends a part that is not zero; returns whether the part written last is negative. */
    private static boolean appendPart(
            StringBuilder text, long value, String unit, boolean negative) {
        if (value == 0) {
            return negative;
        }
        if (!text.isEmpty()) {
            text.append(' ');
        }
        text.append(negative && value > 0 ? "+" : "").append(value).append(' ').append(unit);
        if (value != 1) {
            text.append('s');
        }
        return value < 0;
    }

    private static long part(Matcher parts, int group) {
        String text = parts.group(group);
        return text == null ? 0 : Long.parseLong(text);
    }

    private static String withoutZ(String text) {
        return text.endsWith("Z") ? text.substring(0, text.length() - 1) : text;
    }

    private static @Nullable LocalDateTime parse(String iso) {
        try {
            return iso.endsWith("Z")
                    ? LocalDateTime.parse(withoutZ(iso))
                    : OffsetDateTime.parse(iso)
                            .withOffsetSameInstant(ZoneOffset.UTC)
                            .toLocalDateTime();
        } catch (DateTimeException notATime) {
            return null;
        }
    }

    private static LocalDateTime dateTime(long micros) {
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(micros, MICROS_OF_SECOND),
                (int) Math.floorMod(micros, MICROS_OF_SECOND) * 1_000,
                ZoneOffset.UTC);
    }

    private static boolean isOutside(LocalDateTime time) {
        return time.getYear() < FIRST_YEAR || time.getYear() > LAST_YEAR_OF_TIMESTAMPS;
    }

    private static String timestamp(LocalDateTime time, char separator, String zone) {
        StringBuilder text = new StringBuilder(32);
        appendDate(text, time.toLocalDate());
        text.append(separator);
        appendTime(text, time.toLocalTime().toNanoOfDay() / 1_000);
        text.append(zone);
        return time.getYear() <= 0 ? text.append(" BC").toString() : text.toString();
    }

    private static void appendDate(StringBuilder text, LocalDate date) {
        int year = date.getYear();
        int shown = year <= 0 ? 1 - year : year;
        for (int limit = 1_000; limit > shown; limit /= 10) {
            text.append('0');
        }
        text.append(shown).append('-');
        append2(text, date.getMonthValue());
        text.append('-');
        append2(text, date.getDayOfMonth());
    }

    private static void appendTime(StringBuilder text, long micros) {
        long seconds = micros / MICROS_OF_SECOND;
        append2(text, seconds / 3_600);
        text.append(':');
        append2(text, seconds / 60 % 60);
        text.append(':');
        append2(text, seconds % 60);
        int fraction = (int) (micros % MICROS_OF_SECOND);
        if (fraction == 0) {
            return;
        }
        text.append('.');
        for (int scale = 100_000; fraction > 0; scale /= 10) {
            text.append((char) ('0' + fraction / scale));
            fraction %= scale;
        }
    }

    private static void append2(StringBuilder text, long value) {
        if (value < 10) {
            text.append('0');
        }
        text.append(value);
    }
}
