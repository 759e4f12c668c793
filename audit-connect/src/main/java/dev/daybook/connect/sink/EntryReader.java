package dev.daybook.connect.sink;

import dev.daybook.contract.EntryId;
import dev.daybook.contract.Operation;
import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordMember.Entry;
import dev.daybook.contract.WireTime;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads audit entries. */
final class EntryReader implements RecordReader {

    final Members members = new Members("an entry");
    private final Member.Id id = members.required(new Member.Id(Entry.ID));
    private final Member.Time committedAt = members.required(Member.Time.exact(Entry.COMMITTED_AT));
    private final Member.Text source = members.required(new Member.Text(Entry.SOURCE));
    private final Member.Text tableName = members.required(new Member.Text(Entry.TABLE_NAME));
    private final Member.Text entityKey = members.optional(new Member.Text(Entry.ENTITY_KEY));
    private final Member.Text oldEntityKey =
            members.optional(new Member.Text(Entry.OLD_ENTITY_KEY));
    private final Member.Text operation = members.required(new Member.Text(Entry.OPERATION));
    private final Member.Long64 transactionId =
            members.optional(new Member.Long64(Entry.TRANSACTION_ID));
    private final Member.Long64 sequence = members.required(new Member.Long64(Entry.SEQUENCE));
    private final Member.Text position = members.optional(new Member.Text(Entry.POSITION));
    private final Member.Json before = members.optional(Member.Json.object(Entry.BEFORE));
    private final Member.Json after = members.optional(Member.Json.object(Entry.AFTER));
    private final Member.Texts unknownColumns =
            members.optional(new Member.Texts(Entry.UNKNOWN_COLUMNS));
    private final Member.Text actor = members.optional(new Member.Text(Entry.ACTOR));
    private final Member.Time sourceCommittedAt =
            members.optional(Member.Time.exact(Entry.SOURCE_COMMITTED_AT));

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        if (!EntryId.holds(id.value(), committedAt.micros())) {
            throw new Unreadable(
                    "id-without-time",
                    "%s %s does not hold the commit time %s, as an entry's identity does: under it"
                            + " one change could be stored twice. Compute it as EntryId does.",
                    Entry.ID,
                    id.value(),
                    WireTime.text(committedAt.micros()));
        }
        return new Row.Entry(
                record,
                id.value(),
                committedAt.micros(),
                source.value(),
                tableName.value(),
                entityKey.orNull(),
                oldEntityKey.orNull(),
                operation(operation.value()),
                transactionId.orNull(),
                sequence.value(),
                position.orNull(),
                before.orNull(),
                after.orNull(),
                unknownColumns.orNull(),
                actor.orNull(),
                sourceCommittedAt.orNull());
    }

    private static Operation operation(String word) throws Unreadable {
        Operation operation = Operation.ofWord(word).orElse(null);
        if (operation == null) {
            throw new Unreadable(
                    "bad-value",
                    "%s is %s, but must be one of %s.",
                    Entry.OPERATION,
                    Quote.of(word),
                    Words.of(Operation.values(), Operation::word));
        }
        return operation;
    }

    @Override
    public @Nullable String lastSource() {
        return source.orNull();
    }

    @Override
    public @Nullable String lastTable() {
        return tableName.orNull();
    }
}
