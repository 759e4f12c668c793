package dev.daybook.api.view;

import dev.daybook.api.query.Filters;
import dev.daybook.contract.Operation;
import dev.daybook.domain.history.EntryQuery;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A search as its URL has it: the filters of REST, and {@code since} for a time up to now. */
final class Asked {

    static final String SINCE = "since";
    private static final Pattern LENGTH = Pattern.compile("([1-9][0-9]{0,3})([hd])");

    private final Map<String, List<String>> parameters = new LinkedHashMap<>();
    private final Times times;

    Asked(Map<String, String[]> given, Times times) {
        this.times = times;
        for (String name : Filters.NAMES) {
            add(name, given.get(name));
        }
        add(SINCE, given.get(SINCE));
        if (parameters.containsKey(Filters.FROM)) {
            parameters.remove(SINCE);
        }
    }

    /** Fields that were left empty ask for nothing. */
    private void add(String name, String @Nullable [] values) {
        if (values == null) {
            return;
        }
        List<String> given = new ArrayList<>();
        for (String value : values) {
            if (!value.isEmpty() && value.indexOf(0) < 0 && !given.contains(value)) {
                given.add(value);
            }
        }
        if (!given.isEmpty()) {
            parameters.put(name, given);
        }
    }

    public Map<String, List<String>> parameters() {
        return parameters;
    }

    /** Returns the first value of a parameter, or an empty text. */
    public String first(String name) {
        List<String> values = parameters.get(name);
        return values == null ? "" : values.getFirst();
    }

    List<String> all(String name) {
        return parameters.getOrDefault(name, List.of());
    }

    boolean isNarrowed() {
        return !parameters.isEmpty();
    }

    /** Returns what is asked of the log. */
    EntryQuery query() {
        Map<String, String[]> filters = new LinkedHashMap<>();
        parameters.forEach((name, values) -> filters.put(name, values.toArray(String[]::new)));
        // A field for a date and time gives it without a zone, which is the reader's.
        for (String name : List.of(Filters.FROM, Filters.TO)) {
            Instant local = times.local(first(name));
            if (local != null) {
                filters.put(name, new String[] {local.toString()});
            }
        }
        EntryQuery query = Filters.read(filters);
        Instant since = since();
        return since == null ? query : query.but().from(since).build();
    }

    private @Nullable Instant since() {
        String text = first(SINCE);
        if (text.equals("today")) {
            return times.startOf(times.today());
        }
        Matcher matcher = LENGTH.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long n = Long.parseLong(matcher.group(1));
        return times.now()
                .minus(matcher.group(2).equals("h") ? Duration.ofHours(n) : Duration.ofDays(n));
    }

    /** Returns the URL of this search. */
    String url(String path) {
        return Links.with(path, parameters);
    }

    /** Returns the URL of the same search in REST, with the times as they are now. */
    String restUrl() {
        Map<String, List<String>> filters = new LinkedHashMap<>(parameters);
        EntryQuery query = query();
        filters.remove(SINCE);
        if (query.from() != null) {
            filters.put(Filters.FROM, List.of(query.from().toString()));
        }
        if (query.to() != null) {
            filters.put(Filters.TO, List.of(query.to().toString()));
        }
        return Links.with("/api/v1/entries", filters);
    }

    /** Returns the URL of the search with a value besides, or in the place of others. */
    String with(String name, String value, boolean besides) {
        Map<String, List<String>> other = new LinkedHashMap<>(parameters);
        List<String> values = new ArrayList<>(besides ? all(name) : List.of());
        if (!values.contains(value)) {
            values.add(value);
        }
        other.put(name, values);
        String opposite = name.startsWith("-") ? name.substring(1) : Filters.WITHOUT + name;
        remove(other, opposite, value);
        return Links.with("/view/search", other);
    }

    /** Returns the URL of the search at any time. */
    String withoutTimes() {
        Map<String, List<String>> other = new LinkedHashMap<>(parameters);
        List.of(SINCE, Filters.FROM, Filters.TO).forEach(other::remove);
        return Links.with("/view/search", other);
    }

    /** Returns the URL of the search without a value, or without all of a name. */
    String without(String name, @Nullable String value) {
        Map<String, List<String>> other = new LinkedHashMap<>(parameters);
        if (value == null) {
            other.remove(name);
        } else {
            remove(other, name, value);
        }
        return Links.with("/view/search", other);
    }

    private static void remove(Map<String, List<String>> from, String name, String value) {
        List<String> values = from.get(name);
        if (values != null) {
            List<String> left = new ArrayList<>(values);
            left.remove(value);
            if (left.isEmpty()) {
                from.remove(name);
            } else {
                from.put(name, left);
            }
        }
    }

    /** Returns the search in words. */
    String sentence() {
        StringBuilder text = new StringBuilder();
        text.append(
                all(Filters.OPERATION).isEmpty()
                        ? "Changes"
                        : String.join(
                                " and ",
                                all(Filters.OPERATION).stream().map(Asked::plural).toList()));
        append(text, " to ", Filters.TABLE, "");
        append(text, ", row ", Filters.KEY, "");
        if (parameters.containsKey(Filters.UNATTRIBUTED)) {
            text.append(
                    "true".equals(first(Filters.UNATTRIBUTED))
                            ? " that nobody signed"
                            : " that somebody signed");
        }
        append(text, " by ", Filters.ACTOR, "");
        append(text, " under the login role ", Filters.LOGIN_ROLE, "");
        append(text, " where ", Filters.FIELD, " changed");
        append(text, " for the reason ", Filters.REASON, "");
        append(text, " of request ", Filters.REQUEST, "");
        append(text, " in transaction ", Filters.TRANSACTION, "");
        append(text, " of ", Filters.SOURCE, "");
        String since = first(SINCE);
        if (!since.isEmpty()) {
            text.append(
                    switch (since) {
                        case "today" -> ", today";
                        case "1h" -> ", last hour";
                        default ->
                                ", last "
                                        + since.substring(0, since.length() - 1)
                                        + (since.endsWith("h") ? " hours" : " days");
                    });
        }
        append(text, ", from ", Filters.FROM, "");
        append(text, ", until ", Filters.TO, "");
        List<String> out = new ArrayList<>();
        Filters.CHOICES.forEach(name -> out.addAll(all(Filters.WITHOUT + name)));
        if (!out.isEmpty()) {
            text.append(", without ").append(String.join(", ", out));
        }
        return Texts.visible(text.toString());
    }

    private void append(StringBuilder text, String before, String name, String after) {
        List<String> values = all(name);
        if (!values.isEmpty()) {
            text.append(before).append(String.join(" or ", values)).append(after);
        }
    }

    static String plural(String operation) {
        return Operation.ofWord(operation)
                .map(
                        known ->
                                switch (known) {
                                    case UPDATE -> "Updates";
                                    case INSERT -> "Inserts";
                                    case DELETE -> "Deletes";
                                    case SNAPSHOT -> "Snapshots";
                                    case TRUNCATE -> "Emptied tables";
                                    case TABLE_CHANGE -> "Changes of tables";
                                })
                .orElse(operation);
    }
}
