package dev.daybook.local.cli;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a JSON document apart without reading its values: each keeps the text that was sent, so
 * that a number has every digit.
 *
 * @param text one JSON value
 */
record RawJson(String text) {

    static final RawJson NULL = new RawJson("null");

    /** A recorded value may be larger than what Jackson takes for an attack. */
    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNumberLength(Integer.MAX_VALUE)
                                                    .maxStringLength(Integer.MAX_VALUE)
                                                    .maxNestingDepth(Integer.MAX_VALUE)
                                                    .build())
                                    .build())
                    .build();

    /** Returns an object's members in their order; none if this is no object. */
    Map<String, RawJson> members() {
        Map<String, RawJson> members = new LinkedHashMap<>();
        try (JsonParser parser = MAPPER.createParser(text)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, value(parser));
                }
            }
        }
        return members;
    }

    /** Returns a member of an object; {@link #NULL} if there is none. */
    RawJson member(String name) {
        return members().getOrDefault(name, NULL);
    }

    /** Returns an array's elements; none if this is no array. */
    List<RawJson> elements() {
        List<RawJson> elements = new ArrayList<>();
        try (JsonParser parser = MAPPER.createParser(text)) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(parser));
                }
            }
        }
        return elements;
    }

    /** Returns what a JSON string says; null if this is another kind of value. */
    @Nullable String string() {
        if (!text.startsWith("\"")) {
            return null;
        }
        try (JsonParser parser = MAPPER.createParser(text)) {
            parser.nextToken();
            return parser.getString();
        }
    }

    boolean isString() {
        return text.startsWith("\"");
    }

    boolean isNull() {
        return text.equals("null");
    }

    private RawJson value(JsonParser parser) {
        int from = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        parser.finishToken();
        int to = (int) parser.currentLocation().getCharOffset();
        return new RawJson(text.substring(from, to));
    }
}
