package dev.daybook.connect.source;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.RecordMember.Rejected;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.SourceSetting;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;

/**
 * Writes records of what could not be recorded; with keys and bytes only where the settings want
 * them, since rules of redaction are the ingest's and do not reach here. Not for use by several
 * threads.
 */
final class RejectionWriter {

    private static final String VALUE_TOO_LARGE = "value-too-large";
    private static final String BAD_CONTEXT = "bad-context";
    private static final String NOT_UTF_8 = "not-utf-8";

    /** What a reason ends with where key and bytes are not kept. */
    private static final String WITHHELD =
            " Its key and value are withheld: " + SourceSetting.REJECTED_VALUES + " is false.";

    /**
     * Which part of a record may be the bytes of a key, and of a value: base64 is longer by 4/3.
     */
    private static final int KEY_PART = 16;

    private static final int VALUE_PART = 2;

    private static final TableName CONTEXTS =
            new TableName(TransactionContext.SCHEMA, TransactionContext.TABLE);

    private final String source;
    private final String topic;
    private final String rejectedTopic;
    private final boolean kept;
    private final int maxValueBytes;
    private final int maxRecordBytes;
    private final MetadataWriter metadata;
    private final JsonBuffer out = new JsonBuffer();

    RejectionWriter(WalSourceConfig config, Clock clock) {
        this.source = config.sourceName();
        this.topic = config.topic();
        this.rejectedTopic = config.rejectedTopic();
        this.kept = config.rejectedValues();
        this.maxValueBytes = config.maxValueBytes();
        this.maxRecordBytes = config.maxRecordBytes();
        this.metadata = new MetadataWriter(clock);
    }

    /**
     * Writes that a value was left out of a change's record.
     *
     * @param key the record's key
     * @param age whether the value is the {@code old} or the {@code new} one
     */
    void valueTooLarge(
            RecordBatch batch, RowChange change, String key, String age, int column, int bytes) {
        TableShape shape = change.shape();
        String reason =
                "The "
                        + age
                        + " value of column "
                        + shape.columns.get(column).name()
                        + " in the "
                        + change.operation().word()
                        + " of "
                        + (kept ? key : "a row of " + new TableName(shape.schema, shape.table))
                        + " (transaction "
                        + change.position().transactionId
                        + ", position "
                        + change.position()
                        + ") has "
                        + bytes
                        + " bytes and was left out: a value may have "
                        + SourceSetting.MAX_VALUE_BYTES
                        + "="
                        + maxValueBytes
                        + " and a record "
                        + SourceSetting.MAX_RECORD_BYTES
                        + "="
                        + maxRecordBytes
                        + "; raise both, with the producer's max.request.size and the topic's"
                        + " max.message.bytes, or keep such values outside the database.";
        write(
                batch,
                VALUE_TOO_LARGE,
                reason,
                new TableName(shape.schema, shape.table),
                change.operation() == ChangeOperation.LOAD,
                key.getBytes(StandardCharsets.UTF_8),
                null);
    }

    /**
     * Writes that a logical message is no context of its transaction.
     *
     * @param problem what is wrong with it, as a clause
     * @param content the message's bytes
     */
    void badContext(RecordBatch batch, RecordPosition position, String problem, byte[] content) {
        String reason =
                namesNobody(position)
                        + problem
                        + "; write a JSON object with actor, and reason, request_id and attributes"
                        + " as needed.";
        write(batch, BAD_CONTEXT, reason, CONTEXTS, false, null, content);
    }

    /**
     * Writes that a logical message is too large to be recorded as its transaction's context.
     *
     * @param bytes how many bytes the message has
     */
    void contextTooLarge(RecordBatch batch, RecordPosition position, long bytes) {
        String reason =
                namesNobody(position)
                        + "it has "
                        + bytes
                        + " bytes, and a message may have "
                        + SourceSetting.MAX_VALUE_BYTES
                        + "="
                        + maxValueBytes
                        + " and its record "
                        + SourceSetting.MAX_RECORD_BYTES
                        + "="
                        + maxRecordBytes
                        + "; raise both, with the producer's max.request.size and the topic's"
                        + " max.message.bytes, or write less.";
        write(batch, BAD_CONTEXT, reason, CONTEXTS, false, null, null);
    }

    private static String namesNobody(RecordPosition position) {
        return "The logical message with prefix "
                + TransactionContext.MESSAGE_PREFIX
                + " in transaction "
                + position.transactionId
                + " (position "
                + position
                + ") names nobody: ";
    }

    /**
     * Writes that a change cannot be recorded, because bytes of it are no text.
     *
     * @param key the bytes of what would be its record's key
     * @param value the bytes of what would be its record
     */
    void notUtf8(RecordBatch batch, RowChange change, byte[] key, byte[] value) {
        TableName table = new TableName(change.shape().schema, change.shape().table);
        String reason =
                "The "
                        + change.operation().word()
                        + " of a row of "
                        + table
                        + " (transaction "
                        + change.position().transactionId
                        + ", position "
                        + change.position()
                        + ") holds bytes that are not UTF-8, and the database's encoding is"
                        + " SQL_ASCII: nobody knows what they mean. Correct the value, or move to a"
                        + " database with the encoding that its texts have.";
        boolean load = change.operation() == ChangeOperation.LOAD;
        write(batch, NOT_UTF_8, reason, table, load, key, value);
    }

    /**
     * @param load whether it is of a row that was read, of which the reason alone does not tell
     *     which one it is
     */
    private void write(
            RecordBatch batch,
            String code,
            String why,
            TableName table,
            boolean load,
            byte @Nullable [] key,
            byte @Nullable [] value) {
        byte[] keptKey = kept ? shortened(key, maxRecordBytes / KEY_PART) : null;
        byte[] keptValue = kept ? shortened(value, maxRecordBytes / VALUE_PART) : null;
        String reason =
                kept
                        ? why
                                + shortening("key", key, keptKey)
                                + shortening("value", value, keptValue)
                        : why + WITHHELD;
        out.clear();
        out.raw('{').string(Rejected.ID).raw(':');
        // Computed from the row, an id would confirm a guess of it.
        String identity = load && !kept ? reason + UUID.randomUUID() : reason;
        out.string(RejectionId.of(Stage.SOURCE, topic, null, null, identity).toString());
        out.raw(',').string(Rejected.REJECTED_AT).raw(':');
        metadata.now(out);
        out.raw(',').string(Rejected.SOURCE).raw(':').string(source);
        out.raw(',').string(Rejected.STAGE).raw(':').string(Stage.SOURCE.word());
        out.raw(',').string(Rejected.CODE).raw(':').string(code);
        out.raw(',').string(Rejected.REASON).raw(':').string(reason);
        out.raw(',').string(Rejected.TOPIC).raw(':').string(topic);
        out.raw(',').string(Rejected.PARTITION).raw(":null,");
        out.string(Rejected.RECORD_OFFSET).raw(":null,");
        out.string(Rejected.TABLE_NAME).raw(':').string(table.toString());
        out.raw(',').string(Rejected.RECORD_KEY).raw(':');
        bytes(keptKey);
        out.raw(',').string(Rejected.RECORD_VALUE).raw(':');
        bytes(keptValue);
        out.raw('}');
        batch.add(rejectedTopic, null, null, out.toByteArray(), null);
    }

    private static byte @Nullable [] shortened(byte @Nullable [] bytes, int most) {
        return bytes == null || bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
    }

    private static String shortening(String what, byte @Nullable [] all, byte @Nullable [] kept) {
        return all == null || kept == null || all.length == kept.length
                ? ""
                : " Its %s has %d bytes, of which the first %d are kept."
                        .formatted(what, all.length, kept.length);
    }

    private void bytes(byte @Nullable [] bytes) {
        if (bytes == null) {
            out.raw("null");
        } else {
            out.string(Base64.getEncoder().encode(bytes));
        }
    }
}
