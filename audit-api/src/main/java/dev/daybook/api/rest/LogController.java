package dev.daybook.api.rest;

import dev.daybook.api.rest.CoverageResource.SourceResource;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.domain.history.SourceCoverage;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The log itself: how complete it is, and what could not be recorded. */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
class LogController {

    private final AuditTrail trail;
    private final Resources resources;
    private final Clock clock;

    LogController(AuditTrail trail, Resources resources, Clock clock) {
        this.trail = trail;
        this.resources = resources;
        this.clock = clock;
    }

    @GetMapping("/coverage")
    CoverageResource coverage() {
        Coverage coverage = trail.coverage();
        Instant now = clock.instant();
        return new CoverageResource(
                coverage.sources().stream().map(source -> source(source, now)).toList(),
                coverage.entries(),
                coverage.estimated(),
                coverage.rejectedElsewhere());
    }

    private static SourceResource source(SourceCoverage source, Instant now) {
        Instant until = source.completeUntil();
        long changes = source.recentChanges();
        return new SourceResource(
                source.source(),
                until == null ? null : Times.text(until),
                until == null ? null : Math.max(0, Duration.between(until, now).toMillis() / 1e3),
                source.rejected(),
                changes,
                source.recentUnattributed(),
                changes == 0 ? null : (double) source.recentUnattributed() / changes);
    }

    @GetMapping("/rejected")
    ListResource<RejectedResource> rejected(
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(required = false) @Nullable String stage,
            @RequestParam(required = false) @Nullable String code,
            @RequestParam(required = false) @Nullable String table,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor) {
        Parameters.checkSpan(from, to);
        RejectedQuery query = new RejectedQuery(source, stage, code, table, from, to);
        String search = "rejected" + query;
        Cursor place = Cursor.read(cursor, search);
        Completeness coverage = Completeness.of(trail, source);
        List<RejectedRecord> found =
                trail.rejected(
                        query,
                        place == null ? null : new Keyset(place.at(), place.id()),
                        limit.count() + 1);
        boolean more = found.size() > limit.count();
        List<RejectedRecord> page = more ? found.subList(0, limit.count()) : found;
        return new ListResource<>(
                resources.rejected(page),
                more
                        ? new Cursor(page.getLast().rejectedAt(), 0, page.getLast().id())
                                .text(search)
                        : null,
                coverage);
    }
}
