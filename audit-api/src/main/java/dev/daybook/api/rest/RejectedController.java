package dev.daybook.api.rest;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.ReplayQueries;
import dev.daybook.domain.history.RejectedQuery;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;
import java.util.UUID;

/** Single rejected records, and their way back. */
@RestController
@RequestMapping(path = "/api/v1/rejected", produces = MediaType.APPLICATION_JSON_VALUE)
class RejectedController {

    private final ReplayQueries replays;
    private final Resources resources;

    RejectedController(ReplayQueries replays, Resources resources) {
        this.replays = replays;
        this.resources = resources;
    }

    @GetMapping("/{id}")
    RejectedDetailResource rejected(Caller caller, @PathVariable UUID id) {
        return resources.rejectedDetail(replays.find(caller, id));
    }

    @PostMapping("/{id}/replay")
    ReplayResource replay(Caller caller, @PathVariable UUID id) {
        return resources.replay(replays.replay(caller, id));
    }

    @PostMapping("/replay")
    ReplaysRequestedResource replay(
            Caller caller,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable String code,
            @RequestParam(required = false) @Nullable String table,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to) {
        Filters.checkSpan(from, to);
        return resources.requested(
                replays.replay(caller, new RejectedQuery(source, null, code, table, from, to)));
    }
}
