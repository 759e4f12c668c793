package dev.daybook.api.rest;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes values by the type that their column had, as PostgreSQL calls it: what travels as a string
 * of PostgreSQL's text gets its shape back, digit for digit. json and jsonb become JSON, arrays
 * become arrays, and a timestamp without time zone loses the zone that the capture's format gives
 * it. A value that is not what its type says stays as it is, and so does JSON's null, which would
 * read as SQL NULL.
 */
final class TypedJson {

    /** Deeper documents stay strings: many readers of JSON end there. */
    private static final int DEEPEST = 200;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxNestingDepth(DEEPEST)
                                    .build())
                    .build();

    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final Set<String> NUMBERS =
            Set.of("smallint", "integer", "bigint", "numeric", "real", "double precision", "oid");

    /** How the names of types begin whose values may have colons or semicolons. */
    private static final Pattern OWN =
            Pattern.compile(
                    "(text|character|bpchar|name|time|timestamp|interval|inet|cidr|macaddr8?|jsonb?|xml|bytea|tsvector|tsquery)\\b");

    private TypedJson() {}

    /**
     * Returns a value as raw JSON.
     *
     * @param token the value as the log has it
     * @param type the column's type, or null if it is not known
     */
    static String of(String token, @Nullable String type) {
        if (type == null || !token.startsWith("\"")) {
            return token;
        }
        if (isJsonType(type)) {
            String json = JsonText.scalar(token);
            return isWritable(json) ? oneLine(json) : token;
        }
        if (type.endsWith("[]")) {
            String text = JsonText.scalar(token);
            String element = element(type);
            String array =
                    isDelimitedByCommas(element, text) ? new ArrayText(text, element).json() : null;
            return array == null ? token : array;
        }
        if (isPlainTimestamp(type) && token.endsWith("Z\"")) {
            return token.substring(0, token.length() - 2) + '"';
        }
        return token;
    }

    private static boolean isPlainTimestamp(String type) {
        return type.startsWith("timestamp") && type.endsWith("without time zone");
    }

    /** Returns the type of an array's elements, without its precision. */
    private static String element(String type) {
        String element = type.substring(0, type.length() - 2);
        int modifier = element.indexOf('(');
        return modifier < 0 ? element : element.substring(0, modifier);
    }

    private static boolean isJsonType(String type) {
        return type.equals("json") || type.equals("jsonb");
    }

    /** Returns whether that is JSON, and not its null: null is SQL NULL. */
    private static boolean isWritable(String text) {
        return !text.strip().equals(RowImage.NULL) && isJson(text);
    }

    /** Takes out line ends, which can only stand between tokens. */
    private static String oneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }

    /**
     * Returns whether elements are parted by commas: those of PostgreSQL's own types but box, and
     * of others where no other sign could part them.
     */
    private static boolean isDelimitedByCommas(String element, String text) {
        return OWN.matcher(element).lookingAt()
                || !element.equals("box") && text.indexOf(';') < 0 && text.indexOf(':') < 0;
    }

    private static boolean isJson(String text) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (JacksonException e) {
            return false;
        }
    }

    /** Reads PostgreSQL's text of an array. */
    private static final class ArrayText {

        private final String text;
        private final String type;
        private final StringBuilder json = new StringBuilder();
        private int at;

        ArrayText(String text, String type) {
            this.text = text;
            this.type = type;
        }

        /** Returns the array as JSON; null where that would lose something, such as its bounds. */
        @Nullable String json() {
            return array(0) && at == text.length() ? json.toString() : null;
        }

        private boolean array(int depth) {
            if (depth == DEEPEST || !take('{')) {
                return false;
            }
            json.append('[');
            if (!take('}')) {
                do {
                    if (json.charAt(json.length() - 1) != '[') {
                        json.append(',');
                    }
                    if (!(peek() == '{' ? array(depth + 1) : element())) {
                        return false;
                    }
                } while (take(','));
                if (!take('}')) {
                    return false;
                }
            }
            json.append(']');
            return true;
        }

        private boolean element() {
            if (take('"')) {
                StringBuilder value = new StringBuilder();
                while (!take('"')) {
                    take('\\');
                    if (at == text.length()) {
                        return false;
                    }
                    value.append(text.charAt(at++));
                }
                json.append(written(value.toString()));
                return true;
            }
            int start = at;
            while (at < text.length() && ",{}".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String value = text.substring(start, at);
            json.append(value.equals("NULL") ? "null" : written(value));
            return !value.isEmpty();
        }

        private String written(String value) {
            if (NUMBERS.contains(type) && NUMBER.matcher(value).matches()) {
                return value;
            }
            if (type.equals("boolean") && (value.equals("t") || value.equals("f"))) {
                return value.equals("t") ? "true" : "false";
            }
            if (isJsonType(type) && isWritable(value)) {
                return oneLine(value);
            }
            return JsonText.quoted(value);
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private boolean take(char c) {
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }
    }
}
