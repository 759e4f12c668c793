package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Knows the connector's placeholder for a value that the WAL did not carry, in each shape that its
 * converters give it. A value that happens to be one of them is taken for the placeholder: nothing
 * tells the two apart.
 */
final class Unavailable {

    private final Set<String> tokens;

    /** Whether a token of that length may be one; most values are told by it alone. */
    private final boolean[] lengths;

    Unavailable(String placeholder) {
        byte[] bytes = placeholder.getBytes(StandardCharsets.UTF_8);
        Set<String> all = new HashSet<>();
        for (String text : texts(placeholder, bytes)) {
            String token = JsonText.quoted(text);
            all.add(token);
            all.add("[" + token + "]");
        }
        StringJoiner numbers = new StringJoiner(",", "[", "]");
        for (byte b : bytes) {
            numbers.add(Byte.toString(b));
        }
        all.add(numbers.toString());
        String quoted = JsonText.quoted(placeholder);
        String pair = "{" + quoted + ":" + quoted + "}";
        all.add(pair);
        all.add(JsonText.quoted(pair));
        tokens = Set.copyOf(all);
        lengths = new boolean[all.stream().mapToInt(String::length).max().orElse(0) + 1];
        all.forEach(token -> lengths[token.length()] = true);
    }

    private static Set<String> texts(String placeholder, byte[] bytes) {
        Set<String> texts = new HashSet<>();
        texts.add(placeholder);
        texts.add(Base64.getEncoder().encodeToString(bytes));
        texts.add(Base64.getUrlEncoder().encodeToString(bytes));
        texts.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        texts.add(HexFormat.of().formatHex(bytes));
        return texts;
    }

    /** Returns whether a raw token stands for a value that the record does not have. */
    boolean is(String token) {
        return token.length() < lengths.length && lengths[token.length()] && tokens.contains(token);
    }
}
