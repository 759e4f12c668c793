package dev.daybook.contract;

/**
 * Quotes texts of records in reasons and log lines, where they are as short as a line and cannot
 * pass for something else.
 */
public final class Quote {

    private static final int LONGEST = 200;

    private Quote() {}

    /**
     * Returns a text in which control characters, line separators and half surrogate pairs are
     * written as {@code \}{@code uXXXX}, cut behind 200 characters.
     */
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /** Returns a text as {@link #of(String)} does, cut behind that many characters. */
    public static String of(String text, int longest) {
        int end = Math.min(text.length(), longest);
        if (end == text.length() && isPlain(text)) {
            return text;
        }
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder quoted = new StringBuilder(end + 32);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isPlain(text, i)) {
                quoted.append(c);
            } else {
                quoted.append(String.format("\\u%04x", (int) c));
            }
        }
        if (end < text.length()) {
            quoted.append("… (").append(text.length()).append(" characters)");
        }
        return quoted.toString();
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isPlain(text, i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(String text, int i) {
        char c = text.charAt(i);
        return !Character.isISOControl(c)
                && c != '\u2028'
                && c != '\u2029'
                && !JsonText.isLoneSurrogate(text, i);
    }
}
