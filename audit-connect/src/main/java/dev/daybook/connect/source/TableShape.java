package dev.daybook.connect.source;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.RecordMember.Change;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table as it was when a change was made: its columns, and which of them identify a row. All
 * bytes of a record that depend on the table alone are made here, once.
 */
final class TableShape {

    private static final byte[] RECORD_TYPE = JsonBuffer.member(Change.RECORD_TYPE);
    private static final byte[] OPERATION = JsonBuffer.member(Change.OPERATION);
    private static final byte[] PARTITION_KEY_TYPE = JsonBuffer.member(Change.PARTITION_KEY_TYPE);
    private static final byte[] PARTITION_KEY_VALUE = JsonBuffer.member(Change.PARTITION_KEY_VALUE);

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

    /** {@code schema.table}, which is the record key where there is no key. */
    final String qualifiedName;

    final byte[] keyPrefix;

    /**
     * The headers of a record that leaves nothing out. Shared: whoever changes headers copies them.
     */
    final Headers headers;

    private final String keyHeader;
    private final byte[][] metadata = new byte[ChangeOperation.values().length][];
    private final byte[] names;

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
        for (int i = 0; i < members.length; i++) {
            members[i] = JsonBuffer.member(columns.get(i).name());
            kinds[i] = columns.get(i).kind();
        }
        List<String> keyNames = new ArrayList<>();
        for (int column : key) {
            keyNames.add(columns.get(column).name());
        }
        this.keyHeader = namesArray(keyNames);
        this.headers =
                new ConnectHeaders()
                        .add(RecordHeader.KEY, new SchemaAndValue(Schema.STRING_SCHEMA, keyHeader));
        for (ChangeOperation operation : ChangeOperation.values()) {
            if (operation.isData()) {
                metadata[operation.ordinal()] = metadataOf(operation);
            }
        }
        names =
                new JsonBuffer()
                        .raw(JsonBuffer.member(Change.SCHEMA_NAME))
                        .string(schema)
                        .raw(JsonBuffer.member(Change.TABLE_NAME))
                        .string(table)
                        .toByteArray();
    }

    private byte[] metadataOf(ChangeOperation operation) {
        JsonBuffer out = new JsonBuffer();
        out.raw(RECORD_TYPE).string(Change.RECORD_TYPE_DATA);
        out.raw(OPERATION).string(operation.word());
        out.raw(PARTITION_KEY_TYPE);
        if (hasKey()) {
            out.string(Change.PARTITION_KEY_TYPE_PRIMARY_KEY).raw(PARTITION_KEY_VALUE).raw('"');
        } else {
            out.string(Change.PARTITION_KEY_TYPE_SCHEMA_TABLE);
        }
        return out.toByteArray();
    }

    boolean hasKey() {
        return key.length > 0;
    }

    /**
     * Returns what stands between the timestamp and, for a table with a key, the partition key's
     * value. The operation is one of data records.
     */
    byte[] metadata(ChangeOperation operation) {
        return metadata[operation.ordinal()];
    }

    /** Returns the members that name the table. */
    byte[] names() {
        return names;
    }

    /** Returns the headers of a record that leaves some columns out. */
    Headers headersWithout(List<String> leftOut) {
        return new ConnectHeaders()
                .add(RecordHeader.KEY, new SchemaAndValue(Schema.STRING_SCHEMA, keyHeader))
                .add(
                        RecordHeader.UNCHANGED,
                        new SchemaAndValue(Schema.STRING_SCHEMA, namesArray(leftOut)));
    }

    /** Returns whether a consumer that has seen the other's definition needs this one. */
    boolean definesOtherThan(TableShape other) {
        return !columns.equals(other.columns)
                || !Arrays.equals(key, other.key)
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
