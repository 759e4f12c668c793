package dev.daybook.ingest.debezium;

import dev.daybook.contract.Lsn;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableCatalog;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Decoder;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Reads the records of Debezium's PostgreSQL connector, as Kafka Connect's JsonConverter writes
 * them, with a schema in each record or without one. What is supported, setting by setting, is in
 * {@code docs/reference/debezium.md}.
 */
public final class DebeziumDecoder implements Decoder {

    /** On a delete: the row lives on under another key, and the record with that key says so. */
    private static final String NEW_KEY = "__debezium.newkey";

    /** On a create: the row had another key before. */
    private static final String OLD_KEY = "__debezium.oldkey";

    private static final String POSTGRESQL = "postgresql";
    private static final String INCREMENTAL = "incremental";

    /** Microseconds of the first moment behind the years that the log writes. */
    private static final long END_MICROS = 253_402_300_800_000_000L;

    private final DebeziumFormat format;
    private final JsonScanner scanner = new JsonScanner(new TextCache());
    private final Envelope envelope = new Envelope(scanner);
    private final SchemaCache schemas = new SchemaCache();
    private final RecordKey keys = new RecordKey();
    private final RowReader rows;
    private final TableTypes types;

    private @Nullable TableName lastTable;

    /**
     * @param source the source's name, under which the catalog knows it
     * @param catalog tells the types of columns where the records do not
     */
    public DebeziumDecoder(DebeziumFormat format, String source, TableCatalog catalog) {
        this.format = format;
        this.types = new TableTypes(source, catalog);
        this.rows = new RowReader(new Unavailable(format.unavailableValue()));
    }

    @Override
    public Decoded decode(Incoming record) {
        byte[] value = record.value();
        if (value == null) {
            return new Decoded.Ignored("tombstone");
        }
        if (value.length > format.maxBytes()) {
            return malformed(
                    "too-large",
                    "The record has "
                            + value.length
                            + " bytes, more than the "
                            + format.maxBytes()
                            + " that are read: raise daybook.ingest.max-record-bytes.",
                    null);
        }
        if (value.length > 0 && value[0] == 0) {
            return malformed(
                    "schema-registry",
                    "The record begins with a magic byte 0, as Avro, Protobuf and JSON Schema do"
                            + " with a schema registry, and these are not read: set the"
                            + " connector's key.converter and value.converter to"
                            + " org.apache.kafka.connect.json.JsonConverter.",
                    null);
        }
        TableName table = null;
        try {
            scanner.reset(value);
            if (scanner.peek() != '{') {
                boolean isNull = scanner.peek() == 'n';
                scanner.skipValue();
                scanner.expectEnd();
                return isNull ? new Decoded.Ignored("tombstone") : noEnvelope();
            }
            envelope.read(value, record.place().topic(), schemas);
            if (!envelope.isEnvelope()) {
                return ownRecord();
            }
            table = table();
            return change(record, table);
        } catch (JsonProblem problem) {
            return malformed(problem.code(), problem.reason(), table);
        }
    }

    /** Says what a record without an envelope is: the connector's own, or one that was changed. */
    private Decoded ownRecord() {
        if (envelope.isHeartbeat()) {
            return new Decoded.Ignored("connector-heartbeat");
        }
        if (envelope.isTransaction()) {
            return new Decoded.Ignored(
                    "BEGIN".equals(envelope.status) ? "transaction-begin" : "transaction-end");
        }
        return noEnvelope();
    }

    private static Decoded noEnvelope() {
        return malformed(
                "no-envelope",
                "The record has no \"op\" and no \"source\", so it is no envelope of Debezium's: if"
                        + " the connector flattens its records (ExtractNewRecordState) or routes an"
                        + " outbox (EventRouter), take that transform out of its setting"
                        + " transforms.",
                null);
    }

    private Decoded change(Incoming record, @Nullable TableName table) throws JsonProblem {
        if (!POSTGRESQL.equals(envelope.connector)) {
            return malformed(
                    "unknown-connector",
                    "The record is of Debezium's connector \""
                            + envelope.connector
                            + "\": only that for PostgreSQL is read.",
                    table);
        }
        String op = envelope.op == null ? "" : envelope.op;
        if (op.equals(Envelope.MESSAGE)) {
            return message();
        }
        if (table == null) {
            return malformed(
                    "no-table",
                    "The record's \"source\" names no table: it needs a \"table\".",
                    null);
        }
        return switch (op) {
            case Envelope.CREATE, Envelope.READ, Envelope.UPDATE, Envelope.DELETE ->
                    row(record, table, op);
            case Envelope.TRUNCATE -> new Decoded.Truncated(coordinates(table, null));
            default ->
                    malformed(
                            "unknown-operation",
                            "The record's \"op\" is \"" + op + "\": it must be r, c, u, d, t or m.",
                            table);
        };
    }

    private Decoded row(Incoming record, TableName table, String op) throws JsonProblem {
        if (op.equals(Envelope.READ) && INCREMENTAL.equals(envelope.snapshot)) {
            return malformed(
                    "incremental-snapshot",
                    "The row of an incremental snapshot carries the connector's clock, and may be"
                            + " older than changes that follow it: it has no place in a history."
                            + " Use a snapshot of type BLOCKING.",
                    table);
        }
        RowImage row = op.equals(Envelope.DELETE) ? envelope.before : envelope.after;
        if (row == null && !op.equals(Envelope.DELETE)) {
            return malformed(
                    "no-data",
                    "The record has no \"after\": nothing says what the row is now.",
                    table);
        }
        if (op.equals(Envelope.DELETE) && record.headers().last(NEW_KEY) != null) {
            return new Decoded.Ignored("key-change");
        }
        RecordKey.Parts key = key(record);
        if (table.equals(format.contextTable())) {
            return op.equals(Envelope.CREATE) && row != null
                    ? new Decoded.Context(coordinates(table, null), row)
                    : new Decoded.Ignored("context-removal");
        }
        rows.begin(types.row(table, envelope.schema), types.key(table, key.schema()), key);
        // A table without a key is published for updates and deletes with its whole rows only.
        boolean whole = format.fullIdentity() || key.columns().isEmpty();
        return switch (op) {
            case Envelope.DELETE ->
                    change(
                            record,
                            Operation.DELETE,
                            table,
                            key,
                            whole && row != null ? rows.readOld(row) : rows.readKey(),
                            RowImage.empty());
            case Envelope.UPDATE -> {
                RowImage before =
                        whole && envelope.before != null
                                ? rows.readOld(envelope.before)
                                : RowImage.empty();
                yield change(record, Operation.UPDATE, table, key, newRow(row, before), before);
            }
            case Envelope.CREATE -> {
                byte[] oldKey = record.headers().last(OLD_KEY);
                RowImage data = newRow(row, RowImage.empty());
                yield oldKey == null
                        ? change(record, Operation.INSERT, table, key, data, RowImage.empty())
                        : change(record, Operation.UPDATE, table, key, data, oldKey(oldKey, table));
            }
            default ->
                    change(
                            record,
                            Operation.SNAPSHOT,
                            table,
                            key,
                            newRow(row, RowImage.empty()),
                            RowImage.empty());
        };
    }

    private RowImage newRow(@Nullable RowImage row, RowImage before) {
        return row == null ? RowImage.empty() : rows.readNew(row, before);
    }

    private Decoded change(
            Incoming record,
            Operation operation,
            TableName table,
            RecordKey.Parts key,
            RowImage data,
            RowImage before)
            throws JsonProblem {
        return new Decoded.Change(
                coordinates(table, rows.unusable()),
                operation,
                data,
                before,
                new Decoded.SelfDescription(
                        key.columns(), rows.unknown(), identity(record, operation, key)));
    }

    /**
     * Returns what tells a change from others of its transaction that no number does: the row, or
     * the place of a record that does not name one. Rows that one statement writes may share their
     * position in the WAL, and those of a snapshot do.
     */
    private @Nullable String identity(Incoming record, Operation operation, RecordKey.Parts key) {
        if (operation != Operation.SNAPSHOT && envelope.totalOrder != null) {
            return null;
        }
        return key.columns().isEmpty() ? record.place().toString() : key.text();
    }

    private RecordKey.Parts key(Incoming record) throws JsonProblem {
        try {
            return keys.read(record.key(), record.place().topic());
        } catch (JsonProblem problem) {
            throw problem.code().equals(RecordKey.BAD_KEY)
                    ? problem
                    : new JsonProblem(
                            RecordKey.BAD_KEY,
                            "The record's key is not JSON: set the connector's key.converter to"
                                    + " org.apache.kafka.connect.json.JsonConverter. "
                                    + problem.reason());
        }
    }

    /** Returns the old row of a change that gave it another key, as far as its header tells. */
    private RowImage oldKey(byte[] header, TableName table) {
        try {
            RecordKey.Parts old = keys.read(header, OLD_KEY);
            return rows.keyImage(old, types.key(table, old.schema()));
        } catch (JsonProblem unreadable) {
            rows.cannotUse(OLD_KEY);
            return RowImage.empty();
        }
    }

    private Decoded message() throws JsonProblem {
        if (!TransactionContext.MESSAGE_PREFIX.equals(envelope.prefix)
                || envelope.transactionId == null) {
            return new Decoded.Ignored("message");
        }
        String content = envelope.content == null ? "" : envelope.content;
        return new Decoded.Context(
                coordinates(format.contextTable(), null), ContextMessage.read(content, scanner));
    }

    private Decoded.Coordinates coordinates(TableName table, @Nullable String unusable)
            throws JsonProblem {
        Long micros = envelope.micros;
        Long millis = envelope.millis;
        if (micros == null && millis != null && millis < END_MICROS / 1_000) {
            micros = millis * 1_000;
        }
        if (micros == null || micros >= END_MICROS) {
            throw new JsonProblem(
                    "bad-timestamp",
                    "The record's \"source\" has neither a \"ts_us\" nor a \"ts_ms\" before the"
                            + " year 10000: nothing says when the change was committed.");
        }
        Long lsn = envelope.lsn;
        Long order = envelope.totalOrder;
        String position = lsn == null ? null : Lsn.wide(lsn);
        if (position != null && envelope.micros == null && order != null) {
            // Commits of one millisecond are told apart by the WAL only, and there several changes
            // may share a place.
            position = position + "." + order;
            order = lsn;
        }
        return new Decoded.Coordinates(
                table,
                Instant.ofEpochSecond(
                        micros / PgTime.MICROS_OF_SECOND, micros % PgTime.MICROS_OF_SECOND * 1_000),
                envelope.transactionId,
                order != null ? order : lsn,
                position,
                null,
                unusable,
                null);
    }

    /** Returns the table; mostly the same one as last time, which is then the same object. */
    private @Nullable TableName table() {
        if (envelope.table.isEmpty()) {
            return null;
        }
        TableName last = lastTable;
        if (last == null
                || !last.name().equals(envelope.table)
                || !last.schema().equals(envelope.schemaName)) {
            last = new TableName(envelope.schemaName, envelope.table);
            lastTable = last;
        }
        return last;
    }

    private static Decoded.Malformed malformed(
            String code, String reason, @Nullable TableName table) {
        return new Decoded.Malformed(code, reason, table);
    }
}
