package dev.daybook.local;

import dev.daybook.contract.Quote;

/**
 * Makes text that others wrote safe to print: it can neither move the cursor, colour the terminal,
 * forge a line nor reverse its reading direction. Characters that could are shown as {@code
 * &#92;uXXXX}.
 */
public final class Screen {

    private Screen() {}

    /** Returns a text as a shell takes it for one word. */
    public static String word(String text) {
        return text.matches("[\\w@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    /**
     * Returns a value as it is, or as a quoted JSON string where it holds a character that cannot
     * be shown. A value that begins like a quoted one, or like a remark in brackets, is quoted too:
     * two values that differ never look alike.
     */
    public static String text(String value) {
        if (!value.isEmpty()
                && value.charAt(0) != '"'
                && value.charAt(0) != '('
                && value.codePoints().allMatch(Quote::isPlain)) {
            return value;
        }
        StringBuilder quoted = new StringBuilder(value.length() + 16).append('"');
        value.codePoints()
                .forEach(
                        c -> {
                            if (c == '"' || c == '\\') {
                                quoted.append('\\').appendCodePoint(c);
                            } else {
                                Quote.append(quoted, c);
                            }
                        });
        return quoted.append('"').toString();
    }

    /** Returns a sentence that quotes what others wrote, in one line. */
    public static String line(String sentence) {
        return Quote.of(sentence, Integer.MAX_VALUE);
    }

    /** Returns JSON text of the same value without characters that a terminal acts on. */
    public static String json(String text) {
        // Line breaks stand between tokens only; within strings JSON escapes them.
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        c -> {
                            if (c == '\n' || c == '\t' || c == '\r') {
                                shown.appendCodePoint(c);
                            } else {
                                Quote.append(shown, c);
                            }
                        });
        return shown.toString();
    }
}
