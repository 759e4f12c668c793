package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

/**
 * Spells the values of a column as the log does, from what the connector's converters made of them.
 * A value that the record does not tell exactly has no spelling: it is unknown, and never a guess.
 *
 * @param token gives the JSON token of a value that is not null
 * @param text gives PostgreSQL's text of it, as an array has it
 */
record ValueType(Spelling token, Spelling text) {

    /** Spells a raw token, or returns null where it does not tell a value. */
    interface Spelling {
        @Nullable String of(String raw);
    }

    /** A text, and every type that the connector hands on as PostgreSQL's text. */
    static final ValueType TEXT =
            new ValueType(
                    raw -> isString(raw) ? JsonText.canonical(raw) : null,
                    raw -> isString(raw) ? JsonText.scalar(raw) : null);

    static final ValueType INTEGER = new ValueType(ValueType::bare, ValueType::bare);

    static final ValueType BOOLEAN =
            new ValueType(
                    raw -> isBoolean(raw) ? raw : null,
                    raw -> isBoolean(raw) ? raw.substring(0, 1) : null);

    /** A boolean of the connector's that is one bit in PostgreSQL. */
    static final ValueType BIT =
            ofText(raw -> raw.equals("true") ? "1" : raw.equals("false") ? "0" : null);

    static final ValueType REAL = number(raw -> PgNumber.of(raw, PgNumber::real));
    static final ValueType DOUBLE = number(raw -> PgNumber.of(raw, PgNumber::doublePrecision));

    /** A numeric as a number, as its text, or with a scale that the value brings with it. */
    static final ValueType NUMERIC = number(PgNumber::numeric);

    static final ValueType BYTES =
            new ValueType(
                    raw -> {
                        byte[] bytes = PgText.base64(raw);
                        return bytes == null ? null : JsonText.quoted(PgText.logBytes(bytes));
                    },
                    raw -> {
                        byte[] bytes = PgText.base64(raw);
                        return bytes == null ? null : PgText.bytes(bytes);
                    });

    /** A type whose values no record tells exactly. */
    static final ValueType UNKNOWN = ofText(raw -> null);

    /** Returns a type whose token is its text as a JSON string. */
    static ValueType ofText(Spelling text) {
        return new ValueType(
                raw -> {
                    String value = text.of(raw);
                    return value == null ? null : JsonText.quoted(value);
                },
                text);
    }

    /** Returns a type of numbers: bare in JSON, and a string where JSON has no such number. */
    static ValueType number(Spelling text) {
        return new ValueType(
                raw -> {
                    String value = text.of(raw);
                    return value == null || isNumber(value) && !value.equals("-Infinity")
                            ? value
                            : JsonText.quoted(value);
                },
                text);
    }

    /** Returns a type that reads whole numbers. */
    static ValueType counted(Counted text) {
        return ofText(
                raw -> {
                    Long count = PgNumber.whole(raw);
                    return count == null ? null : text.of(count);
                });
    }

    /** Spells a whole number, or returns null where it does not tell a value. */
    interface Counted {
        @Nullable String of(long count);
    }

    /** Returns a type that reads the content of strings. */
    static ValueType written(Spelling text) {
        return ofText(raw -> isString(raw) ? text.of(JsonText.scalar(raw)) : null);
    }

    /** Returns the token of a value, or null if the record does not tell it or holds nonsense. */
    @Nullable String tokenOf(String raw) {
        return raw.equals(RowImage.NULL) ? RowImage.NULL : spelled(token, raw);
    }

    /** Returns the text of a value that is not null, or null likewise. */
    @Nullable String textOf(String raw) {
        return spelled(text, raw);
    }

    private static @Nullable String spelled(Spelling spelling, String raw) {
        try {
            return spelling.of(raw);
        } catch (ArithmeticException | IllegalArgumentException noSuchValue) {
            return null;
        }
    }

    static boolean isString(String raw) {
        return raw.charAt(0) == '"';
    }

    static boolean isNumber(String raw) {
        char first = raw.charAt(0);
        return first == '-' || first >= '0' && first <= '9';
    }

    private static @Nullable String bare(String raw) {
        return isNumber(raw) ? raw : null;
    }

    private static boolean isBoolean(String raw) {
        return raw.equals("true") || raw.equals("false");
    }
}
