package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Writes bytes, arrays and hstores as PostgreSQL prints them. */
final class PgText {

    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final HexFormat LOWER_HEX = HexFormat.of();

    private PgText() {}

    /** Returns the bytes of a token of base64, or null if it is none. */
    static byte @Nullable [] base64(String raw) {
        if (!ValueType.isString(raw)) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(JsonText.scalar(raw));
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    /** Returns bytes as the log writes them. */
    static String logBytes(byte[] bytes) {
        return "0x" + HEX.formatHex(bytes);
    }

    /** Returns bytes as PostgreSQL prints them. */
    static String bytes(byte[] bytes) {
        return "\\x" + LOWER_HEX.formatHex(bytes);
    }

    /** Returns an array of one dimension; a null element is NULL. */
    static String array(List<@Nullable String> elements) {
        StringBuilder text = new StringBuilder("{");
        for (String element : elements) {
            if (text.length() > 1) {
                text.append(',');
            }
            if (element == null) {
                text.append("NULL");
            } else if (needsQuotes(element)) {
                quoted(text, element);
            } else {
                text.append(element);
            }
        }
        return text.append('}').toString();
    }

    private static boolean needsQuotes(String element) {
        if (element.isEmpty() || element.equalsIgnoreCase("NULL")) {
            return true;
        }
        for (int i = 0; i < element.length(); i++) {
            switch (element.charAt(i)) {
                case '"', '\\', '{', '}', ',', ' ', '\t', '\n', '\r', '\f', 0x0B -> {
                    return true;
                }
                default -> {}
            }
        }
        return false;
    }

    /** Returns an hstore, whose keys PostgreSQL sorts by length first. */
    static String hstore(Map<String, @Nullable String> pairs) {
        StringBuilder text = new StringBuilder();
        pairs.entrySet().stream()
                .sorted(Comparator.comparing(pair -> utf8(pair.getKey()), PgText::shorterFirst))
                .forEach(
                        pair -> {
                            if (!text.isEmpty()) {
                                text.append(", ");
                            }
                            quoted(text, pair.getKey());
                            text.append("=>");
                            String value = pair.getValue();
                            if (value == null) {
                                text.append("NULL");
                            } else {
                                quoted(text, value);
                            }
                        });
        return text.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int shorterFirst(byte[] one, byte[] other) {
        return one.length != other.length
                ? Integer.compare(one.length, other.length)
                : Arrays.compareUnsigned(one, other);
    }

    private static void quoted(StringBuilder text, String part) {
        text.append('"');
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        text.append('"');
    }
}
