package dev.daybook.connect.sink;

import dev.daybook.contract.RecordMember.Gap;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads gaps that the source or the ingest has found. */
final class GapReader implements RecordReader {

    final Members members = new Members("a gap");
    private final Member.Id id = members.required(new Member.Id(Gap.ID));
    private final Member.Time foundAt = members.required(Member.Time.cut(Gap.FOUND_AT));
    private final Member.Text source = members.required(new Member.Text(Gap.SOURCE));
    private final Member.Text stage = members.required(new Member.Text(Gap.STAGE));
    private final Member.Text cause = members.required(new Member.Text(Gap.CAUSE));
    private final Member.Text reason = members.required(new Member.Description(Gap.REASON));
    private final Member.Text tableName = members.optional(new Member.Text(Gap.TABLE_NAME));
    private final Member.Time fromTime = members.optional(Member.Time.exact(Gap.FROM_TIME));
    private final Member.Time toTime = members.optional(Member.Time.exact(Gap.TO_TIME));
    private final Member.Text fromPosition = members.optional(new Member.Text(Gap.FROM_POSITION));
    private final Member.Text toPosition = members.optional(new Member.Text(Gap.TO_POSITION));
    private final Member.Text topic = members.optional(new Member.Text(Gap.TOPIC));
    private final Member.Int32 partition = members.optional(new Member.Int32(Gap.PARTITION));
    private final Member.Long64 fromOffset = members.optional(new Member.Long64(Gap.FROM_OFFSET));
    private final Member.Long64 toOffset = members.optional(new Member.Long64(Gap.TO_OFFSET));

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        return new Row.ReportedGap(
                record,
                id.value(),
                foundAt.micros(),
                source.value(),
                RejectedReader.stage(stage.value()),
                cause.value(),
                reason.value(),
                tableName.orNull(),
                fromTime.orNull(),
                toTime.orNull(),
                fromPosition.orNull(),
                toPosition.orNull(),
                topic.orNull(),
                partition.orNull(),
                fromOffset.orNull(),
                toOffset.orNull());
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
