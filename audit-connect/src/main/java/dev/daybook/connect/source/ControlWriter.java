package dev.daybook.connect.source;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.RecordMember.Change;
import dev.daybook.contract.RecordMember.Control;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;

/**
 * Writes control records: what happened to a table as a whole, heartbeats and gaps. Not for use by
 * several threads.
 */
final class ControlWriter {

    private static final String EMPTY = "{}";

    private static final byte[] CONTROL =
            ("{\"" + Change.CONTROL + "\":").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RECORD_TYPE = JsonBuffer.member(Change.RECORD_TYPE);
    private static final byte[] OPERATION = JsonBuffer.member(Change.OPERATION);
    private static final byte[] PARTITION_KEY_TYPE = JsonBuffer.member(Change.PARTITION_KEY_TYPE);
    private static final byte[] PARTITION_KEY_VALUE = JsonBuffer.member(Change.PARTITION_KEY_VALUE);
    private static final byte[] SCHEMA_NAME = JsonBuffer.member(Change.SCHEMA_NAME);
    private static final byte[] TABLE_NAME = JsonBuffer.member(Change.TABLE_NAME);

    private final String source;
    private final String topic;
    private final MetadataWriter metadata;
    private final JsonBuffer out = new JsonBuffer();

    ControlWriter(WalSourceConfig config, Clock clock) {
        this.source = config.sourceName();
        this.topic = config.topic();
        this.metadata = new MetadataWriter(clock);
    }

    /** Writes a table's definition. */
    void createTable(RecordBatch batch, TableShape shape) {
        write(
                batch,
                ChangeOperation.CREATE_TABLE,
                shape.schema,
                shape.table,
                definition(shape),
                null,
                null);
    }

    /** Writes that a table was dropped. */
    void dropTable(RecordBatch batch, TableName table, RecordPosition position) {
        write(
                batch,
                ChangeOperation.DROP_TABLE,
                table.schema(),
                table.name(),
                EMPTY,
                position,
                null);
    }

    /** Writes that every row of a table went at once. */
    void truncate(RecordBatch batch, TableShape shape, RecordPosition position) {
        write(batch, ChangeOperation.TRUNCATE, shape.schema, shape.table, EMPTY, position, null);
    }

    /**
     * Writes to every partition that everything committed up to a time has been written.
     *
     * @param completeUntil microseconds since 1970
     * @param lsn how far the source's WAL has been read
     * @param previous what the heartbeat or position before said of that
     * @param partitions how many partitions the topic has
     */
    void heartbeats(
            RecordBatch batch, long completeUntil, long lsn, long previous, int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            JsonBuffer body = new JsonBuffer();
            body.raw('{').string(Control.COMPLETE_UNTIL).raw(':');
            body.string(WireTime.ascii(completeUntil)).raw(',');
            position(body, lsn, previous, partition, partitions);
            write(batch, ChangeOperation.HEARTBEAT, "", "", body.toString(), null, partition);
        }
    }

    /** Writes to every partition how far the source's WAL has been read, without a time. */
    void positions(RecordBatch batch, long lsn, long previous, int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            JsonBuffer body = new JsonBuffer();
            body.raw('{');
            position(body, lsn, previous, partition, partitions);
            write(batch, ChangeOperation.POSITION, "", "", body.toString(), null, partition);
        }
    }

    private static void position(
            JsonBuffer body, long lsn, long previous, int partition, int partitions) {
        body.string(Control.POSITION).raw(':').string(Lsn.wide(lsn));
        body.raw(',').string(Control.PREVIOUS).raw(':').string(Lsn.wide(previous));
        body.raw(',').string(Control.PARTITION).raw(':').number(partition);
        body.raw(',').string(Control.PARTITIONS).raw(':').number(partitions).raw('}');
    }

    /** Writes that changes may be missing. */
    void gap(RecordBatch batch, SourceGaps.Gap gap) {
        TableName table = gap.table();
        JsonBuffer body = new JsonBuffer();
        body.raw('{').string(Control.GAP_ID).raw(':').string(gap.id().toString());
        body.raw(',').string(Control.FOUND_AT).raw(':').string(WireTime.ascii(gap.foundAt()));
        time(body, Control.FROM_TIME, gap.from());
        time(body, Control.TO_TIME, gap.to());
        position(body, Control.FROM_POSITION, gap.fromLsn());
        position(body, Control.TO_POSITION, gap.toLsn());
        body.raw(',').string(Control.CAUSE).raw(':').string(gap.cause());
        body.raw(',').string(Control.REASON).raw(':').string(gap.reason()).raw('}');
        write(
                batch,
                ChangeOperation.GAP,
                table == null ? "" : table.schema(),
                table == null ? "" : table.name(),
                body.toString(),
                null,
                null);
    }

    private static void time(JsonBuffer body, String member, @Nullable Long micros) {
        body.raw(',').string(member).raw(':');
        if (micros == null) {
            body.raw("null");
        } else {
            body.string(WireTime.ascii(micros));
        }
    }

    private static void position(JsonBuffer body, String member, @Nullable Long lsn) {
        body.raw(',').string(member).raw(':');
        if (lsn == null) {
            body.raw("null");
        } else {
            body.string(Lsn.wide(lsn));
        }
    }

    private void write(
            RecordBatch batch,
            ChangeOperation operation,
            String schema,
            String table,
            String control,
            @Nullable RecordPosition position,
            @Nullable Integer partition) {
        out.clear();
        out.raw(CONTROL).raw(control.getBytes(StandardCharsets.UTF_8));
        metadata.begin(out);
        out.raw(RECORD_TYPE).string(Change.RECORD_TYPE_CONTROL);
        out.raw(OPERATION).string(operation.word());
        out.raw(PARTITION_KEY_TYPE).string(Change.PARTITION_KEY_TYPE_TASK_ID);
        out.raw(PARTITION_KEY_VALUE).string(source);
        out.raw(SCHEMA_NAME).string(schema);
        out.raw(TABLE_NAME).string(table);
        if (position != null) {
            metadata.transaction(out, position);
            metadata.position(out, position);
        }
        out.raw("}}");
        String key = source + "." + schema + "." + table;
        batch.add(topic, partition, key, out.toByteArray(), null);
    }

    private static String definition(TableShape shape) {
        JsonBuffer body = new JsonBuffer();
        body.raw('{').string(Control.TABLE_DEF).raw(":{");
        body.string(Control.COLUMNS).raw(":{");
        boolean first = true;
        for (TableShape.Column column : shape.columns) {
            if (!first) {
                body.raw(',');
            }
            first = false;
            body.string(column.name()).raw(":{");
            body.string(Control.TYPE).raw(':').string(column.dmsWord());
            body.raw(',').string(Control.NULLABLE).raw(column.nullable() ? ":true" : ":false");
            body.raw(',').string(Control.POSTGRES_TYPE).raw(':').string(column.typeName());
            body.raw('}');
        }
        body.raw('}');
        if (shape.hasKey()) {
            body.raw(',').string(Control.PRIMARY_KEY).raw(":[");
            for (int i = 0; i < shape.key.length; i++) {
                if (i > 0) {
                    body.raw(',');
                }
                body.string(shape.columns.get(shape.key[i]).name());
            }
            body.raw(']');
        }
        return body.raw("}}").toString();
    }
}
