package dev.daybook.connect.sink;

import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordMember.Rejected;
import dev.daybook.contract.Stage;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads rejected records. Their texts describe what was rejected and may quote it, so characters
 * that PostgreSQL cannot store are replaced; the record's own bytes are base64.
 */
final class RejectedReader implements RecordReader {

    final Members members = new Members("a rejected record");
    private final Member.Id id = members.required(new Member.Id(Rejected.ID));
    private final Member.Time rejectedAt = members.required(Member.Time.cut(Rejected.REJECTED_AT));
    private final Member.Text source = members.optional(new Member.Description(Rejected.SOURCE));
    private final Member.Text stage = members.required(new Member.Description(Rejected.STAGE));
    private final Member.Text code = members.required(new Member.Description(Rejected.CODE));
    private final Member.Text reason = members.required(new Member.Description(Rejected.REASON));
    private final Member.Text topic = members.optional(new Member.Description(Rejected.TOPIC));
    private final Member.Int32 partition = members.optional(new Member.Int32(Rejected.PARTITION));
    private final Member.Long64 recordOffset =
            members.optional(new Member.Long64(Rejected.RECORD_OFFSET));
    private final Member.Text tableName =
            members.optional(new Member.Description(Rejected.TABLE_NAME));
    private final Member.Text recordKey = members.optional(new Member.Text(Rejected.RECORD_KEY));
    private final Member.Text recordValue =
            members.optional(new Member.Text(Rejected.RECORD_VALUE));
    private final Member.Json recordHeaders =
            members.optional(Member.Json.array(Rejected.RECORD_HEADERS));
    private final Member.Time recordTime = members.optional(Member.Time.cut(Rejected.RECORD_TIME));

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        return new Row.Rejected(
                record,
                id.value(),
                rejectedAt.micros(),
                source.orNull(),
                stage(stage.value()),
                code.value(),
                reason.value(),
                topic.orNull(),
                partition.orNull(),
                recordOffset.orNull(),
                tableName.orNull(),
                recordKey.orNull(),
                recordValue.orNull(),
                recordHeaders.orNull(),
                recordTime.orNull());
    }

    /** Returns the stage of that word. */
    static Stage stage(String word) throws Unreadable {
        Stage stage = Stage.ofWord(word).orElse(null);
        if (stage == null) {
            throw new Unreadable(
                    "bad-value",
                    "%s is %s, but must be one of %s.",
                    Rejected.STAGE,
                    Quote.of(word),
                    Words.of(Stage.values(), Stage::word));
        }
        return stage;
    }

    @Override
    public @Nullable String lastSource() {
        return source.orNull();
    }

    @Override
    public @Nullable String lastTable() {
        return tableName.orNull();
    }
}
