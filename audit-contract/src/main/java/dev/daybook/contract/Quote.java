package dev.daybook.contract;

/**
 * Quotes texts of unknown origin in reasons, log lines and on a terminal: on one line, and without
 * a character that a terminal acts on rather than show.
 */
public final class Quote {

    private static final int LONGEST = 200;
    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private Quote() {}

    /**
     * Returns a text in which characters that are not plain are written as {@code \}{@code uXXXX},
     * cut behind 200 characters.
     */
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /** Returns a text as {@link #of(String)} does, cut behind that many characters. */
    public static String of(String text, int longest) {
        int end = Math.min(text.length(), longest);
        if (end == text.length() && text.codePoints().allMatch(Quote::isPlain)) {
            return text;
        }
        if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder quoted = new StringBuilder(end + 32);
        text.substring(0, end).codePoints().forEach(c -> append(quoted, c));
        if (end < text.length()) {
            quoted.append("… (").append(text.length()).append(" characters)");
        }
        return quoted.toString();
    }

    /** Appends a character, each half of it as an escape where it is not plain. */
    public static void append(StringBuilder quoted, int codePoint) {
        if (isPlain(codePoint)) {
            quoted.appendCodePoint(codePoint);
            return;
        }
        for (char unit : Character.toChars(codePoint)) {
            quoted.append(String.format("\\u%04x", (int) unit));
        }
    }

    /**
     * Returns whether a character is shown as itself: it neither ends a line, steers a terminal nor
     * turns the reading direction, and is no half of a surrogate pair.
     */
    public static boolean isPlain(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    false;
            // Joiners belong to the spelling of words and to emoji.
            case Character.FORMAT ->
                    codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER;
            default -> true;
        };
    }
}
