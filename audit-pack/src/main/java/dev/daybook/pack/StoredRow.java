package dev.daybook.pack;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.RejectedRow;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A row as the audit database has it, with the seed of its salts.
 *
 * @param place its stream and offset, see {@link Place}
 */
record StoredRow(long place, byte[] seed, Content content) {

    /** One of the three kinds of rows. */
    sealed interface Content {}

    record Entry(EntryRow row) implements Content {}

    record Context(TransactionRow row) implements Content {}

    record Rejected(RejectedRow row) implements Content {}

    /** Returns the hash of the row's leaf. */
    Hash hash(LeafHasher hasher, UsedSalts salts, PersonalColumns personal) {
        return switch (content) {
            case Entry(EntryRow row) -> hasher.entry(row, salts, personal.of(row.table()));
            case Context(TransactionRow row) -> hasher.transaction(row, salts);
            case Rejected(RejectedRow row) -> hasher.rejected(row, salts);
        };
    }

    /** Returns the row as it was sealed at another place, with another seed. */
    StoredRow at(long otherPlace, byte[] otherSeed) {
        return new StoredRow(
                otherPlace,
                otherSeed,
                switch (content) {
                    case Entry(EntryRow row) ->
                            new Entry(
                                    new EntryRow(
                                            otherPlace,
                                            row.id(),
                                            row.source(),
                                            row.table(),
                                            row.operation(),
                                            row.committedAt(),
                                            row.sourceCommittedAt(),
                                            row.position(),
                                            row.transactionId(),
                                            row.sequence(),
                                            row.unknownColumns(),
                                            row.key(),
                                            row.formerKey(),
                                            row.actor(),
                                            row.before(),
                                            row.after()));
                    case Context(TransactionRow row) ->
                            new Context(
                                    new TransactionRow(
                                            otherPlace,
                                            row.source(),
                                            row.transactionId(),
                                            row.committedAt(),
                                            row.actor(),
                                            row.reason(),
                                            row.requestId(),
                                            row.attributes(),
                                            row.loginRole()));
                    case Rejected(RejectedRow row) ->
                            new Rejected(
                                    new RejectedRow(
                                            otherPlace,
                                            row.id(),
                                            row.rejectedAt(),
                                            row.source(),
                                            row.stage(),
                                            row.code(),
                                            row.topic(),
                                            row.partition(),
                                            row.offset(),
                                            row.table(),
                                            row.recordTime(),
                                            row.reason(),
                                            row.recordKey(),
                                            row.recordValue(),
                                            row.recordHeaders()));
                });
    }

    String inWords() {
        return switch (content) {
            case Entry(EntryRow row) -> "entry " + row.id();
            case Context(TransactionRow row) ->
                    "context of transaction " + row.transactionId() + " of " + row.source();
            case Rejected(RejectedRow row) -> "rejected record " + row.id();
        };
    }

    /**
     * Returns the row's line in a pack.
     *
     * @param leaf the number of the log's leaf that lists its segment
     * @param segment the segment's number in that leaf
     * @param index the row's number in the segment; negative in a whole pack
     * @param path the hashes from the row to the segment's root; null in a whole pack
     */
    String line(long leaf, int segment, long index, @Nullable List<Hash> path, UsedSalts salts) {
        StringBuilder line = new StringBuilder(512).append("{\"row\":");
        switch (content) {
            case Entry entry -> line.append("\"entry\"");
            case Context context -> line.append("\"transaction\"");
            case Rejected rejected -> line.append("\"rejected\"");
        }
        line.append(",\"leaf\":").append(leaf).append(",\"segment\":").append(segment);
        line.append(",\"index\":");
        if (path == null) {
            line.append("null,\"path\":null");
        } else {
            line.append(index)
                    .append(",\"path\":")
                    .append(list(path.stream().map(Hash::toString).toList()));
        }
        line.append(",\"salts\":").append(salts.json());
        line.append(",\"stream\":").append(Place.stream(place));
        line.append(",\"offset\":").append(Place.offset(place));
        switch (content) {
            case Entry(EntryRow row) -> entry(line, row);
            case Context(TransactionRow row) -> context(line, row);
            case Rejected(RejectedRow row) -> rejected(line, row);
        }
        return line.append("}\n").toString();
    }

    private static void entry(StringBuilder line, EntryRow row) {
        text(line, "id", row.id().toString());
        text(line, "source", row.source());
        text(line, "table", row.table());
        text(line, "operation", row.operation());
        text(line, "committed_at", WireTime.text(row.committedAt()));
        Long source = row.sourceCommittedAt();
        text(line, "source_committed_at", source == null ? null : WireTime.text(source));
        text(line, "position", row.position());
        number(line, "transaction", row.transactionId());
        number(line, "sequence", row.sequence());
        List<String> unknown = row.unknownColumns();
        line.append(",\"unknown_columns\":").append(unknown == null ? "null" : list(unknown));
        text(line, "key", row.key());
        text(line, "former_key", row.formerKey());
        text(line, "actor", row.actor());
        text(line, "before", text(row.before()));
        text(line, "after", text(row.after()));
    }

    private static void context(StringBuilder line, TransactionRow row) {
        text(line, "source", row.source());
        number(line, "transaction", row.transactionId());
        text(line, "committed_at", WireTime.text(row.committedAt()));
        text(line, "actor", row.actor());
        text(line, "reason", row.reason());
        text(line, "request_id", row.requestId());
        text(line, "attributes", text(row.attributes()));
        text(line, "login_role", row.loginRole());
    }

    private static void rejected(StringBuilder line, RejectedRow row) {
        text(line, "id", row.id().toString());
        text(line, "rejected_at", WireTime.text(row.rejectedAt()));
        text(line, "source", row.source());
        text(line, "stage", row.stage());
        text(line, "code", row.code());
        text(line, "topic", row.topic());
        line.append(",\"partition\":").append(row.partition());
        number(line, "record_offset", row.offset());
        text(line, "table", row.table());
        Long time = row.recordTime();
        text(line, "record_time", time == null ? null : WireTime.text(time));
        text(line, "reason", row.reason());
        text(line, "record_key", base64(row.recordKey()));
        text(line, "record_value", base64(row.recordValue()));
        text(line, "record_headers", text(row.recordHeaders()));
    }

    private static void text(StringBuilder line, String name, @Nullable String value) {
        line.append(",\"").append(name).append("\":");
        line.append(value == null ? "null" : JsonText.quoted(value));
    }

    /** Writes a number of 64 bits as a text: not every reader of JSON has so many. */
    private static void number(StringBuilder line, String name, @Nullable Long value) {
        text(line, name, value == null ? null : value.toString());
    }

    private static String list(List<String> texts) {
        return texts.stream().map(JsonText::quoted).collect(Collectors.joining(",", "[", "]"));
    }

    private static @Nullable String text(@Nullable Slice slice) {
        return slice == null
                ? null
                : new String(slice.bytes(), slice.from(), slice.length(), StandardCharsets.UTF_8);
    }

    private static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }
}
