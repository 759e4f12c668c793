package dev.daybook.api.query;

import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.time.Instant;
import java.util.List;

/** Asks for the log itself: how complete it is, and what could not be recorded. */
@Component
public class LogQueries {

    private final AuditTrail trail;
    private final ReadLog reads;

    LogQueries(AuditTrail trail, ReadLog reads) {
        this.trail = trail;
        this.reads = reads;
    }

    /** Returns how complete the log is. */
    public Coverage coverage(Caller caller) {
        Coverage coverage = trail.coverage();
        reads.read(caller, new Question("coverage"), coverage.sources().size());
        return coverage;
    }

    /** Returns a page of the rejected records, newest first. */
    public Page<RejectedRecord> rejected(
            Caller caller, RejectedQuery query, @Nullable String cursor, int limit) {
        Question question =
                new Question("rejected")
                        .with("source", query.source())
                        .with("stage", Words.of(query.stage()))
                        .with("code", query.code())
                        .with("table", query.table())
                        .with("from", query.from())
                        .with("to", query.to());
        Cursor place = Cursor.read(cursor, question);
        Instant completeUntil = trail.completeUntil(query.source());
        List<RejectedRecord> found =
                trail.rejected(query, place == null ? null : place.keyset(), limit + 1);
        boolean more = found.size() > limit;
        List<RejectedRecord> page = more ? found.subList(0, limit) : found;
        reads.read(caller, question, page.size());
        return new Page<>(
                page,
                more
                        ? Cursor.of(new Keyset(page.getLast().rejectedAt(), page.getLast().id()))
                                .text(question)
                        : null,
                completeUntil);
    }
}
