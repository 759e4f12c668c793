package dev.daybook.connect.source;

import dev.daybook.connect.source.TableShape.Operation;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;

import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes records in DMS's format (docs/reference/contracts.md). Not for use by several threads.
 *
 * <p>What identifies a change (table, key, transaction, record number, commit time, position)
 * depends on the WAL alone: read again, the same change is written with the same bytes there, and
 * so is known downstream as the one that it is.
 */
final class RecordWriter {

    /** A row's values, as they stand in a message. Reused. */
    static final class Tuple {
        static final byte NULL = 'n';
        static final byte UNCHANGED = 'u';
        static final byte TEXT = 't';

        byte[] bytes = new byte[0];
        byte[] states = new byte[32];
        int[] offsets = new int[32];
        int[] lengths = new int[32];
        int count;

        void reset(byte[] source, int columns) {
            bytes = source;
            count = columns;
            if (states.length < columns) {
                states = new byte[columns];
                offsets = new int[columns];
                lengths = new int[columns];
            }
        }

        void set(int column, byte state, int offset, int length) {
            states[column] = state;
            offsets[column] = offset;
            lengths[column] = length;
        }

        boolean isNull(int column) {
            return states[column] == NULL;
        }
    }

    /** Where in the stream of transactions a record stands. */
    static final class Place {
        long transactionId;
        long recordId;

        /** Microseconds since 1970. */
        long committedAt;

        long commitLsn;
        long recordLsn;

        /**
         * For a load from a table without a key: where the row lies, {@code (table:block,offset)}.
         */
        byte @Nullable [] rowAddress;
    }

    private static final byte[] COMMIT_TIMESTAMP = ValueKind.ascii(",\"commit-timestamp\":\"");

    private final String source;
    private final String topic;
    private final String rejectedTopic;
    private final int maxValueBytes;
    private final int maxRecordBytes;
    private final Clock clock;
    private final Map<String, ?> sourcePartition;

    private final JsonBuffer out = new JsonBuffer();
    private final JsonBuffer keyOut = new JsonBuffer();
    private final List<String> leftOut = new ArrayList<>();
    private final JsonBuffer now = new JsonBuffer();
    private long nowMillis = Long.MIN_VALUE;
    private final JsonBuffer committed = new JsonBuffer();
    private long committedMicros = Long.MIN_VALUE;

    RecordWriter(WalSourceConfig config, Clock clock, Map<String, ?> sourcePartition) {
        this.source = config.sourceName();
        this.topic = config.topic();
        this.rejectedTopic = config.rejectedTopic();
        this.maxValueBytes = config.maxValueBytes();
        this.maxRecordBytes = config.maxRecordBytes();
        this.clock = clock;
        this.sourcePartition = sourcePartition;
    }

    /**
     * Writes the record of one row's change, and a report for each value that is too large to be
     * written.
     *
     * @param before the old row, or null if nothing is known of it; only its identity columns count
     *     unless {@code wholeBefore}
     * @param after the new row, or null for a delete
     */
    void change(
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset,
            TableShape shape,
            Operation operation,
            @Nullable Tuple before,
            boolean wholeBefore,
            @Nullable Tuple after,
            Place place) {
        Tuple row = after != null ? after : before;
        if (row == null) {
            throw new IllegalArgumentException("A change has a row before or a row after.");
        }
        String key = recordKey(shape, row, before);
        int limit = maxValueBytes;
        while (true) {
            write(shape, operation, before, wholeBefore, after, place, limit);
            if (out.length() <= maxRecordBytes || limit < 64) {
                break;
            }
            // Too large as a whole: the largest values go first.
            limit = Math.min(limit, largest(before, after)) / 2;
        }
        Headers headers = leftOut.isEmpty() ? shape.headers : shape.headersWithout(leftOut);
        records.add(
                new CapturedRecord(
                        sourcePartition,
                        offset,
                        topic,
                        null,
                        key,
                        out.toByteArray(),
                        headers,
                        chunk));
        if (limit < maxValueBytes || hasLargerThan(limit, before) || hasLargerThan(limit, after)) {
            reportTooLarge(
                    records,
                    chunk,
                    offset,
                    shape,
                    operation,
                    before,
                    wholeBefore,
                    after,
                    key,
                    place,
                    limit);
        }
    }

    private void write(
            TableShape shape,
            Operation operation,
            @Nullable Tuple before,
            boolean wholeBefore,
            @Nullable Tuple after,
            Place place,
            int limit) {
        out.clear();
        leftOut.clear();
        out.raw("{\"data\":{");
        if (after != null) {
            row(shape, after, before != null && wholeBefore ? before : null, true, limit, true);
        } else if (before != null) {
            row(shape, before, null, wholeBefore, limit, false);
        }
        if (after != null && before != null) {
            out.raw("},\"before-image\":{");
            row(shape, before, null, wholeBefore, limit, false);
        }
        out.raw("},\"metadata\":{\"timestamp\":\"");
        now();
        out.raw(shape.metadata(operation));
        if (shape.hasKey()) {
            out.escaped(keyOut).raw('"');
        }
        out.raw(shape.names());
        if (operation != Operation.LOAD) {
            out.raw(",\"transaction-id\":").number(place.transactionId);
            out.raw(",\"transaction-record-id\":").number(place.recordId);
        }
        out.raw(COMMIT_TIMESTAMP);
        commitTime(place.committedAt);
        out.raw("\",\"stream-position\":\"")
                .lsn(place.commitLsn)
                .raw('.')
                .number(place.recordId)
                .raw('.');
        byte[] rowAddress = place.rowAddress;
        if (rowAddress == null) {
            out.lsn(place.recordLsn);
        } else {
            out.raw(rowAddress);
        }
        out.raw("\"}}");
    }

    private void row(
            TableShape shape,
            Tuple row,
            @Nullable Tuple old,
            boolean whole,
            int limit,
            boolean noteLeftOut) {
        int start = out.length();
        int count = Math.min(row.count, shape.members.length);
        for (int i = 0; i < count; i++) {
            if (!whole && !shape.columns.get(i).identity()) {
                continue;
            }
            Tuple from = row;
            byte state = row.states[i];
            if (state == Tuple.UNCHANGED && old != null && old.states[i] != Tuple.UNCHANGED) {
                // The old row is known whole, and this value is said to be the same.
                from = old;
                state = old.states[i];
            }
            if (state == Tuple.UNCHANGED || state == Tuple.TEXT && from.lengths[i] > limit) {
                if (noteLeftOut) {
                    leftOut.add(shape.columns.get(i).name());
                }
                continue;
            }
            byte[] member = shape.members[i];
            if (out.length() == start) {
                out.raw(member, 1, member.length - 1);
            } else {
                out.raw(member);
            }
            if (state == Tuple.NULL) {
                out.raw("null");
            } else {
                shape.kinds[i].write(out, from.bytes, from.offsets[i], from.lengths[i]);
            }
        }
    }

    private String recordKey(TableShape shape, Tuple row, @Nullable Tuple old) {
        if (!shape.hasKey()) {
            return shape.qualifiedName;
        }
        keyOut.clear();
        keyOut.raw(shape.keyPrefix);
        for (int i = 0; i < shape.key.length; i++) {
            if (i > 0) {
                keyOut.raw('.');
            }
            int column = shape.key[i];
            Tuple from = row.states[column] == Tuple.UNCHANGED && old != null ? old : row;
            if (column < from.count && from.states[column] == Tuple.TEXT) {
                keyOut.raw(from.bytes, from.offsets[column], from.lengths[column]);
            }
        }
        return keyOut.toString();
    }

    /** Writes a control record about a table; the body is the {@code control} member's JSON. */
    void control(
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset,
            String operation,
            String schema,
            String table,
            String body,
            @Nullable Place place,
            @Nullable Integer partition) {
        out.clear();
        out.raw("{\"control\":").raw(body.getBytes(StandardCharsets.UTF_8));
        out.raw(",\"metadata\":{\"timestamp\":\"");
        now();
        out.raw("\",\"record-type\":\"control\",\"operation\":\"").raw(operation);
        out.raw("\",\"partition-key-type\":\"task-id\",\"partition-key-value\":").string(source);
        out.raw(",\"schema-name\":").string(schema).raw(",\"table-name\":").string(table);
        if (place != null) {
            out.raw(",\"transaction-id\":").number(place.transactionId);
            out.raw(",\"transaction-record-id\":").number(place.recordId);
            out.raw(COMMIT_TIMESTAMP);
            commitTime(place.committedAt);
            out.raw("\",\"stream-position\":\"")
                    .lsn(place.commitLsn)
                    .raw('.')
                    .number(place.recordId);
            out.raw('.').lsn(place.recordLsn).raw('"');
        }
        out.raw("}}");
        String key = source + "." + schema + "." + table;
        records.add(
                new CapturedRecord(
                        sourcePartition,
                        offset,
                        topic,
                        partition,
                        key,
                        out.toByteArray(),
                        null,
                        chunk));
    }

    /** Writes a data record of the context table, from a logical message's content. */
    void context(
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset,
            String data,
            Place place) {
        out.clear();
        out.raw("{\"data\":").raw(data.getBytes(StandardCharsets.UTF_8));
        out.raw(",\"metadata\":{\"timestamp\":\"");
        now();
        out.raw(
                "\",\"record-type\":\"data\",\"operation\":\"insert\",\"partition-key-type\":\"schema-table\"");
        out.raw(",\"schema-name\":\"daybook\",\"table-name\":\"transaction_context\"");
        out.raw(",\"transaction-id\":").number(place.transactionId);
        out.raw(",\"transaction-record-id\":").number(place.recordId);
        out.raw(COMMIT_TIMESTAMP);
        commitTime(place.committedAt);
        out.raw("\",\"stream-position\":\"").lsn(place.commitLsn).raw('.').number(place.recordId);
        out.raw('.').lsn(place.recordLsn).raw("\"}}");
        records.add(
                new CapturedRecord(
                        sourcePartition,
                        offset,
                        topic,
                        null,
                        "daybook.transaction_context",
                        out.toByteArray(),
                        null,
                        chunk));
    }

    /** The {@code control} body of a table's definition. */
    static String definition(TableShape shape) {
        JsonBuffer body = new JsonBuffer();
        body.raw("{\"table-def\":{\"columns\":{");
        boolean first = true;
        for (TableShape.Column column : shape.columns) {
            if (!first) {
                body.raw(',');
            }
            first = false;
            body.string(column.name()).raw(":{\"type\":").string(column.dmsWord());
            body.raw(",\"nullable\":").raw(column.nullable() ? "true" : "false");
            body.raw(",\"postgres-type\":").string(column.typeName()).raw('}');
        }
        body.raw('}');
        if (shape.hasKey()) {
            body.raw(",\"primary-key\":[");
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

    private static int largest(@Nullable Tuple before, @Nullable Tuple after) {
        return Math.max(largest(before), largest(after));
    }

    private static int largest(@Nullable Tuple row) {
        int largest = 0;
        for (int i = 0; row != null && i < row.count; i++) {
            if (row.states[i] == Tuple.TEXT) {
                largest = Math.max(largest, row.lengths[i]);
            }
        }
        return largest;
    }

    private static boolean hasLargerThan(int limit, @Nullable Tuple row) {
        for (int i = 0; row != null && i < row.count; i++) {
            if (row.states[i] == Tuple.TEXT && row.lengths[i] > limit) {
                return true;
            }
        }
        return false;
    }

    private void reportTooLarge(
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset,
            TableShape shape,
            Operation operation,
            @Nullable Tuple before,
            boolean wholeBefore,
            @Nullable Tuple after,
            String key,
            Place place,
            int limit) {
        for (int i = 0; i < shape.members.length; i++) {
            if (after != null
                    && i < after.count
                    && after.states[i] == Tuple.TEXT
                    && after.lengths[i] > limit) {
                tooLarge(
                        records,
                        chunk,
                        offset,
                        shape,
                        operation,
                        i,
                        "new value",
                        after.lengths[i],
                        key,
                        place);
            }
            if (before != null
                    && (wholeBefore || shape.columns.get(i).identity())
                    && i < before.count
                    && before.states[i] == Tuple.TEXT
                    && before.lengths[i] > limit) {
                tooLarge(
                        records,
                        chunk,
                        offset,
                        shape,
                        operation,
                        i,
                        "old value",
                        before.lengths[i],
                        key,
                        place);
            }
        }
    }

    private void tooLarge(
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset,
            TableShape shape,
            Operation operation,
            int column,
            String which,
            int bytes,
            String key,
            Place place) {
        String reason =
                "The "
                        + which
                        + " of column "
                        + shape.columns.get(column).name()
                        + " in the "
                        + operation.word
                        + " of "
                        + key
                        + " (transaction "
                        + place.transactionId
                        + ", position "
                        + Lsn.wide(place.commitLsn)
                        + "."
                        + place.recordId
                        + ") has "
                        + bytes
                        + " bytes and was left out: a value may have max.value.bytes="
                        + maxValueBytes
                        + " and a record max.record.bytes="
                        + maxRecordBytes
                        + "; raise both, with the producer's max.request.size and the topic's"
                        + " max.message.bytes, or keep such values outside the database.";
        rejected(records, chunk, offset, "value-too-large", reason, shape.qualifiedName, key);
    }

    /** Writes a report of something that could not be recorded. */
    void rejected(
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset,
            String code,
            String reason,
            @Nullable String table,
            @Nullable String key) {
        UUID id = RejectionId.of(Stage.SOURCE, topic, null, null, reason);
        out.clear();
        out.raw("{\"id\":\"").raw(id.toString()).raw("\",\"rejected_at\":\"");
        now();
        out.raw("\",\"source\":")
                .string(source)
                .raw(",\"stage\":\"source\",\"code\":")
                .string(code);
        out.raw(",\"reason\":").string(reason).raw(",\"topic\":").string(topic);
        out.raw(",\"partition\":null,\"record_offset\":null,\"table_name\":");
        if (table == null) {
            out.raw("null");
        } else {
            out.string(table);
        }
        out.raw(",\"record_key\":");
        if (key == null) {
            out.raw("null");
        } else {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            out.raw('"').raw(Base64.getEncoder().encodeToString(bytes)).raw('"');
        }
        out.raw(",\"record_value\":null}");
        records.add(
                new CapturedRecord(
                        sourcePartition,
                        offset,
                        rejectedTopic,
                        null,
                        null,
                        out.toByteArray(),
                        null,
                        chunk));
    }

    private void now() {
        long millis = clock.millis();
        if (millis != nowMillis) {
            nowMillis = millis;
            now.clear();
            timestamp(now, Math.multiplyExact(millis, 1000L));
        }
        out.raw(now);
    }

    private void commitTime(long micros) {
        if (micros != committedMicros) {
            committedMicros = micros;
            committed.clear();
            timestamp(committed, micros);
        }
        out.raw(committed);
    }

    /** Writes microseconds since 1970 as ISO 8601 with six digits and a {@code Z}. */
    static void timestamp(JsonBuffer out, long micros) {
        long seconds = Math.floorDiv(micros, 1_000_000L);
        int fraction = (int) Math.floorMod(micros, 1_000_000L);
        LocalDateTime time = LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC);
        out.padded(time.getYear(), 4).raw('-').padded(time.getMonthValue(), 2).raw('-');
        out.padded(time.getDayOfMonth(), 2).raw('T').padded(time.getHour(), 2).raw(':');
        out.padded(time.getMinute(), 2).raw(':').padded(time.getSecond(), 2).raw('.');
        out.padded(fraction, 6).raw('Z');
    }

    static String timestamp(long micros) {
        JsonBuffer out = new JsonBuffer();
        timestamp(out, micros);
        return out.toString();
    }

    static long micros(Instant instant) {
        return Math.addExact(
                Math.multiplyExact(instant.getEpochSecond(), 1_000_000L),
                instant.getNano() / 1_000);
    }
}
