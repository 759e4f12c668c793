package dev.daybook.connect.sink;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * A time of the wire: RFC 3339 in UTC with up to six fraction digits, which is what a {@code
 * timestamptz} holds.
 *
 * @param text as it came
 * @param micros microseconds since 1970
 * @param month months since January of the year 0, which names the partition
 */
record Moment(String text, long micros, int month) {

    private static final long DAY = 86_400_000_000L;

    static Moment of(Instant instant) {
        Instant micros = instant.truncatedTo(ChronoUnit.MICROS);
        LocalDate day = LocalDate.ofInstant(micros, ZoneOffset.UTC);
        return new Moment(
                micros.toString(),
                ChronoUnit.MICROS.between(Instant.EPOCH, micros),
                day.getYear() * 12 + day.getMonthValue() - 1);
    }

    /** The time that the text says, or null if it says none that can be kept exactly. */
    static @Nullable Moment parse(String text) {
        return parse(text, 6);
    }

    /** The time that the text says, cut to microseconds, or null if it says none. */
    static @Nullable Moment parseNanos(String text) {
        return parse(text, 9);
    }

    private static @Nullable Moment parse(String text, int fractionDigits) {
        // 2026-11-22T09:30:00.123456Z
        int length = text.length();
        if (length < 20
                || text.charAt(4) != '-'
                || text.charAt(7) != '-'
                || text.charAt(10) != 'T'
                || text.charAt(13) != ':'
                || text.charAt(16) != ':'
                || text.charAt(length - 1) != 'Z') {
            return null;
        }
        int year = digits(text, 0, 4);
        int month = digits(text, 5, 7);
        int day = digits(text, 8, 10);
        int hour = digits(text, 11, 13);
        int minute = digits(text, 14, 16);
        int second = digits(text, 17, 19);
        int fraction = 0;
        if (length > 20) {
            if (text.charAt(19) != '.' || length == 21 || length > 21 + fractionDigits) {
                return null;
            }
            fraction = digits(text, 20, Math.min(length - 1, 26));
            if (length > 27 && digits(text, 26, length - 1) < 0) {
                return null;
            }
            for (int i = length - 1; i < 26 && fraction > 0; i++) {
                fraction *= 10;
            }
        }
        if ((year | month | day | hour | minute | second | fraction) < 0
                || hour > 23
                || minute > 59
                || second > 59) {
            return null;
        }
        long days;
        try {
            days = LocalDate.of(year, month, day).toEpochDay();
        } catch (DateTimeException e) {
            return null;
        }
        long seconds = (hour * 60L + minute) * 60 + second;
        return new Moment(text, days * DAY + seconds * 1_000_000 + fraction, year * 12 + month - 1);
    }

    /** The number written in that part of the text, or -1 if something else is. */
    private static int digits(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
