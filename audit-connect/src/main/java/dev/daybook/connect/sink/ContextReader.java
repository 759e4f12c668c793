package dev.daybook.connect.sink;

import dev.daybook.contract.RecordMember.Context;
import dev.daybook.contract.TransactionContext;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads contexts of transactions. */
final class ContextReader implements RecordReader {

    final Members members = new Members("a transaction's context");
    private final Member.Text source = members.required(new Member.Text(Context.SOURCE));
    private final Member.Long64 transactionId =
            members.required(new Member.Long64(Context.TRANSACTION_ID));
    private final Member.Time committedAt =
            members.required(Member.Time.exact(Context.COMMITTED_AT));
    private final Member.Text actor = members.optional(new Member.Text(TransactionContext.ACTOR));
    private final Member.Text reason = members.optional(new Member.Text(TransactionContext.REASON));
    private final Member.Text requestId =
            members.optional(new Member.Text(TransactionContext.REQUEST_ID));
    private final Member.Json attributes =
            members.optional(Member.Json.any(TransactionContext.ATTRIBUTES));
    private final Member.Text loginRole =
            members.optional(new Member.Text(TransactionContext.LOGIN_ROLE));

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        return new Row.Context(
                record,
                source.value(),
                transactionId.value(),
                committedAt.micros(),
                actor.orNull(),
                reason.orNull(),
                requestId.orNull(),
                attributes.orNull(),
                loginRole.orNull());
    }

    @Override
    public @Nullable String lastSource() {
        return source.orNull();
    }
}
