package dev.daybook.api.view;

import dev.daybook.api.path.EntityPaths.KeySegment;
import dev.daybook.api.path.EntityPaths.TableSegment;
import dev.daybook.api.path.EntityPaths.TextSegment;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.Page;
import dev.daybook.api.query.RowQueries;
import dev.daybook.api.query.RowQueries.Row;
import dev.daybook.api.query.RowQueries.RowAt;
import dev.daybook.api.query.RowQueries.RowBetween;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Fact;
import dev.daybook.domain.history.HistoryQuery;
import dev.daybook.domain.history.Presence;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One row: its timeline, as it was at a moment, and two of its versions compared. */
@Controller
class RowPage implements dev.daybook.api.view.Page {

    /** So many versions are read, and numbered where there are no more. */
    static final int MOST_VERSIONS = 500;

    /** So many of them are on one page. */
    private static final int SHOWN = 50;

    private final RowQueries rows;
    private final LogQueries log;

    RowPage(RowQueries rows, LogQueries log) {
        this.rows = rows;
        this.log = log;
    }

    /** What may be asked of a row's page besides the row. */
    record Asked(
            @Nullable String show,
            @Nullable String field,
            @Nullable String at,
            @Nullable String from,
            @Nullable String to,
            @Nullable Integer page) {}

    @GetMapping("/view/rows/{source}/{table}/{key}")
    String row(
            Caller caller,
            @PathVariable TextSegment source,
            @PathVariable TableSegment table,
            @PathVariable KeySegment key,
            @ModelAttribute Asked asked,
            @ModelAttribute("times") Times times,
            Model model) {
        Row row = new Row(source.text(), table.table(), key.key());
        Page<RecordedView> history =
                rows.history(caller, row, HistoryQuery.ALL, null, MOST_VERSIONS);
        String url = Links.row(source.text(), table.table(), key.key());
        EntryQuery ofTable =
                new EntryQuery.Builder()
                        .sources(Choice.of(source.text()))
                        .tables(Choice.of(table.table()))
                        .build();
        Timelines timeline =
                new Timelines(
                        history.items(),
                        history.nextCursor() == null,
                        times,
                        "all".equals(asked.show()),
                        log.gaps(caller, ofTable));
        List<Timelines.Version> versions = timeline.versions(asked.field());
        int first = Math.clamp(asked.page() == null ? 0 : asked.page(), 0, 100) * SHOWN;
        int end = Math.min(versions.size(), first + SHOWN);
        model.addAttribute("asked", asked);
        model.addAttribute("url", url);
        model.addAttribute("source", Texts.visible(source.text()));
        model.addAttribute("table", Texts.visible(table.table().toString()));
        model.addAttribute(
                "tableUrl", Links.with("/view/search", "table", table.table().toString()));
        model.addAttribute("key", Texts.visible(key.key().text()));
        model.addAttribute(
                "curl",
                Links.curl(
                        model,
                        Links.with(
                                "/api/v1/entities/%s/%s/history"
                                        .formatted(
                                                Links.encoded(table.table().toString()),
                                                Links.encoded(key.key().text())),
                                "source",
                                source.text())));
        model.addAttribute(
                "sql", AsSql.of(ofTable.but().keys(Choice.of(key.key())).build(), MOST_VERSIONS));
        model.addAttribute("versions", first < end ? versions.subList(first, end) : List.of());
        model.addAttribute("all", timeline.marks());
        model.addAttribute("complete", history.nextCursor() == null);
        model.addAttribute("fields", timeline.fields());
        model.addAttribute("gapsAfter", first == 0 ? timeline.gapsAfter() : List.of());
        model.addAttribute("summary", timeline.summary(asked.field()));
        model.addAttribute(
                "older",
                end < versions.size()
                        ? Links.with(
                                url,
                                "show",
                                asked.show(),
                                "field",
                                asked.field(),
                                "page",
                                String.valueOf(first / SHOWN + 1))
                        : null);
        asOf(caller, row, asked, timeline, times, model);
        compare(caller, row, asked, timeline, model);
        return "row";
    }

    /**
     * A column of the row as it was.
     *
     * @param since the version that gave it its value, in words
     * @param url that version's place on the page
     * @param sent the version that has sent the value last, where those after it left it out
     */
    record Column(
            String name,
            Values.@Nullable Value value,
            @Nullable String since,
            @Nullable String url,
            @Nullable String sent) {}

    private static Column column(
            String name, Fact fact, @Nullable Instant at, Timelines timeline, String row) {
        Timelines.Since since = timeline.since(name, at);
        Timelines.Mark sent =
                fact.origin() == Fact.Origin.CARRIED
                        ? timeline.mark(fact.entry().toString())
                        : null;
        return new Column(
                Texts.visible(name),
                Values.of(fact.token()),
                since == null ? null : since.mark().name() + (since.sure() ? "" : " or before"),
                since == null ? null : place(since.mark(), timeline, row),
                sent == null || since != null && since.mark().equals(sent) ? null : sent.name());
    }

    /** Returns where a version stands among all, which may be on another page. */
    private static String place(Timelines.Mark mark, Timelines timeline, String row) {
        int page = (timeline.marks().size() - mark.number()) / SHOWN;
        return Links.with(row, "page", page == 0 ? null : String.valueOf(page))
                + "#"
                + mark.anchor();
    }

    private void asOf(
            Caller caller, Row row, Asked asked, Timelines timeline, Times times, Model model) {
        Instant at = instant(asked.at(), times);
        RowAt state = rows.state(caller, row, at);
        String url = String.valueOf(model.getAttribute("url"));
        List<Column> columns = new ArrayList<>();
        state.facts().forEach((name, fact) -> columns.add(column(name, fact, at, timeline, url)));
        state.unknownColumns()
                .forEach(
                        name ->
                                columns.add(
                                        new Column(Texts.visible(name), null, null, null, null)));
        String before = state.presence() == Presence.NEVER_SEEN ? timeline.before(at) : null;
        model.addAttribute("presence", before == null ? presence(state.presence(), at) : before);
        model.addAttribute(
                "movedTo", state.movedTo() == null ? null : Texts.visible(state.movedTo().text()));
        model.addAttribute(
                "movedToTable",
                state.movedToTable() == null
                        ? null
                        : Texts.visible(state.movedToTable().toString()));
        model.addAttribute(
                "movedToTableUrl",
                state.movedToTable() == null || row.source() == null
                        ? null
                        : Links.row(row.source(), state.movedToTable(), row.key()));
        model.addAttribute(
                "movedToUrl",
                state.movedTo() == null || row.source() == null
                        ? null
                        : Links.row(row.source(), row.table(), state.movedTo()));
        model.addAttribute("exists", state.presence() == Presence.EXISTS);
        model.addAttribute("past", at != null);
        model.addAttribute("columns", columns);
        model.addAttribute("at", times.whenOrNull(at));
        model.addAttribute(
                "atVersion",
                at == null
                        ? timeline.marks().size()
                        : timeline.marks().stream().filter(mark -> !mark.at().isAfter(at)).count());
        model.addAttribute("completeUntil", times.whenOrNull(state.completeUntil()));
    }

    private static String presence(Presence presence, @Nullable Instant at) {
        return switch (presence) {
            case EXISTS -> at == null ? "The row exists." : "The row was there.";
            case DELETED -> at == null ? "The row is gone." : "The row was gone.";
            case UNKNOWN ->
                    "The row was there; since its table was changed, or its changes are missing,"
                            + " nothing says whether it is.";
            case NEVER_SEEN -> "The log has nothing of this row.";
        };
    }

    /** Reads a moment: RFC 3339, or what a field for a date and time gives. */
    private static @Nullable Instant instant(@Nullable String text, Times times) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return dev.daybook.api.query.Times.parse(text);
        } catch (dev.daybook.api.query.InvalidValueException | DateTimeException e) {
            Instant local = times.local(text);
            if (local == null) {
                throw new dev.daybook.api.problem.ProblemException(
                        dev.daybook.api.problem.Problem.INVALID_PARAMETER,
                        "\"%s\" is no date and time: write 2026-11-22T09:30:00.".formatted(text));
            }
            return local;
        }
    }

    private void compare(Caller caller, Row row, Asked asked, Timelines timeline, Model model) {
        Timelines.Mark from = timeline.mark(asked.from());
        Timelines.Mark to = timeline.mark(asked.to());
        if (from == null || to == null) {
            return;
        }
        boolean turned = from.at().isAfter(to.at());
        Timelines.Mark older = turned ? to : from;
        Timelines.Mark newer = turned ? from : to;
        RowBetween between = rows.diff(caller, row, older.at(), newer.at());
        model.addAttribute("olderMark", older);
        model.addAttribute("newerMark", newer);
        model.addAttribute(
                "differences",
                between.diff().differences().stream()
                        .map(
                                d ->
                                        Changes.of(
                                                d.field(),
                                                d.from() == null ? null : d.from().token(),
                                                d.to() == null ? null : d.to().token(),
                                                false))
                        .toList());
        model.addAttribute(
                "undecided", between.diff().undecided().stream().map(Texts::visible).toList());
    }
}
