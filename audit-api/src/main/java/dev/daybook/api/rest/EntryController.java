package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.SearchPage;
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
import java.util.UUID;

/** Entries across rows. */
@RestController
@RequestMapping(path = "/api/v1/entries", produces = MediaType.APPLICATION_JSON_VALUE)
class EntryController {

    private final AuditTrail trail;
    private final Timeline timeline;
    private final Resources resources;

    EntryController(AuditTrail trail, Timeline timeline, Resources resources) {
        this.trail = trail;
        this.timeline = timeline;
        this.resources = resources;
    }

    @GetMapping
    ListResource<EntryResource> search(
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable TableName table,
            @RequestParam(name = "key", required = false) @Nullable String key,
            @RequestParam(required = false) @Nullable String actor,
            @RequestParam(defaultValue = "false") Flag unattributed,
            @RequestParam(required = false) @Nullable String field,
            @RequestParam(required = false) @Nullable OperationWord operation,
            @RequestParam(required = false) @Nullable Long transaction,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor) {
        if (key != null && table == null) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"key\" names a row only together with \"table\": add it.");
        }
        Parameters.checkSpan(from, to);
        EntryQuery query =
                new EntryQuery(
                        source,
                        table,
                        key == null ? null : new EntityKey(key),
                        actor,
                        unattributed.set(),
                        field,
                        OperationWord.of(operation),
                        transaction,
                        from,
                        to);
        String search = "entries" + query;
        Cursor place = Cursor.read(cursor, search);
        Completeness coverage = Completeness.of(trail, source);
        SearchPage page =
                timeline.search(
                        query,
                        place == null ? null : new Keyset(place.at(), place.id()),
                        limit.count());
        Keyset next = page.next();
        return new ListResource<>(
                resources.entries(page.entries()),
                next == null ? null : new Cursor(next.at(), 0, next.id()).text(search),
                coverage);
    }

    @GetMapping("/{id}")
    EntryResource entry(@PathVariable UUID id) {
        RecordedEntry entry = trail.entry(id);
        if (entry == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "There is no entry with the id %s: ids come from lists of entries, and an entry goes when its month is removed."
                            .formatted(id));
        }
        return resources.entry(timeline.complete(List.of(entry)).getFirst());
    }
}
