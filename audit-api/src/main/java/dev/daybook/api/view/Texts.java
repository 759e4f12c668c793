package dev.daybook.api.view;

import java.text.NumberFormat;
import java.time.Duration;
import java.util.Locale;

/** Writes texts and numbers for people. */
final class Texts {

    private Texts() {}

    /**
     * Returns a text whose control, format and half characters are to be seen: nothing stored moves
     * a cursor, turns a line round or hides. Line breaks and tabs stay.
     */
    static String visible(String text) {
        StringBuilder shown = null;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (isHidden(c)) {
                if (shown == null) {
                    shown = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                shown.append(mark(c));
            } else if (shown != null) {
                shown.appendCodePoint(c);
            }
            i = next;
        }
        return shown == null ? text : shown.toString();
    }

    private static boolean isHidden(int c) {
        if (c == '\n' || c == '\t') {
            return false;
        }
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.PRIVATE_USE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || c >= 0x2000 && c <= 0x200A
                || c == 0xA0
                || c == 0x3164;
    }

    private static String mark(int c) {
        return c < 0x20
                ? String.valueOf((char) (0x2400 + c))
                : c == 0x7F ? "\u2421" : "\u27E8U+%04X\u27E9".formatted(c);
    }

    static String number(long number) {
        return NumberFormat.getIntegerInstance(Locale.ENGLISH).format(number);
    }

    /** Returns a number and what it counts: "1 row", "2 rows". */
    static String count(long number, String one, String many) {
        return number(number) + " " + (number == 1 ? one : many);
    }

    /** Returns how long something takes, in its two greatest units. */
    static String length(Duration duration) {
        Duration d = duration.abs();
        if (d.toMillis() < 1000) {
            return d.toMillis() + " ms";
        }
        if (d.toSeconds() < 60) {
            return d.toSeconds() < 10 && d.toMillisPart() >= 100
                    ? d.toSeconds() + "." + d.toMillisPart() / 100 + " s"
                    : d.toSeconds() + " s";
        }
        if (d.toMinutes() < 60) {
            return d.toMinutes()
                    + " min"
                    + (d.toSecondsPart() == 0 ? "" : " " + d.toSecondsPart() + " s");
        }
        if (d.toHours() < 48) {
            return d.toHours()
                    + " h"
                    + (d.toMinutesPart() == 0 ? "" : " " + d.toMinutesPart() + " min");
        }
        return d.toDays() + " days" + (d.toHoursPart() == 0 ? "" : " " + d.toHoursPart() + " h");
    }

    static String bytes(long bytes) {
        return bytes < 1000
                ? bytes + " bytes"
                : bytes < 1_000_000 ? bytes / 1000 + " kB" : "%.1f MB".formatted(bytes / 1e6);
    }

    /** Returns the beginning of a text, of whole characters. */
    static String beginning(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
        return text.substring(0, end);
    }
}
