package dev.daybook.api.rest;

import dev.daybook.api.path.EntityPaths.KeySegment;
import dev.daybook.api.path.EntityPaths.TableSegment;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.RowQueries;
import dev.daybook.api.query.RowQueries.Row;
import dev.daybook.contract.Operation;
import dev.daybook.domain.history.HistoryQuery;

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

    private final RowQueries rows;
    private final TypedRows typed;
    private final Resources resources;

    EntityController(RowQueries rows, TypedRows typed, Resources resources) {
        this.rows = rows;
        this.typed = typed;
        this.resources = resources;
    }

    @GetMapping(
            path = "/history",
            produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    EntryPageResource history(
            Caller caller,
            @PathVariable TableSegment table,
            @PathVariable KeySegment key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(required = false) @Nullable String actor,
            @RequestParam(name = Filters.LOGIN_ROLE, required = false) @Nullable String loginRole,
            @RequestParam(defaultValue = "false") Boolean unattributed,
            @RequestParam(required = false) @Nullable String field,
            @RequestParam(required = false) @Nullable Operation operation,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        Filters.checkFilters(
                actor == null ? List.of() : List.of(actor),
                unattributed,
                operation,
                field == null ? List.of() : List.of(field));
        Filters.checkSpan(from, to);
        HistoryQuery query =
                new HistoryQuery(actor, loginRole, unattributed, field, operation, from, to);
        return resources.entryPage(
                typed.page(
                        rows.history(
                                caller,
                                new Row(source, table.table(), key.key()),
                                query,
                                cursor,
                                limit.count())),
                numbers);
    }

    @GetMapping("/state")
    StateResource state(
            Caller caller,
            @PathVariable TableSegment table,
            @PathVariable KeySegment key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable Instant at,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        return resources.state(
                typed.state(rows.state(caller, new Row(source, table.table(), key.key()), at)),
                numbers);
    }

    @GetMapping("/diff")
    DiffResource diff(
            Caller caller,
            @PathVariable TableSegment table,
            @PathVariable KeySegment key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        Filters.checkSpan(from, to);
        return resources.diff(
                typed.diff(rows.diff(caller, new Row(source, table.table(), key.key()), from, to)),
                numbers);
    }
}
