package dev.daybook.contract;

import java.math.BigDecimal;

/**
 * Reads and writes JSON's string tokens. Whole documents are parsed by the adapters, whose hot
 * buffers write strings of their own.
 */
public final class JsonText {

    private static final String HEX = "0123456789abcdef";

    private static final int LARGEST_SCALE = 1_000;

    private JsonText() {}

    /**
     * Returns a scalar token as plain text: a string without its quotes and escapes, anything else
     * as it is.
     */
    public static String scalar(String token) {
        if (token.isEmpty() || token.charAt(0) != '"') {
            return token;
        }
        if (token.indexOf('\\') < 0) {
            return token.substring(1, token.length() - 1);
        }
        StringBuilder text = new StringBuilder(token.length());
        for (int i = 1; i < token.length() - 1; i++) {
            char c = token.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escape = token.charAt(++i);
            switch (escape) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) Integer.parseInt(token, i + 1, i + 5, 16));
                    i += 4;
                }
                default -> text.append(escape);
            }
        }
        return text.toString();
    }

    /**
     * Returns the token in the one spelling that JSON.stringify gives a string; other tokens as
     * they are.
     */
    public static String canonical(String token) {
        if (token.isEmpty() || token.charAt(0) != '"' || token.indexOf('\\') < 0) {
            return token;
        }
        return quoted(scalar(token));
    }

    /**
     * Returns a number in the one spelling that keys have: without exponent, without zeros at the
     * end of a fraction. A text that is no number, or one too long to be written so, is returned as
     * it is.
     */
    public static String number(String token) {
        boolean whole = !token.isEmpty() && !token.equals("-0");
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c >= '0' && c <= '9' || c == '-' && i == 0 && token.length() > 1) {
                continue;
            }
            if (c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-') {
                return token;
            }
            whole = false;
        }
        if (whole) {
            return token;
        }
        try {
            BigDecimal number = new BigDecimal(token);
            if (number.signum() == 0) {
                return "0";
            }
            number = number.stripTrailingZeros();
            // An exponent of a billion is a short token and an endless number.
            return Math.abs((long) number.scale()) > LARGEST_SCALE ? token : number.toPlainString();
        } catch (NumberFormatException noNumber) {
            return token;
        }
    }

    /** Returns a text as a JSON string token. */
    public static String quoted(String text) {
        StringBuilder token = new StringBuilder(text.length() + 8).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> token.append("\\\"");
                case '\\' -> token.append("\\\\");
                case '\b' -> token.append("\\b");
                case '\f' -> token.append("\\f");
                case '\n' -> token.append("\\n");
                case '\r' -> token.append("\\r");
                case '\t' -> token.append("\\t");
                default -> {
                    if (c < 0x20 || isLoneSurrogate(text, i)) {
                        token.append("\\u");
                        for (int shift = 12; shift >= 0; shift -= 4) {
                            token.append(HEX.charAt(c >> shift & 0xF));
                        }
                    } else {
                        token.append(c);
                    }
                }
            }
        }
        return token.append('"').toString();
    }

    /**
     * Returns whether a text is free of U+0000 and of half surrogate pairs, neither of which
     * PostgreSQL stores.
     */
    public static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || isLoneSurrogate(text, i)) {
                return false;
            }
        }
        return true;
    }

    /** Replaces characters that PostgreSQL cannot store by U+FFFD. */
    public static String storable(String text) {
        if (isStorable(text)) {
            return text;
        }
        StringBuilder result = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == 0 || isLoneSurrogate(text, i)) {
                result.setCharAt(i, '\uFFFD');
            }
        }
        return result.toString();
    }

    /** Returns whether the character there is half a surrogate pair, without the other half. */
    public static boolean isLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c)
                && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
