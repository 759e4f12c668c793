package dev.daybook.api.rest;

import dev.daybook.api.path.EntityPaths.TableSegment;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.LogQueries;
import dev.daybook.contract.Stage;
import dev.daybook.domain.history.ActorSeen;
import dev.daybook.domain.history.RejectedQuery;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** The log itself: how complete it is, and what could not be recorded. */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
class LogController {

    private final LogQueries log;
    private final EntryQueries entries;
    private final Resources resources;
    private final Clock clock;

    LogController(LogQueries log, EntryQueries entries, Resources resources, Clock clock) {
        this.log = log;
        this.entries = entries;
        this.resources = resources;
        this.clock = clock;
    }

    @GetMapping("/coverage")
    CoverageResource coverage(Caller caller) {
        return resources.coverage(log.coverage(caller), new Reached(clock.instant(), log.sealed()));
    }

    @GetMapping("/tables")
    TablesResource tables(Caller caller) {
        return new TablesResource(resources.tables(log.tables(caller)));
    }

    @GetMapping(
            path = "/actors",
            produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    ActorsResource actors(
            Caller caller,
            @RequestParam(name = "from_actor", required = false) @Nullable String from,
            @RequestParam(defaultValue = "50") Limit limit) {
        List<ActorSeen> found = entries.actors(caller, from, limit.count() + 1);
        boolean more = found.size() > limit.count();
        return new ActorsResource(
                resources.actors(more ? found.subList(0, limit.count()) : found),
                more ? found.getLast().actor() : null);
    }

    @GetMapping("/tables/{table}/columns")
    ColumnsResource columns(
            Caller caller,
            @PathVariable TableSegment table,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable Instant at) {
        return resources.columns(log.columns(caller, source, table.table(), at));
    }

    @GetMapping(
            path = "/tables/{table}/history",
            produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    EntryPageResource history(
            Caller caller,
            @PathVariable TableSegment table,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        return resources.entryPage(
                log.history(caller, source, table.table(), cursor, limit.count()), numbers);
    }

    @GetMapping(
            path = "/reads",
            produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    ReadPageResource reads(
            Caller caller,
            @RequestParam(name = "caller", required = false) @Nullable String of,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor) {
        return resources.readPage(log.reads(caller, of, cursor, limit.count()));
    }

    @GetMapping(
            path = "/rejected",
            produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    RejectedPageResource rejected(
            Caller caller,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable Stage stage,
            @RequestParam(required = false) @Nullable String code,
            @RequestParam(required = false) @Nullable String table,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor) {
        Filters.checkSpan(from, to);
        RejectedQuery query = new RejectedQuery(source, stage, code, table, from, to);
        return resources.rejectedPage(log.rejected(caller, query, cursor, limit.count()));
    }
}
