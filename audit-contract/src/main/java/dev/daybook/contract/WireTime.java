package dev.daybook.contract;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Reads and writes the times of the wire, without a formatter: both happen several times a change.
 */
public final class WireTime {

    /** What a text that names no time is read as. */
    public static final long NO_TIME = Long.MIN_VALUE;

    private static final int LENGTH = 27;

    /** The first second of year 1, and of year 10000. */
    private static final long FIRST_SECOND = epochDay(1, 1, 1) * 86_400L;

    private static final long END_SECOND = epochDay(10_000, 1, 1) * 86_400L;

    private WireTime() {}

    /** Returns a time as the topics carry it, with six fraction digits and a {@code Z}. */
    public static String text(Instant instant) {
        return text(micros(instant));
    }

    /**
     * Returns a time as the topics carry it.
     *
     * @param micros microseconds since 1970, of a year from 1 to 9999
     */
    public static String text(long micros) {
        return new String(ascii(micros), StandardCharsets.US_ASCII);
    }

    /**
     * Returns a time as the topics carry it, in ASCII.
     *
     * @param micros microseconds since 1970, of a year from 1 to 9999
     */
    public static byte[] ascii(long micros) {
        LocalDateTime time =
                LocalDateTime.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), 0, ZoneOffset.UTC);
        byte[] text = new byte[LENGTH];
        put(text, 0, 4, time.getYear());
        text[4] = '-';
        put(text, 5, 2, time.getMonthValue());
        text[7] = '-';
        put(text, 8, 2, time.getDayOfMonth());
        text[10] = 'T';
        put(text, 11, 2, time.getHour());
        text[13] = ':';
        put(text, 14, 2, time.getMinute());
        text[16] = ':';
        put(text, 17, 2, time.getSecond());
        text[19] = '.';
        put(text, 20, 6, (int) Math.floorMod(micros, 1_000_000L));
        text[26] = 'Z';
        return text;
    }

    /** Returns microseconds since 1970; smaller parts of the time are cut off. */
    public static long micros(Instant instant) {
        return Math.addExact(
                Math.multiplyExact(instant.getEpochSecond(), 1_000_000L),
                instant.getNano() / 1_000);
    }

    private static void put(byte[] text, int from, int digits, int value) {
        int rest = value;
        for (int i = from + digits - 1; i >= from; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /**
     * Returns the instant that a text names, cut to microseconds, or null if it names none: {@code
     * 2026-11-22T09:30:00Z}, with up to nine digits of a fraction, a blank in place of the {@code
     * T}, and an offset such as {@code +02:00} in place of the {@code Z}.
     */
    public static @Nullable Instant parse(String text) {
        long micros = parseMicros(text);
        return micros == NO_TIME
                ? null
                : Instant.ofEpochSecond(
                        Math.floorDiv(micros, 1_000_000L),
                        Math.floorMod(micros, 1_000_000L) * 1_000L);
    }

    /**
     * Returns the time that the topics carry as microseconds since 1970, or {@link #NO_TIME} if the
     * text is none: as {@link #text} writes it, with six fraction digits or fewer, in UTC, without
     * leap seconds.
     */
    public static long parseExactly(String text) {
        return text.length() > LENGTH ? NO_TIME : parseUtc(text);
    }

    /**
     * Returns a time in UTC as {@link #parseExactly} does, of which fraction digits behind the
     * sixth are cut off.
     */
    public static long parseUtc(String text) {
        int length = text.length();
        return length < 20
                        || text.charAt(10) != 'T'
                        || text.charAt(17) == '6'
                        || text.charAt(length - 1) != 'Z'
                ? NO_TIME
                : parseMicros(text);
    }

    private static long parseMicros(String text) {
        int length = text.length();
        if (length < 20
                || text.charAt(4) != '-'
                || text.charAt(7) != '-'
                || (text.charAt(10) != 'T' && text.charAt(10) != ' ')
                || text.charAt(13) != ':'
                || text.charAt(16) != ':') {
            return NO_TIME;
        }
        int year = digits(text, 0, 4);
        int month = digits(text, 5, 2);
        int day = digits(text, 8, 2);
        int hour = digits(text, 11, 2);
        int minute = digits(text, 14, 2);
        int second = digits(text, 17, 2);
        // No part is negative unless it is no number; a leap second is read as the last one.
        if ((year | month | day | hour | minute | second) < 0
                || year < 1
                || month < 1
                || month > 12
                || day < 1
                || day > daysOf(year, month)
                || hour > 23
                || minute > 59
                || second > 60) {
            return NO_TIME;
        }
        int at = 19;
        int micros = 0;
        if (text.charAt(at) == '.') {
            int from = ++at;
            int scale = 100_000;
            while (at < length && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                micros += (text.charAt(at++) - '0') * scale;
                scale /= 10;
            }
            if (at == from || at - from > 9) {
                return NO_TIME;
            }
        }
        int offset = offsetSeconds(text, at);
        if (offset == Integer.MIN_VALUE) {
            return NO_TIME;
        }
        long seconds =
                epochDay(year, month, day) * 86_400L
                        + hour * 3_600L
                        + minute * 60L
                        + Math.min(second, 59)
                        - offset;
        // With its offset a time at the edge may leave the years that can be written.
        return seconds < FIRST_SECOND || seconds >= END_SECOND
                ? NO_TIME
                : seconds * 1_000_000L + micros;
    }

    private static int offsetSeconds(String text, int at) {
        int rest = text.length() - at;
        if (rest == 1 && text.charAt(at) == 'Z') {
            return 0;
        }
        if (rest < 3 || (text.charAt(at) != '+' && text.charAt(at) != '-')) {
            return Integer.MIN_VALUE;
        }
        int hours = digits(text, at + 1, 2);
        int minutes =
                switch (rest) {
                    case 3 -> 0;
                    case 5 -> digits(text, at + 3, 2);
                    case 6 -> text.charAt(at + 3) == ':' ? digits(text, at + 4, 2) : -1;
                    default -> -1;
                };
        if ((hours | minutes) < 0 || hours > 18 || minutes > 59) {
            return Integer.MIN_VALUE;
        }
        int seconds = hours * 3_600 + minutes * 60;
        return text.charAt(at) == '-' ? -seconds : seconds;
    }

    /** Returns the number that these digits make, or -1. */
    private static int digits(String text, int from, int count) {
        int value = 0;
        for (int i = from; i < from + count; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static int daysOf(int year, int month) {
        return switch (month) {
            case 2 -> year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }

    /** Returns days since 1970-01-01, counting years from March so that a leap day comes last. */
    private static long epochDay(int year, int month, int day) {
        int marchYear = month > 2 ? year : year - 1;
        int era = Math.floorDiv(marchYear, 400);
        int yearOfEra = marchYear - era * 400;
        int dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * 146_097L + dayOfEra - 719_468L;
    }
}
