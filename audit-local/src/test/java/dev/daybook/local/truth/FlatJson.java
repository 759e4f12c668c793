package dev.daybook.local.truth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads flat JSON, an object or array of scalars, keeping each value's raw token. The truth tests
 * have a reader of their own, so that they share no error with the parts that they judge.
 */
final class FlatJson {

    private final String text;
    private int at;

    private FlatJson(String text) {
        this.text = text;
    }

    /** Member names to raw tokens, in order. A name that comes twice is an error. */
    static Map<String, String> object(String text) {
        FlatJson json = new FlatJson(text);
        Map<String, String> members = new LinkedHashMap<>();
        json.expect('{');
        if (json.next() == '}') {
            json.at++;
        } else {
            do {
                json.next();
                String name = scalar(json.token());
                json.expect(':');
                json.next();
                if (members.put(name, json.token()) != null) {
                    throw json.wrong("a member once, not \"" + name + "\" again");
                }
            } while (json.oneOf(',', '}') == ',');
        }
        json.end();
        return members;
    }

    /** Raw tokens, in order. */
    static List<String> array(String text) {
        FlatJson json = new FlatJson(text);
        List<String> elements = new ArrayList<>();
        json.expect('[');
        if (json.next() == ']') {
            json.at++;
        } else {
            do {
                json.next();
                elements.add(json.token());
            } while (json.oneOf(',', ']') == ',');
        }
        json.end();
        return elements;
    }

    static boolean isString(String token) {
        return token.startsWith("\"");
    }

    /** A string token's text; any other token as it is. */
    static String scalar(String token) {
        if (!isString(token)) {
            return token;
        }
        StringBuilder out = new StringBuilder(token.length());
        for (int i = 1; i < token.length() - 1; i++) {
            char c = token.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = token.charAt(++i);
            switch (escaped) {
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'u' -> {
                    out.append((char) Integer.parseInt(token.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default -> out.append(escaped);
            }
        }
        return out.toString();
    }

    private String token() {
        int start = at;
        if (text.charAt(at) == '"') {
            at++;
            while (text.charAt(at) != '"') {
                at += text.charAt(at) == '\\' ? 2 : 1;
            }
            at++;
        } else {
            while (at < text.length() && ",:]} \n\r\t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
        }
        if (start == at || "[{".indexOf(text.charAt(start)) >= 0) {
            throw wrong("a scalar");
        }
        return text.substring(start, at);
    }

    private char next() {
        while (at < text.length() && " \n\r\t".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        if (at == text.length()) {
            throw wrong("more text");
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        oneOf(c, c);
    }

    private char oneOf(char first, char second) {
        char c = next();
        if (c != first && c != second) {
            throw wrong("'" + first + "' or '" + second + "'");
        }
        at++;
        return c;
    }

    private void end() {
        if (!text.substring(at).isBlank()) {
            throw wrong("the end");
        }
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("Expected " + expected + " at " + at + " of " + text);
    }
}
