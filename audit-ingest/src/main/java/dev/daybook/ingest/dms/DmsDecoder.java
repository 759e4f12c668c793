package dev.daybook.ingest.dms;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns a change record's bytes into what it says, in one pass, whatever order its members come in
 * and whichever of DMS's settings wrote it. Never throws on bad data: that is a {@link
 * Decoded.Malformed}.
 *
 * <p>The format is described in AWS's user guide, "Using Apache Kafka as a target for AWS Database
 * Migration Service"; what our own connector writes is in {@code docs/reference/contracts.md}.
 * Keeps buffers: one decoder per thread.
 */
public final class DmsDecoder {

    /** DMS's own tables all begin so, whatever schema they are in. */
    private static final String DMS_PREFIX = "awsdms_";

    private static final int DATA = 1;
    private static final int BEFORE_IMAGE = 1 << 1;
    private static final int METADATA = 1 << 2;
    private static final int CONTROL = 1 << 3;

    private final DmsFormat format;
    private final JsonScanner scanner = new JsonScanner(new TextCache());
    private final RowImage.Builder image = new RowImage.Builder();
    private final RowImage.Builder prefixed = new RowImage.Builder();
    private final Metadata metadata = new Metadata();

    private @Nullable TableName lastTable;

    /** The before-image that came as prefixed columns of {@code data}. */
    private RowImage prefixedBefore = RowImage.empty();

    public DmsDecoder(DmsFormat format) {
        this.format = format;
    }

    /**
     * What a record says.
     *
     * @param value the record's value, or null if it had none
     * @param recordMillis the Kafka record's own time, which stands in where the record names no
     *     time
     */
    public Decoded decode(byte @Nullable [] value, long recordMillis) {
        metadata.clear();
        metadata.recordMillis = recordMillis;
        prefixedBefore = RowImage.empty();
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
            return decode(value);
        } catch (JsonProblem problem) {
            return malformed(problem.code(), problem.reason());
        }
    }

    private Decoded decode(byte[] value) throws JsonProblem {
        RowImage data = RowImage.empty();
        RowImage before = RowImage.empty();
        int controlFrom = -1;
        int controlTo = -1;
        int seen = 0;
        Set<String> others = Set.of();

        scanner.reset(value);
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            int bit;
            switch (member) {
                case "data" -> {
                    bit = DATA;
                    once(seen, bit, member);
                    data = readImage("data", format.beforeImagePrefix());
                }
                case "metadata" -> {
                    bit = METADATA;
                    once(seen, bit, member);
                    readMetadata();
                }
                case "control" -> {
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
            case "data" -> data((seen & DATA) != 0, data, before);
            case "control" -> control(value, controlFrom, controlTo);
            default ->
                    malformed(
                            "unknown-record-type",
                            "The record's type is \""
                                    + metadata.recordType
                                    + "\": it must be data or control.");
        };
    }

    private Decoded data(boolean hasData, RowImage data, RowImage before) {
        if (metadata.table.startsWith(DMS_PREFIX)) {
            // DMS says here that it could not carry a change over, which an audit log must not pass
            // by.
            if (metadata.table.equals("awsdms_apply_exceptions")
                    && "insert".equals(metadata.operation)) {
                return malformed(
                        "dms-apply-exception",
                        "DMS reports in awsdms_apply_exceptions that it could not apply a change:"
                                + " look the change up in the record's value and reload its table.");
            }
            return new Decoded.Ignored("dms-table");
        }
        if (metadata.table.isEmpty()) {
            return malformed(
                    "no-table", "The data record names no table: metadata needs a \"table-name\".");
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
        Decoded.Coordinates at = coordinates();
        if (at.table().equals(format.contextTable())) {
            return operation == Operation.INSERT
                    ? new Decoded.Context(at, data)
                    : new Decoded.Ignored("context-removal");
        }
        return new Decoded.Change(at, operation, data, before.isEmpty() ? prefixedBefore : before);
    }

    private Decoded control(byte[] value, int from, int to) throws JsonProblem {
        String operation = metadata.operation == null ? "" : metadata.operation;
        if (operation.equals("heartbeat")) {
            return from < 0
                    ? malformed(
                            "no-control",
                            "The heartbeat has no \"control\": it must say complete-until.")
                    : heartbeat(value, from, to);
        }
        if (metadata.table.startsWith(DMS_PREFIX)) {
            return new Decoded.Ignored("dms-table");
        }
        if (metadata.table.isEmpty()) {
            return new Decoded.Ignored("control-without-table");
        }
        return switch (operation) {
            case "truncate" -> new Decoded.Truncated(coordinates());
            case "create-table" -> {
                TableDefinition definition = from < 0 ? null : tableDefinition(value, from, to);
                yield definition == null
                        ? new Decoded.OtherControl(coordinates(), operation)
                        : new Decoded.TableDefined(coordinates(), definition);
            }
            default -> new Decoded.OtherControl(coordinates(), operation);
        };
    }

    private Decoded heartbeat(byte[] value, int from, int to) throws JsonProblem {
        Instant completeUntil = null;
        String position = null;
        Integer partition = null;
        Integer partitions = null;
        scanner.reset(value, from, to);
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case "complete-until" -> completeUntil = readInstant(member);
                case "position" -> position = readText(member);
                case "partition" -> partition = readInt(member);
                case "partitions" -> partitions = readInt(member);
                default -> scanner.skipValue();
            }
        }
        return completeUntil == null
                ? malformed("bad-timestamp", "The heartbeat has no complete-until.")
                : new Decoded.Heartbeat(completeUntil, position, partition, partitions);
    }

    /** The definition in a control object, or null if it has none of a shape that is known. */
    private @Nullable TableDefinition tableDefinition(byte[] value, int from, int to)
            throws JsonProblem {
        scanner.reset(value, from, to);
        if (scanner.peek() != '{') {
            return null;
        }
        TableDefinition definition = null;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            if (member.equals("table-def") && scanner.peek() == '{') {
                definition = readDefinition();
            } else {
                scanner.skipValue();
            }
        }
        return definition;
    }

    private TableDefinition readDefinition() throws JsonProblem {
        List<TableDefinition.Column> columns = new ArrayList<>();
        List<String> key = List.of();
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            if (member.equals("columns") && scanner.peek() == '{') {
                readColumns(columns);
            } else if (member.equals("primary-key") && scanner.peek() == '[') {
                key = readNames();
            } else {
                scanner.skipValue();
            }
        }
        return new TableDefinition(columns, key);
    }

    private void readColumns(List<TableDefinition.Column> columns) throws JsonProblem {
        Set<String> names = new HashSet<>();
        scanner.beginObject();
        for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
            if (!names.add(name)) {
                throw duplicate(name);
            }
            if (name.isEmpty()) {
                throw new JsonProblem(
                        "bad-definition", "The table definition has a column without a name.");
            }
            String type = "";
            String postgresType = null;
            Long length = null;
            boolean nullable = true;
            if (scanner.peek() != '{') {
                scanner.skipValue();
            } else {
                scanner.beginObject();
                for (String member = scanner.nextMember();
                        member != null;
                        member = scanner.nextMember()) {
                    switch (member) {
                        case "type" -> type = orEmpty(readText(member));
                        case "postgres-type" -> postgresType = readText(member);
                        case "length" -> length = readLong(member);
                        case "nullable" -> nullable = !scanner.readRaw().equals("false");
                        default -> scanner.skipValue();
                    }
                }
            }
            columns.add(
                    new TableDefinition.Column(
                            name, postgresType == null ? type : postgresType, length, nullable));
        }
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
                case "timestamp" -> metadata.madeAt = readInstant(member);
                case "commit-timestamp" -> metadata.committedAt = readInstant(member);
                case "record-type" -> metadata.recordType = readText(member);
                case "operation" -> metadata.operation = readText(member);
                case "partition-key-type" -> metadata.partitionKeyType = readText(member);
                case "schema-name" -> metadata.schema = orEmpty(readText(member));
                case "table-name" -> metadata.table = orEmpty(readText(member));
                case "transaction-id" -> metadata.transactionId = readLong(member);
                case "transaction-record-id" -> metadata.recordNumber = readLong(member);
                case "stream-position" -> metadata.position = readText(member);
                default -> scanner.skipValue();
            }
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

    private Decoded.Coordinates coordinates() {
        Instant at = metadata.committedAt != null ? metadata.committedAt : metadata.madeAt;
        return new Decoded.Coordinates(
                table(),
                at == null ? Instant.ofEpochMilli(metadata.recordMillis) : at,
                metadata.transactionId,
                metadata.recordNumber,
                metadata.position,
                "primary-key".equals(metadata.partitionKeyType));
    }

    /** The table; mostly the same one as last time, which is then the same object. */
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

    /** The number, or null if it is none; DMS may write a large one with an exponent. */
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
                "duplicate-member",
                "The member \"" + member + "\" is there twice: which one counts cannot be told.");
    }

    private static @Nullable Operation operation(@Nullable String word) {
        if (word == null) {
            return null;
        }
        return switch (word) {
            case "load" -> Operation.SNAPSHOT;
            case "insert" -> Operation.INSERT;
            case "update" -> Operation.UPDATE;
            case "delete" -> Operation.DELETE;
            default -> null;
        };
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
        @Nullable String recordType;
        @Nullable String operation;
        @Nullable String partitionKeyType;
        String schema = "";
        String table = "";
        @Nullable Long transactionId;
        @Nullable Long recordNumber;
        @Nullable String position;

        void clear() {
            seen = 0;
            madeAt = null;
            committedAt = null;
            recordType = null;
            operation = null;
            partitionKeyType = null;
            schema = "";
            table = "";
            transactionId = null;
            recordNumber = null;
            position = null;
        }

        static int bit(String member) {
            return switch (member) {
                case "timestamp" -> 1;
                case "commit-timestamp" -> 1 << 1;
                case "record-type" -> 1 << 2;
                case "operation" -> 1 << 3;
                case "partition-key-type" -> 1 << 4;
                case "schema-name" -> 1 << 5;
                case "table-name" -> 1 << 6;
                case "transaction-id" -> 1 << 7;
                case "transaction-record-id" -> 1 << 8;
                case "stream-position" -> 1 << 9;
                // Known, and of no use here.
                case "partition-key-value" -> 1 << 10;
                case "prev-transaction-id" -> 1 << 11;
                case "prev-transaction-record-id" -> 1 << 12;
                default -> 0;
            };
        }
    }
}
