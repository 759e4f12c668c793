package dev.daybook.connect.sink;

import dev.daybook.contract.RecordMember.Watermark;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** Reads watermarks. */
final class WatermarkReader implements RecordReader {

    final Members members = new Members("a watermark");
    private final Member.Text source = members.required(new Member.Text(Watermark.SOURCE));
    private final Member.Int32 changesPartition =
            members.required(new Member.Int32(Watermark.CHANGES_PARTITION));
    private final Member.Int32 changesPartitions =
            members.required(new Member.Int32(Watermark.CHANGES_PARTITIONS));
    private final Member.Time completeUntil =
            members.required(Member.Time.exact(Watermark.COMPLETE_UNTIL));
    private final Member.Text position = members.optional(new Member.Text(Watermark.POSITION));
    private final Member.Int32 entriesPartition =
            members.optional(new Member.Int32(Watermark.ENTRIES_PARTITION));
    private final Member.Int32 entriesPartitions =
            members.optional(new Member.Int32(Watermark.ENTRIES_PARTITIONS));

    private final int configuredPartitions;

    /**
     * @param configuredPartitions how many partitions the topic of entries has where a watermark
     *     does not say
     */
    WatermarkReader(int configuredPartitions) {
        this.configuredPartitions = configuredPartitions;
    }

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        Integer told = entriesPartitions.orNull();
        return new Row.Watermark(
                record,
                source.value(),
                changesPartition.value(),
                Objects.requireNonNull(record.originalKafkaPartition()),
                changesPartitions.value(),
                told == null ? configuredPartitions : told,
                completeUntil.micros(),
                position.orNull());
    }

    @Override
    public @Nullable String lastSource() {
        return source.orNull();
    }
}
