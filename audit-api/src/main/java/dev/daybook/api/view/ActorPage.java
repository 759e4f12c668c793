package dev.daybook.api.view;

import dev.daybook.api.path.EntityPaths.TextSegment;
import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.Page;
import dev.daybook.contract.Operation;
import dev.daybook.domain.history.ActorSeen;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryCounts;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.Volume;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** An actor: what they changed, by table and over time. */
@Controller
class ActorPage implements dev.daybook.api.view.Page {

    private static final int DAYS = 7;
    private static final int LATEST = 20;

    private final EntryQueries entries;

    ActorPage(EntryQueries entries) {
        this.entries = entries;
    }

    /** An hour of a day: how dark it is drawn, 0 to 4, and what it holds. */
    record Hour(int shade, String text) {}

    /** A day of the picture. */
    record Day(String name, List<Hour> hours) {}

    /** A value and how often it is, with the search that shows it. */
    record Line(String name, String url, String n) {}

    /** An actor in the list. */
    record Listed(String name, String url, Times.When first, Times.When last) {}

    @GetMapping("/view/actors")
    String actors(
            Caller caller,
            @org.springframework.web.bind.annotation.RequestParam(name = "from", required = false)
                    @org.jspecify.annotations.Nullable
                    String from,
            @ModelAttribute("times") Times times,
            Model model) {
        List<ActorSeen> found = entries.actors(caller, from, 101);
        model.addAttribute(
                "actors",
                found.stream()
                        .limit(100)
                        .map(
                                seen ->
                                        new Listed(
                                                Texts.visible(seen.actor()),
                                                Links.actor(seen.actor()),
                                                times.when(seen.first()),
                                                times.when(seen.last())))
                        .toList());
        model.addAttribute(
                "next",
                found.size() > 100
                        ? Links.with("/view/actors", "from", found.getLast().actor())
                        : null);
        return "actors";
    }

    @GetMapping("/view/actors/{name}")
    String actor(
            Caller caller,
            @PathVariable TextSegment name,
            @ModelAttribute("times") Times times,
            Model model) {
        String actor = name.text();
        EntryQuery all = new EntryQuery.Builder().actors(Choice.of(actor)).build();
        Page<RecordedView> latest = entries.search(caller, all, null, LATEST);
        if (latest.items().isEmpty() && latest.nextCursor() == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "The log has no change by \"%s\", or your key may not see it: check the spelling."
                            .formatted(actor));
        }
        LocalDate first = times.today().minusDays(DAYS - 1L);
        Instant since = times.startOf(first);
        EntryQuery week = all.but().from(since).build();
        EntryCounts counts =
                entries.counts(caller, week, EnumSet.of(Facet.OPERATION, Facet.TABLE, Facet.REASON))
                        .counts();
        List<ActorSeen> seen = entries.actors(caller, actor, 1);
        boolean known = !seen.isEmpty() && seen.getFirst().actor().equals(actor);
        model.addAttribute("name", Texts.visible(actor));
        model.addAttribute(
                "displayName",
                latest.items().stream()
                        .map(e -> Entries.displayName(e.recorded().attribution().attributes()))
                        .filter(java.util.Objects::nonNull)
                        .findFirst()
                        .orElse(null));
        model.addAttribute("first", known ? times.when(seen.getFirst().first()) : null);
        model.addAttribute("last", known ? times.when(seen.getFirst().last()) : null);
        model.addAttribute(
                "changes", (counts.complete() ? "" : "over ") + Texts.number(counts.entries()));
        model.addAttribute(
                "inTransactions",
                "in " + Texts.count(counts.transactions(), "transaction", "transactions"));
        model.addAttribute(
                "deletes",
                counts.facets().getOrDefault(Facet.OPERATION, List.of()).stream()
                        .filter(v -> Operation.DELETE.word().equals(v.value()))
                        .map(v -> Texts.number(v.entries()))
                        .findFirst()
                        .orElse("0"));
        model.addAttribute("tables", lines(counts, Facet.TABLE, "table", actor, since));
        model.addAttribute("reasons", lines(counts, Facet.REASON, "reason", actor, since));
        model.addAttribute("days", days(caller, week, since, times));
        model.addAttribute("latest", new Entries(times).transactions(latest.items()));
        model.addAttribute("search", Links.with("/view/search", "actor", actor));
        model.addAttribute("leaveOut", Links.with("/view/search", "-actor", actor, "since", "7d"));
        return "actor";
    }

    private static List<Line> lines(
            EntryCounts counts, Facet facet, String parameter, String actor, Instant since) {
        List<Line> lines = new ArrayList<>();
        for (ValueCount count : counts.facets().getOrDefault(facet, List.of())) {
            String value = count.value();
            lines.add(
                    new Line(
                            value == null ? "" : Texts.visible(Texts.beginning(value, 100)),
                            Links.with(
                                    "/view/search",
                                    "actor",
                                    actor,
                                    value == null ? null : parameter,
                                    value,
                                    "from",
                                    since.toString()),
                            Texts.number(count.entries())));
        }
        return lines;
    }

    /** Returns the hours of the last days, in the reader's zone. */
    private List<Day> days(Caller caller, EntryQuery query, Instant since, Times times) {
        List<Volume> volumes =
                entries.volume(caller, query, since, times.now(), Duration.ofHours(1));
        long most = volumes.stream().mapToLong(Volume::entries).max().orElse(0);
        List<Day> days = new ArrayList<>();
        for (int d = 0; d < DAYS; d++) {
            LocalDate day = times.day(since).plusDays(d);
            List<Hour> hours = new ArrayList<>();
            for (int h = 0; h < 24; h++) {
                hours.add(new Hour(0, ""));
            }
            for (Volume volume : volumes) {
                if (volume.entries() > 0 && times.day(volume.from()).equals(day)) {
                    int hour = volume.from().atZone(times.zone()).getHour();
                    hours.set(
                            hour,
                            new Hour(
                                    (int) Math.ceilDiv(volume.entries() * 4, most),
                                    Texts.count(volume.entries(), "change", "changes")));
                }
            }
            days.add(
                    new Day(
                            day.getDayOfWeek()
                                    .getDisplayName(
                                            java.time.format.TextStyle.SHORT,
                                            java.util.Locale.ENGLISH),
                            hours));
        }
        return days;
    }
}
