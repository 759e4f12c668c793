package dev.daybook.connect.sink;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * Holds the value of one member of a record's JSON object, typed, from one record to the next.
 *
 * <p>A member reads its value whole, or leaves the parser at the value's first token.
 */
abstract class Member {

    final String name;
    private final String type;
    private boolean seen;
    private boolean present;

    /**
     * @param type what its value must be, in words
     */
    private Member(String name, String type) {
        this.name = name;
        this.type = type;
    }

    /** Forgets the last record's value. */
    final void clear() {
        seen = false;
        present = false;
    }

    /** Reads the value at which the parser stands. */
    final void accept(JsonParser parser, JsonToken token, byte[] json)
            throws IOException, Unreadable {
        if (seen) {
            throw new Unreadable("bad-shape", "Member %s comes twice.", name);
        }
        seen = true;
        if (token != JsonToken.VALUE_NULL) {
            read(parser, token, json);
            present = true;
        }
    }

    /** Returns whether the last record has a value of it, and not null. */
    final boolean isPresent() {
        return present;
    }

    abstract void read(JsonParser parser, JsonToken token, byte[] json)
            throws IOException, Unreadable;

    final void require(boolean holds) throws Unreadable {
        if (!holds) {
            throw new Unreadable("bad-value", "%s must be %s.", name, type);
        }
    }

    /** A string that PostgreSQL can store. */
    static class Text extends Member {

        private @Nullable String value;

        Text(String name) {
            super(name, "a string");
        }

        @Nullable String orNull() {
            return isPresent() ? value : null;
        }

        String value() {
            return Objects.requireNonNull(orNull(), name);
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(token == JsonToken.VALUE_STRING);
            value = storable(parser.getText());
        }

        /** Returns what is stored of a text. */
        String storable(String text) throws Unreadable {
            requireStorable(name, text);
            return text;
        }
    }

    /**
     * A string that describes and is no evidence: characters that PostgreSQL cannot store are
     * replaced.
     */
    static final class Description extends Text {

        Description(String name) {
            super(name);
        }

        @Override
        String storable(String text) {
            return JsonText.storable(text);
        }
    }

    /** A whole number of 64 bits. */
    static final class Long64 extends Member {

        private @Nullable Long value;

        Long64(String name) {
            super(name, "a whole number of 64 bits");
        }

        @Nullable Long orNull() {
            return isPresent() ? value : null;
        }

        long value() {
            return Objects.requireNonNull(orNull(), name);
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(
                    token == JsonToken.VALUE_NUMBER_INT
                            && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER);
            value = parser.getLongValue();
        }
    }

    /** A whole number of 32 bits. */
    static final class Int32 extends Member {

        private @Nullable Integer value;

        Int32(String name) {
            super(name, "a whole number of 32 bits");
        }

        @Nullable Integer orNull() {
            return isPresent() ? value : null;
        }

        int value() {
            return Objects.requireNonNull(orNull(), name);
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(
                    token == JsonToken.VALUE_NUMBER_INT
                            && parser.getNumberType() == JsonParser.NumberType.INT);
            value = parser.getIntValue();
        }
    }

    /** A time, as microseconds since 1970. */
    static final class Time extends Member {

        private final boolean exact;
        private long micros = WireTime.NO_TIME;

        private Time(String name, boolean exact, String type) {
            super(name, type);
            this.exact = exact;
        }

        /** Makes the member of a time that the database keeps exactly. */
        static Time exact(String name) {
            return new Time(
                    name,
                    true,
                    "a time such as 2026-11-22T09:30:00.123456Z, in UTC, with six fraction digits"
                            + " at most");
        }

        /** Makes the member of a time that may be cut to microseconds. */
        static Time cut(String name) {
            return new Time(name, false, "a time such as 2026-11-22T09:30:00.123456789Z, in UTC");
        }

        long micros() {
            return micros;
        }

        @Nullable Long orNull() {
            return isPresent() ? (Long) micros : null;
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(token == JsonToken.VALUE_STRING);
            String text = parser.getText();
            micros = exact ? WireTime.parseExactly(text) : WireTime.parseUtc(text);
            require(micros != WireTime.NO_TIME);
        }
    }

    /** A UUID in its usual text form. */
    static final class Id extends Member {

        private @Nullable UUID value;

        Id(String name) {
            super(name, "a UUID");
        }

        UUID value() {
            return Objects.requireNonNull(value, name);
        }

        @Nullable UUID orNull() {
            return isPresent() ? value : null;
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(token == JsonToken.VALUE_STRING);
            String text = parser.getText();
            require(isId(text));
            value = UUID.fromString(text);
        }

        /** Returns what the parser of Java does not check. */
        private static boolean isId(String text) {
            if (text.length() != 36) {
                return false;
            }
            for (int i = 0; i < 36; i++) {
                char c = text.charAt(i);
                boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
                if (dash ? c != '-' : c > 'f' || Character.digit(c, 16) < 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** JSON of any type, or of one, as it stands in the record. */
    static final class Json extends Member {

        private final @Nullable JsonToken first;
        private @Nullable JsonSlice value;

        private Json(String name, @Nullable JsonToken first, String type) {
            super(name, type);
            this.first = first;
        }

        static Json any(String name) {
            return new Json(name, null, "JSON");
        }

        static Json object(String name) {
            return new Json(name, JsonToken.START_OBJECT, "a JSON object");
        }

        static Json array(String name) {
            return new Json(name, JsonToken.START_ARRAY, "a JSON array");
        }

        @Nullable JsonSlice orNull() {
            return isPresent() ? value : null;
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(first == null || token == first);
            long from = parser.currentTokenLocation().getByteOffset();
            if (token.isStructStart()) {
                parser.skipChildren();
            } else {
                parser.finishToken();
            }
            if (from < 0) {
                throw new Unreadable("not-json", "The value is not JSON in UTF-8.");
            }
            value = new JsonSlice(json, (int) from, (int) parser.currentLocation().getByteOffset());
        }
    }

    /** An array of strings that PostgreSQL can store. */
    static final class Texts extends Member {

        private @Nullable List<String> value;

        Texts(String name) {
            super(name, "an array of strings");
        }

        @Nullable List<String> orNull() {
            return isPresent() ? value : null;
        }

        @Override
        void read(JsonParser parser, JsonToken token, byte[] json) throws IOException, Unreadable {
            require(token == JsonToken.START_ARRAY);
            List<String> texts = new ArrayList<>();
            boolean strings = true;
            for (JsonToken element = parser.nextToken();
                    element != JsonToken.END_ARRAY;
                    element = parser.nextToken()) {
                if (element == JsonToken.VALUE_STRING) {
                    texts.add(parser.getText());
                } else {
                    parser.skipChildren();
                    strings = false;
                }
            }
            require(strings);
            for (String text : texts) {
                requireStorable(name, text);
            }
            value = texts;
        }
    }

    private static void requireStorable(String name, String text) throws Unreadable {
        if (!JsonText.isStorable(text)) {
            throw new Unreadable(
                    "bad-text",
                    "%s holds %s, which a text of the database cannot.",
                    name,
                    text.indexOf(0) >= 0 ? "the character U+0000" : "half a surrogate pair");
        }
    }
}
