package dev.daybook.local;

/**
 * Makes text that others wrote safe to print: it can neither move the cursor, colour the terminal,
 * forge a line nor reverse its reading direction. Characters that could are shown as {@code
 * &#92;uXXXX}.
 */
public final class Screen {

    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private Screen() {}

    /**
     * Returns a value as it is, or as a quoted JSON string where it holds a character that cannot
     * be shown. A value that begins like a quoted one, or like a remark in brackets, is quoted too:
     * two values that differ never look alike.
     */
    public static String text(String value) {
        if (!value.isEmpty()
                && value.charAt(0) != '"'
                && value.charAt(0) != '('
                && value.codePoints().noneMatch(Screen::hidden)) {
            return value;
        }
        StringBuilder quoted = new StringBuilder(value.length() + 16).append('"');
        value.codePoints()
                .forEach(
                        c -> {
                            if (c == '"' || c == '\\') {
                                quoted.append('\\').appendCodePoint(c);
                            } else {
                                append(quoted, c);
                            }
                        });
        return quoted.append('"').toString();
    }

    /** Returns a sentence that quotes what others wrote, in one line. */
    public static String line(String sentence) {
        if (sentence.codePoints().noneMatch(Screen::hidden)) {
            return sentence;
        }
        StringBuilder shown = new StringBuilder(sentence.length() + 16);
        sentence.codePoints().forEach(c -> append(shown, c));
        return shown.toString();
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
                                append(shown, c);
                            }
                        });
        return shown.toString();
    }

    private static void append(StringBuilder shown, int c) {
        if (hidden(c)) {
            for (char unit : Character.toChars(c)) {
                shown.append(String.format("\\u%04x", (int) unit));
            }
        } else {
            shown.appendCodePoint(c);
        }
    }

    /** Whether a terminal acts on a character rather than show it. */
    private static boolean hidden(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            // Joiners belong to the spelling of words and to emoji.
            case Character.FORMAT -> c != ZERO_WIDTH_NON_JOINER && c != ZERO_WIDTH_JOINER;
            default -> false;
        };
    }
}
