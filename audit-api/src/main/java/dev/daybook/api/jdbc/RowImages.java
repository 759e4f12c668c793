package dev.daybook.api.jdbc;

import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Cuts a JSON object into its members' raw tokens, without reading the values.
 *
 * <p>The text comes out of a {@code json} column, so PostgreSQL has checked its grammar already.
 */
final class RowImages {

    private final String json;
    private int at;

    private RowImages(String json) {
        this.json = json;
    }

    static @Nullable RowImage read(@Nullable String json) {
        return json == null ? null : RowImage.of(new RowImages(json).members());
    }

    private Map<String, String> members() {
        Map<String, String> tokens = new LinkedHashMap<>();
        skipSpace();
        expect('{');
        skipSpace();
        if (peek() == '}') {
            return tokens;
        }
        while (true) {
            skipSpace();
            String name = name();
            skipSpace();
            expect(':');
            skipSpace();
            int start = at;
            skipValue();
            tokens.put(name, json.substring(start, at));
            skipSpace();
            if (peek() == '}') {
                return tokens;
            }
            expect(',');
        }
    }

    private String name() {
        int start = at;
        skipString();
        String raw = json.substring(start + 1, at - 1);
        return raw.indexOf('\\') < 0 ? raw : unescaped(raw);
    }

    private static String unescaped(String raw) {
        StringBuilder text = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escape = raw.charAt(++i);
            switch (escape) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) Integer.parseInt(raw, i + 1, i + 5, 16));
                    i += 4;
                }
                default -> text.append(escape);
            }
        }
        return text.toString();
    }

    private void skipValue() {
        switch (peek()) {
            case '"' -> skipString();
            case '{', '[' -> skipStructure();
            default -> {
                while (at < json.length() && "},] \t\r\n".indexOf(json.charAt(at)) < 0) {
                    at++;
                }
            }
        }
    }

    private void skipStructure() {
        int depth = 0;
        do {
            switch (peek()) {
                case '{', '[' -> {
                    depth++;
                    at++;
                }
                case '}', ']' -> {
                    depth--;
                    at++;
                }
                case '"' -> skipString();
                default -> at++;
            }
        } while (depth > 0);
    }

    private void skipString() {
        expect('"');
        while (peek() != '"') {
            at += peek() == '\\' ? 2 : 1;
        }
        at++;
    }

    private void skipSpace() {
        while (at < json.length() && " \t\r\n".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        if (at >= json.length()) {
            throw notAnObject();
        }
        return json.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw notAnObject();
        }
        at++;
    }

    private IllegalStateException notAnObject() {
        return new IllegalStateException(
                "A row image in the audit log is not a JSON object (character "
                        + at
                        + " of "
                        + json.length()
                        + "): the log was written by something else than its sink.");
    }
}
