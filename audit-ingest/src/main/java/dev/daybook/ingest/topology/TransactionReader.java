package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * Reads of a record of Debezium's its place in its transaction, or of an END what it counted, and
 * nothing else.
 */
final class TransactionReader {

    /** What a record says of a transaction. */
    sealed interface Told {

        /**
         * A change of a table.
         *
         * @param transaction the transaction's number
         * @param order the change's number among those of its table in the transaction, from 1
         * @param committedAt microseconds since 1970, or 0 if the record does not say
         */
        record Change(long transaction, TableName table, long order, long committedAt)
                implements Told {}

        /**
         * The end of a transaction.
         *
         * @param position where it stands in the WAL
         * @param counts how many changes were sent of each table, by Debezium's name of it
         * @param committedAt microseconds since 1970, to the millisecond; 0 if it does not say
         */
        record End(long transaction, long position, Map<String, Long> counts, long committedAt)
                implements Told {}
    }

    private final JsonScanner scanner = new JsonScanner(new TextCache());

    private long transaction;
    private long position;
    private long order;
    private @Nullable String schema;
    private @Nullable String table;
    private long millis;
    private long sourceMicros;
    private boolean isEnd;
    private final Map<String, Long> counts = new HashMap<>();

    /** Returns what Debezium calls a table. */
    static String collection(TableName table) {
        return table.schema() + "." + table.name();
    }

    /** Returns what a record says of its transaction; null if it says nothing. */
    @Nullable Told read(byte @Nullable [] value) {
        if (value == null || value.length == 0 || value[0] == 0) {
            return null;
        }
        transaction = -1;
        position = -1;
        order = -1;
        schema = null;
        table = null;
        millis = 0;
        sourceMicros = 0;
        isEnd = false;
        counts.clear();
        try {
            scanner.reset(value);
            if (scanner.peek() != '{') {
                return null;
            }
            members(true);
        } catch (JsonProblem notReadable) {
            // The ingest rejects it.
            return null;
        }
        if (transaction < 0) {
            return null;
        }
        if (isEnd) {
            return position < 0
                    ? null
                    : new Told.End(transaction, position, Map.copyOf(counts), millis * 1_000);
        }
        String name = table;
        return order < 1 || schema == null || name == null || name.isEmpty()
                ? null
                : new Told.Change(transaction, new TableName(schema, name), order, sourceMicros);
    }

    private void members(boolean outer) throws JsonProblem {
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            boolean object = scanner.peek() == '{';
            switch (member) {
                case "payload" -> {
                    if (outer && object) {
                        members(false);
                    } else {
                        scanner.skipValue();
                    }
                }
                case "source" -> {
                    if (object) {
                        source();
                    } else {
                        scanner.skipValue();
                    }
                }
                case "transaction" -> {
                    if (object) {
                        transaction();
                    } else {
                        scanner.skipValue();
                    }
                }
                case "status" -> isEnd = "END".equals(text());
                case "id" -> identify(text());
                case "data_collections" -> collections();
                case "ts_ms" -> millis = Math.max(0, number());
                default -> scanner.skipValue();
            }
        }
    }

    private void source() throws JsonProblem {
        long sourceMillis = 0;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "schema" -> schema = text();
                case "table" -> table = text();
                case "ts_ms" -> sourceMillis = Math.max(0, number());
                case "ts_us" -> sourceMicros = Math.max(0, number());
                default -> scanner.skipValue();
            }
        }
        if (sourceMicros == 0) {
            sourceMicros = sourceMillis * 1_000;
        }
    }

    private void transaction() throws JsonProblem {
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "id" -> identify(text());
                case "data_collection_order" -> order = number();
                default -> scanner.skipValue();
            }
        }
    }

    private void collections() throws JsonProblem {
        if (scanner.peek() != '[') {
            scanner.skipValue();
            return;
        }
        scanner.beginArray();
        while (scanner.nextElement()) {
            if (scanner.peek() != '{') {
                scanner.skipValue();
                continue;
            }
            String collection = null;
            long count = 0;
            scanner.beginObject();
            for (String member = scanner.nextMember();
                    member != null;
                    member = scanner.nextMember()) {
                switch (member) {
                    case "data_collection" -> collection = text();
                    case "event_count" -> count = number();
                    default -> scanner.skipValue();
                }
            }
            if (collection != null && count > 0) {
                counts.put(collection, count);
            }
        }
    }

    /**
     * Takes the transaction's number, and the position behind the colon, which is another one in
     * each record.
     */
    private void identify(@Nullable String id) {
        int colon = id == null ? -1 : id.indexOf(':');
        if (id == null || colon < 0) {
            return;
        }
        try {
            transaction = Long.parseLong(id.substring(0, colon));
            position = Long.parseLong(id.substring(colon + 1));
        } catch (NumberFormatException notOurs) {
            transaction = -1;
        }
    }

    /** Returns a text, or null for any other value. */
    private @Nullable String text() throws JsonProblem {
        if (scanner.peek() == '"') {
            return scanner.readString();
        }
        scanner.skipValue();
        return null;
    }

    /** Returns a whole number, or -1 for any other value. */
    private long number() throws JsonProblem {
        int first = scanner.peek();
        if (first != '-' && (first < '0' || first > '9')) {
            scanner.skipValue();
            return -1;
        }
        try {
            return Long.parseLong(scanner.readRaw());
        } catch (NumberFormatException notWhole) {
            return -1;
        }
    }
}
