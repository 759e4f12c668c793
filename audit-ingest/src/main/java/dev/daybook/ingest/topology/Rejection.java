package dev.daybook.ingest.topology;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
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
 * @param recordHeaders the record's headers; null where not all of the record is kept
 * @param recordMillis the record's time in its topic
 */
record Rejection(
        @Nullable String source,
        String code,
        String reason,
        Place place,
        @Nullable String table,
        @Nullable String recordKey,
        @Nullable String recordValue,
        Incoming.@Nullable Headers recordHeaders,
        long recordMillis) {

    private static final int LONGEST_REASON = 2_000;
    private static final int LONGEST_TABLE = 500;

    /** Room for everything but the record, however its characters are escaped. */
    private static final int OVERHEAD = 24 * 1024;

    /** What a header takes besides name and value. */
    private static final int HEADER_OVERHEAD = 32;

    /** How much of a rejected record is kept. */
    enum Kept {
        ALL,
        /** All but the value: the settings want none. */
        NO_VALUE,
        /** Nothing: a rule of redaction may apply to a value in it. */
        NOTHING
    }

    /**
     * Returns the rejection of a record: its texts shortened, without characters that PostgreSQL
     * cannot store, and with the record's bytes as far as they are kept and there is room for them.
     *
     * @param largestMessage what the topic lets through
     */
    static Rejection of(
            @Nullable String source,
            Decoded.Malformed why,
            Incoming record,
            Kept kept,
            int largestMessage) {
        byte[] key = kept == Kept.NOTHING ? null : record.key();
        byte[] value = kept == Kept.ALL ? record.value() : null;
        long room = Math.max(0, largestMessage - OVERHEAD);
        boolean valueFits = base64Length(value) <= room;
        if (valueFits) {
            room -= base64Length(value);
        }
        boolean keyFits = base64Length(key) <= room;
        if (keyFits) {
            room -= base64Length(key);
        }
        String reason = storable(why.reason());
        if (!valueFits || !keyFits) {
            reason +=
                    " The record's "
                            + (valueFits ? "key" : keyFits ? "value" : "key and value")
                            + " left out: too large for the topic of rejected records.";
        }
        if (kept == Kept.NOTHING) {
            reason +=
                    " Its key and value are withheld, since a rule of redaction may apply to them.";
        }
        boolean whole =
                kept == Kept.ALL && valueFits && keyFits && length(record.headers()) <= room;
        return new Rejection(
                source,
                why.code(),
                reason,
                record.place(),
                why.table() == null
                        ? null
                        : shortened(JsonText.storable(why.table().toString()), LONGEST_TABLE),
                keyFits ? base64(key) : null,
                valueFits ? base64(value) : null,
                whole ? record.headers() : null,
                record.timestamp());
    }

    private static long length(Incoming.Headers headers) {
        long[] length = {0};
        headers.forEach(
                (name, value) ->
                        length[0] += HEADER_OVERHEAD + 6L * name.length() + base64Length(value));
        return length[0];
    }

    private static long base64Length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : (bytes.length + 2L) / 3 * 4;
    }

    static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    /** Returns a reason as it is stored. */
    static String storable(String reason) {
        return shortened(JsonText.storable(reason), LONGEST_REASON);
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
