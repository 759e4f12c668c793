package dev.daybook.ingest.dms;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.RecordMember;
import dev.daybook.contract.TableChange;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Decoder;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Reads records in DMS's format, in one pass, whatever order their members come in and whichever of
 * DMS's settings wrote them.
 *
 * <p>The format is described in AWS's user guide, "Using Apache Kafka as a target for AWS Database
 * Migration Service"; what the WAL source connector writes is in {@code
 * docs/reference/contracts.md}.
 */
public final class DmsDecoder implements Decoder {

    private static final ChangeOperation[] DATA_OPERATIONS =
            Arrays.stream(ChangeOperation.values())
                    .filter(ChangeOperation::isData)
                    .toArray(ChangeOperation[]::new);

    private static final long LAST_MILLI = 253_402_300_799_999L;

    private static final int DATA = 1;
    private static final int BEFORE_IMAGE = 1 << 1;
    private static final int METADATA = 1 << 2;
    private static final int CONTROL = 1 << 3;

    private final DmsFormat format;
    private final JsonScanner scanner = new JsonScanner(new TextCache());
    private final HeaderNames headerNames = new HeaderNames();
    private final RowImage.Builder image = new RowImage.Builder();
    private final RowImage.Builder prefixed = new RowImage.Builder();
    private final Metadata metadata = new Metadata();

    private @Nullable TableName lastTable;

    /** The before-image that came as prefixed columns of {@code data}. */
    private RowImage prefixedBefore = RowImage.empty();

    /**
     * Whether the definition that was read is one of the WAL source connector's, which says it
     * again at each start.
     */
    private boolean definesAgain;

    public DmsDecoder(DmsFormat format) {
        this.format = format;
    }

    @Override
    public Decoded decode(Incoming record) {
        metadata.clear();
        metadata.recordMillis = record.timestamp();
        prefixedBefore = RowImage.empty();
        byte[] value = record.value();
        if (value == null) {
            return malformed(
                    "no-value", "The record has no value: a change topic must not be compacted.");
        }
        if (value.length > format.maxBytes()) {
            return malformed(
                    "too-large",
                    "The record has "
                            + value.length
                            + " bytes, more than the "
                            + format.maxBytes()
                            + " that are read: raise daybook.ingest.max-record-bytes.");
        }
        try {
            return decode(value, record.headers());
        } catch (JsonProblem problem) {
            return malformed(problem.code(), problem.reason());
        }
    }

    private Decoded decode(byte[] value, Incoming.Headers headers) throws JsonProblem {
        RowImage data = RowImage.empty();
        RowImage before = RowImage.empty();
        int controlFrom = -1;
        int controlTo = -1;
        int seen = 0;
        Set<String> others = Set.of();

        scanner.reset(value);
        if (scanner.peek() != '{') {
            return notAnObject();
        }
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            int bit;
            switch (member) {
                case RecordMember.Change.DATA -> {
                    bit = DATA;
                    once(seen, bit, member);
                    if (scanner.readNull()) {
                        bit = 0;
                        others = addOther(others, member);
                    } else {
                        data = readImage(member, format.beforeImagePrefix());
                    }
                }
                case RecordMember.Change.METADATA -> {
                    bit = METADATA;
                    once(seen, bit, member);
                    readMetadata();
                }
                case RecordMember.Change.CONTROL -> {
                    bit = CONTROL;
                    once(seen, bit, member);
                    scanner.peek();
                    controlFrom = scanner.position();
                    scanner.skipValue();
                    controlTo = scanner.position();
                }
                default -> {
                    if (format.beforeImageMembers().contains(member)) {
                        bit = BEFORE_IMAGE;
                        once(seen, bit, member);
                        before = readImage(member, null);
                    } else {
                        bit = 0;
                        others = addOther(others, member);
                        scanner.skipValue();
                    }
                }
            }
            seen |= bit;
        }
        scanner.expectEnd();

        if ((seen & METADATA) == 0) {
            return malformed(
                    "no-metadata", "The record has no \"metadata\": it is not in DMS's format.");
        }
        return switch (metadata.recordType == null ? "" : metadata.recordType) {
            case RecordMember.Change.RECORD_TYPE_DATA ->
                    data(value, (seen & DATA) != 0, data, before, headers);
            case RecordMember.Change.RECORD_TYPE_CONTROL -> control(value, controlFrom, controlTo);
            default ->
                    malformed(
                            "unknown-record-type",
                            "The record's type is \""
                                    + metadata.recordType
                                    + "\": it must be data or control.");
        };
    }

    /** Says of a record that is no object what it is, if it is JSON. */
    private Decoded notAnObject() throws JsonProblem {
        String kind =
                switch (scanner.peek()) {
                    case '[' -> "an array: send its records one by one";
                    case '"' -> "a string: send the object itself";
                    case 'n' -> "null: send an object";
                    case 't', 'f' -> "a truth value: send an object";
                    default -> "a number: send an object";
                };
        scanner.skipValue();
        scanner.expectEnd();
        return malformed("not-an-object", "The record is JSON, but " + kind + ".");
    }

    private Decoded data(
            byte[] value, boolean hasData, RowImage data, RowImage before, Incoming.Headers headers)
            throws JsonProblem {
        if (metadata.table.isEmpty()) {
            return malformed(
                    "no-table",
                    "The data record names no table: metadata needs a \""
                            + RecordMember.Change.TABLE_NAME
                            + "\".");
        }
        DmsTables own = DmsTables.of(metadata.schema, metadata.table, format.controlSchema());
        if (own != null && !own.isEvidence(metadata.operation)) {
            return own.row(metadata.operation, data);
        }
        Operation operation = operation(metadata.operation);
        if (operation == null) {
            return malformed(
                    "unknown-operation",
                    "The data record's operation is \""
                            + metadata.operation
                            + "\": it must be load, insert, update or delete.");
        }
        if (!hasData) {
            return malformed(
                    "no-data",
                    "The data record has no \"data\" object: nothing says which row it is about.");
        }
        if (table().equals(format.contextTable())) {
            return operation == Operation.INSERT
                    ? new Decoded.Context(coordinates(null), data)
                    : new Decoded.Ignored("context-removal");
        }
        if (TableChange.is(metadata.schema, metadata.table)) {
            return operation == Operation.INSERT
                    ? tableChange(data)
                    : new Decoded.Ignored("table-change-removal");
        }
        Decoded.SelfDescription described =
                own == null
                        ? described(headers)
                        : new Decoded.SelfDescription(List.of(DmsTables.DDL_AUDIT_KEY), List.of());
        return new Decoded.Change(
                coordinates(described == null ? keyValue(value) : null),
                operation,
                data,
                before.isEmpty() ? prefixedBefore : before,
                described);
    }

    /** Returns what the record's headers say of its table; DMS sends none. */
    private Decoded.@Nullable SelfDescription described(Incoming.Headers headers)
            throws JsonProblem {
        byte[] key = headers.last(RecordHeader.KEY);
        if (key == null) {
            return null;
        }
        byte[] unchanged = headers.last(RecordHeader.UNCHANGED);
        try {
            return new Decoded.SelfDescription(
                    headerNames.read(key),
                    unchanged == null ? List.of() : headerNames.read(unchanged));
        } catch (JsonProblem problem) {
            throw new JsonProblem(
                    "bad-header",
                    "A header must hold a JSON array of column names. " + problem.reason());
        }
    }

    private Decoded control(byte[] value, int from, int to) throws JsonProblem {
        String operation = metadata.operation == null ? "" : metadata.operation;
        if (operation.equals(ChangeOperation.HEARTBEAT.word())) {
            return from < 0
                    ? malformed(
                            "no-control",
                            "The heartbeat has no \"control\": it must say complete-until.")
                    : heartbeat(value, from, to);
        }
        if (operation.equals(ChangeOperation.POSITION.word())
                && metadata.table.isEmpty()
                && from >= 0) {
            return heartbeat(value, from, to);
        }
        if (operation.equals(ChangeOperation.GAP.word())) {
            return from < 0
                    ? malformed(
                            "no-control",
                            "The gap has no \"control\": it must say gap-id, found-at, cause and"
                                    + " reason.")
                    : gap(value, from, to);
        }
        if (metadata.table.isEmpty()) {
            return new Decoded.Ignored("control-without-table");
        }
        if (DmsTables.of(metadata.schema, metadata.table, format.controlSchema()) != null) {
            return new Decoded.Ignored(DmsTables.RECOGNISED);
        }
        if (operation.equals(ChangeOperation.TRUNCATE.word())) {
            return new Decoded.Truncated(coordinates(null));
        }
        definesAgain = false;
        TableDefinition definition =
                from < 0 || operation.equals(ChangeOperation.DROP_TABLE.word())
                        ? null
                        : tableDefinition(value, from, to);
        if (definition != null && definesAgain && metadata.position == null) {
            return new Decoded.TableDefined(coordinates(null), definition);
        }
        if (from < 0) {
            return new Decoded.TableChanged(coordinates(null), operation, null, definition);
        }
        scanner.reset(value, from, to);
        checkNames();
        return new Decoded.TableChanged(
                coordinates(null), operation, raw(value, from, to), definition);
    }

    /** Reads a value of any kind and checks the names of its members, at every depth. */
    private void checkNames() throws JsonProblem {
        switch (scanner.peek()) {
            case '{' -> {
                scanner.beginObject();
                for (String name = scanner.nextMember();
                        name != null;
                        name = scanner.nextMember()) {
                    checkStorable(name);
                    checkNames();
                }
            }
            case '[' -> {
                scanner.beginArray();
                while (scanner.nextElement()) {
                    checkNames();
                }
            }
            default -> scanner.skipValue();
        }
    }

    private void checkStorable(String name) throws JsonProblem {
        if (scanner.lastHadEscapes() && !JsonText.isStorable(name)) {
            throw new JsonProblem(
                    "name-not-storable",
                    "A column's name holds U+0000 or half a surrogate pair, which PostgreSQL"
                            + " cannot store: rename it in the source.");
        }
    }

    /** Reads the row in which a source says what became of one of its tables. */
    private Decoded tableChange(RowImage data) throws JsonProblem {
        String word = text(data, TableChange.OPERATION);
        String schema = text(data, TableChange.SCHEMA_NAME);
        String table = text(data, TableChange.TABLE_NAME);
        String control = text(data, TableChange.CONTROL);
        if (word == null || schema == null || table == null || table.isEmpty() || control == null) {
            return malformed(
                    "bad-table-change",
                    "A row of "
                            + TransactionContext.SCHEMA
                            + "."
                            + TableChange.SOURCE_TABLE
                            + " names an operation, a schema, a table and a control object: prepare"
                            + " the source anew.");
        }
        byte[] body = control.getBytes(StandardCharsets.UTF_8);
        scanner.reset(body);
        scanner.skipValue();
        scanner.expectEnd();
        TableDefinition definition = tableDefinition(body, 0, body.length);
        metadata.schema = schema;
        metadata.table = table;
        return new Decoded.TableChanged(coordinates(null), word, control, definition);
    }

    private static @Nullable String text(RowImage row, String column) {
        String token = row.token(column);
        return token == null || token.equals(RowImage.NULL) ? null : JsonText.scalar(token);
    }

    private static String raw(byte[] value, int from, int to) {
        return new String(value, from, to - from, StandardCharsets.UTF_8);
    }

    private Decoded heartbeat(byte[] value, int from, int to) throws JsonProblem {
        Instant completeUntil = null;
        String position = null;
        String previous = null;
        Integer partition = null;
        Integer partitions = null;
        Set<String> seen = new HashSet<>();
        scanner.reset(value, from, to);
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            once(seen, member);
            switch (member) {
                case RecordMember.Control.COMPLETE_UNTIL -> completeUntil = readInstant(member);
                case RecordMember.Control.POSITION -> position = readText(member);
                case RecordMember.Control.PREVIOUS -> previous = readText(member);
                case RecordMember.Control.PARTITION -> partition = readInt(member);
                case RecordMember.Control.PARTITIONS -> partitions = readInt(member);
                default -> scanner.skipValue();
            }
        }
        boolean claims = ChangeOperation.HEARTBEAT.word().equals(metadata.operation);
        if (claims && completeUntil == null) {
            return malformed("bad-timestamp", "The heartbeat has no complete-until.");
        }
        if (!claims && (previous == null || position == null)) {
            return malformed(
                    "bad-position", "The position has no previous, or no position: it needs both.");
        }
        return new Decoded.Heartbeat(
                claims ? completeUntil : null, position, previous, partition, partitions);
    }

    private Decoded gap(byte[] value, int from, int to) throws JsonProblem {
        UUID id = null;
        Instant foundAt = null;
        Instant fromTime = null;
        Instant toTime = null;
        String fromPosition = null;
        String toPosition = null;
        String cause = null;
        String reason = null;
        Set<String> seen = new HashSet<>();
        scanner.reset(value, from, to);
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            once(seen, member);
            switch (member) {
                case RecordMember.Control.GAP_ID -> id = readId(member);
                case RecordMember.Control.FOUND_AT -> foundAt = readInstant(member);
                case RecordMember.Control.FROM_TIME -> fromTime = readInstant(member);
                case RecordMember.Control.TO_TIME -> toTime = readInstant(member);
                case RecordMember.Control.FROM_POSITION -> fromPosition = readText(member);
                case RecordMember.Control.TO_POSITION -> toPosition = readText(member);
                case RecordMember.Control.CAUSE -> cause = readText(member);
                case RecordMember.Control.REASON -> reason = readText(member);
                default -> scanner.skipValue();
            }
        }
        return id == null || foundAt == null || cause == null || reason == null
                ? malformed(
                        "bad-gap",
                        "The gap lacks gap-id, found-at, cause or reason: send all of them.")
                : new Decoded.Gap(
                        metadata.table.isEmpty() ? null : table(),
                        id,
                        foundAt,
                        fromTime,
                        toTime,
                        fromPosition,
                        toPosition,
                        cause,
                        reason);
    }

    private @Nullable UUID readId(String member) throws JsonProblem {
        String text = readText(member);
        try {
            return text == null || text.length() != 36 ? null : UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new JsonProblem("bad-member", "The member \"" + member + "\" must be a UUID.");
        }
    }

    /** Returns the definition in a control object, or null if it has none of a known shape. */
    private @Nullable TableDefinition tableDefinition(byte[] value, int from, int to)
            throws JsonProblem {
        scanner.reset(value, from, to);
        if (scanner.peek() != '{') {
            return null;
        }
        TableDefinition definition = null;
        Set<String> seen = new HashSet<>();
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            once(seen, member);
            if (member.equals(RecordMember.Control.TABLE_DEF) && scanner.peek() == '{') {
                definition = readDefinition();
            } else {
                scanner.skipValue();
            }
        }
        return definition;
    }

    private @Nullable TableDefinition readDefinition() throws JsonProblem {
        List<TableDefinition.Column> columns = null;
        List<String> key = List.of();
        Set<String> seen = new HashSet<>();
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            once(seen, member);
            if (member.equals(RecordMember.Control.COLUMNS) && scanner.peek() == '{') {
                columns = readColumns();
            } else if (member.equals(RecordMember.Control.PRIMARY_KEY) && scanner.peek() == '[') {
                key = readNames();
            } else {
                scanner.skipValue();
            }
        }
        if (columns == null) {
            return null;
        }
        Set<String> names = new HashSet<>();
        columns.forEach(column -> names.add(column.name()));
        Set<String> keyNames = new HashSet<>();
        for (String column : key) {
            if (!names.contains(column) || !keyNames.add(column)) {
                throw new JsonProblem(
                        "bad-definition",
                        "The table definition's key names \""
                                + column
                                + "\", which is not one of its columns or is named before: a key"
                                + " names columns of its table, each once.");
            }
        }
        return new TableDefinition(columns, key);
    }

    private List<TableDefinition.Column> readColumns() throws JsonProblem {
        List<TableDefinition.Column> columns = new ArrayList<>();
        Set<String> names = new HashSet<>();
        scanner.beginObject();
        for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
            once(names, name);
            if (name.isEmpty()) {
                throw new JsonProblem(
                        "bad-definition", "The table definition has a column without a name.");
            }
            columns.add(readColumn(name));
        }
        return columns;
    }

    private TableDefinition.Column readColumn(String name) throws JsonProblem {
        String type = "";
        String postgresType = null;
        Long length = null;
        boolean nullable = true;
        if (scanner.peek() != '{') {
            scanner.skipValue();
            return new TableDefinition.Column(name, type, null, true);
        }
        Set<String> seen = new HashSet<>();
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            once(seen, member);
            switch (member) {
                case RecordMember.Control.TYPE -> type = orEmpty(readText(member));
                case RecordMember.Control.POSTGRES_TYPE -> {
                    postgresType = readText(member);
                    definesAgain = true;
                }
                case RecordMember.Control.LENGTH -> length = readLong(member);
                case RecordMember.Control.NULLABLE -> nullable = !scanner.readRaw().equals("false");
                default -> scanner.skipValue();
            }
        }
        return new TableDefinition.Column(
                name, postgresType == null ? type : postgresType, length, nullable);
    }

    private List<String> readNames() throws JsonProblem {
        List<String> names = new ArrayList<>();
        scanner.beginArray();
        while (scanner.nextElement()) {
            names.add(scanner.readString());
        }
        return names;
    }

    private void readMetadata() throws JsonProblem {
        if (scanner.peek() != '{') {
            throw new JsonProblem("no-metadata", "The record's \"metadata\" is not an object.");
        }
        Set<String> others = Set.of();
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            int bit = Metadata.bit(member);
            if (bit == 0) {
                others = addOther(others, member);
                scanner.skipValue();
                continue;
            }
            once(metadata.seen, bit, member);
            metadata.seen |= bit;
            switch (member) {
                case RecordMember.Change.TIMESTAMP -> metadata.madeAt = readInstant(member);
                case RecordMember.Change.COMMIT_TIMESTAMP ->
                        metadata.committedAt = readInstant(member);
                case RecordMember.Change.SOURCE_COMMIT_TIMESTAMP ->
                        metadata.sourceCommittedAt = readInstant(member);
                case RecordMember.Change.RECORD_TYPE -> metadata.recordType = readText(member);
                case RecordMember.Change.OPERATION -> metadata.operation = readText(member);
                case RecordMember.Change.PARTITION_KEY_TYPE ->
                        metadata.isByKey =
                                RecordMember.Change.PARTITION_KEY_TYPE_PRIMARY_KEY.equals(
                                        readText(member));
                case RecordMember.Change.PARTITION_KEY_VALUE -> {
                    // Read only where it is needed: it differs from record to record.
                    scanner.peek();
                    metadata.keyFrom = scanner.position();
                    scanner.skipValue();
                    metadata.keyTo = scanner.position();
                }
                case RecordMember.Change.SCHEMA_NAME -> metadata.schema = orEmpty(readText(member));
                case RecordMember.Change.TABLE_NAME -> metadata.table = orEmpty(readText(member));
                case RecordMember.Change.TRANSACTION_ID -> readTransactionId();
                case RecordMember.Change.TRANSACTION_RECORD_ID ->
                        metadata.recordNumber = readLong(member);
                case RecordMember.Change.STREAM_POSITION -> metadata.position = readText(member);
                default -> scanner.skipValue();
            }
        }
    }

    /** Returns the key's value that the record is partitioned by, or null if it has none. */
    private @Nullable String keyValue(byte[] value) throws JsonProblem {
        if (!metadata.isByKey || metadata.keyFrom < 0) {
            return null;
        }
        scanner.reset(value, metadata.keyFrom, metadata.keyTo);
        return switch (scanner.peek()) {
            case '"' -> scanner.readString();
            case '{', '[', 'n' -> null;
            default -> scanner.readRaw();
        };
    }

    /** Reads a transaction's id; one that is no number is left out, and the change is kept. */
    private void readTransactionId() throws JsonProblem {
        if (scanner.readNull()) {
            return;
        }
        String text = scanner.peek() == '"' ? scanner.readString() : scanner.readRaw();
        metadata.transactionId = wholeNumber(text);
        if (metadata.transactionId == null) {
            metadata.unusable = RecordMember.Change.TRANSACTION_ID;
        }
    }

    private RowImage readImage(String member, @Nullable String beforePrefix) throws JsonProblem {
        if (scanner.readNull()) {
            return RowImage.empty();
        }
        if (scanner.peek() != '{') {
            throw new JsonProblem(
                    "not-an-image", "The record's \"" + member + "\" is not an object of columns.");
        }
        image.clear();
        prefixed.clear();
        scanner.beginObject();
        for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
            checkStorable(name);
            String token = scanner.readRaw();
            if (beforePrefix != null
                    && name.length() > beforePrefix.length()
                    && name.startsWith(beforePrefix)) {
                prefixed.add(name.substring(beforePrefix.length()), token);
            } else {
                image.add(name, token);
            }
        }
        String twice = image.firstDuplicate();
        if (twice == null && beforePrefix != null) {
            twice = prefixed.firstDuplicate();
        }
        if (twice != null) {
            throw duplicate(twice);
        }
        if (beforePrefix != null) {
            prefixedBefore = prefixed.build();
        }
        return image.build();
    }

    private Decoded.Coordinates coordinates(@Nullable String keyValue) throws JsonProblem {
        Instant at = metadata.committedAt != null ? metadata.committedAt : metadata.madeAt;
        if (at == null && (metadata.recordMillis < -1 || metadata.recordMillis > LAST_MILLI)) {
            throw new JsonProblem(
                    "bad-timestamp",
                    "The record names no time, and its time in the topic is "
                            + metadata.recordMillis
                            + ": it must be milliseconds since 1970, before the year 10000.");
        }
        return new Decoded.Coordinates(
                table(),
                at == null ? Instant.ofEpochMilli(metadata.recordMillis) : at,
                metadata.transactionId,
                metadata.recordNumber,
                metadata.position,
                keyValue,
                metadata.unusable,
                metadata.sourceCommittedAt);
    }

    /** Returns the table; mostly the same one as last time, which is then the same object. */
    private TableName table() {
        TableName last = lastTable;
        if (last != null
                && last.name().equals(metadata.table)
                && last.schema().equals(metadata.schema)) {
            return last;
        }
        TableName table = new TableName(metadata.schema, metadata.table);
        lastTable = table;
        return table;
    }

    private Decoded.Malformed malformed(String code, String reason) {
        return new Decoded.Malformed(code, reason, metadata.table.isEmpty() ? null : table());
    }

    private @Nullable String readText(String member) throws JsonProblem {
        if (scanner.readNull()) {
            return null;
        }
        if (scanner.peek() != '"') {
            throw new JsonProblem("bad-member", "The member \"" + member + "\" must be a string.");
        }
        return scanner.readString();
    }

    private @Nullable Instant readInstant(String member) throws JsonProblem {
        String text = readText(member);
        if (text == null) {
            return null;
        }
        Instant instant = WireTime.parse(text);
        if (instant == null) {
            throw new JsonProblem(
                    "bad-timestamp",
                    "The member \""
                            + member
                            + "\" is \""
                            + text
                            + "\": it must be a time such as 2026-11-22T09:30:00.123456Z.");
        }
        return instant;
    }

    private @Nullable Long readLong(String member) throws JsonProblem {
        if (scanner.readNull()) {
            return null;
        }
        String text = scanner.peek() == '"' ? scanner.readString() : scanner.readRaw();
        Long value = wholeNumber(text);
        if (value == null) {
            throw new JsonProblem(
                    "bad-number",
                    "The member \""
                            + member
                            + "\" is "
                            + text
                            + ": it must be a whole number from 0 to 2^63-1.");
        }
        return value;
    }

    private @Nullable Integer readInt(String member) throws JsonProblem {
        Long value = readLong(member);
        if (value != null && value > Integer.MAX_VALUE) {
            throw new JsonProblem(
                    "bad-number",
                    "The member \"" + member + "\" is " + value + ": it is too large.");
        }
        return value == null ? null : value.intValue();
    }

    /** Returns the number, or null if it is none; DMS may write a large one with an exponent. */
    private static @Nullable Long wholeNumber(String text) {
        int length = text.length();
        if (length == 0 || length > 40) {
            return null;
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || length > 18) {
                return slowWholeNumber(text);
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static @Nullable Long slowWholeNumber(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            // An exponent of a billion is a small text and an endless number.
            if (number.signum() < 0 || Math.abs((long) number.scale()) > 40) {
                return null;
            }
            return number.longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            return null;
        }
    }

    private static void once(Set<String> seen, String member) throws JsonProblem {
        if (!seen.add(member)) {
            throw duplicate(member);
        }
    }

    private static void once(int seen, int bit, String member) throws JsonProblem {
        if ((seen & bit) != 0) {
            throw duplicate(member);
        }
    }

    private static Set<String> addOther(Set<String> others, String member) throws JsonProblem {
        Set<String> set = others.isEmpty() ? new HashSet<>() : others;
        if (!set.add(member)) {
            throw duplicate(member);
        }
        return set;
    }

    private static JsonProblem duplicate(String member) {
        return new JsonProblem(
                "duplicate-member", "The member \"" + member + "\" is there twice: send it once.");
    }

    private static @Nullable Operation operation(@Nullable String word) {
        for (ChangeOperation operation : DATA_OPERATIONS) {
            if (operation.word().equals(word)) {
                return switch (operation) {
                    case LOAD -> Operation.SNAPSHOT;
                    case INSERT -> Operation.INSERT;
                    case UPDATE -> Operation.UPDATE;
                    case DELETE -> Operation.DELETE;
                    default -> null;
                };
            }
        }
        return null;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /** The members of {@code metadata} that matter, filled in again for each record. */
    private static final class Metadata {
        long recordMillis;
        int seen;
        @Nullable Instant madeAt;
        @Nullable Instant committedAt;
        @Nullable Instant sourceCommittedAt;
        @Nullable String recordType;
        @Nullable String operation;
        String schema = "";
        String table = "";
        @Nullable Long transactionId;
        @Nullable Long recordNumber;
        @Nullable String position;
        boolean isByKey;
        int keyFrom;
        int keyTo;

        /** A member that the record has and that could not be used. */
        @Nullable String unusable;

        void clear() {
            seen = 0;
            madeAt = null;
            committedAt = null;
            sourceCommittedAt = null;
            recordType = null;
            operation = null;
            isByKey = false;
            keyFrom = -1;
            unusable = null;
            schema = "";
            table = "";
            transactionId = null;
            recordNumber = null;
            position = null;
        }

        static int bit(String member) {
            return switch (member) {
                case RecordMember.Change.TIMESTAMP -> 1;
                case RecordMember.Change.COMMIT_TIMESTAMP -> 1 << 1;
                case RecordMember.Change.RECORD_TYPE -> 1 << 2;
                case RecordMember.Change.OPERATION -> 1 << 3;
                case RecordMember.Change.PARTITION_KEY_TYPE -> 1 << 4;
                case RecordMember.Change.SCHEMA_NAME -> 1 << 5;
                case RecordMember.Change.TABLE_NAME -> 1 << 6;
                case RecordMember.Change.TRANSACTION_ID -> 1 << 7;
                case RecordMember.Change.TRANSACTION_RECORD_ID -> 1 << 8;
                case RecordMember.Change.STREAM_POSITION -> 1 << 9;
                // Known, and of no use here.
                case RecordMember.Change.PARTITION_KEY_VALUE -> 1 << 10;
                case RecordMember.Change.PREVIOUS_TRANSACTION_ID -> 1 << 11;
                case RecordMember.Change.PREVIOUS_TRANSACTION_RECORD_ID -> 1 << 12;
                case RecordMember.Change.SOURCE_COMMIT_TIMESTAMP -> 1 << 13;
                default -> 0;
            };
        }
    }
}
