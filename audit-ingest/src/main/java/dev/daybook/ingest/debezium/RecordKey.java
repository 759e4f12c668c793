package dev.daybook.ingest.debezium;

import dev.daybook.domain.RowImage;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Reads a row's key: the record's own, or one in a header. Not for several threads. */
final class RecordKey {

    /** What a routing transform adds to a key, beside the row's columns. */
    private static final String PHYSICAL_TABLE = "__dbz__physicalTableIdentifier";

    static final String BAD_KEY = "bad-key";

    private final JsonScanner scanner = new JsonScanner(new TextCache());
    private final SchemaCache schemas = new SchemaCache();
    private final RowImage.Builder image = new RowImage.Builder();

    private List<String> lastColumns = List.of();

    /**
     * A key.
     *
     * @param columns in key order; empty for a table without a key
     * @param values as they were written
     * @param schema of the values, or null if they came without one
     */
    record Parts(List<String> columns, RowImage values, @Nullable ConnectSchema schema) {

        static final Parts NONE = new Parts(List.of(), RowImage.empty(), null);

        /** Returns the values as one text, which no other key of the table has. */
        String text() {
            StringBuilder text = new StringBuilder();
            for (String column : columns) {
                String value = String.valueOf(values.token(column));
                text.append(value.length()).append(':').append(value);
            }
            return text.toString();
        }
    }

    /** Reads a key, with its schema beside it or without one. */
    Parts read(byte @Nullable [] key, String topic) throws JsonProblem {
        if (key == null) {
            return Parts.NONE;
        }
        scanner.reset(key);
        if (scanner.readNull()) {
            return Parts.NONE;
        }
        RowImage values = readColumns();
        ConnectSchema schema = null;
        if (values.size() == 2
                && values.nameAt(0).equals("schema")
                && values.nameAt(1).equals("payload")
                && values.tokenAt(0).charAt(0) == '{') {
            scanner.reset(key);
            scanner.beginObject();
            scanner.nextMember();
            schema = schemas.read(topic, key, scanner);
            scanner.nextMember();
            if (scanner.readNull()) {
                return Parts.NONE;
            }
            values = Envelope.readColumns(scanner, image);
        } else {
            scanner.expectEnd();
        }
        return new Parts(columns(values), values, schema);
    }

    private RowImage readColumns() throws JsonProblem {
        if (scanner.peek() != '{') {
            throw new JsonProblem(
                    BAD_KEY,
                    "The record's key is JSON, but no object of columns: remove the transform that"
                            + " takes a field out of it.");
        }
        return Envelope.readColumns(scanner, image);
    }

    private List<String> columns(RowImage values) {
        List<String> last = lastColumns;
        boolean same = last.size() == values.size();
        for (int i = 0; same && i < values.size(); i++) {
            same = values.nameAt(i).equals(last.get(i));
        }
        if (same) {
            return last;
        }
        List<String> columns = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            if (!values.nameAt(i).equals(PHYSICAL_TABLE)) {
                columns.add(values.nameAt(i));
            }
        }
        List<String> result = List.copyOf(columns);
        if (result.size() == values.size()) {
            lastColumns = result;
        }
        return result;
    }
}
