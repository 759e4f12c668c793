package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The definitions that arrived in control records, as the topic {@code tables} keeps them. A task
 * sees the definitions that it read itself at once, those that others read when the topic brings
 * them. One per task.
 */
final class TopicCatalog implements TableCatalog {

    private static final Logger log = LoggerFactory.getLogger(TopicCatalog.class);

    private final ReadOnlyKeyValueStore<String, byte[]> store;
    private final JsonScanner scanner = new JsonScanner(new TextCache());
    private final Map<String, TableDefinition> own = new HashMap<>();
    private final Map<String, Parsed> parsed = new HashMap<>();

    /**
     * @param store the stored definitions by {@code source␟table}
     */
    TopicCatalog(ReadOnlyKeyValueStore<String, byte[]> store) {
        this.store = store;
    }

    /**
     * Notes a definition that this task itself read: all later ones of the table come to it as
     * well.
     */
    void defined(String source, TableName table, TableDefinition definition) {
        own.put(key(source, table), definition);
    }

    @Override
    public @Nullable TableDefinition definition(String source, TableName table) {
        String key = key(source, table);
        TableDefinition mine = own.get(key);
        if (mine != null) {
            return mine;
        }
        byte[] bytes = store.get(key);
        if (bytes == null) {
            return null;
        }
        Parsed known = parsed.get(key);
        if (known == null || !known.isOf(bytes)) {
            known = new Parsed(bytes, parse(key, bytes));
            parsed.put(key, known);
        }
        return known.definition;
    }

    static String key(String source, TableName table) {
        return source + Records.SEPARATOR + table;
    }

    private @Nullable TableDefinition parse(String key, byte[] bytes) {
        try {
            return read(bytes);
        } catch (JsonProblem problem) {
            // Only we write this topic, so somebody else did; the table is treated as not defined.
            log.warn(
                    "The definition of {} in the topic of table definitions is not one of ours and"
                            + " is not used: {}",
                    key.replace(Records.SEPARATOR, ' '),
                    problem.reason());
            return null;
        }
    }

    private TableDefinition read(byte[] bytes) throws JsonProblem {
        List<TableDefinition.Column> columns = new ArrayList<>();
        List<String> key = new ArrayList<>();
        scanner.reset(bytes);
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "columns" -> {
                    scanner.beginArray();
                    while (scanner.nextElement()) {
                        columns.add(readColumn());
                    }
                }
                case "key" -> {
                    scanner.beginArray();
                    while (scanner.nextElement()) {
                        key.add(scanner.readString());
                    }
                }
                default -> scanner.skipValue();
            }
        }
        scanner.expectEnd();
        return new TableDefinition(columns, key);
    }

    private TableDefinition.Column readColumn() throws JsonProblem {
        String name = "";
        String type = "";
        Long length = null;
        boolean nullable = true;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "name" -> name = scanner.readString();
                case "type" -> type = scanner.readString();
                case "length" -> length = number(scanner.readRaw());
                case "nullable" -> nullable = !scanner.readRaw().equals("false");
                default -> scanner.skipValue();
            }
        }
        if (name.isEmpty()) {
            throw new JsonProblem("bad-definition", "It has a column without a name.");
        }
        return new TableDefinition.Column(name, type, length, nullable);
    }

    private static Long number(String text) throws JsonProblem {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw new JsonProblem("bad-definition", "It has a length " + text + ".");
        }
    }

    /** A stored definition, and what it said. */
    private static final class Parsed {
        private final byte[] bytes;
        private final @Nullable TableDefinition definition;

        Parsed(byte[] bytes, @Nullable TableDefinition definition) {
            this.bytes = bytes;
            this.definition = definition;
        }

        boolean isOf(byte[] other) {
            return bytes == other || Arrays.equals(bytes, other);
        }
    }
}
