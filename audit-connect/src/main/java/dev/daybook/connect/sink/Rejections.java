package dev.daybook.connect.sink;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.contract.WireTime;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Objects;

/** Makes the rejected rows of records that this sink cannot store as what they are. */
final class Rejections {

    private final Clock clock;

    Rejections(Clock clock) {
        this.clock = clock;
    }

    /**
     * Returns the rejected row of a record, which the database can store by construction: source
     * and table are texts that were read for it, the reason is made storable, the bytes are base64.
     */
    Row.Rejected of(
            SinkRecord record,
            @Nullable String source,
            @Nullable String table,
            String code,
            String reason) {
        String topic = record.originalTopic();
        int partition = Objects.requireNonNull(record.originalKafkaPartition());
        long offset = record.originalKafkaOffset();
        String storable = JsonText.storable(reason);
        return new Row.Rejected(
                record,
                RejectionId.of(Stage.SINK, topic, partition, offset, storable),
                WireTime.micros(clock.instant()),
                source,
                Stage.SINK,
                code,
                storable,
                topic,
                partition,
                offset,
                table,
                base64(record.key()),
                base64(record.value()),
                null,
                null);
    }

    /** Returns the rejected row of a record without key and value, which the reason says. */
    Row.Rejected withoutBytes(SinkRecord record, String code, String reason) {
        Row.Rejected whole = of(record, null, null, code, reason + " Its bytes are left out.");
        return new Row.Rejected(
                record,
                whole.id(),
                whole.rejectedAt(),
                null,
                whole.stage(),
                code,
                whole.reason(),
                whole.topic(),
                whole.partition(),
                whole.recordOffset(),
                null,
                null,
                null,
                null,
                null);
    }

    /** Returns the rejected row of a record that was read, but cannot be stored. */
    Row.Rejected of(Row row, String code, String reason) {
        String table = null;
        if (row instanceof Row.Entry entry) {
            table = entry.tableName();
        } else if (row instanceof Row.Rejected rejected) {
            table = rejected.tableName();
        }
        return of(row.record(), row.source(), table, code, reason);
    }

    private static @Nullable String base64(@Nullable Object bytes) {
        if (bytes == null) {
            return null;
        }
        byte[] raw =
                bytes instanceof byte[] array
                        ? array
                        : bytes.toString().getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(raw);
    }
}
