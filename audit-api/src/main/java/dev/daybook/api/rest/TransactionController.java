package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.TransactionQueries;
import dev.daybook.api.query.TransactionQueries.Found;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.TransactionRef;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;

/** Everything that one transaction did. */
@RestController
@RequestMapping(path = "/api/v1/transactions", produces = MediaType.APPLICATION_JSON_VALUE)
class TransactionController {

    private final TransactionQueries transactions;
    private final TypedRows typed;
    private final Resources resources;

    TransactionController(TransactionQueries transactions, TypedRows typed, Resources resources) {
        this.transactions = transactions;
        this.typed = typed;
        this.resources = resources;
    }

    @GetMapping(
            path = "/{source}/{id}",
            produces = {MediaType.APPLICATION_JSON_VALUE, CsvLists.TYPE})
    TransactionResource transaction(
            Caller caller,
            @PathVariable String source,
            @PathVariable Long id,
            @RequestParam(name = "committed_at", required = false) @Nullable Instant committedAt,
            @RequestParam(defaultValue = "50") Limit limit,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "number") Numbers numbers) {
        Found found =
                transactions.transaction(caller, source, id, committedAt, cursor, limit.count());
        if (found == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "The log has no transaction %d of source \"%s\"%s: sources are listed by /api/v1/coverage, and entries name their transaction."
                            .formatted(
                                    id,
                                    source,
                                    committedAt == null
                                            ? ""
                                            : " committed at " + WireTime.text(committedAt)));
        }
        return resources.transaction(typed.transaction(found), numbers);
    }

    @GetMapping("/{source}/{id}/neighbours")
    NeighboursResource neighbours(
            Caller caller,
            @PathVariable String source,
            @PathVariable Long id,
            @RequestParam(name = "committed_at") Instant committedAt) {
        return resources.neighbours(
                transactions.neighbours(caller, new TransactionRef(source, id, committedAt)));
    }
}
