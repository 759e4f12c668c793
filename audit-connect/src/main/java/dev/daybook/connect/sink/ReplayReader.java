package dev.daybook.connect.sink;

import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordMember.Replay;
import dev.daybook.contract.ReplayOutcome;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads what became of rejected records that were replayed. */
final class ReplayReader implements RecordReader {

    final Members members = new Members("a replay");
    private final Member.Id replayId = members.required(new Member.Id(Replay.REPLAY_ID));
    private final Member.Id rejectedId = members.required(new Member.Id(Replay.REJECTED_ID));
    private final Member.Text outcome = members.required(new Member.Text(Replay.OUTCOME));
    private final Member.Text became = members.optional(new Member.Text(Replay.BECAME));
    private final Member.Id entryId = members.optional(new Member.Id(Replay.ENTRY_ID));
    private final Member.Text code = members.optional(new Member.Text(Replay.CODE));
    private final Member.Text reason = members.optional(new Member.Description(Replay.REASON));

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        return new Row.Replay(
                record,
                replayId.value(),
                rejectedId.value(),
                outcome(outcome.value()),
                became.orNull(),
                entryId.orNull(),
                code.orNull(),
                reason.orNull());
    }

    private static ReplayOutcome outcome(String word) throws Unreadable {
        ReplayOutcome outcome = ReplayOutcome.ofWord(word).orElse(null);
        if (outcome == null) {
            throw new Unreadable(
                    "bad-value",
                    "%s is %s, but must be one of %s.",
                    Replay.OUTCOME,
                    Quote.of(word),
                    Words.of(ReplayOutcome.values(), ReplayOutcome::word));
        }
        return outcome;
    }

    @Override
    public @Nullable String lastSource() {
        return null;
    }
}
