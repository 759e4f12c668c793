package dev.daybook.api.query;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.Choice;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What is asked of the log, by name: the same question has the same text in every version, so that
 * a cursor outlives an upgrade.
 *
 * <p>The text is the kind, then each parameter that was given, in order of their names, as {@code
 * name="value"} with the value as a JSON string. A parameter that a later version adds changes
 * nothing where it is not given.
 */
final class Question {

    /** How many bytes of the hash a cursor carries. */
    static final int HASH_BYTES = 8;

    private final String kind;
    private final SortedMap<String, String> parameters = new TreeMap<>();

    Question(String kind) {
        this.kind = kind;
    }

    Question with(String name, @Nullable String value) {
        if (value != null) {
            parameters.put(name, value);
        }
        return this;
    }

    Question with(String name, @Nullable Instant value) {
        return with(name, value == null ? null : WireTime.text(value));
    }

    Question with(String name, boolean value) {
        return with(name, value ? "true" : null);
    }

    /**
     * One value has the parameter's name; several, and those that are left out, have one that no
     * parameter has, so that no other question reads the same.
     */
    <T> Question with(String name, Choice<T> choice, Function<T, String> text) {
        if (choice.only().size() == 1) {
            with(name, text.apply(choice.only().iterator().next()));
        } else if (!choice.only().isEmpty()) {
            with(name + "[]", list(choice.only(), text));
        }
        return choice.without().isEmpty()
                ? this
                : with("-" + name + "[]", list(choice.without(), text));
    }

    private static <T> String list(Set<T> values, Function<T, String> text) {
        return values.stream()
                .map(text)
                .sorted()
                .map(JsonText::quoted)
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** Returns what is asked for, without the parameters. */
    String kind() {
        return kind;
    }

    String text() {
        StringBuilder text = new StringBuilder(kind);
        parameters.forEach(
                (name, value) ->
                        text.append(' ').append(name).append('=').append(JsonText.quoted(value)));
        return text.toString();
    }

    /** Returns the first bytes of the text's SHA-256. */
    byte[] hash() {
        return Arrays.copyOf(sha256().digest(text().getBytes(StandardCharsets.UTF_8)), HASH_BYTES);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
