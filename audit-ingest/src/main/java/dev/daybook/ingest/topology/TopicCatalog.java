package dev.daybook.ingest.topology;

import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordMember;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Knows the definitions that control records brought, as the topic of definitions has them. A task
 * sees those that it read itself at once, others when the topic brings them; of two the later one
 * counts. One per task.
 */
final class TopicCatalog implements TableCatalog {

    private static final Logger log = LoggerFactory.getLogger(TopicCatalog.class);

    /** Marks the topic's records of keys that were learned. */
    private static final String LEARNED = "learned";

    private final ReadOnlyKeyValueStore<String, byte[]> store;
    private final JsonScanner scanner = new JsonScanner(new TextCache());

    /** Definitions of this task's that are on their way to the store. */
    private final Map<String, Parsed> own = new HashMap<>();

    private final Map<String, Parsed> parsed = new HashMap<>();

    /**
     * @param store the stored definitions by {@code source␟table}
     */
    TopicCatalog(ReadOnlyKeyValueStore<String, byte[]> store) {
        this.store = store;
    }

    /** Notes a definition that this task read and writes to the topic. */
    void defined(String source, TableName table, byte[] definition) {
        String key = key(source, table);
        own.put(key, parse(key, definition));
    }

    @Override
    public @Nullable TableDefinition definition(String source, TableName table) {
        String key = key(source, table);
        byte[] bytes = store.get(key);
        Parsed stored = bytes == null ? null : stored(key, bytes);
        Parsed mine = own.isEmpty() ? null : own.get(key);
        if (mine != null) {
            if (stored == null
                    || (!mine.isOf(stored.bytes)
                            && mine.definedAt.compareTo(stored.definedAt) >= 0)) {
                return mine.definition;
            }
            own.remove(key);
        }
        return stored == null ? null : stored.definition;
    }

    /** Returns whether a definition of the table is known that is of a later time. */
    boolean isDefinedAfter(String source, TableName table, Instant at) {
        String key = key(source, table);
        byte[] bytes = store.get(key);
        String then = WireTime.text(at);
        Parsed mine = own.get(key);
        return (bytes != null && stored(key, bytes).definedAt.compareTo(then) > 0)
                || (mine != null && mine.definedAt.compareTo(then) > 0);
    }

    private Parsed stored(String key, byte[] bytes) {
        Parsed known = parsed.get(key);
        if (known == null || !known.isOf(bytes)) {
            known = parse(key, bytes);
            parsed.put(key, known);
        }
        return known;
    }

    /** Returns what was learned of the table's key from its records; ranks behind definitions. */
    @Nullable TableDefinition learned(String source, TableName table) {
        String key = learnedKey(source, table);
        byte[] bytes = store.get(key);
        return bytes == null ? null : stored(key, bytes).definition;
    }

    static String learnedKey(String source, TableName table) {
        return key(source, table) + Records.SEPARATOR + LEARNED;
    }

    static String key(String source, TableName table) {
        return source + Records.SEPARATOR + table;
    }

    private Parsed parse(String key, byte[] bytes) {
        try {
            return read(bytes);
        } catch (JsonProblem problem) {
            log.warn(
                    "The definition of {} in the topic of table definitions was not written by the"
                            + " ingest and is ignored: {}",
                    Quote.of(key.replace(Records.SEPARATOR, ' ')),
                    Quote.of(problem.reason()));
            return new Parsed(bytes, null, "");
        }
    }

    private Parsed read(byte[] bytes) throws JsonProblem {
        List<TableDefinition.Column> columns = new ArrayList<>();
        List<String> key = new ArrayList<>();
        String definedAt = "";
        boolean certain = true;
        scanner.reset(bytes);
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case RecordMember.Table.COLUMNS -> {
                    scanner.beginArray();
                    while (scanner.nextElement()) {
                        columns.add(readColumn());
                    }
                }
                case RecordMember.Table.KEY -> {
                    scanner.beginArray();
                    while (scanner.nextElement()) {
                        key.add(scanner.readString());
                    }
                }
                case RecordMember.Table.CERTAIN -> certain = !scanner.readRaw().equals("false");
                case RecordMember.Table.DEFINED_AT -> definedAt = scanner.readString();
                default -> scanner.skipValue();
            }
        }
        scanner.expectEnd();
        return new Parsed(bytes, new TableDefinition(columns, key, certain), definedAt);
    }

    private TableDefinition.Column readColumn() throws JsonProblem {
        String name = "";
        String type = "";
        Long length = null;
        boolean nullable = true;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case RecordMember.Table.COLUMN_NAME -> name = scanner.readString();
                case RecordMember.Table.COLUMN_TYPE -> type = scanner.readString();
                case RecordMember.Table.COLUMN_LENGTH -> length = number(scanner.readRaw());
                case RecordMember.Table.COLUMN_NULLABLE ->
                        nullable = !scanner.readRaw().equals("false");
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

    /** A definition as it is stored, and what it says. */
    private static final class Parsed {
        private final byte[] bytes;
        private final @Nullable TableDefinition definition;

        /** When it was defined, as the topics write times: the later text is the later time. */
        private final String definedAt;

        Parsed(byte[] bytes, @Nullable TableDefinition definition, String definedAt) {
            this.bytes = bytes;
            this.definition = definition;
            this.definedAt = definedAt;
        }

        boolean isOf(byte[] other) {
            return bytes == other || Arrays.equals(bytes, other);
        }
    }
}
