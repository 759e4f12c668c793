package dev.daybook.connect.sink;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.Operation;
import dev.daybook.contract.ReplayOutcome;
import dev.daybook.contract.Stage;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * What the database keeps of one Kafka record. Components are the columns of the table; times are
 * microseconds since 1970.
 */
sealed interface Row {

    /** Returns the record that the row is made of. */
    SinkRecord record();

    /** Returns the source that the row concerns, where it is known. */
    @Nullable String source();

    /** Of {@code audit.entry}. */
    record Entry(
            SinkRecord record,
            UUID id,
            long committedAt,
            String source,
            String tableName,
            @Nullable String entityKey,
            @Nullable String oldEntityKey,
            Operation operation,
            @Nullable Long transactionId,
            long sequence,
            @Nullable String position,
            @Nullable JsonSlice before,
            @Nullable JsonSlice after,
            @Nullable List<String> unknownColumns,
            @Nullable String actor,
            @Nullable Long sourceCommittedAt)
            implements Row {}

    /** Of {@code audit.transaction}. */
    record Context(
            SinkRecord record,
            String source,
            long transactionId,
            long committedAt,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String requestId,
            @Nullable JsonSlice attributes,
            @Nullable String loginRole)
            implements Row {}

    /** Of {@code audit.rejected}; bytes as base64. */
    record Rejected(
            SinkRecord record,
            UUID id,
            long rejectedAt,
            @Nullable String source,
            Stage stage,
            String code,
            String reason,
            @Nullable String topic,
            @Nullable Integer partition,
            @Nullable Long recordOffset,
            @Nullable String tableName,
            @Nullable String recordKey,
            @Nullable String recordValue,
            @Nullable JsonSlice recordHeaders,
            @Nullable Long recordTime)
            implements Row {}

    /** Of {@code audit.replay_outcome}. */
    record Replay(
            SinkRecord record,
            UUID replayId,
            UUID rejectedId,
            ReplayOutcome outcome,
            @Nullable String became,
            @Nullable UUID entryId,
            @Nullable String code,
            @Nullable String reason)
            implements Row {

        @Override
        public @Nullable String source() {
            return null;
        }
    }

    /**
     * Of {@code audit.watermark}.
     *
     * @param previous the position that was said before; null if the capture does not say it
     */
    record Watermark(
            SinkRecord record,
            String source,
            int changesPartition,
            int entriesPartition,
            int changesPartitions,
            int entriesPartitions,
            long completeUntil,
            @Nullable String position,
            @Nullable Long previous)
            implements Row {}

    /**
     * Says up to where a source has been read, where no time can be claimed.
     *
     * @param previous what was said of that before
     */
    record Position(
            SinkRecord record,
            String source,
            int changesPartition,
            int entriesPartition,
            long position,
            long previous)
            implements Row {}

    /**
     * Of {@code audit.part}: how a part is.
     *
     * @param reason why it does not work, or null if it does
     */
    record Report(
            SinkRecord record,
            Stage stage,
            String instance,
            @Nullable Long failingSince,
            @Nullable String reason)
            implements Row {

        @Override
        public @Nullable String source() {
            return null;
        }
    }

    /** Of {@code audit.gap}: what another part has found and written to the topic of entries. */
    record ReportedGap(
            SinkRecord record,
            UUID id,
            long foundAt,
            String source,
            Stage stage,
            String cause,
            String reason,
            @Nullable String tableName,
            @Nullable Long fromTime,
            @Nullable Long toTime,
            @Nullable String fromPosition,
            @Nullable String toPosition,
            @Nullable String topic,
            @Nullable Integer partition,
            @Nullable Long fromOffset,
            @Nullable Long toOffset)
            implements Row {}

    /**
     * Of {@code audit.gap}, once for each source that has reported for its partition.
     *
     * @param record the first record behind the gap
     * @param ofEntries whether the topic is that of entries
     * @param toOffset the first offset behind the gap; null where it is not known
     */
    record Gap(
            SinkRecord record,
            UUID id,
            long foundAt,
            GapCause cause,
            String reason,
            String topic,
            int partition,
            boolean ofEntries,
            long fromOffset,
            @Nullable Long toOffset)
            implements Row {

        @Override
        public @Nullable String source() {
            return null;
        }
    }
}
