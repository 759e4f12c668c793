package dev.daybook.api.view;

import dev.daybook.api.path.EntityPaths.TextSegment;
import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.TransactionQueries;
import dev.daybook.api.query.TransactionQueries.Found;
import dev.daybook.api.view.Times.When;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.EntryQuery.Attributed;
import dev.daybook.domain.history.Neighbours;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Everything that one transaction did, and what else its actor did that hour. */
@Controller
class TransactionPage implements Page {

    private static final int ROWS = 100;
    private static final int ELSE = 12;

    private final TransactionQueries transactions;
    private final EntryQueries entries;

    TransactionPage(TransactionQueries transactions, EntryQueries entries) {
        this.transactions = transactions;
        this.entries = entries;
    }

    /** A transaction next to this one. */
    record Neighbour(String id, String url, Entries.Who who, When when) {}

    @GetMapping("/view/tx/{source}/{id}")
    String transaction(
            Caller caller,
            @PathVariable TextSegment source,
            @PathVariable Long id,
            @RequestParam(required = false) @Nullable Instant at,
            @RequestParam(required = false) @Nullable String cursor,
            @ModelAttribute("times") Times times,
            Model model) {
        Found found = transactions.transaction(caller, source.text(), id, at, cursor, ROWS);
        if (found == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "The log has no transaction %d of %s%s, or your key may not see it."
                            .formatted(
                                    id,
                                    source.text(),
                                    at == null ? "" : " committed at " + times.when(at).exact()));
        }
        TransactionRef ref = found.transaction();
        List<RecordedView> rows = found.page().items();
        Entries shown = new Entries(times);
        model.addAttribute("source", Texts.visible(source.text()));
        model.addAttribute("id", id.toString());
        model.addAttribute(
                "curl",
                Links.curl(
                        model,
                        Links.with(
                                "/api/v1/transactions/%s/%d"
                                        .formatted(Links.encoded(source.text()), id),
                                "committed_at",
                                WireTime.text(ref.committedAt()))));
        model.addAttribute(
                "sql",
                AsSql.of(
                        new EntryQuery.Builder()
                                .sources(Choice.of(source.text()))
                                .transaction(id)
                                .from(ref.committedAt())
                                .to(ref.committedAt().plusNanos(1_000))
                                .build(),
                        1_000));
        model.addAttribute("when", times.when(ref.committedAt()));
        model.addAttribute(
                "ago", Texts.length(Duration.between(ref.committedAt(), times.now())) + " ago");
        model.addAttribute("rows", rows.stream().map(e -> shown.entry(e, 1_000)).toList());
        Set<String> tables = new LinkedHashSet<>();
        rows.forEach(e -> tables.add(e.recorded().entry().table().toString()));
        model.addAttribute(
                "sum",
                "%s%s in %s"
                        .formatted(
                                found.page().nextCursor() == null ? "" : "More than ",
                                Texts.count(rows.size(), "row", "rows"),
                                Texts.count(tables.size(), "table", "tables")));
        model.addAttribute(
                "next",
                found.page().nextCursor() == null
                        ? null
                        : Links.with(
                                Links.transaction(source.text(), id, ref.committedAt()),
                                "cursor",
                                found.page().nextCursor()));
        Attribution context = found.context();
        model.addAttribute("request", context == null ? null : visible(context.requestId()));
        model.addAttribute(
                "attributes",
                context == null || context.attributes() == null
                        ? null
                        : Texts.visible(Texts.beginning(context.attributes(), 2_000)));
        model.addAttribute(
                "others",
                found.otherCommits().stream()
                        .map(
                                other ->
                                        new Neighbour(
                                                id.toString(),
                                                Links.transaction(source.text(), id, other),
                                                NO_ONE,
                                                times.when(other)))
                        .toList());
        if (!rows.isEmpty()) {
            RecordedEntry first = rows.getFirst().recorded();
            model.addAttribute("who", shown.who(first));
            model.addAttribute(
                    "after", Texts.length(Duration.between(ref.committedAt(), first.recordedAt())));
            Instant sourceTime = first.entry().sourceCommittedAt();
            if (sourceTime != null && !sourceTime.equals(ref.committedAt())) {
                model.addAttribute("sourceTime", times.when(sourceTime));
            }
            addElse(caller, first, shown, times, model);
        } else {
            model.addAttribute("who", NO_ONE);
        }
        Neighbours near = transactions.neighbours(caller, ref);
        model.addAttribute("before", neighbour(near.before(), shown, times));
        model.addAttribute("afterwards", neighbour(near.after(), shown, times));
        return "transaction";
    }

    private static final Entries.Who NO_ONE =
            new Entries.Who(null, Links.unattributed(), false, false, null, null);

    private static @Nullable String visible(@Nullable String text) {
        return text == null ? null : Texts.visible(text);
    }

    /** What the same actor did in the hour of the transaction. */
    private void addElse(
            Caller caller, RecordedEntry first, Entries shown, Times times, Model model) {
        String actor = first.attribution().actor();
        if (actor == null && !first.unattributed()) {
            return;
        }
        Instant hour =
                first.entry()
                        .committedAt()
                        .atZone(times.zone())
                        .truncatedTo(ChronoUnit.HOURS)
                        .toInstant();
        Instant end = hour.plus(Duration.ofHours(1));
        EntryQuery query =
                new EntryQuery.Builder()
                        .actors(Choice.of(actor))
                        .attributed(actor == null ? Attributed.NO : Attributed.EITHER)
                        .from(hour)
                        .to(end)
                        .build();
        model.addAttribute(
                "elses", shown.transactions(entries.search(caller, query, null, ELSE).items()));
        model.addAttribute(
                "elseUrl",
                Links.with(
                        "/view/search",
                        actor == null ? "unattributed" : "actor",
                        actor == null ? "true" : actor,
                        "from",
                        hour.toString(),
                        "to",
                        end.toString()));
        model.addAttribute(
                "hour",
                times.when(hour).time().substring(0, 5)
                        + " to "
                        + times.when(end).time().substring(0, 5));
    }

    private static @Nullable Neighbour neighbour(
            @Nullable RecordedEntry entry, Entries shown, Times times) {
        Long id = entry == null ? null : entry.entry().transactionId();
        return entry == null || id == null
                ? null
                : new Neighbour(
                        id.toString(),
                        Links.transaction(entry.entry().source(), id, entry.entry().committedAt()),
                        shown.who(entry),
                        times.when(entry.entry().committedAt()));
    }
}
