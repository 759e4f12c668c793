package dev.daybook.api.view;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.ExportWriter;
import dev.daybook.api.query.ExportWriter.Format;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.LiveQueries;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.Page;
import dev.daybook.api.query.ViewQueries;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Search: who changed such things. */
@Controller
class SearchPage implements dev.daybook.api.view.Page {

    private static final int SHOWN = 50;
    private static final int MOST_VALUES = 8;

    /** Spreadsheets take a file for UTF-8 where it begins with this. */
    private static final byte[] UTF_8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(2);

    private final EntryQueries entries;
    private final LogQueries log;
    private final LiveQueries live;
    private final ExportWriter exports;
    private final ViewQueries views;

    SearchPage(
            EntryQueries entries,
            LogQueries log,
            LiveQueries live,
            ExportWriter exports,
            ViewQueries views) {
        this.views = views;
        this.entries = entries;
        this.log = log;
        this.live = live;
        this.exports = exports;
    }

    @GetMapping("/view/search")
    String search(
            Caller caller,
            HttpServletRequest request,
            @RequestParam(required = false) @Nullable String cursor,
            @ModelAttribute("times") Times times,
            Model model) {
        Asked asked = new Asked(request.getParameterMap(), times);
        model.addAttribute("asked", asked);
        model.addAttribute("sentence", asked.sentence());
        model.addAttribute("facetsUrl", asked.url("/view/search/facets"));
        model.addAttribute("volumeUrl", asked.url("/view/search/volume"));
        model.addAttribute("tables", names(caller));
        model.addAttribute("wider", wider(asked));
        model.addAttribute("exportUrl", asked.url("/view/export"));
        model.addAttribute("liveUrl", asked.url("/view/live"));
        addNoise(caller, asked, model);
        try {
            EntryQuery query = asked.query();
            model.addAttribute("sql", AsSql.of(query, SHOWN));
            model.addAttribute("curl", Links.curl(model, asked.restUrl()));
            model.addAttribute("gaps", Gaps.shown(log.gaps(caller, query), times));
            List<RecordedView> found = new ArrayList<>();
            Page<RecordedView> page = entries.search(caller, query, cursor, SHOWN);
            found.addAll(page.items());
            Instant begun = times.now();
            long end = System.nanoTime() + LONGEST_LOOK.toNanos();
            // A page that read much and found little goes on by itself for a while.
            while (found.size() < SHOWN && page.nextCursor() != null && System.nanoTime() < end) {
                page = entries.search(caller, query, page.nextCursor(), SHOWN - found.size());
                found.addAll(page.items());
            }
            model.addAttribute("begun", begun);
            model.addAttribute(
                    "transactions",
                    new Entries(times).page(found, cursor != null, page.nextCursor() != null));
            model.addAttribute("count", found.size());
            model.addAttribute("completeUntil", times.whenOrNull(page.completeUntil()));
            model.addAttribute("first", cursor == null);
            model.addAttribute(
                    "older",
                    page.nextCursor() == null
                            ? null
                            : Links.with(asked.url("/view/search"), "cursor", page.nextCursor()));
        } catch (ProblemException e) {
            if (e.problem() == Problem.BUSY || e.problem() == Problem.INVALID_CURSOR) {
                throw e;
            }
            model.addAttribute("refused", Texts.visible(String.valueOf(e.getMessage())));
            model.addAttribute("transactions", List.of());
            model.addAttribute("count", 0);
            model.addAttribute("first", true);
        }
        return "search";
    }

    /** What the search leaves out, and what its reader leaves out for good. */
    private void addNoise(Caller caller, Asked asked, Model model) {
        String out = Links.with("", ViewsPage.leftOut(asked));
        String noise = views.kept(caller).noise();
        model.addAttribute("leavesOut", !out.isEmpty());
        model.addAttribute("isNoise", !out.isEmpty() && out.equals(noise));
        model.addAttribute("hasNoise", !noise.isEmpty());
        model.addAttribute(
                "withoutNoise",
                noise.isEmpty() || !out.isEmpty()
                        ? null
                        : asked.isNarrowed()
                                ? asked.url("/view/search") + "&" + noise.substring(1)
                                : "/view/search" + noise);
    }

    private List<String> names(Caller caller) {
        return log.tables(caller).stream().limit(100).map(t -> t.table().toString()).toList();
    }

    /** A way to ask for more. */
    record Wider(String text, String url) {}

    private static List<Wider> wider(Asked asked) {
        List<Wider> ways = new ArrayList<>();
        if (!asked.all(Asked.SINCE).isEmpty()) {
            ways.add(new Wider("at any time", asked.without(Asked.SINCE, null)));
        }
        if (!asked.all(Filters.FROM).isEmpty()) {
            ways.add(new Wider("from the beginning", asked.without(Filters.FROM, null)));
        }
        if (!asked.all(Filters.ACTOR).isEmpty()) {
            ways.add(new Wider("by anyone", asked.without(Filters.ACTOR, null)));
        }
        if (!asked.all(Filters.OPERATION).isEmpty()) {
            ways.add(new Wider("any operation", asked.without(Filters.OPERATION, null)));
        }
        if (!asked.all(Filters.FIELD).isEmpty()) {
            ways.add(new Wider("any field", asked.without(Filters.FIELD, null)));
        }
        return ways;
    }

    @GetMapping("/view/export")
    ResponseEntity<StreamingResponseBody> export(
            Caller caller,
            HttpServletRequest request,
            @RequestParam(defaultValue = "csv") Format format,
            @ModelAttribute("times") Times times,
            HttpServletResponse response) {
        EntryQuery query =
                live.checked(caller, new Asked(request.getParameterMap(), times).query());
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, format.contentType())
                .header(HttpHeaders.CONTENT_DISPOSITION, format.disposition())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .body(
                        output ->
                                exports.write(
                                        caller,
                                        query,
                                        format,
                                        output,
                                        () -> {
                                            if (format == Format.CSV) {
                                                output.write(UTF_8_MARK);
                                            }
                                            response.flushBuffer();
                                        }));
    }

    /**
     * A facet with its values.
     *
     * @param more those that are folded, less frequent than the others
     */
    record Group(String name, List<Item> items, List<Item> more) {}

    /**
     * A value of a facet.
     *
     * @param url narrows to it, or leaves the filter out where it is chosen
     * @param not leaves it out, or shows it again where it is left out
     */
    record Item(
            String text, String n, String url, @Nullable String not, boolean chosen, boolean out) {}

    @GetMapping("/view/search/facets")
    String facets(
            Caller caller,
            HttpServletRequest request,
            @ModelAttribute("times") Times times,
            Model model) {
        Asked asked = new Asked(request.getParameterMap(), times);
        EntryQuery query = asked.query();
        Set<Facet> facets = EnumSet.of(Facet.OPERATION, Facet.ACTOR, Facet.TABLE, Facet.REASON);
        if (query.tables().single() != null) {
            facets.add(Facet.KEY);
        }
        // Which columns changed is counted apart where that alone needs entries to be completed.
        boolean apart = query.fields().isAny();
        if (!apart) {
            facets.add(Facet.FIELD);
        }
        EntryCounts counts = entries.counts(caller, query, facets).counts();
        EntryCounts fields =
                apart ? entries.counts(caller, query, EnumSet.of(Facet.FIELD)).counts() : counts;
        List<Group> groups = new ArrayList<>();
        groups.add(group("Operation", Filters.OPERATION, counts, Facet.OPERATION, asked));
        groups.add(actors(caller, query, counts, asked));
        groups.add(group("Table", Filters.TABLE, counts, Facet.TABLE, asked));
        groups.add(group("Field changed", Filters.FIELD, fields, Facet.FIELD, asked));
        if (facets.contains(Facet.KEY)) {
            groups.add(group("Row", Filters.KEY, counts, Facet.KEY, asked));
        }
        groups.add(group("Reason", Filters.REASON, counts, Facet.REASON, asked));
        groups.removeIf(group -> group.items().isEmpty());
        model.addAttribute("groups", groups);
        model.addAttribute(
                "found",
                "%s in %s"
                        .formatted(
                                Texts.count(counts.entries(), "entry", "entries"),
                                Texts.count(counts.transactions(), "transaction", "transactions")));
        model.addAttribute("countedBackTo", times.whenOrNull(counts.backTo()));
        model.addAttribute("fieldsBackTo", times.whenOrNull(fields.backTo()));
        return "search :: facets";
    }

    private Group actors(Caller caller, EntryQuery query, EntryCounts counts, Asked asked) {
        List<Item> items = new ArrayList<>();
        for (ValueCount count : counts.facets().getOrDefault(Facet.ACTOR, List.of())) {
            if (count.value() != null) {
                items.add(item(Filters.ACTOR, count, asked));
            } else {
                boolean chosen = "true".equals(asked.first(Filters.UNATTRIBUTED));
                items.add(
                        new Item(
                                "unattributed",
                                Texts.number(count.entries()),
                                chosen
                                        ? asked.without(Filters.UNATTRIBUTED, null)
                                        : asked.with(Filters.UNATTRIBUTED, "true", false),
                                asked.with(Filters.UNATTRIBUTED, "false", false),
                                chosen,
                                false));
            }
        }
        List<Item> shown = shown(items);
        if ("false".equals(asked.first(Filters.UNATTRIBUTED))) {
            shown.add(
                    new Item(
                            "unattributed",
                            "",
                            asked.without(Filters.UNATTRIBUTED, null),
                            null,
                            false,
                            true));
        }
        for (String out : asked.all("-actor").stream().limit(5).toList()) {
            EntryQuery only = query.but().actors(Choice.of(out)).build();
            long n = entries.counts(caller, only, EnumSet.noneOf(Facet.class)).counts().entries();
            shown.add(
                    new Item(
                            Texts.visible(out),
                            Texts.number(n),
                            asked.without("-actor", out),
                            null,
                            false,
                            true));
        }
        return new Group("Actor", shown, folded(items));
    }

    private static List<Item> shown(List<Item> items) {
        return new ArrayList<>(items.subList(0, Math.min(items.size(), MOST_VALUES)));
    }

    private static List<Item> folded(List<Item> items) {
        return items.subList(Math.min(items.size(), MOST_VALUES), items.size());
    }

    private static Group group(
            String title, String name, EntryCounts counts, Facet facet, Asked asked) {
        List<Item> items = new ArrayList<>();
        for (ValueCount count : counts.facets().getOrDefault(facet, List.of())) {
            if (count.value() != null) {
                items.add(item(name, count, asked));
            }
        }
        List<Item> shown = shown(items);
        for (String out : asked.all(Filters.WITHOUT + name)) {
            shown.add(
                    new Item(
                            Texts.visible(out),
                            "",
                            asked.without(Filters.WITHOUT + name, out),
                            null,
                            false,
                            true));
        }
        return new Group(title, shown, folded(items));
    }

    private static Item item(String name, ValueCount count, Asked asked) {
        String value = String.valueOf(count.value());
        boolean chosen = asked.all(name).contains(value);
        String text =
                name.equals(Filters.OPERATION)
                        ? Asked.plural(value).toLowerCase(Locale.ROOT)
                        : value.isEmpty()
                                ? "empty text"
                                : Texts.visible(Texts.beginning(value, 80));
        return new Item(
                text,
                Texts.number(count.entries()),
                chosen ? asked.without(name, value) : asked.with(name, value, false),
                chosen ? null : asked.with(Filters.WITHOUT + name, value, true),
                chosen,
                false);
    }

    @GetMapping("/view/search/volume")
    String volume(
            Caller caller,
            HttpServletRequest request,
            @ModelAttribute("times") Times times,
            Model model) {
        Asked asked = new Asked(request.getParameterMap(), times);
        EntryQuery query = asked.query();
        Instant to = query.to() == null ? times.now() : query.to();
        Instant from = query.from() == null ? to.minus(Duration.ofDays(7)) : query.from();
        Span span = Span.of(from, to, times);
        model.addAttribute(
                "volume",
                Charts.volume(
                        entries.volume(caller, query, span.from(), to, span.step()),
                        span.from(),
                        span.to(),
                        span.step(),
                        times,
                        asked.withoutTimes()));
        model.addAttribute("all", query.from() != null);
        return "search :: volume";
    }

    /** A span of time in steps of a length that people count in. */
    record Span(Instant from, Instant to, Duration step) {

        private static final List<Duration> STEPS =
                List.of(
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(15),
                        Duration.ofHours(1),
                        Duration.ofHours(6),
                        Duration.ofDays(1),
                        Duration.ofDays(7),
                        Duration.ofDays(30));

        static Span of(Instant from, Instant to, Times times) {
            Duration whole = Duration.between(from, to);
            Duration step =
                    STEPS.stream()
                            .filter(s -> whole.dividedBy(s) <= 30)
                            .findFirst()
                            .orElse(whole.dividedBy(30).plusSeconds(1));
            Instant day = times.startOf(times.day(from));
            Instant begin =
                    day.plus(step.multipliedBy(Duration.between(day, from).dividedBy(step)));
            long steps = Math.max(1, Duration.between(begin, to).minusNanos(1).dividedBy(step) + 1);
            return new Span(begin, begin.plus(step.multipliedBy(steps)), step);
        }
    }
}
