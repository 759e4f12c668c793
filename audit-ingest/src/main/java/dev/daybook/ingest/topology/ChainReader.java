package dev.daybook.ingest.topology;

import dev.daybook.contract.RecordMember.Change;
import dev.daybook.contract.WireTime;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;
import dev.daybook.ingest.json.TextCache;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** Reads of a record in DMS's format where it stands in the chain, and nothing else. */
final class ChainReader {

    private final JsonScanner scanner = new JsonScanner(new TextCache());

    /** Returns the record's link; null if it has none, or is no such record. */
    ChainLinks.@Nullable Link read(byte @Nullable [] value, Place place) {
        if (value == null) {
            return null;
        }
        try {
            scanner.reset(value);
            if (scanner.peek() != '{') {
                return null;
            }
            scanner.beginObject();
            for (String member = scanner.nextMember();
                    member != null;
                    member = scanner.nextMember()) {
                if (member.equals(Change.METADATA) && scanner.peek() == '{') {
                    return metadata(place);
                }
                scanner.skipValue();
            }
            return null;
        } catch (JsonProblem notReadable) {
            // The ingest rejects it.
            return null;
        }
    }

    private ChainLinks.@Nullable Link metadata(Place place) throws JsonProblem {
        Long transaction = null;
        Long record = null;
        Long previousTransaction = null;
        Long previousRecord = null;
        Instant committedAt = null;
        Instant madeAt = null;
        String position = null;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            switch (member) {
                case Change.TRANSACTION_ID -> transaction = number();
                case Change.TRANSACTION_RECORD_ID -> record = number();
                case Change.PREVIOUS_TRANSACTION_ID -> previousTransaction = number();
                case Change.PREVIOUS_TRANSACTION_RECORD_ID -> previousRecord = number();
                case Change.COMMIT_TIMESTAMP -> committedAt = WireTime.parse(text());
                case Change.TIMESTAMP -> madeAt = WireTime.parse(text());
                case Change.STREAM_POSITION -> position = text();
                default -> scanner.skipValue();
            }
        }
        // Rows of DMS's own tables have no commit time, and stand in the chain too.
        Instant at = committedAt == null ? madeAt : committedAt;
        return transaction == null || record == null || at == null
                ? null
                : new ChainLinks.Link(
                        new ChainLinks.Id(transaction, record),
                        previousTransaction == null || previousRecord == null
                                ? null
                                : new ChainLinks.Id(previousTransaction, previousRecord),
                        at,
                        position,
                        place);
    }

    private String text() throws JsonProblem {
        return scanner.peek() == '"' ? scanner.readString() : scanner.readRaw();
    }

    private @Nullable Long number() throws JsonProblem {
        try {
            return Long.valueOf(text());
        } catch (NumberFormatException notWhole) {
            return null;
        }
    }
}
