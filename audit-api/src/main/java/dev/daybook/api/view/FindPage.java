package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.RowQueries;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.ActorSeen;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.view.RedirectView;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The box that takes a key, an actor, a table, a transaction, or filters as name:value. */
@Controller
class FindPage implements Page {

    private static final Pattern TRANSACTION =
            Pattern.compile("(?:tx|transaction)[ :#]*([0-9]{1,19})");

    /** A table, or the word for one of its rows, and a key. */
    private static final Pattern ROW = Pattern.compile("(\\S+?)(?:[\\s:#]+|(?=\\[))(.+)");

    private static final Pattern FILTER =
            Pattern.compile("(-?[a-z]+):(?:\"([^\"]*)\"|(\\S+))(?:\\s+|$)");

    private final LogQueries log;
    private final EntryQueries entries;
    private final RowQueries rows;

    FindPage(LogQueries log, EntryQueries entries, RowQueries rows) {
        this.log = log;
        this.entries = entries;
        this.rows = rows;
    }

    /** Something that the text may mean. */
    record Meaning(String kind, String text, String url) {}

    @GetMapping("/view/find")
    Object find(Caller caller, @RequestParam(defaultValue = "") String q, Model model) {
        String text = q.strip();
        if (text.isEmpty() || text.indexOf(0) >= 0) {
            return redirect("/view/search");
        }
        Matcher transaction = TRANSACTION.matcher(text);
        if (transaction.matches()) {
            return redirect(Links.with("/view/search", "transaction", transaction.group(1)));
        }
        Map<String, List<String>> filters = filters(text);
        if (filters != null) {
            return redirect(Links.with("/view/search", filters));
        }
        List<Meaning> meanings = meanings(caller, text);
        for (String other : List.of(text.toUpperCase(Locale.ROOT), text.toLowerCase(Locale.ROOT))) {
            if (meanings.isEmpty() && !other.equals(text)) {
                meanings = meanings(caller, other);
            }
        }
        if (meanings.size() == 1) {
            return redirect(meanings.getFirst().url());
        }
        model.addAttribute("q", Texts.visible(text));
        model.addAttribute("meanings", meanings);
        return "find";
    }

    private static RedirectView redirect(String url) {
        RedirectView view = new RedirectView(url);
        view.setExpandUriTemplateVariables(false);
        view.setExposeModelAttributes(false);
        return view;
    }

    /** Reads {@code actor:anna -table:page_views}; null if the text is nothing of the kind. */
    private static @org.jspecify.annotations.Nullable Map<String, List<String>> filters(
            String text) {
        Map<String, List<String>> filters = new LinkedHashMap<>();
        Matcher matcher = FILTER.matcher(text);
        int at = 0;
        while (matcher.find() && matcher.start() == at) {
            String name = matcher.group(1);
            if (!Filters.NAMES.contains(name) && !name.equals(Asked.SINCE)) {
                return null;
            }
            filters.computeIfAbsent(name, n -> new ArrayList<>())
                    .add(matcher.group(2) == null ? matcher.group(3) : matcher.group(2));
            at = matcher.end();
        }
        return filters.isEmpty() || at < text.length() ? null : filters;
    }

    private List<Meaning> meanings(Caller caller, String text) {
        List<Meaning> meanings = new ArrayList<>();
        String name = text.toLowerCase(Locale.ROOT);
        if (name.equals("unattributed") || name.equals("nobody")) {
            meanings.add(
                    new Meaning(
                            "Changes that nobody signed", "unattributed", Links.unattributed()));
        }
        List<TableName> tables = log.tables(caller).stream().map(LogQueries.Table::table).toList();
        for (TableName table : tables) {
            if (table.toString().equalsIgnoreCase(text) || table.name().equalsIgnoreCase(text)) {
                meanings.add(
                        new Meaning(
                                "Table",
                                Texts.visible(table.toString()),
                                Links.with("/view/search", "table", table.toString())));
            }
        }
        List<ActorSeen> actors = entries.actors(caller, text, 1);
        if (!actors.isEmpty() && actors.getFirst().actor().equals(text)) {
            meanings.add(new Meaning("Actor", Texts.visible(text), Links.actor(text)));
        }
        addRows(caller, tables, text, meanings);
        Matcher row = ROW.matcher(text);
        if (row.matches()) {
            String table = row.group(1);
            List<TableName> named = tables.stream().filter(t -> isNamed(t, table)).toList();
            String key = row.group(2);
            if (!addRows(caller, named, key, meanings) && key.indexOf(',') > 0) {
                addRows(caller, named, "[" + key + "]", meanings);
            }
        }
        return meanings;
    }

    /** Returns whether a word names a table, or one of its rows: {@code order 2}. */
    private static boolean isNamed(TableName table, String word) {
        return table.toString().equalsIgnoreCase(word)
                || table.name().equalsIgnoreCase(word)
                || table.name().equalsIgnoreCase(word + "s");
    }

    private boolean addRows(
            Caller caller, List<TableName> tables, String text, List<Meaning> meanings) {
        List<Meaning> found =
                tables.isEmpty()
                        ? List.of()
                        : rows.named(caller, tables, new EntityKey(text)).stream()
                                .filter(row -> row.source() != null)
                                .map(
                                        row ->
                                                new Meaning(
                                                        "Row",
                                                        Texts.visible(
                                                                row.table()
                                                                        + " "
                                                                        + row.key().text()),
                                                        Links.row(
                                                                String.valueOf(row.source()),
                                                                row.table(),
                                                                row.key())))
                                .toList();
        meanings.addAll(found);
        return !found.isEmpty();
    }
}
