package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;

import dev.daybook.contract.JsonText;
import dev.daybook.domain.RowImage;

import java.util.Map;
import java.util.function.Function;

/** JSON text that goes into a response as it is: no number is read and printed again. */
record RawJson(@JsonValue @JsonRawValue String text) {

    /** Returns a row as an object. */
    static RawJson of(RowImage row, Numbers numbers) {
        int size = 2;
        for (int i = 0; i < row.size(); i++) {
            size += row.nameAt(i).length() + row.tokenAt(i).length() + 8;
        }
        StringBuilder json = new StringBuilder(size).append('{');
        for (int i = 0; i < row.size(); i++) {
            json.append(i == 0 ? "" : ",")
                    .append(JsonText.quoted(row.nameAt(i)))
                    .append(':')
                    .append(numbers.apply(row.tokenAt(i)));
        }
        return new RawJson(json.append('}').toString());
    }

    /** Returns the object of some members, whose values have raw tokens. */
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
