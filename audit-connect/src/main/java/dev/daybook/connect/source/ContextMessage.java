package dev.daybook.connect.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.TransactionContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Set;

/**
 * Who and why, as a logical message says it: a JSON object whose members are the columns of {@code
 * daybook.transaction_context}, but for the login role: whoever may write a message would choose
 * it.
 */
final class ContextMessage {

    /** What PostgreSQL takes as JSON is JSON, however long and deep; a message has at most 1 GB. */
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxNestingDepth(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private static final Set<String> TEXTS =
            Set.of(
                    TransactionContext.ACTOR,
                    TransactionContext.REASON,
                    TransactionContext.REQUEST_ID);

    /** What some editors and languages write before a text. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private ContextMessage() {}

    /** Why the message says nothing that can be recorded; null if it does. */
    static @Nullable String whyNot(String json) {
        if (json.startsWith(BYTE_ORDER_MARK)) {
            return "it begins with a byte order mark: write it without";
        }
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return "it is not a JSON object";
            }
            boolean actor = false;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (TEXTS.contains(name)) {
                    if (value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NULL) {
                        return name + " is not a string";
                    }
                    if (value == JsonToken.VALUE_STRING && !JsonText.isStorable(parser.getText())) {
                        return name + " holds U+0000 or half a surrogate pair";
                    }
                    actor |=
                            name.equals(TransactionContext.ACTOR)
                                    && value == JsonToken.VALUE_STRING;
                }
                parser.skipChildren();
            }
            if (parser.nextToken() != null) {
                return "text follows the JSON object";
            }
            return actor ? null : "it has no actor";
        } catch (IOException e) {
            return "it is not JSON";
        }
    }

    /** Returns the message as a row of the context table: json columns are strings of JSON text. */
    static String columns(String json) {
        JsonBuffer out = new JsonBuffer();
        out.raw('{');
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                boolean attributes = name.equals(TransactionContext.ATTRIBUTES);
                if (!attributes && !TEXTS.contains(name)) {
                    parser.skipChildren();
                    continue;
                }
                if (out.length() > 1) {
                    out.raw(',');
                }
                out.string(name).raw(':');
                if (value == JsonToken.VALUE_NULL) {
                    out.raw("null");
                } else if (attributes) {
                    int from = (int) parser.currentTokenLocation().getCharOffset();
                    parser.skipChildren();
                    parser.finishToken();
                    int to = (int) parser.currentLocation().getCharOffset();
                    out.string(json.substring(from, to));
                } else {
                    out.string(parser.getText());
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "A context message is checked before it is written.", e);
        }
        return out.raw('}').toString();
    }
}
