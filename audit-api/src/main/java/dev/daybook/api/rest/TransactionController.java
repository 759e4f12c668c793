package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.EntryPosition;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.SourceTransaction;
import dev.daybook.domain.history.Timeline;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;
import java.util.List;

/** Everything that one transaction did. */
@RestController
@RequestMapping(path = "/api/v1/transactions", produces = MediaType.APPLICATION_JSON_VALUE)
class TransactionController {

    /** How many transactions of one number are looked at; numbers come again very rarely. */
    private static final int MOST = 20;

    private final AuditTrail trail;
    private final Timeline timeline;
    private final Resources resources;

    TransactionController(AuditTrail trail, Timeline timeline, Resources resources) {
        this.trail = trail;
        this.timeline = timeline;
        this.resources = resources;
    }

    @GetMapping("/{source}/{id}")
    TransactionResource transaction(
            @PathVariable String source,
            @PathVariable long id,
            @RequestParam(name = "committed_at", required = false) @Nullable Instant committedAt,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor) {
        List<SourceTransaction> all = trail.transactions(source, id, MOST);
        SourceTransaction transaction =
                all.stream()
                        .filter(
                                one ->
                                        committedAt == null
                                                || one.transaction()
                                                        .committedAt()
                                                        .equals(committedAt))
                        .findFirst()
                        .orElseThrow(() -> absent(source, id, committedAt));
        TransactionRef ref = transaction.transaction();
        String search = "transaction" + ref;
        Cursor place = Cursor.read(cursor, search);
        Completeness coverage = Completeness.of(trail, source);
        List<RecordedEntry> entries =
                trail.ofTransaction(
                        ref,
                        place == null
                                ? null
                                : new EntryPosition(place.at(), place.sequence(), place.id()),
                        limit.count() + 1);
        boolean more = entries.size() > limit.count();
        List<RecordedEntry> page = more ? entries.subList(0, limit.count()) : entries;
        return new TransactionResource(
                source,
                id,
                Times.text(ref.committedAt()),
                resources.context(transaction.context()),
                all.stream()
                        .filter(one -> one != transaction)
                        .map(one -> Times.text(one.transaction().committedAt()))
                        .toList(),
                resources.entries(timeline.complete(page)),
                more ? cursor(page.getLast().position()).text(search) : null,
                coverage);
    }

    private static Cursor cursor(EntryPosition position) {
        return new Cursor(position.committedAt(), position.sequence(), position.id());
    }

    private static ProblemException absent(String source, long id, @Nullable Instant committedAt) {
        return new ProblemException(
                Problem.NOT_FOUND,
                "The log has no transaction %d of source \"%s\"%s: sources are listed by /api/v1/coverage, and entries name their transaction."
                        .formatted(
                                id,
                                source,
                                committedAt == null
                                        ? ""
                                        : " committed at " + Times.text(committedAt)));
    }
}
