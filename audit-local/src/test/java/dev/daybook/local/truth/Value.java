package dev.daybook.local.truth;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a JSON token of the audit log says what PostgreSQL's text of a value says. */
final class Value {

    private static final Pattern TIMESTAMP =
            Pattern.compile(
                    "(\\d{4,6})-(\\d\\d)-(\\d\\d)["
                            + " T](\\d\\d:\\d\\d:\\d\\d)(?:\\.(\\d{1,9}))?(?:Z|\\+00)?");

    private static final Map<String, Family> FAMILIES = new ConcurrentHashMap<>();

    private Value() {}

    /**
     * Whether they are the same value, exactly: numbers to the last digit, texts to the last
     * character.
     *
     * @param type PostgreSQL's name of the type, with its modifier
     * @param text PostgreSQL's text of the value, or null for NULL
     */
    static boolean same(String type, @Nullable String text, String token) {
        if (text == null || token.equals("null")) {
            return text == null && token.equals("null");
        }
        String said = FlatJson.scalar(token);
        return switch (FAMILIES.computeIfAbsent(type, Value::family)) {
            case NUMBER -> {
                boolean writable = Character.isDigit(text.charAt(text.length() - 1));
                yield said.equals(text) && FlatJson.isString(token) != writable;
            }
            case BOOLEAN -> token.equals(text.equals("t") ? "true" : "false");
            case BYTES ->
                    FlatJson.isString(token) && said.equalsIgnoreCase("0x" + text.substring(2));
            case TIMESTAMP -> FlatJson.isString(token) && sameTimestamp(text, said);
            case OTHER -> FlatJson.isString(token) && said.equals(text);
            case EITHER -> said.equals(text);
        };
    }

    private static boolean sameTimestamp(String text, String said) {
        if (text.endsWith("infinity") || text.endsWith("BC")) {
            return said.equals(text);
        }
        return canonical(text).equals(canonical(said)) && said.endsWith("Z");
    }

    private static String canonical(String timestamp) {
        Matcher m = TIMESTAMP.matcher(timestamp);
        if (!m.matches()) {
            return timestamp;
        }
        String fraction = m.group(5) == null ? "" : m.group(5).replaceFirst("0+$", "");
        return String.join(" ", m.group(1), m.group(2), m.group(3), m.group(4), fraction);
    }

    private enum Family {
        NUMBER,
        BOOLEAN,
        BYTES,
        TIMESTAMP,
        OTHER,
        /** A number in one reading and a text in another. */
        EITHER
    }

    private static Family family(String type) {
        if (type.endsWith("[]")) {
            return Family.OTHER;
        }
        String name = type.toLowerCase(Locale.ROOT).replaceFirst("\\(.*?\\)", "");
        return switch (name) {
            case "smallint", "integer", "bigint", "real", "double precision", "numeric" ->
                    Family.NUMBER;
            case "boolean" -> Family.BOOLEAN;
            case "bytea" -> Family.BYTES;
            case "timestamp without time zone", "timestamp with time zone" -> Family.TIMESTAMP;
            case "oid", "money", "xid", "xid8" -> Family.EITHER;
            default -> Family.OTHER;
        };
    }
}
