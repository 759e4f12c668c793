package dev.daybook.ingest.debezium;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.TransactionContext;
import dev.daybook.domain.RowImage;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;

import org.jspecify.annotations.Nullable;

import java.util.HexFormat;

/** Reads who and why from the content of a logical message, as a row of the table of contexts. */
final class ContextMessage {

    static final String BAD_CONTEXT = "bad-context";

    /** How a byte order mark begins in base64, of either alphabet, and in hexadecimal. */
    private static final String MARK_IN_BASE64 = "77u";

    private static final String MARK_IN_HEXADECIMAL = "efbbbf";

    private ContextMessage() {}

    /**
     * Returns the row that a message's content stands for.
     *
     * @param content the message's content as the connector wrote it: base64, or hexadecimal digits
     *     under its {@code binary.handling.mode}
     * @throws JsonProblem if it names nobody
     */
    static RowImage read(String content, JsonScanner scanner) throws JsonProblem {
        byte[] bytes = bytes(content);
        if (bytes == null) {
            throw namesNobody("its content is neither base64 nor hexadecimal");
        }
        RowImage.Builder row = new RowImage.Builder();
        boolean actor = false;
        try {
            scanner.reset(bytes);
            scanner.beginObject();
            for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
                if (!TransactionContext.COLUMNS.contains(name)) {
                    scanner.skipValue();
                    continue;
                }
                boolean isText = !name.equals(TransactionContext.ATTRIBUTES);
                String raw = scanner.readRaw();
                boolean isNull = raw.equals(RowImage.NULL);
                if (isText && !isNull && raw.charAt(0) != '"') {
                    throw namesNobody(name + " is not a string");
                }
                actor |= name.equals(TransactionContext.ACTOR) && !isNull;
                row.add(name, isText || isNull ? raw : JsonText.quoted(raw));
            }
            scanner.expectEnd();
        } catch (JsonProblem problem) {
            if (problem.code().equals(BAD_CONTEXT)) {
                throw problem;
            }
            throw namesNobody(
                    content.startsWith(MARK_IN_BASE64) || content.startsWith(MARK_IN_HEXADECIMAL)
                            ? "it begins with a byte order mark: write it without"
                            : "it is not JSON");
        }
        if (!actor) {
            throw namesNobody("it has no actor");
        }
        if (row.firstDuplicate() != null) {
            throw namesNobody(row.firstDuplicate() + " is there twice");
        }
        return row.build();
    }

    private static byte @Nullable [] bytes(String content) {
        // A JSON object begins with 7b in hexadecimal, and in base64 with an e.
        if (content.startsWith("7b")
                || content.startsWith("7B")
                || content.startsWith(MARK_IN_HEXADECIMAL)) {
            try {
                return HexFormat.of().parseHex(content);
            } catch (IllegalArgumentException notHexadecimal) {
                return null;
            }
        }
        return PgText.base64(JsonText.quoted(content.replace('-', '+').replace('_', '/')));
    }

    private static JsonProblem namesNobody(String problem) {
        return new JsonProblem(
                BAD_CONTEXT,
                "The logical message with prefix "
                        + TransactionContext.MESSAGE_PREFIX
                        + " names nobody: "
                        + problem
                        + "; write a JSON object with actor, and reason, request_id and attributes"
                        + " as needed.");
    }
}
