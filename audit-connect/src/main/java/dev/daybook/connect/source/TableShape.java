package dev.daybook.connect.source;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A table as it was when a change was made: its columns, and which of them identify a row. All
 * bytes of a record that depend on the table alone are made here, once.
 */
final class TableShape {

    static final String KEY_HEADER = "daybook.key";
    static final String UNCHANGED_HEADER = "daybook.unchanged";

    /**
     * A column.
     *
     * @param name its name
     * @param kind how its values are written
     * @param typeName its PostgreSQL type, as {@code format_type} prints it
     * @param dmsWord DMS's word for its type
     * @param nullable whether it may be null, as far as is known
     * @param identity whether the old values of changes carry it even where the old row is not
     *     known
     */
    record Column(
            String name,
            ValueKind kind,
            String typeName,
            String dmsWord,
            boolean nullable,
            boolean identity) {}

    final int relationId;
    final String schema;
    final String table;
    final List<Column> columns;

    /** Indexes into {@link #columns}, in key order; empty for a table without a key. */
    final int[] key;

    /** Per column, {@code "name":} with the comma that stands before it. */
    final byte[][] members;

    final ValueKind[] kinds;
    final boolean[] inKey;

    /** {@code schema.table}, which is the record key where there is no key. */
    final String qualifiedName;

    final byte[] keyPrefix;

    /**
     * The headers of a record that leaves nothing out. Shared: whoever changes headers copies them.
     */
    final Headers headers;

    private final String keyHeader;
    private final byte[][] metadata = new byte[Operation.values().length][];
    private final byte[] names;

    /** What a data record says happened. */
    enum Operation {
        LOAD("load"),
        INSERT("insert"),
        UPDATE("update"),
        DELETE("delete");

        final String word;

        Operation(String word) {
            this.word = word;
        }
    }

    TableShape(int relationId, String schema, String table, List<Column> columns, int[] key) {
        this.relationId = relationId;
        this.schema = schema;
        this.table = table;
        this.columns = List.copyOf(columns);
        this.key = key.clone();
        this.qualifiedName = schema + "." + table;
        this.keyPrefix = (qualifiedName + ".").getBytes(StandardCharsets.UTF_8);
        this.members = new byte[columns.size()][];
        this.kinds = new ValueKind[columns.size()];
        this.inKey = new boolean[columns.size()];
        JsonBuffer out = new JsonBuffer();
        for (int i = 0; i < members.length; i++) {
            out.clear();
            members[i] = out.raw(',').string(columns.get(i).name()).raw(':').toByteArray();
            kinds[i] = columns.get(i).kind();
        }
        List<String> keyNames = new ArrayList<>();
        for (int column : key) {
            inKey[column] = true;
            keyNames.add(columns.get(column).name());
        }
        this.keyHeader = namesArray(keyNames);
        this.headers =
                new ConnectHeaders()
                        .add(KEY_HEADER, new SchemaAndValue(Schema.STRING_SCHEMA, keyHeader));
        for (Operation operation : Operation.values()) {
            out.clear();
            out.raw("\",\"record-type\":\"data\",\"operation\":\"").raw(operation.word);
            out.raw("\",\"partition-key-type\":\"");
            if (key.length == 0) {
                out.raw("schema-table\"");
            } else {
                out.raw("primary-key\",\"partition-key-value\":\"");
            }
            metadata[operation.ordinal()] = out.toByteArray();
        }
        out.clear();
        names =
                out.raw(",\"schema-name\":")
                        .string(schema)
                        .raw(",\"table-name\":")
                        .string(table)
                        .toByteArray();
    }

    boolean hasKey() {
        return key.length > 0;
    }

    /** What stands between the timestamp and, for a table with a key, the partition key's value. */
    byte[] metadata(Operation operation) {
        return metadata[operation.ordinal()];
    }

    /** The members that name the table. */
    byte[] names() {
        return names;
    }

    /** The headers of a record that leaves some columns out. */
    Headers headersWithout(List<String> leftOut) {
        return new ConnectHeaders()
                .add(KEY_HEADER, new SchemaAndValue(Schema.STRING_SCHEMA, keyHeader))
                .add(
                        UNCHANGED_HEADER,
                        new SchemaAndValue(Schema.STRING_SCHEMA, namesArray(leftOut)));
    }

    /** Whether a consumer that has seen the other's definition needs this one. */
    boolean definesOtherThan(TableShape other) {
        return !columns.equals(other.columns)
                || !java.util.Arrays.equals(key, other.key)
                || !qualifiedName.equals(other.qualifiedName);
    }

    private static String namesArray(List<String> names) {
        JsonBuffer out = new JsonBuffer();
        out.raw('[');
        for (int i = 0; i < names.size(); i++) {
            if (i > 0) {
                out.raw(',');
            }
            out.string(names.get(i));
        }
        return out.raw(']').toString();
    }
}
