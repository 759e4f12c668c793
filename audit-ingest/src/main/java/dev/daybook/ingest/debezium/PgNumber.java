package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes numbers as PostgreSQL prints them, from the connector's several shapes of them. */
final class PgNumber {

    /** The first exponent at which PostgreSQL writes a number of each width with an exponent. */
    private static final int REAL_DIGITS = 6;

    private static final int DOUBLE_DIGITS = 15;

    /** More than any numeric of PostgreSQL's has behind or before the point. */
    private static final int LARGEST_SCALE = 150_000;

    /**
     * A digit run that is a number's text for certain: without point or sign it could be base64.
     */
    private static final Pattern NUMBER_TEXT =
            Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?");

    private static final Pattern VARIABLE_DECIMAL =
            Pattern.compile("\\{\"scale\":(-?[0-9]{1,6}),\"value\":(\"[A-Za-z0-9+/=]*+\")}");

    private PgNumber() {}

    /** Spells a finite number. */
    interface Digits {
        @Nullable String of(String number);
    }

    /** Returns a number's text, or that of NaN and the infinities, which come as strings. */
    static @Nullable String of(String raw, Digits digits) {
        if (ValueType.isNumber(raw)) {
            return digits.of(raw);
        }
        return switch (raw) {
            case "\"NaN\"", "\"Infinity\"", "\"-Infinity\"" -> JsonText.scalar(raw);
            default -> null;
        };
    }

    /** Returns a whole number, or null if the token is none. */
    static @Nullable Long whole(String raw) {
        if (!ValueType.isNumber(raw)) {
            return null;
        }
        try {
            return Long.parseLong(raw);
        } catch (NumberFormatException notWhole) {
            return null;
        }
    }

    /** Returns a numeric's text from a number, its text, or a value with its own scale. */
    static @Nullable String numeric(String raw) {
        if (ValueType.isString(raw)) {
            String text = JsonText.scalar(raw);
            return NUMBER_TEXT.matcher(text).matches() ? text : of(raw, PgNumber::plain);
        }
        return raw.charAt(0) == '{' ? variableDecimal(raw) : of(raw, PgNumber::plain);
    }

    /** Returns the digits of a number without an exponent, or null where they would be endless. */
    static @Nullable String plain(String number) {
        if (number.indexOf('e') < 0 && number.indexOf('E') < 0) {
            return number;
        }
        BigDecimal value = new BigDecimal(number);
        return Math.abs((long) value.scale()) > LARGEST_SCALE ? null : value.toPlainString();
    }

    /**
     * Returns a decimal's digits from its unscaled value, a token of base64, or null if it is none.
     */
    static @Nullable String decimal(String raw, int scale) {
        if (ValueType.isNumber(raw)) {
            return plain(raw);
        }
        byte[] unscaled = PgText.base64(raw);
        return unscaled == null || unscaled.length == 0 || Math.abs((long) scale) > LARGEST_SCALE
                ? null
                : new BigDecimal(new BigInteger(unscaled), scale).toPlainString();
    }

    /** Returns the digits of a decimal that brings its scale, or null if the token is none. */
    static @Nullable String variableDecimal(String raw) {
        Matcher parts = VARIABLE_DECIMAL.matcher(raw);
        return parts.matches() ? decimal(parts.group(2), Integer.parseInt(parts.group(1))) : null;
    }

    /** Returns a real, or null if the number is too large for one. */
    static @Nullable String real(String number) {
        float value = Float.parseFloat(number);
        return Float.isFinite(value) ? laidOut(Float.toString(value), REAL_DIGITS) : null;
    }

    /** Returns a double precision number, or null if the number is too large for one. */
    static @Nullable String doublePrecision(String number) {
        double value = Double.parseDouble(number);
        return Double.isFinite(value) ? laidOut(Double.toString(value), DOUBLE_DIGITS) : null;
    }

    /** Returns the shortest digits, as Java has found them, in PostgreSQL's layout. */
    private static String laidOut(String shortest, int digits) {
        boolean negative = shortest.charAt(0) == '-';
        BigDecimal value = new BigDecimal(shortest).abs();
        if (value.signum() == 0) {
            return negative ? "-0" : "0";
        }
        value = value.stripTrailingZeros();
        int exponent = value.precision() - value.scale() - 1;
        String text;
        if (exponent >= -4 && exponent < digits) {
            text = value.toPlainString();
        } else {
            String all = value.unscaledValue().toString();
            text =
                    all.charAt(0)
                            + (all.length() > 1 ? "." + all.substring(1) : "")
                            + (exponent < 0 ? "e-" : "e+")
                            + (Math.abs(exponent) < 10 ? "0" : "")
                            + Math.abs(exponent);
        }
        return negative ? "-" + text : text;
    }
}
