package dev.daybook.connect.source;

import dev.daybook.connect.source.replication.ReplicationStream;
import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.Quote;
import dev.daybook.contract.TableChange;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;
import dev.daybook.source.SourcePreparation;
import dev.daybook.source.TablePatterns;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the messages of {@code pgoutput} (protocol version 1; PostgreSQL documentation, "Logical
 * Replication Message Formats") and writes the records of what they say.
 */
final class PgOutputReader {

    private static final Logger LOG = LoggerFactory.getLogger(PgOutputReader.class);

    private static final long MICROS_1970_TO_2000 = 946_684_800_000_000L;

    private final ChangeWriter changeWriter;
    private final ControlWriter controlWriter;
    private final RejectionWriter rejectionWriter;
    private final StreamCatalog catalog;
    private final TablePatterns tables;
    private final CommitClock commitClock;

    /** The tables that were described since, each right before its next change. */
    private final Map<Integer, Relation> described = new HashMap<>();

    private final Map<Integer, TableShape> shapes = new HashMap<>();
    private final Map<String, TableShape> defined = new HashMap<>();
    private final Tuple before = new Tuple();
    private final Tuple after = new Tuple();
    private final RecordPosition position = new RecordPosition();

    private boolean inTransaction;
    private long lastCommitEnd = Lsn.NONE;
    private long lastCommittedAt = Long.MIN_VALUE;
    private long changes;

    PgOutputReader(
            ChangeWriter changeWriter,
            ControlWriter controlWriter,
            RejectionWriter rejectionWriter,
            StreamCatalog catalog,
            TablePatterns tables,
            CommitClock commitClock) {
        this.changeWriter = changeWriter;
        this.controlWriter = controlWriter;
        this.rejectionWriter = rejectionWriter;
        this.catalog = catalog;
        this.tables = tables;
        this.commitClock = commitClock;
    }

    /** A new stream begins, in which the source says everything about its tables again. */
    void reset() {
        described.clear();
        shapes.clear();
        inTransaction = false;
        lastCommitEnd = Lsn.NONE;
    }

    /** Returns whether the last message was within a transaction whose end has not come yet. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** Returns where the last transaction that came whole ends; {@link Lsn#NONE} if none did. */
    long lastCommitEnd() {
        return lastCommitEnd;
    }

    /**
     * Returns the commit time handed on of the last transaction that came whole, in microseconds
     * since 1970.
     */
    long lastCommittedAt() {
        return lastCommittedAt;
    }

    /** Returns how many changes were read. */
    long changes() {
        return changes;
    }

    /**
     * Reads one message and adds the records of it.
     *
     * @throws SQLException if the message is not one of pgoutput's (SQLSTATE 08P01), or the
     *     source's catalog is unreachable
     */
    void read(byte[] message, RecordBatch batch) throws SQLException {
        if (message.length <= ReplicationStream.payloadOffset()) {
            throw malformed("it has no content");
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(message);
            in.position(ReplicationStream.payloadOffset());
            read(in, message, batch);
        } catch (BufferUnderflowException e) {
            SQLException malformed = malformed("it ends early");
            malformed.initCause(e);
            throw malformed;
        }
    }

    private static SQLException malformed(String why) {
        return new SQLException(
                "The source sent a message that cannot be read: " + why + ".", "08P01");
    }

    private void read(ByteBuffer in, byte[] message, RecordBatch batch) throws SQLException {
        byte type = in.get();
        switch (type) {
            case 'I' -> {
                TableShape shape = shape(in.getInt(), message, batch);
                nextRecord(message);
                in.get();
                tuple(in, after, shape);
                if (isCaptured(shape)) {
                    changeWriter.change(
                            batch, RowChange.of(shape, ChangeOperation.INSERT, after, position));
                }
                renamed(RenamedTable.of(shape, after), batch);
            }
            case 'U' -> {
                TableShape shape = shape(in.getInt(), message, batch);
                nextRecord(message);
                byte part = in.get();
                byte old = 0;
                if (part != 'N') {
                    old = part;
                    tuple(in, before, shape);
                    in.get();
                }
                tuple(in, after, shape);
                if (isCaptured(shape)) {
                    changeWriter.change(
                            batch,
                            new RowChange(
                                    shape,
                                    ChangeOperation.UPDATE,
                                    old == 0 ? null : before,
                                    old == 'O',
                                    after,
                                    position));
                }
            }
            case 'D' -> {
                TableShape shape = shape(in.getInt(), message, batch);
                nextRecord(message);
                byte old = in.get();
                tuple(in, before, shape);
                if (isCaptured(shape)) {
                    changeWriter.change(
                            batch,
                            new RowChange(
                                    shape,
                                    ChangeOperation.DELETE,
                                    before,
                                    old == 'O',
                                    null,
                                    position));
                }
            }
            case 'B' -> {
                position.commitLsn = in.getLong();
                long committedAt = in.getLong() + MICROS_1970_TO_2000;
                position.committedAt = commitClock.next(position.commitLsn, committedAt);
                position.sourceCommittedAt = committedAt;
                position.transactionId = Integer.toUnsignedLong(in.getInt());
                position.recordId = 0;
                inTransaction = true;
            }
            case 'C' -> {
                in.get();
                in.getLong();
                lastCommitEnd = in.getLong();
                lastCommittedAt = position.committedAt;
                inTransaction = false;
            }
            case 'R' -> relation(in);
            case 'T' -> truncate(in, message, batch);
            case 'M' -> logicalMessage(in, message, batch);
            case 'O' -> {
                // It names where the transaction was first committed, before its first change.
                position.committedAt = commitClock.nextIsAPeers(position.commitLsn);
            }
            default -> {
                // 'Y' names a type; a later minor version of the protocol may add more that an
                // audit log has no use for.
            }
        }
    }

    private void nextRecord(byte[] message) {
        changes++;
        position.recordId++;
        position.recordLsn = ReplicationStream.recordLsn(message);
    }

    /**
     * Whether a table's changes are recorded. Of our own schema the rest comes too where somebody
     * publishes all tables: what a capture keeps for itself is nobody's change.
     */
    private boolean isCaptured(TableShape shape) {
        return isOurs(shape)
                ? TransactionContext.is(shape.schema, shape.table)
                        || TableChange.is(shape.schema, shape.table)
                : tables.matches(shape.schema, shape.table);
    }

    private static boolean isOurs(TableShape shape) {
        return shape.schema.equals(TransactionContext.SCHEMA);
    }

    private TableShape shape(int relationId, byte[] message, RecordBatch batch)
            throws SQLException {
        Relation relation = described.remove(relationId);
        if (relation != null) {
            TableShape shape = catalog.shape(relation, ReplicationStream.recordLsn(message));
            shapes.put(relationId, shape);
            if (isCaptured(shape) && !isOurs(shape)) {
                define(shape, batch);
            }
            return shape;
        }
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

    /** A description has no place of its own in the WAL: the change that follows has. */
    private void relation(ByteBuffer in) throws SQLException {
        int relationId = in.getInt();
        String schema = text(in);
        if (schema.isEmpty()) {
            schema = "pg_catalog";
        }
        String table = text(in);
        if (table.isEmpty()) {
            throw malformed("it describes a table without a name");
        }
        byte identity = in.get();
        int count = Short.toUnsignedInt(in.getShort());
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
        described.put(
                relationId,
                new Relation(
                        relationId,
                        schema,
                        table,
                        (char) identity,
                        names,
                        flagged,
                        types,
                        modifiers));
    }

    private void renamed(@Nullable RenamedTable renamed, RecordBatch batch) {
        TableShape former = renamed == null ? null : shapes.get(renamed.relationId());
        if (renamed != null && former != null) {
            TableShape shape = renamed.of(former);
            shapes.put(renamed.relationId(), shape);
            if (isCaptured(shape)) {
                define(shape, batch);
            }
        }
    }

    /**
     * Writes the definition of a table that is loaded, unless the stream has defined it already.
     */
    void defineIfUnknown(TableShape shape, RecordBatch batch) {
        if (!defined.containsKey(shape.qualifiedName)) {
            define(shape, batch);
        }
    }

    /** Writes a table's definition, if it is not the one that was written last. */
    void define(TableShape shape, RecordBatch batch) {
        TableShape known = defined.put(shape.qualifiedName, shape);
        if (known == null || shape.definesOtherThan(known)) {
            controlWriter.createTable(batch, shape);
        }
    }

    private void truncate(ByteBuffer in, byte[] message, RecordBatch batch) throws SQLException {
        int count = in.getInt();
        in.get();
        for (int i = 0; i < count; i++) {
            TableShape shape = shape(in.getInt(), message, batch);
            nextRecord(message);
            if (isCaptured(shape) && !isOurs(shape)) {
                controlWriter.truncate(batch, shape, position);
            }
        }
    }

    private void logicalMessage(ByteBuffer in, byte[] message, RecordBatch batch)
            throws SQLException {
        boolean transactional = (in.get() & 1) != 0;
        in.getLong();
        String prefix = text(in);
        if (!transactional
                || !(prefix.equals(TransactionContext.MESSAGE_PREFIX)
                        || prefix.equals(SourcePreparation.DROP_MESSAGE_PREFIX))) {
            return;
        }
        nextRecord(message);
        in.mark();
        int length = in.getInt();
        // A negative one was taken out while it was received, which over TLS none is.
        if (length < 0 || changeWriter.isTooLong(length)) {
            if (prefix.equals(TransactionContext.MESSAGE_PREFIX)) {
                rejectionWriter.contextTooLarge(batch, position, Math.abs((long) length));
            }
            return;
        }
        in.reset();
        byte[] content = new byte[length(in)];
        in.get(content);
        String json = catalog.text(content);
        if (json == null) {
            rejectionWriter.badContext(
                    batch, position, "its bytes are no text in the database's encoding", content);
            return;
        }
        if (prefix.equals(SourcePreparation.DROP_MESSAGE_PREFIX)) {
            dropped(json, batch);
            return;
        }
        String reason = ContextMessage.whyNot(json);
        if (reason != null) {
            rejectionWriter.badContext(batch, position, reason, content);
        } else if (!changeWriter.context(batch, ContextMessage.columns(json), position)) {
            rejectionWriter.contextTooLarge(batch, position, content.length);
        }
    }

    private void dropped(String name, RecordBatch batch) {
        TableName table;
        try {
            table = TableName.parse(name);
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "A message about a dropped table names none and is ignored: {}",
                    Quote.of(name));
            return;
        }
        if (tables.matches(table.schema(), table.name())) {
            defined.remove(table.schema() + "." + table.name());
            controlWriter.dropTable(batch, table, position);
        }
    }

    private static void tuple(ByteBuffer in, Tuple tuple, TableShape shape) throws SQLException {
        int count = Short.toUnsignedInt(in.getShort());
        if (count != shape.columns.size()) {
            throw malformed(
                    "a row of "
                            + shape.qualifiedName
                            + " has "
                            + count
                            + " columns of "
                            + shape.columns.size());
        }
        byte[] bytes = in.array();
        tuple.reset(bytes, count);
        for (int i = 0; i < count; i++) {
            byte state = in.get();
            if (state == Tuple.TEXT) {
                int length = length(in);
                int offset = in.position();
                tuple.set(i, state, offset, length);
                in.position(offset + length);
            } else if (state == ReplicationStream.LARGE_VALUE) {
                // Its length alone says that it is left out; there is nothing to look at.
                int length = in.getInt();
                if (length < 0) {
                    throw malformed("a value's length is negative");
                }
                tuple.set(i, Tuple.TEXT, Tuple.NOT_RECEIVED, length);
            } else if (state == Tuple.NULL || state == Tuple.UNCHANGED) {
                tuple.set(i, state, 0, 0);
            } else {
                throw new SQLException(
                        "The source sent a value of unknown kind " + state + ".", "08P01");
            }
        }
    }

    /** Reads the length of what follows, all of which is there. */
    private static int length(ByteBuffer in) throws SQLException {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw malformed("it says that " + length + " bytes follow, and has " + in.remaining());
        }
        return length;
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = in.array();
        int start = in.position();
        int end = start;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        if (end == bytes.length) {
            throw new BufferUnderflowException();
        }
        in.position(end + 1);
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
}
