package dev.daybook.contract;

/** Makes text of unknown origin fit for one line of a log or a terminal. */
public final class LogText {

    private static final int LONGEST = 2_000;

    private LogText() {}

    /**
     * Returns an object's text on one line: characters that end a line or steer a terminal are
     * written as escapes, and what is longer than 2,000 characters is cut.
     */
    public static String of(Object text) {
        String whole = text.toString();
        String cut = whole.length() <= LONGEST ? whole : whole.substring(0, LONGEST);
        StringBuilder line = null;
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            if (isPlain(c)) {
                if (line != null) {
                    line.append(c);
                }
                continue;
            }
            if (line == null) {
                line = new StringBuilder(cut.length() + 16).append(cut, 0, i);
            }
            line.append(String.format("\\u%04x", (int) c));
        }
        String escaped = line == null ? cut : line.toString();
        return cut.length() == whole.length()
                ? escaped
                : escaped + "... (" + (whole.length() - LONGEST) + " characters more)";
    }

    private static boolean isPlain(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
