package dev.daybook.api.view;

import dev.daybook.api.view.Changes.Change;
import dev.daybook.api.view.Times.When;
import dev.daybook.contract.Operation;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.history.FieldChange;
import dev.daybook.domain.history.FieldChange.FromOrigin;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Lays a row's history out: versions, what each changed, and what lies between them. */
final class Timelines {

    private static final int SHOWN_OF_WHOLE_ROWS = 4;
    private static final int SHOWN_ACTORS = 3;

    private final List<RecordedView> newestFirst;
    private final boolean complete;
    private final Times times;
    private final boolean whole;
    private final Entries entries;
    private final List<Gap> gaps;
    private final List<Mark> marks = new ArrayList<>();
    private final Map<String, Mark> byId = new HashMap<>();

    /**
     * @param complete whether these are all versions, so that they can be numbered
     * @param whole whether whole rows are shown, or what changed
     * @param gaps where changes of the row may be missing
     */
    Timelines(
            List<RecordedView> newestFirst,
            boolean complete,
            Times times,
            boolean whole,
            List<Gap> gaps) {
        this.gaps = gaps;
        this.newestFirst = newestFirst;
        this.complete = complete;
        this.times = times;
        this.whole = whole;
        this.entries = new Entries(times);
        int number = 0;
        for (RecordedView view : newestFirst.reversed()) {
            number++;
            AuditEntry entry = view.recorded().entry();
            When when = times.when(entry.committedAt());
            Mark mark =
                    new Mark(
                            entry.id().toString(),
                            number,
                            complete ? "v" + number : when.time(),
                            "e-" + entry.id(),
                            entry.committedAt(),
                            when,
                            entries.who(view.recorded()));
            marks.add(mark);
            byId.put(mark.id(), mark);
        }
    }

    /**
     * A version as others refer to it.
     *
     * @param number from 1, of those that are read
     * @param name its number for people, or its time where there are too many to number
     * @param anchor its place on the page
     */
    record Mark(
            String id,
            int number,
            String name,
            String anchor,
            Instant at,
            When when,
            Entries.Who who) {

        /** Returns the version in a list to choose from. */
        public String choice() {
            return name
                    + ", "
                    + (when.today() ? "today" : when.day())
                    + " "
                    + when.time()
                    + (who.actor() == null ? "" : " by " + who.actor());
        }
    }

    /** A column of a whole row. */
    record Field(String name, Values.Value value, @Nullable String since) {}

    /**
     * A version.
     *
     * @param remark what is said of it before its columns, or null
     * @param changes what it did
     * @param unknown columns whose old value is unknown, folded into one line
     * @param row the whole row after it (for a delete: before it); empty where changes are shown
     * @param more how many columns are left out of a row that is shown in part
     * @param origin where the old values come from
     * @param absentBefore for how long the row was not there before it, or null
     * @param gapsBefore where changes may be missing between it and the version before
     */
    record Version(
            Mark mark,
            Entries.Op op,
            @Nullable String remark,
            List<Change> changes,
            List<Change> unknown,
            List<Field> row,
            int more,
            List<String> notes,
            @Nullable String tx,
            @Nullable String txUrl,
            @Nullable String oldKey,
            @Nullable String newKey,
            @Nullable String absentBefore,
            List<Gaps.Shown> gapsBefore) {}

    /** Returns where changes may be missing after the newest version. */
    List<Gaps.Shown> gapsAfter() {
        return newestFirst.isEmpty()
                ? Gaps.shown(gaps, times)
                : Gaps.shown(Gaps.between(gaps, at(0), null), times);
    }

    private Instant at(int i) {
        return newestFirst.get(i).recorded().entry().committedAt();
    }

    private List<Gaps.Shown> gapsBefore(int i) {
        return i + 1 == newestFirst.size()
                ? List.of()
                : Gaps.shown(Gaps.between(gaps, at(i + 1), at(i)), times);
    }

    List<Mark> marks() {
        return marks;
    }

    @Nullable Mark mark(@Nullable String id) {
        return id == null ? null : byId.get(id);
    }

    /** Returns the columns that any version changed or had, each as it is shown. */
    Map<String, String> fields() {
        Map<String, String> shown = new java.util.LinkedHashMap<>();
        names().forEach(name -> shown.put(name, Texts.visible(name)));
        return shown;
    }

    private Set<String> names() {
        Set<String> fields = new LinkedHashSet<>();
        for (RecordedView view : newestFirst) {
            RowImage row = view.view().after() == null ? view.view().before() : view.view().after();
            if (row != null) {
                fields.addAll(row.columns());
            }
            view.view().changes().forEach(change -> fields.add(change.field()));
        }
        return fields;
    }

    /**
     * The version that gave a column its value.
     *
     * @param sure whether it was another value before, or none
     */
    record Since(Mark mark, boolean sure) {}

    /**
     * Returns since when a column has had the value that it has at a moment; null where that lies
     * before the versions that are here.
     *
     * @param at the moment, or null for now
     */
    @Nullable Since since(String column, @Nullable Instant at) {
        for (int i = 0; i < newestFirst.size(); i++) {
            RecordedView view = newestFirst.get(i);
            Operation operation = view.recorded().entry().operation();
            RowImage after = view.view().after();
            boolean begins = operation == Operation.INSERT || operation == Operation.SNAPSHOT;
            FieldChange change =
                    view.view().changes().stream()
                            .filter(c -> c.field().equals(column))
                            .findFirst()
                            .orElse(null);
            if (at != null && at(i).isAfter(at)
                    || change == null && !(begins && after != null && after.knows(column))) {
                continue;
            }
            return new Since(
                    marks.get(newestFirst.size() - 1 - i),
                    operation != Operation.SNAPSHOT && (change == null || change.proven()));
        }
        return null;
    }

    /** Returns what is to be said of a moment before the row's first version, or null. */
    @Nullable String before(@Nullable Instant at) {
        for (RecordedView view : newestFirst.reversed()) {
            AuditEntry entry = view.recorded().entry();
            if (entry.operation() == Operation.TRUNCATE
                    || entry.operation() == Operation.TABLE_CHANGE) {
                continue;
            }
            if (at == null || !at.isBefore(entry.committedAt())) {
                return null;
            }
            When first = times.when(entry.committedAt());
            String when = (first.today() ? "today" : first.day()) + " " + first.time();
            return complete && entry.operation() == Operation.INSERT
                    ? "The row was not there yet: it was inserted " + when + "."
                    : "This log begins to know the row "
                            + when
                            + ". What it was before, the log does not know.";
        }
        return null;
    }

    /** Returns the versions, newest first, or those alone that touched a column. */
    List<Version> versions(@Nullable String field) {
        List<Version> versions = new ArrayList<>();
        boolean all = field == null || field.isEmpty();
        for (int i = 0; i < newestFirst.size(); i++) {
            if (all || newestFirst.get(i).view().touches(String.valueOf(field))) {
                versions.add(version(i, all ? null : field));
            }
        }
        return versions;
    }

    private Version version(int i, @Nullable String field) {
        RecordedView view = newestFirst.get(i);
        AuditEntry entry = view.recorded().entry();
        Mark mark = marks.get(newestFirst.size() - 1 - i);
        List<FieldChange> changes = new ArrayList<>(view.view().changes());
        if (field != null) {
            changes.removeIf(change -> !change.field().equals(field));
        }
        RecordedView gone = entry.operation() == Operation.INSERT ? goneBefore(i) : null;
        List<Change> shown = new ArrayList<>();
        List<Change> unknown = new ArrayList<>();
        String remark = remark(view);
        int more = 0;
        if (gone != null && field == null) {
            Again again = again(gone, view);
            remark = again.remark();
            shown.addAll(again.changes());
            more = changes.size() - shown.size();
        } else {
            for (FieldChange change : changes) {
                (change.proven() ? shown : unknown).add(noted(i, change));
            }
            if (unknown.size() <= 2) {
                shown.addAll(unknown);
                unknown.clear();
            }
            if (entry.operation() != Operation.UPDATE
                    && !whole
                    && shown.size() > SHOWN_OF_WHOLE_ROWS + 1) {
                more = shown.size() - SHOWN_OF_WHOLE_ROWS;
                shown = new ArrayList<>(shown.subList(0, SHOWN_OF_WHOLE_ROWS));
            }
        }
        if (entry.operation() == Operation.TABLE_CHANGE) {
            shown = TableChanges.of(entry, 200);
        }
        List<Field> row = List.of();
        if (whole || entry.operation() == Operation.SNAPSHOT) {
            row = row(i, view, field);
            if (!whole && row.size() > SHOWN_OF_WHOLE_ROWS + 1) {
                more = row.size() - SHOWN_OF_WHOLE_ROWS;
                row = row.subList(0, SHOWN_OF_WHOLE_ROWS);
            }
        }
        Long tx = entry.transactionId();
        return new Version(
                mark,
                Entries.op(entry.operation()),
                remark,
                shown,
                unknown,
                row,
                more,
                notes(view),
                tx == null ? null : tx.toString(),
                tx == null ? null : Links.transaction(entry.source(), tx, entry.committedAt()),
                entry.oldEntityKey() == null ? null : Texts.visible(entry.oldEntityKey().text()),
                entry.entityKey() == null ? null : Texts.visible(entry.entityKey().text()),
                gone == null
                        ? null
                        : Texts.length(
                                Duration.between(
                                        gone.recorded().entry().committedAt(),
                                        entry.committedAt())),
                gapsBefore(i));
    }

    /**
     * Returns a change, with the version that its old value comes from where that is not the one
     * before.
     */
    private Change noted(int i, FieldChange change) {
        Change shown = Changes.of(change);
        if (change.fromOrigin() != FromOrigin.PREVIOUS_ENTRY || i + 1 >= newestFirst.size()) {
            return shown;
        }
        for (int older = i + 1; older < newestFirst.size(); older++) {
            AuditEntry entry = newestFirst.get(older).recorded().entry();
            if (entry.after() != null && entry.after().knows(change.field())) {
                boolean missed = !Gaps.between(gaps, at(older), at(i)).isEmpty();
                if (older == i + 1 && !missed) {
                    return shown;
                }
                String from =
                        "old value from "
                                + marks.get(newestFirst.size() - 1 - older).name()
                                + (missed ? ", before a gap" : "");
                String by = shown.by() == null ? from : shown.by() + ", " + from;
                return new Change(
                        shown.field(),
                        shown.shape(),
                        shown.from(),
                        shown.unknown(),
                        shown.to(),
                        by,
                        shown.words(),
                        shown.tree(),
                        shown.chips());
            }
        }
        return shown;
    }

    private static @Nullable String remark(RecordedView view) {
        return switch (view.recorded().entry().operation()) {
            case SNAPSHOT ->
                    view.view().changes().isEmpty()
                            ? "The row as it was when recording began, or began anew. No change: who"
                                    + " made it, and when, lies before this log."
                            : "The row as it was when recording began anew. It differs from the"
                                    + " version before: changes in between are not in this log.";
            case TRUNCATE -> "The whole table was emptied at once.";
            case TABLE_CHANGE ->
                    "The table itself was changed. What of the row may be other since then is not"
                            + " taken from before.";
            default -> null;
        };
    }

    /** Returns the delete just before an insert, if the row was there before. */
    private @Nullable RecordedView goneBefore(int i) {
        if (i + 1 >= newestFirst.size()) {
            return null;
        }
        RecordedView before = newestFirst.get(i + 1);
        Operation operation = before.recorded().entry().operation();
        return operation == Operation.DELETE || operation == Operation.TRUNCATE ? before : null;
    }

    private record Again(String remark, List<Change> changes) {}

    /** Compares a row that was inserted again with what it was before it was deleted. */
    private static Again again(RecordedView gone, RecordedView born) {
        RowImage was = gone.view().before() == null ? RowImage.empty() : gone.view().before();
        RowImage is = born.view().after() == null ? RowImage.empty() : born.view().after();
        List<Change> changes = new ArrayList<>();
        int same = 0;
        int open = 0;
        for (int c = 0; c < is.size(); c++) {
            String old = was.token(is.nameAt(c));
            String now = is.tokenAt(c);
            if (old == null) {
                open++;
            } else if (old.equals(now) || "+0".equals(Changes.by(old, now))) {
                same++;
            } else {
                changes.add(Changes.of(is.nameAt(c), old, now, false));
            }
        }
        return new Again(
                "Inserted again under the same key. Compared with the last version before the delete:"
                        + " %s as they were, %d differ%s."
                                .formatted(
                                        Texts.count(same, "field", "fields"),
                                        changes.size(),
                                        open == 0 ? "" : "; of " + open + " it cannot be told"),
                changes);
    }

    private List<Field> row(int i, RecordedView view, @Nullable String field) {
        RowImage image = view.view().after() == null ? view.view().before() : view.view().after();
        List<Field> fields = new ArrayList<>();
        if (image == null) {
            return fields;
        }
        List<String> completed =
                view.view().after() == null
                        ? view.view().completedBefore()
                        : view.view().completedAfter();
        for (int c = 0; c < image.size(); c++) {
            String name = image.nameAt(c);
            if (field == null || field.equals(name)) {
                fields.add(
                        new Field(
                                Texts.visible(name),
                                Values.of(image.tokenAt(c)),
                                completed.contains(name) ? since(i, name) : null));
            }
        }
        return fields;
    }

    private @Nullable String since(int i, String column) {
        for (int older = i + 1; older < newestFirst.size(); older++) {
            AuditEntry entry = newestFirst.get(older).recorded().entry();
            if (entry.after() != null && entry.after().knows(column)) {
                return "from " + marks.get(newestFirst.size() - 1 - older).name();
            }
        }
        return "from an earlier entry";
    }

    private static List<String> notes(RecordedView view) {
        List<String> notes = new ArrayList<>();
        AuditEntry entry = view.recorded().entry();
        if (view.view().beforeOrigin() != null && !view.view().changes().isEmpty()) {
            notes.add(
                    switch (view.view().beforeOrigin()) {
                        case BEFORE_IMAGE -> "Old values: from the record.";
                        case PREVIOUS_ENTRY -> "Old values: from earlier entries.";
                        case MIXED ->
                                view.view().changes().stream()
                                                .allMatch(
                                                        c ->
                                                                c.fromOrigin()
                                                                        == FromOrigin
                                                                                .PREVIOUS_ENTRY)
                                        ? "Old values: from earlier entries."
                                        : "Old values: some from the record, some from earlier"
                                                + " entries.";
                    });
        }
        if (!view.view().completedAfter().isEmpty()) {
            notes.add(
                    String.join(
                                    ", ",
                                    view.view().completedAfter().stream()
                                            .limit(5)
                                            .map(Texts::visible)
                                            .toList())
                            + ": not sent, as not changed.");
        }
        if (entry.operation() == Operation.UPDATE && view.view().changes().isEmpty()) {
            notes.add("Written anew with the same values.");
        }
        return notes;
    }

    /**
     * Returns the row in a sentence or two.
     *
     * @param field the column that is looked at, or null or empty for all
     */
    String summary(@Nullable String field) {
        if (newestFirst.isEmpty()) {
            return "";
        }
        boolean all = field == null || field.isEmpty();
        Set<String> actors = new LinkedHashSet<>();
        int nobody = 0;
        int deletes = 0;
        int versions = 0;
        for (RecordedView view : newestFirst) {
            if (!all && !view.view().touches(String.valueOf(field))) {
                continue;
            }
            versions++;
            String actor = view.recorded().attribution().actor();
            if (actor != null) {
                actors.add(actor);
            }
            nobody += view.recorded().unattributed() ? 1 : 0;
            deletes += view.recorded().entry().operation() == Operation.DELETE ? 1 : 0;
        }
        When first = marks.getFirst().when();
        StringBuilder text = new StringBuilder();
        text.append(complete ? "" : "More than ")
                .append(Texts.count(newestFirst.size(), "version", "versions"))
                .append(" since ")
                .append(first.today() ? first.time() : first.day());
        if (!all) {
            text.append("; ")
                    .append(Texts.number(versions))
                    .append(" set or changed ")
                    .append(Texts.visible(String.valueOf(field)));
        }
        if (!actors.isEmpty()) {
            text.append(", by ").append(named(actors));
        }
        if (nobody > 0) {
            text.append(actors.isEmpty() ? ", " : " and ")
                    .append(Texts.count(nobody, "time", "times"))
                    .append(" unattributed");
        }
        text.append('.');
        if (deletes > 0) {
            text.append(" It was deleted ")
                    .append(Texts.count(deletes, "time", "times"))
                    .append('.');
        }
        return text.toString();
    }

    /** Names actors where they are few, else says how many. */
    private static String named(Set<String> actors) {
        return actors.size() > SHOWN_ACTORS
                ? Texts.count(actors.size(), "actor", "actors")
                : actors.stream()
                        .map(actor -> Texts.visible(Texts.beginning(actor, 60)))
                        .collect(Collectors.joining(", "));
    }
}
