package dev.daybook.connect.source;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.RecordMember.Change;
import dev.daybook.contract.TransactionContext;

import org.apache.kafka.connect.header.Headers;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes data records in DMS's format (docs/reference/contracts.md). Not for use by several
 * threads.
 *
 * <p>What identifies a change (table, key, transaction, record number, commit time, position)
 * depends on the WAL alone: read again, the same change is written with the same bytes there, and
 * so is known downstream as the one that it is.
 */
final class ChangeWriter {

    private static final byte[] DATA =
            ("{\"" + Change.DATA + "\":").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BEFORE_IMAGE = JsonBuffer.member(Change.BEFORE_IMAGE);

    /** Below this limit of a value's length nothing more is left out of a record. */
    private static final int SMALLEST_LIMIT = 64;

    private static final String CONTEXT_KEY =
            TransactionContext.SCHEMA + "." + TransactionContext.TABLE;

    private static final TableShape CONTEXT_SHAPE =
            new TableShape(
                    0, TransactionContext.SCHEMA, TransactionContext.TABLE, List.of(), new int[0]);

    private final String topic;
    private final int maxValueBytes;
    private final int maxRecordBytes;
    private final MetadataWriter metadata;
    private final RejectionWriter rejections;

    private final JsonBuffer out = new JsonBuffer();
    private final JsonBuffer keyOut = new JsonBuffer();
    private final List<String> leftOut = new ArrayList<>();

    /** Whether the source does not know what its bytes mean, so that each record is looked at. */
    private volatile boolean unknownEncoding;

    ChangeWriter(WalSourceConfig config, Clock clock, RejectionWriter rejections) {
        this.topic = config.topic();
        this.maxValueBytes = config.maxValueBytes();
        this.maxRecordBytes = config.maxRecordBytes();
        this.metadata = new MetadataWriter(clock);
        this.rejections = rejections;
    }

    /** Sets whether the source does not know what its bytes mean. */
    void unknownEncoding(boolean unknown) {
        unknownEncoding = unknown;
    }

    /** Returns whether a value is too long to be recorded. */
    boolean isTooLong(int bytes) {
        return bytes > maxValueBytes;
    }

    /** Writes a change's record, and a rejection for each value that is too large for it. */
    void change(RecordBatch batch, RowChange change) {
        TableShape shape = change.shape();
        String key = recordKey(change);
        int limit = maxValueBytes;
        while (true) {
            write(change, limit);
            if (out.length() <= maxRecordBytes || limit < SMALLEST_LIMIT) {
                break;
            }
            // Too large as a whole: the largest values go first.
            limit = Math.min(limit, change.longest()) / 2;
        }
        if (unknownEncoding && !out.isUtf8()) {
            rejections.notUtf8(
                    batch,
                    change,
                    shape.hasKey() ? keyOut.toByteArray() : key.getBytes(StandardCharsets.UTF_8),
                    out.toByteArray());
            return;
        }
        Headers headers = leftOut.isEmpty() ? shape.headers : shape.headersWithout(leftOut);
        batch.add(topic, null, key, out.toByteArray(), headers);
        if (limit < maxValueBytes || change.hasLonger(limit)) {
            reject(batch, change, key, limit);
        }
    }

    private void write(RowChange change, int limit) {
        TableShape shape = change.shape();
        Tuple before = change.before();
        Tuple after = change.after();
        boolean wholeBefore = change.wholeBefore();
        out.clear();
        leftOut.clear();
        out.raw(DATA).raw('{');
        if (after != null) {
            row(shape, after, before, wholeBefore, limit);
        } else if (before != null) {
            oldRow(shape, before, wholeBefore, limit);
        }
        out.raw('}');
        if (after != null && before != null) {
            out.raw(BEFORE_IMAGE).raw('{');
            oldRow(shape, before, wholeBefore, limit);
            out.raw('}');
        }
        metadata.begin(out);
        out.raw(shape.metadata(change.operation()));
        if (shape.hasKey()) {
            out.escaped(keyOut).raw('"');
        }
        out.raw(shape.names());
        if (change.operation() != ChangeOperation.LOAD) {
            metadata.transaction(out, change.position());
        }
        metadata.position(out, change.position());
        out.raw("}}");
    }

    /**
     * Writes a new row. A value that is said to be unchanged is the old one, where the old row or
     * its key has it.
     */
    private void row(
            TableShape shape, Tuple row, @Nullable Tuple old, boolean wholeOld, int limit) {
        int start = out.length();
        int count = Math.min(row.count, shape.members.length);
        for (int i = 0; i < count; i++) {
            boolean inOld =
                    row.states[i] == Tuple.UNCHANGED
                            && old != null
                            && (wholeOld || shape.columns.get(i).identity());
            if (!value(shape, i, inOld && old != null ? old : row, limit, start)) {
                leftOut.add(shape.columns.get(i).name());
            }
        }
    }

    /** Writes what is known of an old row: all of it, or the columns that identify it. */
    private void oldRow(TableShape shape, Tuple row, boolean whole, int limit) {
        int start = out.length();
        int count = Math.min(row.count, shape.members.length);
        for (int i = 0; i < count; i++) {
            if (whole || shape.columns.get(i).identity()) {
                value(shape, i, row, limit, start);
            }
        }
    }

    /** Writes a column; returns false, and writes nothing, if its value is unknown or too large. */
    private boolean value(TableShape shape, int column, Tuple row, int limit, int start) {
        byte state = row.states[column];
        if (state == Tuple.UNCHANGED
                || state == Tuple.TEXT
                        && (row.lengths[column] > limit || !row.isReceived(column))) {
            return false;
        }
        byte[] member = shape.members[column];
        if (out.length() == start) {
            out.raw(member, 1, member.length - 1);
        } else {
            out.raw(member);
        }
        if (state == Tuple.NULL) {
            out.raw("null");
        } else {
            shape.kinds[column].write(out, row.bytes, row.offsets[column], row.lengths[column]);
        }
        return true;
    }

    private String recordKey(RowChange change) {
        TableShape shape = change.shape();
        if (!shape.hasKey()) {
            return shape.qualifiedName;
        }
        Tuple row = change.row();
        Tuple old = change.before();
        keyOut.clear();
        keyOut.raw(shape.keyPrefix);
        for (int i = 0; i < shape.key.length; i++) {
            if (i > 0) {
                keyOut.raw('.');
            }
            int column = shape.key[i];
            Tuple from = row.states[column] == Tuple.UNCHANGED && old != null ? old : row;
            if (from.isReceived(column)) {
                keyOut.raw(from.bytes, from.offsets[column], from.lengths[column]);
            }
        }
        return keyOut.toString();
    }

    private void reject(RecordBatch batch, RowChange change, String key, int limit) {
        TableShape shape = change.shape();
        Tuple after = change.after();
        Tuple before = change.before();
        for (int i = 0; i < shape.members.length; i++) {
            if (after != null && after.isLonger(i, limit)) {
                rejections.valueTooLarge(batch, change, key, "new", i, after.lengths[i]);
            }
            if (before != null
                    && (change.wholeBefore() || shape.columns.get(i).identity())
                    && before.isLonger(i, limit)) {
                rejections.valueTooLarge(batch, change, key, "old", i, before.lengths[i]);
            }
        }
    }

    /**
     * Writes the insert into the table of contexts that a logical message stands for.
     *
     * @param data the row, as a JSON object
     * @return false, and nothing is written, if the record would be too large
     */
    boolean context(RecordBatch batch, String data, RecordPosition position) {
        out.clear();
        out.raw(DATA).raw(data.getBytes(StandardCharsets.UTF_8));
        metadata.begin(out);
        out.raw(CONTEXT_SHAPE.metadata(ChangeOperation.INSERT)).raw(CONTEXT_SHAPE.names());
        metadata.transaction(out, position);
        metadata.position(out, position);
        out.raw("}}");
        if (out.length() > maxRecordBytes) {
            return false;
        }
        batch.add(topic, null, CONTEXT_KEY, out.toByteArray(), null);
        return true;
    }
}
