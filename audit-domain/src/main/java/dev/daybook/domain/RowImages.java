package dev.daybook.domain;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

/**
 * Cuts a JSON object into its members' raw tokens, without reading the values.
 *
 * <p>The text comes out of a {@code json} column, so PostgreSQL has checked its grammar already.
 */
public final class RowImages {

    private final String json;
    private int at;

    private RowImages(String json) {
        this.json = json;
    }

    /** Returns the object's members; null for null. */
    public static @Nullable RowImage read(@Nullable String json) {
        return json == null ? null : new RowImages(json).image();
    }

    private RowImage image() {
        RowImage.Builder columns = new RowImage.Builder();
        skipSpace();
        expect('{');
        skipSpace();
        if (peek() == '}') {
            return columns.build();
        }
        while (true) {
            skipSpace();
            String name = name();
            skipSpace();
            expect(':');
            skipSpace();
            int start = at;
            skipValue();
            columns.add(name, json.substring(start, at));
            skipSpace();
            if (peek() == '}') {
                return columns.build();
            }
            expect(',');
        }
    }

    private String name() {
        int start = at;
        skipString();
        return JsonText.scalar(json.substring(start, at));
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
