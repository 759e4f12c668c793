package dev.daybook.connect.source;

import dev.daybook.connect.source.RecordWriter.Place;
import dev.daybook.connect.source.RecordWriter.Tuple;
import dev.daybook.connect.source.TableShape.Operation;
import dev.daybook.contract.Lsn;

import org.apache.kafka.connect.source.SourceRecord;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the messages of {@code pgoutput} (protocol version 1; PostgreSQL documentation, "Logical
 * Replication Message Formats") and writes the records of what they say.
 */
final class PgOutputReader {

    private static final long MICROS_1970_TO_2000 = 946_684_800_000_000L;
    private static final String CONTEXT_PREFIX = "daybook";
    private static final String DROP_PREFIX = "daybook.drop-table";
    private static final String OWN_SCHEMA = "daybook";

    private final RecordWriter writer;
    private final SourceCatalog catalog;
    private final TablePatterns tables;

    private final Map<Integer, TableShape> shapes = new HashMap<>();
    private final Map<String, TableShape> defined = new HashMap<>();
    private final Tuple before = new Tuple();
    private final Tuple after = new Tuple();
    private final Place place = new Place();

    private boolean inTransaction;
    private long lastCommitEnd = Lsn.NONE;
    private long lastCommittedAt = Long.MIN_VALUE;
    private long changes;

    PgOutputReader(RecordWriter writer, SourceCatalog catalog, TablePatterns tables) {
        this.writer = writer;
        this.catalog = catalog;
        this.tables = tables;
    }

    /** A new stream begins, in which the source says everything about its tables again. */
    void reset() {
        shapes.clear();
        inTransaction = false;
        lastCommitEnd = Lsn.NONE;
    }

    /** Whether the last message was within a transaction whose end has not come yet. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** Where the last transaction that came whole ends; {@link Lsn#NONE} if none did. */
    long lastCommitEnd() {
        return lastCommitEnd;
    }

    /** When the last transaction that came whole committed, in microseconds since 1970. */
    long lastCommittedAt() {
        return lastCommittedAt;
    }

    /** How many changes were read. */
    long changes() {
        return changes;
    }

    /** Reads one message and adds the records of it. */
    void read(byte[] message, List<SourceRecord> records, Chunk chunk, Map<String, ?> offset)
            throws SQLException {
        ByteBuffer in = ByteBuffer.wrap(message);
        in.position(ReplicationStream.payloadOffset());
        byte type = in.get();
        switch (type) {
            case 'I' -> {
                TableShape shape = shape(in.getInt());
                nextRecord(message);
                in.get();
                tuple(in, after);
                if (wanted(shape)) {
                    writer.change(
                            records,
                            chunk,
                            offset,
                            shape,
                            Operation.INSERT,
                            null,
                            false,
                            after,
                            place);
                }
            }
            case 'U' -> {
                TableShape shape = shape(in.getInt());
                nextRecord(message);
                byte part = in.get();
                byte old = 0;
                if (part != 'N') {
                    old = part;
                    tuple(in, before);
                    in.get();
                }
                tuple(in, after);
                if (wanted(shape)) {
                    writer.change(
                            records,
                            chunk,
                            offset,
                            shape,
                            Operation.UPDATE,
                            old == 0 ? null : before,
                            old == 'O',
                            after,
                            place);
                }
            }
            case 'D' -> {
                TableShape shape = shape(in.getInt());
                nextRecord(message);
                byte old = in.get();
                tuple(in, before);
                if (wanted(shape)) {
                    writer.change(
                            records,
                            chunk,
                            offset,
                            shape,
                            Operation.DELETE,
                            before,
                            old == 'O',
                            null,
                            place);
                }
            }
            case 'B' -> {
                place.commitLsn = in.getLong();
                place.committedAt = in.getLong() + MICROS_1970_TO_2000;
                place.transactionId = Integer.toUnsignedLong(in.getInt());
                place.recordId = 0;
                inTransaction = true;
            }
            case 'C' -> {
                in.get();
                in.getLong();
                lastCommitEnd = in.getLong();
                lastCommittedAt = in.getLong() + MICROS_1970_TO_2000;
                inTransaction = false;
            }
            case 'R' -> relation(in, records, chunk, offset);
            case 'T' -> truncate(in, message, records, chunk, offset);
            case 'M' -> logicalMessage(in, message, records, chunk, offset);
            default -> {
                // 'O' names where a transaction was first committed and 'Y' a type; a later minor
                // version of the protocol may add more that an audit log has no use for.
            }
        }
    }

    private void nextRecord(byte[] message) {
        changes++;
        place.recordId++;
        place.recordLsn = ReplicationStream.recordLsn(message);
    }

    private boolean wanted(TableShape shape) {
        return tables.matches(shape.schema, shape.table) || shape.schema.equals(OWN_SCHEMA);
    }

    private TableShape shape(int relationId) throws SQLException {
        TableShape shape = shapes.get(relationId);
        if (shape == null) {
            throw new SQLException(
                    "The source sent a change of table "
                            + relationId
                            + " without saying what that is.",
                    "08P01");
        }
        return shape;
    }

    private void relation(
            ByteBuffer in, List<SourceRecord> records, Chunk chunk, Map<String, ?> offset)
            throws SQLException {
        int relationId = in.getInt();
        String schema = text(in);
        if (schema.isEmpty()) {
            schema = "pg_catalog";
        }
        String table = text(in);
        byte identity = in.get();
        int count = in.getShort();
        String[] names = new String[count];
        boolean[] flagged = new boolean[count];
        int[] types = new int[count];
        int[] modifiers = new int[count];
        for (int i = 0; i < count; i++) {
            flagged[i] = (in.get() & 1) != 0;
            names[i] = text(in);
            types[i] = in.getInt();
            modifiers[i] = in.getInt();
        }
        TableShape shape =
                catalog.shape(
                        relationId,
                        schema,
                        table,
                        (char) identity,
                        names,
                        flagged,
                        types,
                        modifiers);
        shapes.put(relationId, shape);
        if (wanted(shape) && !schema.equals(OWN_SCHEMA)) {
            define(shape, records, chunk, offset);
        }
    }

    /**
     * Writes the definition of a table that is loaded, unless the stream has told of it already.
     */
    void defineIfUnknown(
            TableShape shape, List<SourceRecord> records, Chunk chunk, Map<String, ?> offset) {
        if (!defined.containsKey(shape.qualifiedName)) {
            define(shape, records, chunk, offset);
        }
    }

    /** Writes a table's definition, if it is not the one that was written last. */
    void define(TableShape shape, List<SourceRecord> records, Chunk chunk, Map<String, ?> offset) {
        TableShape known = defined.put(shape.qualifiedName, shape);
        if (known == null || shape.definesOtherThan(known)) {
            writer.control(
                    records,
                    chunk,
                    offset,
                    "create-table",
                    shape.schema,
                    shape.table,
                    RecordWriter.definition(shape),
                    null,
                    null);
        }
    }

    private void truncate(
            ByteBuffer in,
            byte[] message,
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset)
            throws SQLException {
        int count = in.getInt();
        in.get();
        for (int i = 0; i < count; i++) {
            TableShape shape = shape(in.getInt());
            nextRecord(message);
            if (wanted(shape) && !shape.schema.equals(OWN_SCHEMA)) {
                writer.control(
                        records,
                        chunk,
                        offset,
                        "truncate",
                        shape.schema,
                        shape.table,
                        "{}",
                        place,
                        null);
            }
        }
    }

    private void logicalMessage(
            ByteBuffer in,
            byte[] message,
            List<SourceRecord> records,
            Chunk chunk,
            Map<String, ?> offset) {
        boolean transactional = (in.get() & 1) != 0;
        in.getLong();
        String prefix = text(in);
        if (!transactional || !(prefix.equals(CONTEXT_PREFIX) || prefix.equals(DROP_PREFIX))) {
            return;
        }
        byte[] content = new byte[in.getInt()];
        in.get(content);
        nextRecord(message);
        String json = new String(content, StandardCharsets.UTF_8);
        if (prefix.equals(DROP_PREFIX)) {
            dropped(json, records, chunk, offset);
            return;
        }
        String reason = ContextMessage.whyNot(json);
        if (reason == null) {
            writer.context(records, chunk, offset, ContextMessage.columns(json), place);
        } else {
            writer.rejected(
                    records,
                    chunk,
                    offset,
                    "bad-context",
                    "The logical message with prefix daybook in transaction "
                            + place.transactionId
                            + " (position "
                            + Lsn.wide(place.commitLsn)
                            + "."
                            + place.recordId
                            + ") names nobody: "
                            + reason
                            + "; write a JSON object with actor, and reason, request_id and"
                            + " attributes as needed.",
                    "daybook.transaction_context",
                    null);
        }
    }

    /** The content is {@code schema.table}, both quoted as SQL would, as db/source writes it. */
    private void dropped(
            String name, List<SourceRecord> records, Chunk chunk, Map<String, ?> offset) {
        List<String> parts = SqlName.parts(name);
        if (parts.size() != 2 || !tables.matches(parts.get(0), parts.get(1))) {
            return;
        }
        defined.remove(parts.get(0) + "." + parts.get(1));
        writer.control(
                records,
                chunk,
                offset,
                "drop-table",
                parts.get(0),
                parts.get(1),
                "{}",
                place,
                null);
    }

    private static void tuple(ByteBuffer in, Tuple tuple) throws SQLException {
        int count = in.getShort();
        byte[] bytes = in.array();
        tuple.reset(bytes, count);
        for (int i = 0; i < count; i++) {
            byte state = in.get();
            if (state == Tuple.TEXT) {
                int length = in.getInt();
                int offset = in.position();
                tuple.set(i, state, offset, length);
                in.position(offset + length);
            } else if (state == LargeValueFilter.LARGE) {
                // Its length alone says that it is left out; there is nothing to look at.
                tuple.set(i, Tuple.TEXT, 0, in.getInt());
            } else if (state == Tuple.NULL || state == Tuple.UNCHANGED) {
                tuple.set(i, state, 0, 0);
            } else {
                throw new SQLException(
                        "The source sent a value of unknown kind " + state + ".", "08P01");
            }
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = in.array();
        int start = in.position();
        int end = start;
        while (bytes[end] != 0) {
            end++;
        }
        in.position(end + 1);
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
}
