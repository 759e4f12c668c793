package dev.daybook.connect.sink;

import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.SinkSetting;

import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Set;

/**
 * Reads records into rows. What breaks the contract ({@code docs/reference/contracts.md}) becomes a
 * rejected row with the record's bytes and the reason; nothing is guessed, nothing is left out: a
 * member that the contract does not name is rejected as well, because ignoring it would lose what
 * it says without a trace.
 *
 * <p>Not thread-safe: each task has its own.
 */
final class RowReader {

    private final String entriesTopic;
    private final String transactionsTopic;
    private final String rejectedTopic;
    private final RecordReader entries = new EntryReader();
    private final RecordReader contexts = new ContextReader();
    private final RecordReader rejected = new RejectedReader();
    private final RecordReader watermarks;
    private final RecordReader positions;
    private final RecordReader gaps = new GapReader();
    private final RecordReader reports = new ReportReader();
    private final RecordReader unknownKind = new UnknownKind();
    private final RecordReader replays = new ReplayReader();
    private final Rejections rejections;

    RowReader(SinkConfig config, Rejections rejections, Clock clock) {
        this.entriesTopic = config.getString(SinkSetting.ENTRIES_TOPIC);
        this.transactionsTopic = config.getString(SinkSetting.TRANSACTIONS_TOPIC);
        this.rejectedTopic = config.getString(SinkSetting.REJECTED_TOPIC);
        int partitions = config.getInt(SinkSetting.ENTRIES_PARTITIONS);
        Set<String> sources = Set.copyOf(config.getList(SinkSetting.SOURCES));
        this.watermarks = new WatermarkReader(partitions, sources, clock);
        this.positions = WatermarkReader.ofPositions(partitions, sources, clock);
        this.rejections = rejections;
    }

    /**
     * Returns the row of a record, or null for one of a kind that a later build writes and that is
     * no evidence.
     *
     * @throws DataException if the value is not bytes, which is a wrong converter and not bad data
     */
    @Nullable Row read(SinkRecord record) {
        RecordReader reader = reader(record);
        Object value = record.value();
        if (reader == unknownKind && record.headers().lastWithName(RecordHeader.OPTIONAL) != null) {
            return null;
        }
        if (reader == null) {
            return rejections.of(
                    record,
                    null,
                    null,
                    "unknown-topic",
                    "Topic "
                            + record.originalTopic()
                            + " is none of entries.topic, transactions.topic and rejected.topic:"
                            + " set one of them to it, or take it out of topics.");
        }
        if (value == null) {
            return rejections.of(
                    record,
                    null,
                    null,
                    "empty-record",
                    "The record has no value; the contract knows no such record.");
        }
        if (!(value instanceof byte[] json)) {
            throw new DataException(
                    "The sink's values must be bytes, but "
                            + record.originalTopic()
                            + " brings "
                            + value.getClass().getName()
                            + ": set value.converter="
                            + "org.apache.kafka.connect.converters.ByteArrayConverter.");
        }
        try {
            return reader.read(record, json);
        } catch (Unreadable e) {
            return rejections.of(
                    record, reader.lastSource(), reader.lastTable(), e.code(), e.reason());
        }
    }

    /** Returns whether a record only says how far the log is complete, or how a part is. */
    boolean isMark(SinkRecord record) {
        if (!record.originalTopic().equals(entriesTopic)) {
            return false;
        }
        String kind = kind(record);
        return RecordHeader.WATERMARK.equals(kind)
                || RecordHeader.POSITION.equals(kind)
                || RecordHeader.REPORT.equals(kind);
    }

    boolean isRejectedTopic(String topic) {
        return topic.equals(rejectedTopic);
    }

    private @Nullable RecordReader reader(SinkRecord record) {
        String topic = record.originalTopic();
        if (topic.equals(entriesTopic)) {
            String kind = kind(record);
            if (kind == null) {
                return entries;
            }
            return switch (kind) {
                case RecordHeader.WATERMARK -> watermarks;
                case RecordHeader.POSITION -> positions;
                case RecordHeader.GAP -> gaps;
                case RecordHeader.REPORT -> reports;
                case RecordHeader.REPLAY -> replays;
                default -> unknownKind;
            };
        }
        if (topic.equals(transactionsTopic)) {
            return contexts;
        }
        return isRejectedTopic(topic) ? rejected : null;
    }

    /** Returns what the record's header says that it is; null for an entry. */
    private static @Nullable String kind(SinkRecord record) {
        Header kind =
                record.headers().isEmpty()
                        ? null
                        : record.headers().lastWithName(RecordHeader.KIND);
        if (kind == null || kind.value() == null) {
            return null;
        }
        return kind.value() instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.UTF_8)
                : kind.value().toString();
    }

    /** Rejects a record of a kind that this build does not know. */
    private static final class UnknownKind implements RecordReader {

        @Override
        public Row read(SinkRecord record, byte[] json) throws Unreadable {
            throw new Unreadable(
                    "unknown-kind",
                    "The header %s is %s, a kind of record that this sink does not know: update the"
                            + " sink, and replay the record.",
                    RecordHeader.KIND,
                    Quote.of(String.valueOf(kind(record))));
        }

        @Override
        public @Nullable String lastSource() {
            return null;
        }
    }
}
