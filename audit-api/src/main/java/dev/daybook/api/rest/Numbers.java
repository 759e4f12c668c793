package dev.daybook.api.rest;

/** How the numbers in rows are written. */
enum Numbers {
    /** As JSON numbers, digit for digit. */
    NUMBER,
    /** As strings of their digits, for clients whose numbers are doubles. */
    STRING;

    /** Returns raw JSON with its numbers written so; the rest stays as it is. */
    String apply(String json) {
        if (this == NUMBER) {
            return json;
        }
        StringBuilder text = null;
        int copied = 0;
        int at = 0;
        while (at < json.length()) {
            char c = json.charAt(at);
            if (c == '"') {
                at = afterString(json, at);
            } else if (c == '-' || c >= '0' && c <= '9') {
                int end = afterNumber(json, at);
                text = text == null ? new StringBuilder(json.length() + 16) : text;
                text.append(json, copied, at).append('"').append(json, at, end).append('"');
                copied = end;
                at = end;
            } else {
                at++;
            }
        }
        return text == null ? json : text.append(json, copied, json.length()).toString();
    }

    private static int afterString(String json, int begin) {
        int at = begin + 1;
        while (json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    private static int afterNumber(String json, int begin) {
        int at = begin;
        while (at < json.length() && "+-.eE0123456789".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
        return at;
    }
}
