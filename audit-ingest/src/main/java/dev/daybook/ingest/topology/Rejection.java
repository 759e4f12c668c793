package dev.daybook.ingest.topology;

import dev.daybook.domain.TableId;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
        @Nullable TableId table,
        @Nullable String recordKey,
        @Nullable String recordValue) {

    static final String STAGE = "ingest";

    static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    /** Computed from stage, place and reason, so that a repetition is stored once. */
    UUID id() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
        String text =
                String.join(
                        "\u001F",
                        STAGE,
                        topic,
                        Integer.toString(partition),
                        Long.toString(offset),
                        code,
                        reason);
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        // Version 8, RFC 9562: the layout is ours.
        long high = hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL | 0x8000L;
        long low = hash.getLong() >>> 2 | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** The key under which it is written. */
    byte[] key() {
        return (STAGE + ":" + topic + "-" + partition + "@" + offset)
                .getBytes(StandardCharsets.UTF_8);
    }
}
