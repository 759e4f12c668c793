package dev.daybook.evidence;

import java.util.Arrays;

/**
 * Walks through the members of a JSON object without decoding them: a name with its quotes and a
 * value, both as they stand in the text.
 */
public final class Columns {

    private final byte[] json;
    private final int end;
    private int at;
    private boolean first = true;

    public int nameFrom;
    public int nameTo;
    public int valueFrom;
    public int valueTo;

    public Columns(byte[] json, int from, int length) {
        this.json = json;
        this.end = from + length;
        this.at = from;
        blank();
        take('{');
    }

    /** Goes to the next column; returns whether there is one. */
    public boolean next() {
        blank();
        if (peek() == '}') {
            at++;
            blank();
            if (at != end) {
                throw bad();
            }
            return false;
        }
        if (!first) {
            take(',');
            blank();
        }
        first = false;
        nameFrom = at;
        string();
        nameTo = at;
        blank();
        take(':');
        blank();
        valueFrom = at;
        value();
        valueTo = at;
        return true;
    }

    /** Returns the name as it stands in the text. */
    public byte[] name() {
        return Arrays.copyOfRange(json, nameFrom, nameTo);
    }

    private void value() {
        int depth = 0;
        do {
            switch (peek()) {
                case '"' -> string();
                case '{', '[' -> {
                    depth++;
                    at++;
                }
                case '}', ']' -> {
                    depth--;
                    at++;
                }
                case ',', ':', ' ', '\t', '\n', '\r' -> at++;
                default -> scalar();
            }
        } while (depth > 0);
        if (depth < 0 || at == valueFrom) {
            throw bad();
        }
    }

    private void scalar() {
        int to = at;
        while (to < end && !endsScalar(json[to])) {
            to++;
        }
        if (to == at) {
            throw bad();
        }
        at = to;
    }

    private static boolean endsScalar(byte c) {
        return switch (c) {
            case ',', ':', '{', '}', '[', ']', '"', ' ', '\t', '\n', '\r' -> true;
            default -> false;
        };
    }

    private void string() {
        take('"');
        int to = at;
        while (to < end && json[to] != '"') {
            to += json[to] == '\\' ? 2 : 1;
        }
        if (to >= end) {
            at = to;
            throw bad();
        }
        at = to + 1;
    }

    private void blank() {
        while (at < end
                && (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) {
            at++;
        }
    }

    private byte peek() {
        if (at >= end) {
            throw bad();
        }
        return json[at];
    }

    private void take(char c) {
        if (peek() != c) {
            throw bad();
        }
        at++;
    }

    private InvalidEvidenceException bad() {
        return new InvalidEvidenceException("The text is not a JSON object, at byte " + at + ".");
    }
}
