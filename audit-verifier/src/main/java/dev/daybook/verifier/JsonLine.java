package dev.daybook.verifier;

import dev.daybook.evidence.InvalidEvidenceException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads a line of a pack: a JSON object of texts, numbers, truths, nulls and lists of texts and
 * nulls, in the one spelling that a pack has. There are no blanks outside of texts, and a text
 * escapes what it must and nothing else, so that two lines that differ do not mean the same.
 */
final class JsonLine {

    private final String json;
    private int at;
    private final List<String> names = new ArrayList<>();
    private final List<@Nullable Object> values = new ArrayList<>();

    private JsonLine(String json) {
        this.json = json;
    }

    static JsonLine parse(String json) {
        JsonLine line = new JsonLine(json);
        line.object();
        return line;
    }

    private void object() {
        take('{');
        do {
            names.add(string());
            take(':');
            values.add(peek() == '[' ? list() : scalar());
        } while (skip(','));
        take('}');
        if (at != json.length()) {
            throw bad("something follows the object");
        }
    }

    private List<@Nullable String> list() {
        List<@Nullable String> list = new ArrayList<>();
        take('[');
        if (!skip(']')) {
            do {
                Object element = scalar();
                if (element != null && !(element instanceof String)) {
                    throw bad("a list has something else than texts");
                }
                list.add((String) element);
            } while (skip(','));
            take(']');
        }
        return list;
    }

    private @Nullable Object scalar() {
        char c = peek();
        if (c == '"') {
            return string();
        } else if (c == '-' || c >= '0' && c <= '9') {
            return number();
        } else if (word("null")) {
            return null;
        } else if (word("true")) {
            return true;
        } else if (word("false")) {
            return false;
        }
        throw bad("there is no value");
    }

    private boolean word(String word) {
        if (!json.startsWith(word, at)) {
            return false;
        }
        at += word.length();
        return true;
    }

    private Long number() {
        int from = at;
        while (at < json.length() && "-0123456789".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
        return parseNumber(json.substring(from, at));
    }

    private static Long parseNumber(String text) {
        try {
            long number = Long.parseLong(text);
            if (Long.toString(number).equals(text)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new InvalidEvidenceException(
                "'"
                        + Plain.line(text, 40)
                        + "' is not a whole number of 64 bits as it is written here.");
    }

    private String string() {
        take('"');
        StringBuilder text = new StringBuilder();
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                return text.toString();
            } else if (c < ' ') {
                throw bad("a text has a control character");
            }
            text.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> control();
            default -> throw bad("a text has an escape that it does not need");
        };
    }

    private char control() {
        for (char c = 0; c < ' '; c++) {
            if ("\b\f\n\r\t".indexOf(c) < 0 && word(String.format("%04x", (int) c))) {
                return c;
            }
        }
        throw bad("a text has an escape that it does not need");
    }

    private char peek() {
        if (at >= json.length()) {
            throw bad("it ends too early");
        }
        return json.charAt(at);
    }

    private boolean skip(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void take(char c) {
        if (!skip(c)) {
            throw bad("'" + c + "' is missing");
        }
    }

    private InvalidEvidenceException bad(String why) {
        return new InvalidEvidenceException(
                "It is not JSON as a pack has it, at character " + (at + 1) + ": " + why + ".");
    }

    /** Returns the first member's text. */
    String first() {
        return text(names.get(0));
    }

    /** Requires these members, in this order, and no others. */
    JsonLine require(List<String> expected) {
        if (!names.equals(expected)) {
            throw new InvalidEvidenceException(
                    "Its members are "
                            + Plain.line(String.join(", ", names), 300)
                            + "; they must be "
                            + String.join(", ", expected)
                            + ".");
        }
        return this;
    }

    private @Nullable Object value(String name) {
        return values.get(names.indexOf(name));
    }

    String text(String name) {
        return present(name, optionalText(name));
    }

    @Nullable String optionalText(String name) {
        return typed(name, String.class);
    }

    /** Returns a number that is not negative. */
    long number(String name) {
        return present(name, optionalNumber(name));
    }

    @Nullable Long optionalNumber(String name) {
        Long number = typed(name, Long.class);
        if (number != null && number < 0) {
            throw new InvalidEvidenceException("The member " + name + " is negative.");
        }
        return number;
    }

    /** Returns a number of 64 bits, which stands as a text because not every reader has so many. */
    long longText(String name) {
        return parseNumber(text(name));
    }

    @Nullable Long optionalLongText(String name) {
        String text = optionalText(name);
        return text == null ? null : parseNumber(text);
    }

    boolean truth(String name) {
        return present(name, typed(name, Boolean.class));
    }

    @Nullable List<String> optionalTexts(String name) {
        List<@Nullable String> list = optionalList(name);
        if (list == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (String text : list) {
            texts.add(present(name, text));
        }
        return texts;
    }

    List<@Nullable String> list(String name) {
        return present(name, optionalList(name));
    }

    @SuppressWarnings("unchecked")
    private @Nullable List<@Nullable String> optionalList(String name) {
        return (List<@Nullable String>) typed(name, List.class);
    }

    private <T> @Nullable T typed(String name, Class<T> type) {
        Object value = value(name);
        if (value != null && !type.isInstance(value)) {
            throw new InvalidEvidenceException("The member " + name + " is of another kind.");
        }
        return type.cast(value);
    }

    private static <T> T present(String name, @Nullable T value) {
        if (value == null) {
            throw new InvalidEvidenceException("The member " + name + " has a null.");
        }
        return value;
    }
}
