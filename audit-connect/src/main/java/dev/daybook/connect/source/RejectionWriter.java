package dev.daybook.connect.source;

import dev.daybook.contract.RecordMember.Rejected;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.SourceSetting;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.contract.TransactionContext;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;

/** Writes records of what could not be recorded. Not for use by several threads. */
final class RejectionWriter {

    private static final String VALUE_TOO_LARGE = "value-too-large";
    private static final String BAD_CONTEXT = "bad-context";

    private static final TableName CONTEXTS =
            new TableName(TransactionContext.SCHEMA, TransactionContext.TABLE);

    private final String source;
    private final String topic;
    private final String rejectedTopic;
    private final int maxValueBytes;
    private final int maxRecordBytes;
    private final MetadataWriter metadata;
    private final JsonBuffer out = new JsonBuffer();

    RejectionWriter(WalSourceConfig config, Clock clock) {
        this.source = config.sourceName();
        this.topic = config.topic();
        this.rejectedTopic = config.rejectedTopic();
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
                        + key
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
        write(batch, VALUE_TOO_LARGE, reason, new TableName(shape.schema, shape.table), key);
    }

    /**
     * Writes that a logical message is no context of its transaction.
     *
     * @param problem what is wrong with it, as a clause
     */
    void badContext(RecordBatch batch, RecordPosition position, String problem) {
        String reason =
                "The logical message with prefix "
                        + TransactionContext.MESSAGE_PREFIX
                        + " in transaction "
                        + position.transactionId
                        + " (position "
                        + position
                        + ") names nobody: "
                        + problem
                        + "; write a JSON object with actor, and reason, request_id and attributes"
                        + " as needed.";
        write(batch, BAD_CONTEXT, reason, CONTEXTS, null);
    }

    private void write(
            RecordBatch batch, String code, String reason, TableName table, @Nullable String key) {
        out.clear();
        out.raw('{').string(Rejected.ID).raw(':');
        out.string(RejectionId.of(Stage.SOURCE, topic, null, null, reason).toString());
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
        if (key == null) {
            out.raw("null");
        } else {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            out.string(Base64.getEncoder().encode(bytes));
        }
        out.raw(',').string(Rejected.RECORD_VALUE).raw(":null}");
        batch.add(rejectedTopic, null, null, out.toByteArray(), null);
    }
}
