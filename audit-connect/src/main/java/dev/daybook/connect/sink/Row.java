package dev.daybook.connect.sink;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** What the database keeps of one Kafka record. Components are the columns of the table. */
sealed interface Row {

    /** Where it comes from. */
    SinkRecord record();

    /** Of {@code audit.entry}. */
    record Entry(
            SinkRecord record,
            UUID id,
            Moment committedAt,
            String source,
            String tableName,
            @Nullable String entityKey,
            @Nullable String oldEntityKey,
            String operation,
            @Nullable Long transactionId,
            long sequence,
            @Nullable String position,
            @Nullable JsonSlice before,
            @Nullable JsonSlice after,
            @Nullable List<String> unknownColumns,
            @Nullable String actor)
            implements Row {}

    /** Of {@code audit.transaction}. */
    record Context(
            SinkRecord record,
            String source,
            long transactionId,
            Moment committedAt,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable JsonSlice attributes)
            implements Row {}

    /** Of {@code audit.rejected}; bytes as base64. */
    record Rejected(
            SinkRecord record,
            UUID id,
            Moment rejectedAt,
            @Nullable String source,
            String stage,
            String code,
            String reason,
            @Nullable String topic,
            @Nullable Integer partition,
            @Nullable Long recordOffset,
            @Nullable String tableName,
            @Nullable String recordKey,
            @Nullable String recordValue)
            implements Row {}

    /** Of {@code audit.watermark}. */
    record Watermark(
            SinkRecord record,
            String source,
            int changesPartition,
            int entriesPartition,
            int changesPartitions,
            int entriesPartitions,
            Moment completeUntil,
            @Nullable String position)
            implements Row {}
}
