package dev.daybook.connect.sink;

import dev.daybook.contract.RecordMember.Report;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads how a part says that it is. */
final class ReportReader implements RecordReader {

    final Members members = new Members("a report");
    private final Member.Text stage = members.required(new Member.Text(Report.STAGE));
    private final Member.Text instance = members.required(new Member.Text(Report.INSTANCE));
    private final Member.Time failingSince =
            members.optional(Member.Time.cut(Report.FAILING_SINCE));
    private final Member.Text reason = members.optional(new Member.Description(Report.REASON));

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        Long since = failingSince.orNull();
        String why = reason.orNull();
        if ((since == null) != (why == null)) {
            throw new Unreadable(
                    "bad-value",
                    "A report must have both %s and %s, or neither.",
                    Report.FAILING_SINCE,
                    Report.REASON);
        }
        return new Row.Report(
                record, RejectedReader.stage(stage.value()), instance.value(), since, why);
    }

    @Override
    public @Nullable String lastSource() {
        return null;
    }
}
