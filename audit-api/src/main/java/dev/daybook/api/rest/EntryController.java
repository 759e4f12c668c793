package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;
import java.util.UUID;

/** Entries across rows. */
@RestController
@RequestMapping(path = "/api/v1/entries", produces = MediaType.APPLICATION_JSON_VALUE)
class EntryController {

    private final EntryQueries entries;
    private final Resources resources;

    EntryController(EntryQueries entries, Resources resources) {
        this.entries = entries;
        this.resources = resources;
    }

    @GetMapping
    EntryPageResource search(
            Caller caller,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable TableName table,
            @RequestParam(name = "key", required = false) @Nullable String key,
            @RequestParam(required = false) @Nullable String actor,
            @RequestParam(defaultValue = "false") Boolean unattributed,
            @RequestParam(required = false) @Nullable String field,
            @RequestParam(required = false) @Nullable Operation operation,
            @RequestParam(required = false) @Nullable Long transaction,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        if (key != null && table == null) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"key\" names a row only together with \"table\": add it.");
        }
        Parameters.checkFilters(actor, unattributed, operation, field);
        Parameters.checkSpan(from, to);
        EntryQuery query =
                new EntryQuery(
                        source,
                        table,
                        key == null ? null : new EntityKey(key),
                        actor,
                        unattributed,
                        field,
                        operation,
                        transaction,
                        from,
                        to);
        return resources.entryPage(entries.search(caller, query, cursor, limit.count()), numbers);
    }

    @GetMapping("/{id}")
    EntryResource entry(
            Caller caller,
            @PathVariable UUID id,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        RecordedView entry = entries.entry(caller, id);
        if (entry == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "There is no entry with the id %s: ids come from lists of entries, and an entry goes when its month is removed."
                            .formatted(id));
        }
        return resources.entry(entry, numbers);
    }
}
