package dev.daybook.contract;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Computes the identity of a rejected record, so that a repetition is stored once.
 *
 * <p>A version 8 UUID (RFC 9562, 5.8) of 122 bits of SHA-256 over stage, topic, partition, offset
 * and reason, joined by U+001F; a part that is not known is empty.
 */
public final class RejectionId {

    private static final char SEPARATOR = '\u001F';

    private RejectionId() {}

    /**
     * Returns the identity of a rejected record.
     *
     * @param topic the topic from which the record was read, or to which it would have gone
     * @param partition the partition, or null for a record that stands in none
     * @param offset the offset, or null for a record that stands in no partition
     * @param reason the reason as it is stored
     */
    public static UUID of(
            Stage stage,
            String topic,
            @Nullable Integer partition,
            @Nullable Long offset,
            String reason) {
        String identity =
                stage.word()
                        + SEPARATOR
                        + topic
                        + SEPARATOR
                        + (partition == null ? "" : partition)
                        + SEPARATOR
                        + (offset == null ? "" : offset)
                        + SEPARATOR
                        + reason;
        byte[] bytes = identity.getBytes(StandardCharsets.UTF_8);
        ByteBuffer hash = ByteBuffer.wrap(ContractHash.sha256().digest(bytes));
        long high = hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL | 0x8000L;
        return new UUID(high, ContractHash.variant(hash.getLong()));
    }
}
