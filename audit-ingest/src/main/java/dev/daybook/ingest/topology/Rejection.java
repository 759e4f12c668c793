package dev.daybook.ingest.topology;

import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;

/**
 * A change record that could not become an entry, with all that it takes to look it up or to try
 * again.
 *
 * @param source the source, or null if it is not known
 * @param code a stable word
 * @param reason a sentence that names the rule and the remedy
 * @param table the table, as far as the record said
 * @param recordKey the record's key in base64, or null
 * @param recordValue the record's value in base64, or null
 */
record Rejection(
        @Nullable String source,
        String code,
        String reason,
        String topic,
        int partition,
        long offset,
        @Nullable TableName table,
        @Nullable String recordKey,
        @Nullable String recordValue) {

    static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    UUID id() {
        return RejectionId.of(Stage.INGEST, topic, partition, offset, reason);
    }

    /** The key under which it is written. */
    byte[] key() {
        return (Stage.INGEST.word() + ":" + topic + "-" + partition + "@" + offset)
                .getBytes(StandardCharsets.UTF_8);
    }
}
