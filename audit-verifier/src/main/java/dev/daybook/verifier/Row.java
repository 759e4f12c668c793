package dev.daybook.verifier;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.RejectedRow;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * Reads a row of a pack, and hashes it.
 *
 * @param leaf the number of the log's leaf that lists the row's segment
 * @param segment the segment's number within that leaf
 * @param index the row's number within the segment; null in a whole pack
 * @param path the hashes from the row's leaf to the segment's root; null in a whole pack
 * @param salts the salts of the row's commitments
 * @param stream the number of the row's stream
 * @param offset the row's offset in it
 * @param content the row itself
 */
record Row(
        long leaf,
        long segment,
        @Nullable Long index,
        @Nullable List<Hash> path,
        GivenSalts salts,
        long stream,
        long offset,
        Content content) {

    private static final List<String> PLACE =
            List.of("row", "leaf", "segment", "index", "path", "salts", "stream", "offset");
    private static final List<String> ENTRY =
            members(
                    "id",
                    "source",
                    "table",
                    "operation",
                    "committed_at",
                    "source_committed_at",
                    "position",
                    "transaction",
                    "sequence",
                    "unknown_columns",
                    "key",
                    "former_key",
                    "actor",
                    "before",
                    "after");
    private static final List<String> TRANSACTION =
            members(
                    "source",
                    "transaction",
                    "committed_at",
                    "actor",
                    "reason",
                    "request_id",
                    "attributes",
                    "login_role");
    private static final List<String> REJECTED =
            members(
                    "id",
                    "rejected_at",
                    "source",
                    "stage",
                    "code",
                    "topic",
                    "partition",
                    "record_offset",
                    "table",
                    "record_time",
                    "reason",
                    "record_key",
                    "record_value",
                    "record_headers");

    /** One of the three kinds of rows. */
    sealed interface Content permits Entry, Context, Rejected {}

    /** A row of {@code audit.entry}. */
    record Entry(EntryRow row) implements Content {}

    /** A row of {@code audit.transaction}. */
    record Context(TransactionRow row) implements Content {}

    /** A row of {@code audit.rejected}. */
    record Rejected(RejectedRow row) implements Content {}

    private static List<String> members(String... more) {
        List<String> members = new ArrayList<>(PLACE);
        members.addAll(List.of(more));
        return List.copyOf(members);
    }

    static Row parse(String json) {
        JsonLine line = JsonLine.parse(json);
        String kind = line.first();
        line.require(
                switch (kind) {
                    case "entry" -> ENTRY;
                    case "transaction" -> TRANSACTION;
                    case "rejected" -> REJECTED;
                    default ->
                            throw new InvalidEvidenceException(
                                    "'" + Plain.line(kind, 40) + "' is no kind of row.");
                });
        long stream = line.number("stream");
        long offset = line.number("offset");
        long place = Place.of(stream, offset);
        List<String> path = line.optionalTexts("path");
        return new Row(
                line.number("leaf"),
                line.number("segment"),
                line.optionalNumber("index"),
                path == null ? null : path.stream().map(Hash::ofText).toList(),
                new GivenSalts(line.list("salts")),
                stream,
                offset,
                switch (kind) {
                    case "entry" -> entry(line, place);
                    case "transaction" -> context(line, place);
                    default -> rejected(line, place);
                });
    }

    private static Entry entry(JsonLine line, long place) {
        return new Entry(
                new EntryRow(
                        place,
                        id(line.text("id")),
                        line.text("source"),
                        line.text("table"),
                        line.text("operation"),
                        Times.micros(line.text("committed_at")),
                        micros(line.optionalText("source_committed_at")),
                        line.optionalText("position"),
                        line.optionalLongText("transaction"),
                        line.longText("sequence"),
                        line.optionalTexts("unknown_columns"),
                        line.optionalText("key"),
                        line.optionalText("former_key"),
                        line.optionalText("actor"),
                        slice(line.optionalText("before")),
                        slice(line.optionalText("after"))));
    }

    private static Context context(JsonLine line, long place) {
        return new Context(
                new TransactionRow(
                        place,
                        line.text("source"),
                        line.longText("transaction"),
                        Times.micros(line.text("committed_at")),
                        line.optionalText("actor"),
                        line.optionalText("reason"),
                        line.optionalText("request_id"),
                        slice(line.optionalText("attributes")),
                        line.optionalText("login_role")));
    }

    private static Rejected rejected(JsonLine line, long place) {
        return new Rejected(
                new RejectedRow(
                        place,
                        id(line.text("id")),
                        Times.micros(line.text("rejected_at")),
                        line.optionalText("source"),
                        line.text("stage"),
                        line.text("code"),
                        line.optionalText("topic"),
                        line.optionalNumber("partition"),
                        line.optionalLongText("record_offset"),
                        line.optionalText("table"),
                        micros(line.optionalText("record_time")),
                        line.text("reason"),
                        bytes(line.optionalText("record_key")),
                        bytes(line.optionalText("record_value")),
                        slice(line.optionalText("record_headers"))));
    }

    static UUID id(String text) {
        if (!text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")) {
            throw new InvalidEvidenceException("'" + Plain.line(text, 40) + "' is no id.");
        }
        return UUID.fromString(text);
    }

    private static @Nullable Long micros(@Nullable String time) {
        return time == null ? null : (Long) Times.micros(time);
    }

    private static @Nullable Slice slice(@Nullable String json) {
        return json == null ? null : new Slice(json.getBytes(StandardCharsets.UTF_8));
    }

    private static byte @Nullable [] bytes(@Nullable String base64) {
        if (base64 == null) {
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            if (Base64.getEncoder().encodeToString(bytes).equals(base64)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new InvalidEvidenceException("The bytes of a record are not Base64.");
    }

    /** Returns the hash of the row's leaf; every salt that is given must have been used. */
    Hash hash(LeafHasher hasher, PersonalColumns personal) {
        Hash hash;
        if (content instanceof Entry entry) {
            hash = hasher.entry(entry.row, salts, personal.of(entry.row.table()));
        } else if (content instanceof Context context) {
            hash = hasher.transaction(context.row, salts);
        } else {
            hash = hasher.rejected(((Rejected) content).row, salts);
        }
        salts.requireAllUsed();
        return hash;
    }

    /** Returns months since 1970 of the commit time; -1 for a rejected record. */
    long month() {
        if (content instanceof Entry entry) {
            return Times.month(entry.row.committedAt());
        } else if (content instanceof Context context) {
            return Times.month(context.row.committedAt());
        }
        return -1;
    }

    /** Returns in words which row it is. */
    String inWords() {
        if (content instanceof Entry entry) {
            return "entry "
                    + entry.row.id()
                    + " of "
                    + Plain.line(entry.row.table(), 100)
                    + ", key "
                    + Plain.line(String.valueOf(entry.row.key()), 100);
        } else if (content instanceof Context context) {
            return "context of transaction "
                    + context.row.transactionId()
                    + " of "
                    + Plain.line(context.row.source(), 100);
        }
        return "rejected record " + ((Rejected) content).row.id();
    }
}
