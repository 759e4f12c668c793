package dev.daybook.ingest.topology;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;

/**
 * A change record that could not become an entry, with all that it takes to look it up or to try
 * again. Whatever the record holds, its rejection can be stored, and fits into its topic.
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
        Place place,
        @Nullable String table,
        @Nullable String recordKey,
        @Nullable String recordValue) {

    private static final int LONGEST_REASON = 2_000;
    private static final int LONGEST_TABLE = 500;

    /** Room for everything but key and value, however its characters are escaped. */
    private static final int OVERHEAD = 24 * 1024;

    /**
     * Returns the rejection of a record: its texts shortened, without characters that PostgreSQL
     * cannot store, and with the record's bytes as far as there is room for them.
     *
     * @param largestMessage what the topic lets through
     */
    static Rejection of(
            @Nullable String source,
            Decoded.Malformed why,
            Place place,
            byte @Nullable [] key,
            byte @Nullable [] value,
            int largestMessage) {
        long room = Math.max(0, largestMessage - OVERHEAD);
        boolean valueFits = base64Length(value) <= room;
        if (valueFits) {
            room -= base64Length(value);
        }
        boolean keyFits = base64Length(key) <= room;
        String reason = shortened(JsonText.storable(why.reason()), LONGEST_REASON);
        if (!valueFits || !keyFits) {
            reason +=
                    " The record's "
                            + (valueFits ? "key" : keyFits ? "value" : "key and value")
                            + " left out: too large for the topic of rejected records.";
        }
        return new Rejection(
                source,
                why.code(),
                reason,
                place,
                why.table() == null
                        ? null
                        : shortened(JsonText.storable(why.table().toString()), LONGEST_TABLE),
                keyFits ? base64(key) : null,
                valueFits ? base64(value) : null);
    }

    private static long base64Length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : (bytes.length + 2L) / 3 * 4;
    }

    private static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    private static String shortened(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        // Not between the halves of a surrogate pair.
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + "... (" + (text.length() - end) + " characters more)";
    }

    UUID id() {
        return RejectionId.of(
                Stage.INGEST, place.topic(), place.partition(), place.offset(), reason);
    }

    /** Returns the key under which it is written. */
    byte[] key() {
        return (Stage.INGEST.word() + ":" + place).getBytes(StandardCharsets.UTF_8);
    }
}
