package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.Page;
import dev.daybook.api.query.ViewQueries;
import dev.daybook.contract.Operation;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.EntryQuery.Attributed;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.Volume;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What changed lately, deletes and unattributed changes first. */
@Controller
class HomePage implements dev.daybook.api.view.Page {

    private static final int FEW = 4;
    private static final int LATEST = 8;
    private static final List<Operation> COUNTED =
            List.of(Operation.INSERT, Operation.UPDATE, Operation.DELETE);

    private final EntryQueries entries;
    private final LogQueries log;
    private final ViewQueries views;

    HomePage(EntryQueries entries, LogQueries log, ViewQueries views) {
        this.views = views;
        this.entries = entries;
        this.log = log;
    }

    @GetMapping("/view")
    String home(Caller caller, @ModelAttribute("times") Times times, Model model) {
        Entries shown = new Entries(times);
        EntryQuery deleted =
                new EntryQuery.Builder()
                        .operations(Choice.only(List.of(Operation.DELETE, Operation.TRUNCATE)))
                        .build();
        EntryQuery unattributed = new EntryQuery.Builder().attributed(Attributed.NO).build();
        model.addAttribute(
                "deleted", shown.transactions(entries.search(caller, deleted, null, FEW).items()));
        model.addAttribute(
                "unattributed",
                shown.transactions(entries.search(caller, unattributed, null, FEW).items(), 2));
        Page<RecordedView> latest = entries.search(caller, EntryQuery.ALL, null, LATEST);
        model.addAttribute(
                "latest", shown.page(latest.items(), false, latest.nextCursor() != null));
        ViewQueries.Kept kept = views.kept(caller);
        model.addAttribute("views", ViewsPage.Listed.of(kept.own()));
        model.addAttribute("sharedViews", ViewsPage.Listed.of(kept.shared()));
        model.addAttribute("searchUrl", "/view/search" + kept.noise());
        Coverage coverage = log.coverage(caller);
        model.addAttribute("coverage", coverage);
        model.addAttribute("standstills", LogPages.Standing.of(coverage, times));
        model.addAttribute(
                "rejected",
                coverage.rejectedElsewhere()
                        + coverage.sources().stream().mapToLong(s -> s.rejected()).sum());
        model.addAttribute("today", times.fullDay(times.today()));
        model.addAttribute("since", times.startOf(times.today()).toString());
        return "home";
    }

    /** A table's changes of today. */
    record TableCounts(String table, String url, Charts.Spark spark, List<String> counts) {}

    @GetMapping("/view/home/numbers")
    String numbers(Caller caller, @ModelAttribute("times") Times times, Model model) {
        Instant midnight = times.startOf(times.today());
        EntryQuery today = new EntryQuery.Builder().from(midnight).build();
        Instant end = times.startOf(times.today().plusDays(1));
        Duration hour = Duration.ofHours(1);
        List<Volume> volumes = entries.volume(caller, today, midnight, times.now(), hour);
        model.addAttribute(
                "volume", Charts.volume(volumes, midnight, end, hour, times, "/view/search"));
        Map<String, @Nullable String[]> tables = new TreeMap<>();
        boolean complete = true;
        for (int i = 0; i < COUNTED.size(); i++) {
            EntryQuery of = today.but().operations(Choice.of(COUNTED.get(i))).build();
            EntryCounts counts = entries.counts(caller, of, EnumSet.of(Facet.TABLE)).counts();
            complete &= counts.complete();
            for (ValueCount count : counts.facets().getOrDefault(Facet.TABLE, List.of())) {
                String[] row =
                        tables.computeIfAbsent(
                                String.valueOf(count.value()), t -> new String[] {"0", "0", "0"});
                row[i] = Texts.number(count.entries());
            }
        }
        List<TableCounts> rows = new ArrayList<>();
        tables.forEach(
                (table, counts) ->
                        rows.add(
                                new TableCounts(
                                        Texts.visible(table),
                                        Links.with(
                                                "/view/search",
                                                "table",
                                                table,
                                                "from",
                                                midnight.toString()),
                                        Charts.spark(volumes, table, midnight, end, hour, times),
                                        List.of(
                                                String.valueOf(counts[0]),
                                                String.valueOf(counts[1]),
                                                String.valueOf(counts[2])))));
        model.addAttribute("tables", rows);
        model.addAttribute("tablesComplete", complete);
        return "home :: numbers";
    }
}
