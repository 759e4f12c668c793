package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.EntryPosition;
import dev.daybook.domain.history.HistoryPage;
import dev.daybook.domain.history.HistoryQuery;
import dev.daybook.domain.history.RowDiff;
import dev.daybook.domain.history.RowRef;
import dev.daybook.domain.history.RowState;
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

/** One row: its history, its state at an instant, differences between two. */
@RestController
@RequestMapping(
        path = "/api/v1/entities/{table}/{key}",
        produces = MediaType.APPLICATION_JSON_VALUE)
class EntityController {

    private final AuditTrail trail;
    private final Timeline timeline;
    private final Resources resources;

    EntityController(AuditTrail trail, Timeline timeline, Resources resources) {
        this.trail = trail;
        this.timeline = timeline;
        this.resources = resources;
    }

    @GetMapping("/history")
    ListResource<EntryResource> history(
            @PathVariable TableName table,
            @PathVariable EntityKey key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(required = false) @Nullable String actor,
            @RequestParam(defaultValue = "false") Flag unattributed,
            @RequestParam(required = false) @Nullable String field,
            @RequestParam(required = false) @Nullable OperationWord operation,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor) {
        HistoryQuery query =
                new HistoryQuery(
                        actor, unattributed.set(), field, OperationWord.of(operation), from, to);
        Parameters.checkSpan(from, to);
        String search = "history" + table + "␟" + key + "␟" + source + query;
        Cursor place = Cursor.read(cursor, search);
        Completeness coverage = Completeness.of(trail, source);
        RowRef row = row(source, table, key);
        if (row == null) {
            return new ListResource<>(List.of(), null, coverage);
        }
        HistoryPage page =
                timeline.history(
                        row,
                        query,
                        place == null
                                ? null
                                : new EntryPosition(place.at(), place.sequence(), place.id()),
                        limit.count());
        EntryPosition next = page.next();
        return new ListResource<>(
                resources.entries(page.entries()),
                next == null
                        ? null
                        : new Cursor(next.committedAt(), next.sequence(), next.id()).text(search),
                coverage);
    }

    @GetMapping("/state")
    StateResource state(
            @PathVariable TableName table,
            @PathVariable EntityKey key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable Instant at) {
        Completeness coverage = Completeness.of(trail, source);
        RowRef row = row(source, table, key);
        RowState state = state(row, at);
        return new StateResource(
                row == null ? null : row.source(),
                table.toString(),
                key.text(),
                resources.time(at),
                String.valueOf(resources.word(state.presence())),
                resources.key(state.movedTo()),
                StateResource.row(state),
                List.copyOf(state.unknownColumns()),
                resources.origins(state.facts()),
                state.last() == null ? null : resources.lastEntry(state.last()),
                coverage);
    }

    @GetMapping("/diff")
    DiffResource diff(
            @PathVariable TableName table,
            @PathVariable EntityKey key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam Instant from,
            @RequestParam(required = false) @Nullable Instant to) {
        Parameters.checkSpan(from, to);
        Completeness coverage = Completeness.of(trail, source);
        RowRef row = row(source, table, key);
        RowDiff diff = RowDiff.between(state(row, from), state(row, to));
        return new DiffResource(
                row == null ? null : row.source(),
                table.toString(),
                key.text(),
                Times.text(from),
                resources.time(to),
                String.valueOf(resources.word(diff.from().presence())),
                String.valueOf(resources.word(diff.to().presence())),
                resources.differences(diff.differences()),
                diff.undecided(),
                coverage);
    }

    private RowState state(@Nullable RowRef row, @Nullable Instant at) {
        return row == null
                ? RowState.NEVER_SEEN
                : timeline.stateAt(row, at == null ? Times.LATEST : at);
    }

    /** The row, or null if no source has it. */
    private @Nullable RowRef row(@Nullable String source, TableName table, EntityKey key) {
        if (source != null) {
            return new RowRef(source, table, key);
        }
        List<String> sources = trail.sourcesOf(table, key);
        if (sources.size() > 1) {
            throw new ProblemException(
                    Problem.AMBIGUOUS_SOURCE,
                    "%s with key \"%s\" is in the log for the sources %s: name one with the parameter \"source\"."
                            .formatted(table, key, String.join(", ", sources)));
        }
        return sources.isEmpty() ? null : new RowRef(sources.getFirst(), table, key);
    }
}
