package dev.daybook.domain;

/** The little of JSON's grammar that the domain needs to read raw tokens; parsing is the adapters' work. */
final class JsonText {

    private JsonText() {}

    /** A scalar token as plain text: a string without its quotes and escapes, anything else as it is. */
    static String scalar(String token) {
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
}
