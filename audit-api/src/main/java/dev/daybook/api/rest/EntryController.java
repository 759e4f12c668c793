package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.UUID;

/** Entries across rows. */
@RestController
@RequestMapping(path = "/api/v1/entries", produces = MediaType.APPLICATION_JSON_VALUE)
class EntryController {

    private final EntryQueries entries;
    private final TypedRows typed;
    private final Resources resources;
    private final Clock clock;

    EntryController(EntryQueries entries, TypedRows typed, Resources resources, Clock clock) {
        this.entries = entries;
        this.typed = typed;
        this.resources = resources;
        this.clock = clock;
    }

    @GetMapping(produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    EntryPageResource search(
            Caller caller,
            EntryQuery query,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        return resources.entryPage(
                typed.page(entries.search(caller, query, cursor, limit.count())), numbers);
    }

    @GetMapping("/counts")
    CountsResource counts(
            Caller caller,
            EntryQuery query,
            @RequestParam(name = Parameters.FACET, required = false) Facet @Nullable [] facets) {
        return resources.counts(
                entries.counts(
                        caller,
                        query,
                        facets == null || facets.length == 0
                                ? EnumSet.noneOf(Facet.class)
                                : EnumSet.copyOf(Arrays.asList(facets))));
    }

    @GetMapping("/volume")
    VolumeResource volume(
            Caller caller, EntryQuery query, @RequestParam(defaultValue = "1h") Step step) {
        Instant to = query.to() == null ? clock.instant() : query.to();
        Instant from =
                query.from() == null ? to.minus(step.length().multipliedBy(24)) : query.from();
        return new VolumeResource(
                resources.volumes(entries.volume(caller, query, from, to, step.length())));
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
        return resources.entry(typed.view(entry, null), numbers);
    }
}
