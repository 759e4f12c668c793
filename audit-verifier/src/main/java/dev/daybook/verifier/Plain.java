package dev.daybook.verifier;

/** Shows texts of strangers to people: nothing in them may act on a terminal or a page. */
final class Plain {

    private Plain() {}

    /** Returns a text on one line; what a terminal acts on stands as its number. */
    static String line(String text) {
        return line(text, Integer.MAX_VALUE);
    }

    /** Returns the beginning of a text on one line. */
    static String line(String text, int most) {
        StringBuilder line = new StringBuilder();
        int end = Math.min(text.length(), most);
        for (int i = 0; i < end; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (acts(c)) {
                line.append(String.format("\\u%04x", c));
            } else {
                line.appendCodePoint(c);
            }
        }
        return end < text.length() ? line.append('…').toString() : line.toString();
    }

    private static boolean acts(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE ->
                    true;
            default -> false;
        };
    }

    /** Returns a text as HTML. */
    static String html(String text) {
        return line(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** Returns a text as a JSON string. */
    static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
