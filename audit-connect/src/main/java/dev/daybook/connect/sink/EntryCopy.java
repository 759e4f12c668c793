package dev.daybook.connect.sink;

import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;

/**
 * Writes entries by {@code COPY} in PostgreSQL's binary format: no quoting, no parsing of times and
 * numbers, and the JSON goes from the record's bytes to the socket as it is.
 *
 * <p>COPY knows no {@code ON CONFLICT}: one entry that is there already fails the whole of it.
 */
final class EntryCopy {

    private static final String COLUMNS =
            "(id, committed_at, source, table_name, entity_key, old_entity_key, operation,"
                    + " transaction_id, sequence, position, before, after, unknown_columns, actor,"
                    + " source_committed_at, place, seed)";

    private static final String SQL = "COPY audit.entry " + COLUMNS + " FROM STDIN (FORMAT binary)";

    private static final byte[] HEADER = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    private static final int FLUSH_AT = 128 * 1024;
    private static final int TEXT_OID = 25;

    /** Microseconds from 1970 to 2000, where PostgreSQL's clock begins. */
    private static final long EPOCH = 946_684_800_000_000L;

    private byte[] buffer = new byte[FLUSH_AT + 16 * 1024];
    private int size;

    /** Copies all of the entries, or fails and copies none. */
    void copy(CopyManager copies, List<Row.Entry> entries, Places places) throws SQLException {
        CopyIn copy = copies.copyIn(SQL);
        try {
            size = 0;
            bytes(HEADER, 0, HEADER.length);
            for (Row.Entry entry : entries) {
                write(entry, places);
                if (size >= FLUSH_AT) {
                    copy.writeToCopy(buffer, 0, size);
                    size = 0;
                }
            }
            int16(-1);
            copy.writeToCopy(buffer, 0, size);
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
            if (buffer.length > 64 * FLUSH_AT) {
                // One huge value must not be paid for until the task ends.
                buffer = new byte[FLUSH_AT + 16 * 1024];
            }
        }
    }

    private void write(Row.Entry entry, Places places) {
        int16(17);
        int32(16);
        int64(entry.id().getMostSignificantBits());
        int64(entry.id().getLeastSignificantBits());
        int32(8);
        int64(entry.committedAt() - EPOCH);
        text(entry.source());
        text(entry.tableName());
        text(entry.entityKey());
        text(entry.oldEntityKey());
        text(entry.operation().word());
        number(entry.transactionId());
        number(entry.sequence());
        text(entry.position());
        json(entry.before());
        json(entry.after());
        texts(entry.unknownColumns());
        text(entry.actor());
        Long sourceTime = entry.sourceCommittedAt();
        number(sourceTime == null ? null : (Long) (sourceTime - EPOCH));
        number(places.placeOf(entry));
        blob(places.seedOf(entry));
    }

    private void number(@Nullable Long value) {
        if (value == null) {
            int32(-1);
            return;
        }
        int32(8);
        int64(value);
    }

    private void text(@Nullable String value) {
        if (value == null) {
            int32(-1);
            return;
        }
        blob(value.getBytes(StandardCharsets.UTF_8));
    }

    private void blob(byte @Nullable [] value) {
        if (value == null) {
            int32(-1);
            return;
        }
        int32(value.length);
        bytes(value, 0, value.length);
    }

    private void json(@Nullable JsonSlice slice) {
        if (slice == null) {
            int32(-1);
            return;
        }
        int32(slice.length);
        bytes(slice.bytes, slice.from, slice.length);
    }

    private void texts(@Nullable List<String> values) {
        if (values == null) {
            int32(-1);
            return;
        }
        int lengthAt = size;
        int32(0);
        int32(values.isEmpty() ? 0 : 1); // dimensions
        int32(0); // no nulls
        int32(TEXT_OID);
        if (!values.isEmpty()) {
            int32(values.size());
            int32(1); // lower bound
            for (String value : values) {
                text(value);
            }
        }
        int end = size;
        size = lengthAt;
        int32(end - lengthAt - 4);
        size = end;
    }

    private void int16(int value) {
        room(2);
        buffer[size++] = (byte) (value >>> 8);
        buffer[size++] = (byte) value;
    }

    private void int32(int value) {
        room(4);
        buffer[size++] = (byte) (value >>> 24);
        buffer[size++] = (byte) (value >>> 16);
        buffer[size++] = (byte) (value >>> 8);
        buffer[size++] = (byte) value;
    }

    private void int64(long value) {
        int32((int) (value >>> 32));
        int32((int) value);
    }

    private void bytes(byte[] source, int from, int length) {
        room(length);
        System.arraycopy(source, from, buffer, size, length);
        size += length;
    }

    private void room(int length) {
        if (buffer.length - size < length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + length));
        }
    }
}
