package dev.daybook.domain;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The identity of a row within its table, as one text.
 *
 * <p>For a key of one column it is the value itself ({@code 42}, {@code a/b}, or the empty string);
 * for a key of several columns a JSON array of the values in key order ({@code [42,"a"]}), without
 * spaces, strings as JavaScript's {@code JSON.stringify} writes them. Numbers have neither exponent
 * nor zeros at the end of a fraction. So a value has one spelling, however the capture wrote it.
 */
public record EntityKey(String text) {

    private static final Pattern NUMBER =
            Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?");

    private static final int DIGITS_OF_A_DOUBLE = 15;

    /**
     * Returns the spelling that the log uses for a number, or for a key of several columns; null if
     * a text is neither, or is spelled so already. A column's value may itself be such a text, so
     * it is asked for as it is first.
     */
    public static @Nullable EntityKey respelled(String text) {
        String canonical =
                NUMBER.matcher(text).matches() ? JsonText.number(text) : KeyArray.canonical(text);
        return canonical == null || canonical.equals(text) ? null : new EntityKey(canonical);
    }

    /**
     * Returns the key of a row, from its key columns' raw JSON tokens in key order, or null where a
     * column is unknown, the list is empty, or a key of one column is NULL: the row then has no
     * identity.
     */
    public static @Nullable EntityKey of(RowImage image, List<String> keyColumns) {
        if (keyColumns.isEmpty()) {
            return null;
        }
        if (keyColumns.size() == 1) {
            String token = image.token(keyColumns.getFirst());
            return token == null || token.equals(RowImage.NULL)
                    ? null
                    : new EntityKey(spelling(token, JsonText.scalar(token)));
        }
        StringBuilder array = new StringBuilder("[");
        for (String column : keyColumns) {
            String token = image.token(column);
            if (token == null) {
                return null;
            }
            if (array.length() > 1) {
                array.append(',');
            }
            array.append(spelling(token, JsonText.canonical(token)));
        }
        return new EntityKey(array.append(']').toString());
    }

    /**
     * Returns whether a column's raw token is a number with an exponent and more digits than a
     * double holds: what wrote it may have rounded a longer one.
     */
    public static boolean mayBeRounded(@Nullable String token) {
        if (token == null || token.length() <= DIGITS_OF_A_DOUBLE || token.charAt(0) == '"') {
            return false;
        }
        int exponent = Math.max(token.indexOf('e'), token.indexOf('E'));
        if (exponent < 0 || !NUMBER.matcher(token).matches()) {
            return false;
        }
        int digits = 0;
        for (int i = 0; i < exponent; i++) {
            digits += token.charAt(i) >= '0' && token.charAt(i) <= '9' ? 1 : 0;
        }
        return digits > DIGITS_OF_A_DOUBLE;
    }

    /** Returns a number's one spelling, and any other token's given one. */
    static String spelling(String token, String other) {
        char first = token.charAt(0);
        return first == '-' || first >= '0' && first <= '9' ? JsonText.number(token) : other;
    }

    /**
     * Returns whether PostgreSQL can keep the text: it has neither U+0000 nor half of a surrogate
     * pair. A PostgreSQL source never sends such a key, other engines may.
     */
    public boolean isStorable() {
        return JsonText.isStorable(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
