package dev.daybook.ingest.topology;

import dev.daybook.contract.RecordMember;
import dev.daybook.contract.ReplayOutcome;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.ReplayRequest;
import dev.daybook.ingest.json.JsonBuffer;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Writes the keys and values of the topics, as {@code docs/reference/contracts.md} and the schemas
 * beside it say. Keeps buffers: one per thread.
 */
class Records {

    /** Separates the parts of a key. */
    static final char SEPARATOR = '\u001F';

    /** Before the year 10000, which is as far as the topics write times. */
    private static final long LAST_MILLI = 253_402_300_799_999L;

    /** Less than the sink's parser reads. */
    private static final int DEEPEST_ATTRIBUTES = 2_000;

    private final JsonBuffer out = new JsonBuffer();
    private final JsonScanner attributes = new JsonScanner(new TextCache(), DEEPEST_ATTRIBUTES);

    private Instant lastInstant = Instant.EPOCH;
    private byte[] lastInstantText = WireTime.ascii(0);
    private @Nullable TableName lastTable;
    private String lastTableText = "";

    /** Returns the key of an entity's entries; of the table's, where there is no entity. */
    byte[] entryKey(AuditEntry entry) {
        out.clear().raw(entry.source()).put(SEPARATOR).raw(tableText(entry.table()));
        EntityKey key = entry.entityKey();
        if (key != null) {
            out.put(SEPARATOR).raw(key.text());
        }
        return out.toBytes();
    }

    byte[] entry(AuditEntry entry) {
        out.clear().put(EntryBytes.ID).put('"');
        uuid(entry.id());
        out.put('"').put(EntryBytes.COMMITTED_AT);
        instant(entry.committedAt());
        out.put(EntryBytes.SOURCE).string(entry.source());
        out.put(EntryBytes.TABLE_NAME).string(tableText(entry.table()));
        out.put(EntryBytes.ENTITY_KEY).stringOrNull(text(entry.entityKey()));
        out.put(EntryBytes.OLD_ENTITY_KEY).stringOrNull(text(entry.oldEntityKey()));
        out.put(EntryBytes.OPERATION).put('"').raw(entry.operation().word()).put('"');
        out.put(EntryBytes.TRANSACTION_ID);
        numberOrNull(entry.transactionId());
        out.put(EntryBytes.SEQUENCE).number(entry.sequence());
        out.put(EntryBytes.POSITION).stringOrNull(entry.position());
        out.put(EntryBytes.BEFORE);
        image(entry.before());
        out.put(EntryBytes.AFTER);
        image(entry.after());
        out.put(EntryBytes.UNKNOWN_COLUMNS);
        if (entry.unknownColumns().isEmpty()) {
            out.raw("null");
        } else {
            strings(entry.unknownColumns());
        }
        out.put(EntryBytes.ACTOR).stringOrNull(entry.actor());
        Instant sourceTime = entry.sourceCommittedAt();
        if (sourceTime != null) {
            out.put(EntryBytes.SOURCE_COMMITTED_AT).put('"');
            out.put(WireTime.ascii(WireTime.micros(sourceTime))).put('"');
        }
        return out.put('}').toBytes();
    }

    byte[] watermark(String source, Decoded.Heartbeat heartbeat, int partition, int partitions) {
        out.clear();
        first(RecordMember.Watermark.SOURCE).string(source);
        next(RecordMember.Watermark.CHANGES_PARTITION).number(partition);
        next(RecordMember.Watermark.CHANGES_PARTITIONS).number(partitions);
        Instant completeUntil = heartbeat.completeUntil();
        if (completeUntil != null) {
            next(RecordMember.Watermark.COMPLETE_UNTIL);
            instant(completeUntil);
        }
        next(RecordMember.Watermark.POSITION).stringOrNull(heartbeat.position());
        if (heartbeat.previous() != null) {
            next(RecordMember.Watermark.PREVIOUS).string(heartbeat.previous());
        }
        return out.put('}').toBytes();
    }

    /** Returns the key of a gap: its table, or its source where it has none. */
    byte[] gapKey(String source, @Nullable TableName table) {
        out.clear().raw(source);
        if (table != null) {
            out.put(SEPARATOR).raw(tableText(table));
        }
        return out.toBytes();
    }

    byte[] gap(String source, Stage stage, Decoded.Gap gap) {
        out.clear();
        first(RecordMember.Gap.ID).put('"');
        uuid(gap.id());
        out.put('"');
        next(RecordMember.Gap.FOUND_AT);
        instant(gap.foundAt());
        next(RecordMember.Gap.SOURCE).string(source);
        next(RecordMember.Gap.STAGE).string(stage.word());
        next(RecordMember.Gap.CAUSE).string(gap.cause());
        next(RecordMember.Gap.REASON).string(gap.reason());
        next(RecordMember.Gap.TABLE_NAME)
                .stringOrNull(gap.table() == null ? null : tableText(gap.table()));
        next(RecordMember.Gap.FROM_TIME);
        instantOrNull(gap.from());
        next(RecordMember.Gap.TO_TIME);
        instantOrNull(gap.to());
        next(RecordMember.Gap.FROM_POSITION).stringOrNull(gap.fromPosition());
        next(RecordMember.Gap.TO_POSITION).stringOrNull(gap.toPosition());
        return out.put('}').toBytes();
    }

    byte[] report(String instance, @Nullable Instant failingSince, @Nullable String reason) {
        out.clear();
        first(RecordMember.Report.STAGE).string(Stage.INGEST.word());
        next(RecordMember.Report.INSTANCE).string(instance);
        next(RecordMember.Report.FAILING_SINCE);
        if (failingSince == null) {
            out.raw("null");
        } else {
            instant(failingSince);
        }
        next(RecordMember.Report.REASON).stringOrNull(reason);
        return out.put('}').toBytes();
    }

    byte[] transactionKey(String source, long transactionId) {
        return out.clear().raw(source).put(SEPARATOR).number(transactionId).toBytes();
    }

    byte[] transaction(String source, long transactionId, Instant committedAt, RowImage context) {
        out.clear();
        first(RecordMember.Context.SOURCE).string(source);
        next(RecordMember.Context.TRANSACTION_ID).number(transactionId);
        next(RecordMember.Context.COMMITTED_AT);
        instant(committedAt);
        for (String column : TransactionContext.COLUMNS) {
            String token = context.token(column);
            next(column)
                    .raw(
                            column.equals(TransactionContext.ATTRIBUTES)
                                    ? jsonToken(token)
                                    : textToken(token));
        }
        return out.put('}').toBytes();
    }

    byte[] tableKey(String source, TableName table) {
        return out.clear().raw(source).put(SEPARATOR).raw(tableText(table)).toBytes();
    }

    byte[] table(String source, TableName table, TableDefinition definition, Instant definedAt) {
        out.clear();
        first(RecordMember.Table.SOURCE).string(source);
        next(RecordMember.Table.TABLE_NAME).string(tableText(table));
        next(RecordMember.Table.COLUMNS).put('[');
        boolean more = false;
        for (TableDefinition.Column column : definition.columns()) {
            if (more) {
                out.put(',');
            }
            more = true;
            first(RecordMember.Table.COLUMN_NAME).string(column.name());
            next(RecordMember.Table.COLUMN_TYPE).string(column.type());
            if (column.length() != null) {
                next(RecordMember.Table.COLUMN_LENGTH).number(column.length());
            }
            next(RecordMember.Table.COLUMN_NULLABLE).raw(column.nullable() ? "true" : "false");
            out.put('}');
        }
        out.put(']');
        next(RecordMember.Table.KEY);
        strings(definition.key());
        if (!definition.certain()) {
            next(RecordMember.Table.CERTAIN).raw("false");
        }
        next(RecordMember.Table.DEFINED_AT);
        instant(definedAt);
        return out.put('}').toBytes();
    }

    byte[] rejected(Rejection rejection, Instant rejectedAt) {
        out.clear();
        first(RecordMember.Rejected.ID).put('"');
        uuid(rejection.id());
        out.put('"');
        next(RecordMember.Rejected.REJECTED_AT);
        instant(rejectedAt);
        next(RecordMember.Rejected.SOURCE).stringOrNull(rejection.source());
        next(RecordMember.Rejected.STAGE).string(Stage.INGEST.word());
        next(RecordMember.Rejected.CODE).string(rejection.code());
        next(RecordMember.Rejected.REASON).string(rejection.reason());
        next(RecordMember.Rejected.TOPIC).string(rejection.place().topic());
        next(RecordMember.Rejected.PARTITION).number(rejection.place().partition());
        next(RecordMember.Rejected.RECORD_OFFSET).number(rejection.place().offset());
        next(RecordMember.Rejected.TABLE_NAME).stringOrNull(rejection.table());
        next(RecordMember.Rejected.RECORD_KEY).stringOrNull(rejection.recordKey());
        next(RecordMember.Rejected.RECORD_VALUE).stringOrNull(rejection.recordValue());
        if (rejection.recordHeaders() != null) {
            next(RecordMember.Rejected.RECORD_HEADERS);
            headers(rejection.recordHeaders());
        }
        long millis = rejection.recordMillis();
        if (millis >= 0 && millis <= LAST_MILLI) {
            next(RecordMember.Rejected.RECORD_TIME);
            instant(Instant.ofEpochMilli(millis));
        }
        return out.put('}').toBytes();
    }

    private void headers(Incoming.Headers headers) {
        out.put('[');
        boolean[] more = {false};
        headers.forEach(
                (name, value) -> {
                    if (more[0]) {
                        out.put(',');
                    }
                    more[0] = true;
                    first(RecordMember.Rejected.HEADER_NAME).string(name);
                    next(RecordMember.Rejected.HEADER_VALUE).stringOrNull(Rejection.base64(value));
                    out.put('}');
                });
        out.put(']');
    }

    /**
     * Returns what became of a rejected record that was replayed.
     *
     * @param became the outcome's word, or null
     * @param why why it became nothing, or null
     */
    byte[] replayed(
            ReplayRequest request,
            ReplayOutcome outcome,
            @Nullable String became,
            @Nullable UUID entry,
            Decoded.@Nullable Malformed why) {
        out.clear();
        first(RecordMember.Replay.REPLAY_ID).put('"');
        uuid(request.id());
        out.put('"');
        next(RecordMember.Replay.REJECTED_ID).put('"');
        uuid(request.rejectedId());
        out.put('"');
        next(RecordMember.Replay.OUTCOME).string(outcome.word());
        next(RecordMember.Replay.BECAME).stringOrNull(became);
        next(RecordMember.Replay.ENTRY_ID);
        if (entry == null) {
            out.raw("null");
        } else {
            out.put('"');
            uuid(entry);
            out.put('"');
        }
        next(RecordMember.Replay.CODE).stringOrNull(why == null ? null : why.code());
        next(RecordMember.Replay.REASON)
                .stringOrNull(why == null ? null : Rejection.storable(why.reason()));
        return out.put('}').toBytes();
    }

    private JsonBuffer first(String member) {
        return out.put('{').string(member).put(':');
    }

    private JsonBuffer next(String member) {
        return out.put(',').string(member).put(':');
    }

    private void image(@Nullable RowImage image) {
        if (image == null) {
            out.raw("null");
            return;
        }
        out.put('{');
        for (int i = 0; i < image.size(); i++) {
            if (i > 0) {
                out.put(',');
            }
            out.string(image.nameAt(i)).put(':').raw(image.tokenAt(i));
        }
        out.put('}');
    }

    private void strings(List<String> texts) {
        out.put('[');
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                out.put(',');
            }
            out.string(texts.get(i));
        }
        out.put(']');
    }

    private void numberOrNull(@Nullable Long number) {
        if (number == null) {
            out.raw("null");
        } else {
            out.number(number);
        }
    }

    private void uuid(UUID id) {
        out.hex(id.getMostSignificantBits() >>> 32, 8);
        out.put('-');
        out.hex(id.getMostSignificantBits() >>> 16, 4);
        out.put('-');
        out.hex(id.getMostSignificantBits(), 4);
        out.put('-');
        out.hex(id.getLeastSignificantBits() >>> 48, 4);
        out.put('-');
        out.hex(id.getLeastSignificantBits(), 12);
    }

    /** Writes a time; a transaction's records share theirs, so it is mostly the last one. */
    private void instant(Instant instant) {
        if (!instant.equals(lastInstant)) {
            lastInstantText = WireTime.ascii(WireTime.micros(instant));
            lastInstant = instant;
        }
        out.put('"').put(lastInstantText).put('"');
    }

    private void instantOrNull(@Nullable Instant instant) {
        if (instant == null) {
            out.raw("null");
        } else {
            instant(instant);
        }
    }

    private String tableText(TableName table) {
        if (!table.equals(lastTable)) {
            lastTable = table;
            lastTableText = table.toString();
        }
        return lastTableText;
    }

    private static @Nullable String text(@Nullable EntityKey key) {
        return key == null ? null : key.text();
    }

    /** Returns a column of text as a JSON string or null; a number is written as text. */
    private static String textToken(@Nullable String token) {
        if (token == null || token.equals(RowImage.NULL) || token.startsWith("\"")) {
            return token == null ? RowImage.NULL : token;
        }
        return new String(new JsonBuffer().string(token).toBytes(), StandardCharsets.UTF_8);
    }

    /**
     * Returns a column of JSON, which travels as a string of JSON text. Text that is no JSON, such
     * as one that DMS cut short, stays a string.
     */
    private String jsonToken(@Nullable String token) {
        if (token == null || !token.startsWith("\"")) {
            return token == null ? RowImage.NULL : token;
        }
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        try {
            attributes.reset(bytes);
            byte[] inner = attributes.readString().getBytes(StandardCharsets.UTF_8);
            attributes.reset(inner);
            String json = attributes.readRaw();
            attributes.expectEnd();
            return json;
        } catch (JsonProblem notJson) {
            return token;
        }
    }

    /** The members of an entry, which are written for every change: as bytes, with their comma. */
    private static final class EntryBytes {
        static final byte[] ID = bytes('{', RecordMember.Entry.ID);
        static final byte[] COMMITTED_AT = bytes(',', RecordMember.Entry.COMMITTED_AT);
        static final byte[] SOURCE = bytes(',', RecordMember.Entry.SOURCE);
        static final byte[] TABLE_NAME = bytes(',', RecordMember.Entry.TABLE_NAME);
        static final byte[] ENTITY_KEY = bytes(',', RecordMember.Entry.ENTITY_KEY);
        static final byte[] OLD_ENTITY_KEY = bytes(',', RecordMember.Entry.OLD_ENTITY_KEY);
        static final byte[] OPERATION = bytes(',', RecordMember.Entry.OPERATION);
        static final byte[] TRANSACTION_ID = bytes(',', RecordMember.Entry.TRANSACTION_ID);
        static final byte[] SEQUENCE = bytes(',', RecordMember.Entry.SEQUENCE);
        static final byte[] POSITION = bytes(',', RecordMember.Entry.POSITION);
        static final byte[] BEFORE = bytes(',', RecordMember.Entry.BEFORE);
        static final byte[] AFTER = bytes(',', RecordMember.Entry.AFTER);
        static final byte[] UNKNOWN_COLUMNS = bytes(',', RecordMember.Entry.UNKNOWN_COLUMNS);
        static final byte[] ACTOR = bytes(',', RecordMember.Entry.ACTOR);
        static final byte[] SOURCE_COMMITTED_AT =
                bytes(',', RecordMember.Entry.SOURCE_COMMITTED_AT);

        private EntryBytes() {}

        private static byte[] bytes(char before, String member) {
            return new JsonBuffer().put(before).string(member).put(':').toBytes();
        }
    }
}
