package dev.daybook.ingest.topology;

import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.dms.Decoded;
import dev.daybook.ingest.json.JsonBuffer;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/**
 * Writes the keys and values of the topics, as {@code docs/reference/contracts.md} and the schemas
 * beside it say. Keeps buffers: one per thread.
 */
final class Records {

    /** Parts the parts of a key. */
    static final char SEPARATOR = '\u001F';

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final JsonBuffer out = new JsonBuffer();
    private final JsonScanner scanner = new JsonScanner(new TextCache());

    private Instant lastInstant = Instant.EPOCH;
    private byte[] lastInstantText = timestamp(Instant.EPOCH);
    private @Nullable TableName lastTable;
    private String lastTableText = "";

    /** The key of an entity's entries; of a table's, where there is no entity. */
    byte[] entryKey(AuditEntry entry) {
        out.clear().raw(entry.source()).put(SEPARATOR).raw(tableText(entry.table()));
        EntityKey key = entry.entityKey();
        if (key != null) {
            out.put(SEPARATOR).raw(key.text());
        }
        return out.toBytes();
    }

    byte[] entry(AuditEntry entry) {
        out.clear().raw("{\"id\":\"");
        uuid(entry.id());
        out.raw("\",\"committed_at\":");
        instant(entry.committedAt());
        out.raw(",\"source\":").string(entry.source());
        out.raw(",\"table_name\":").string(tableText(entry.table()));
        out.raw(",\"entity_key\":").stringOrNull(text(entry.entityKey()));
        out.raw(",\"old_entity_key\":").stringOrNull(text(entry.oldEntityKey()));
        out.raw(",\"operation\":\"").raw(entry.operation().word());
        out.raw("\",\"transaction_id\":");
        numberOrNull(entry.transactionId());
        out.raw(",\"sequence\":").number(entry.sequence());
        out.raw(",\"position\":").stringOrNull(entry.position());
        out.raw(",\"before\":");
        image(entry.before());
        out.raw(",\"after\":");
        image(entry.after());
        out.raw(",\"unknown_columns\":");
        if (entry.unknownColumns().isEmpty()) {
            out.raw("null");
        } else {
            strings(entry.unknownColumns());
        }
        out.raw(",\"actor\":").stringOrNull(entry.actor());
        return out.put('}').toBytes();
    }

    byte[] watermark(String source, int partition, int partitions, Decoded.Heartbeat heartbeat) {
        out.clear().raw("{\"source\":").string(source);
        out.raw(",\"changes_partition\":").number(partition);
        out.raw(",\"changes_partitions\":").number(partitions);
        out.raw(",\"complete_until\":");
        instant(heartbeat.completeUntil());
        out.raw(",\"position\":").stringOrNull(heartbeat.position());
        return out.put('}').toBytes();
    }

    byte[] transactionKey(String source, long transactionId) {
        return out.clear().raw(source).put(SEPARATOR).number(transactionId).toBytes();
    }

    byte[] transaction(String source, long transactionId, Instant committedAt, RowImage context) {
        out.clear().raw("{\"source\":").string(source);
        out.raw(",\"transaction_id\":").number(transactionId);
        out.raw(",\"committed_at\":");
        instant(committedAt);
        out.raw(",\"actor\":").raw(textToken(context.token("actor")));
        out.raw(",\"reason\":").raw(textToken(context.token("reason")));
        out.raw(",\"request_id\":").raw(textToken(context.token("request_id")));
        out.raw(",\"attributes\":").raw(jsonToken(context.token("attributes")));
        return out.put('}').toBytes();
    }

    byte[] tableKey(String source, TableName table) {
        return out.clear().raw(source).put(SEPARATOR).raw(tableText(table)).toBytes();
    }

    byte[] table(String source, TableName table, TableDefinition definition, Instant definedAt) {
        out.clear().raw("{\"source\":").string(source);
        out.raw(",\"table_name\":").string(tableText(table));
        out.raw(",\"columns\":[");
        boolean first = true;
        for (TableDefinition.Column column : definition.columns()) {
            out.raw(first ? "{\"name\":" : ",{\"name\":").string(column.name());
            out.raw(",\"type\":").string(column.type());
            if (column.length() != null) {
                out.raw(",\"length\":").number(column.length());
            }
            out.raw(",\"nullable\":").raw(column.nullable() ? "true}" : "false}");
            first = false;
        }
        out.raw("],\"key\":");
        strings(definition.key());
        out.raw(",\"defined_at\":");
        instant(definedAt);
        return out.put('}').toBytes();
    }

    byte[] rejected(Rejection rejection, Instant rejectedAt) {
        out.clear().raw("{\"id\":\"");
        uuid(rejection.id());
        out.raw("\",\"rejected_at\":");
        instant(rejectedAt);
        out.raw(",\"source\":").stringOrNull(rejection.source());
        out.raw(",\"stage\":\"").raw(Stage.INGEST.word());
        out.raw("\",\"code\":").string(rejection.code());
        out.raw(",\"reason\":").string(rejection.reason());
        out.raw(",\"topic\":").string(rejection.topic());
        out.raw(",\"partition\":").number(rejection.partition());
        out.raw(",\"record_offset\":").number(rejection.offset());
        out.raw(",\"table_name\":");
        TableName table = rejection.table();
        out.stringOrNull(table == null ? null : tableText(table));
        out.raw(",\"record_key\":").stringOrNull(rejection.recordKey());
        out.raw(",\"record_value\":").stringOrNull(rejection.recordValue());
        return out.put('}').toBytes();
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
        hex(id.getMostSignificantBits() >>> 32, 8);
        out.put('-');
        hex(id.getMostSignificantBits() >>> 16, 4);
        out.put('-');
        hex(id.getMostSignificantBits(), 4);
        out.put('-');
        hex(id.getLeastSignificantBits() >>> 48, 4);
        out.put('-');
        hex(id.getLeastSignificantBits(), 12);
    }

    private void hex(long bits, int digits) {
        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
            out.put(HEX[(int) (bits >>> shift) & 0xF]);
        }
    }

    /** A transaction's records share their time, so it is mostly the one just written. */
    private void instant(Instant instant) {
        if (!instant.equals(lastInstant)) {
            lastInstantText = timestamp(instant);
            lastInstant = instant;
        }
        out.put(lastInstantText);
    }

    private static byte[] timestamp(Instant instant) {
        LocalDateTime time =
                LocalDateTime.ofEpochSecond(
                        instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
        return new JsonBuffer()
                .put('"')
                .padded(time.getYear(), 4)
                .put('-')
                .padded(time.getMonthValue(), 2)
                .put('-')
                .padded(time.getDayOfMonth(), 2)
                .put('T')
                .padded(time.getHour(), 2)
                .put(':')
                .padded(time.getMinute(), 2)
                .put(':')
                .padded(time.getSecond(), 2)
                .put('.')
                .padded(time.getNano() / 1_000, 6)
                .raw("Z\"")
                .toBytes();
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

    /**
     * A column of text, as a JSON string or null; a number that stands there is written as text.
     */
    private static String textToken(@Nullable String token) {
        if (token == null || token.equals(RowImage.NULL) || token.startsWith("\"")) {
            return token == null ? RowImage.NULL : token;
        }
        return new String(new JsonBuffer().string(token).toBytes(), StandardCharsets.UTF_8);
    }

    /**
     * A column of JSON, which travels as a string of JSON text. One that does not read as JSON,
     * such as one that DMS cut short, stays the string that it is.
     */
    private String jsonToken(@Nullable String token) {
        if (token == null || !token.startsWith("\"")) {
            return token == null ? RowImage.NULL : token;
        }
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        try {
            scanner.reset(bytes);
            byte[] inner = scanner.readString().getBytes(StandardCharsets.UTF_8);
            scanner.reset(inner);
            String json = scanner.readRaw();
            scanner.expectEnd();
            return json;
        } catch (JsonProblem notJson) {
            return token;
        }
    }
}
