package dev.daybook.infra.resource;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text of a JSON document. What AWS takes as JSON (policies, task settings, containers) is made
 * of maps, lists, strings, whole numbers and booleans here, in a fixed order, so that the same
 * program gives the same text and Pulumi sees no difference where there is none.
 */
public final class Json {

    private Json() {}

    /** Returns an object of the given keys and values, in that order. */
    public static Map<String, Object> object(Object... keysAndValues) {
        if (keysAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("An object needs a value for each key.");
        }
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            if (object.put((String) keysAndValues[i], keysAndValues[i + 1]) != null) {
                throw new IllegalArgumentException("The key " + keysAndValues[i] + " comes twice.");
            }
        }
        return object;
    }

    /** Returns the text of a document, on one line. */
    public static String text(Object value) {
        StringBuilder out = new StringBuilder(256);
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        switch (value) {
            case Map<?, ?> object -> {
                out.append('{');
                String separator = "";
                for (Map.Entry<?, ?> member : object.entrySet()) {
                    out.append(separator);
                    string((String) member.getKey(), out);
                    out.append(':');
                    write(member.getValue(), out);
                    separator = ",";
                }
                out.append('}');
            }
            case List<?> array -> {
                out.append('[');
                String separator = "";
                for (Object element : array) {
                    out.append(separator);
                    write(element, out);
                    separator = ",";
                }
                out.append(']');
            }
            case String text -> string(text, out);
            case Integer number -> out.append(number);
            case Long number -> out.append(number);
            case Boolean bool -> out.append(bool);
            default ->
                    throw new IllegalArgumentException(
                            "A "
                                    + value.getClass().getName()
                                    + " has no place in a document: use maps, lists, strings, whole"
                                    + " numbers and booleans.");
        }
    }

    private static void string(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
