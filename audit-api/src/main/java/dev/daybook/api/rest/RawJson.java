package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.function.Function;

/** JSON text that goes into a response as it is: no number is read and printed again. */
record RawJson(@JsonValue @JsonRawValue String text) {

    static @Nullable RawJson ofNullable(@Nullable String text) {
        return text == null ? null : new RawJson(text);
    }

    /** The object of an image's columns. */
    static RawJson of(RowImage image) {
        return ofTokens(image.tokens(), Function.identity());
    }

    /** The object of some members, whose values have raw tokens. */
    static <T> RawJson ofTokens(Map<String, T> members, Function<T, String> token) {
        StringBuilder json = new StringBuilder(64 * (members.size() + 1)).append('{');
        members.forEach(
                (name, value) -> {
                    if (json.length() > 1) {
                        json.append(',');
                    }
                    json.append(JsonText.quoted(name)).append(':').append(token.apply(value));
                });
        return new RawJson(json.append('}').toString());
    }
}
