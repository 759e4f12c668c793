package dev.daybook.domain;

/**
 * A name in which {@code *} stands for any run of characters; all else stands for itself.
 *
 * @param text the pattern
 */
public record NamePattern(String text) {

    public NamePattern {
        if (text.isBlank()) {
            throw new IllegalArgumentException("A pattern is empty: write a name, or * for any.");
        }
    }

    public boolean matches(String name) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (in < name.length()) {
            if (at < text.length() && text.charAt(at) == '*') {
                star = at++;
                resume = in;
            } else if (at < text.length() && text.charAt(at) == name.charAt(in)) {
                at++;
                in++;
            } else if (star >= 0) {
                // Let the last star take one character more.
                at = star + 1;
                in = ++resume;
            } else {
                return false;
            }
        }
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
        }
        return at == text.length();
    }
}
