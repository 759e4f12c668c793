package dev.daybook.api.view;

import dev.daybook.api.view.Changes.Change;
import dev.daybook.api.view.Times.When;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.Attribution.ActorSource;
import dev.daybook.domain.history.FieldChange;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** Turns entries into what pages show: transactions, each with its rows beneath. */
final class Entries {

    /** So many changed columns are shown of an entry in a list. */
    private static final int SHOWN = 4;

    private final Times times;

    Entries(Times times) {
        this.times = times;
    }

    /**
     * Who made a change, and why.
     *
     * @param actor the actor; null for a snapshot, and where nobody is known
     * @param url the actor's page, or where there is nobody that of all such changes
     * @param nobody whether nobody is known
     * @param said whether the application said it, for the transaction
     */
    record Who(
            @Nullable String actor,
            String url,
            boolean nobody,
            boolean said,
            @Nullable String displayName,
            @Nullable String why) {}

    /** An operation: its word in REST, and on the screen. */
    record Op(String word, String label) {}

    /**
     * An entry in a list.
     *
     * @param rowUrl its row's page at this entry; null where the row has no key
     * @param changes what it did, at most a few columns
     * @param unknown columns that it carries and of which the old value is unknown
     * @param more how many columns it changed besides
     * @param moreNames their names
     */
    record Entry(
            String id,
            Op op,
            String table,
            @Nullable String key,
            @Nullable String oldKey,
            @Nullable String rowUrl,
            List<Change> changes,
            List<String> unknown,
            int more,
            String moreNames) {}

    /**
     * A transaction in a list.
     *
     * @param day the heading of its day, if it is the first of it
     * @param id its number, or null
     * @param url its page, or null
     * @param cut whether more of it may be on the page before or after
     */
    record Tx(
            @Nullable String day,
            When when,
            Who who,
            @Nullable String id,
            @Nullable String url,
            List<Entry> entries,
            boolean cut) {

        private Tx cutOff() {
            return new Tx(day, when, who, id, url, entries, id != null);
        }

        /** Returns how many of its rows are listed; empty where that is all, and one. */
        public String rows() {
            return cut
                    ? Texts.count(entries.size(), "row", "rows") + " on this page"
                    : entries.size() == 1 ? "" : Texts.count(entries.size(), "row", "rows");
        }
    }

    Who who(RecordedEntry recorded) {
        Attribution by = recorded.attribution();
        String actor = by.actor();
        return new Who(
                actor == null ? null : Texts.visible(actor),
                actor == null ? Links.unattributed() : Links.actor(actor),
                recorded.unattributed(),
                by.source() == ActorSource.CONTEXT,
                displayName(by.attributes()),
                by.reason() == null ? null : Texts.visible(by.reason()));
    }

    /**
     * Returns the name that the application gives an actor besides the id; null if it gives none.
     */
    static @Nullable String displayName(@Nullable String attributes) {
        var tree = attributes == null ? null : JsonDiff.structure(attributes);
        String name = tree == null ? "" : tree.path("display_name").asString("");
        return name.isBlank() || name.length() > 200 ? null : Texts.visible(name);
    }

    static Op op(Operation operation) {
        return new Op(
                operation.word(),
                switch (operation) {
                    case INSERT -> "Inserted";
                    case UPDATE -> "Updated";
                    case DELETE -> "Deleted";
                    case TRUNCATE -> "Emptied";
                    case SNAPSHOT -> "Snapshot";
                    case TABLE_CHANGE -> "Table changed";
                });
    }

    /** Groups entries of one transaction that stand together, with the heading of each day. */
    List<Tx> transactions(List<RecordedView> entries) {
        return transactions(entries, SHOWN);
    }

    /**
     * Returns the same for a page of a list, at whose ends a transaction may be cut.
     *
     * @param newer whether there is a page before
     * @param older whether there is one after
     */
    List<Tx> page(List<RecordedView> entries, boolean newer, boolean older) {
        List<Tx> all = transactions(entries);
        if (newer && !all.isEmpty()) {
            all.set(0, all.getFirst().cutOff());
        }
        if (older && !all.isEmpty()) {
            all.set(all.size() - 1, all.getLast().cutOff());
        }
        return all;
    }

    /** Returns the same, with a number of the changed columns of each entry at most. */
    List<Tx> transactions(List<RecordedView> entries, int shown) {
        List<Tx> all = new ArrayList<>();
        LocalDate day = null;
        int at = 0;
        while (at < entries.size()) {
            int end = at + 1;
            while (end < entries.size() && together(entries.get(at), entries.get(end))) {
                end++;
            }
            LocalDate its = times.day(entries.get(at).recorded().entry().committedAt());
            all.add(
                    transaction(
                            entries.subList(at, end),
                            shown,
                            its.equals(day) ? null : times.longDay(its)));
            day = its;
            at = end;
        }
        return all;
    }

    private static boolean together(RecordedView one, RecordedView other) {
        AuditEntry a = one.recorded().entry();
        AuditEntry b = other.recorded().entry();
        return a.transactionId() != null
                && a.transactionId().equals(b.transactionId())
                && a.committedAt().equals(b.committedAt())
                && a.source().equals(b.source())
                && Objects.equals(
                        one.recorded().attribution().actor(),
                        other.recorded().attribution().actor());
    }

    private Tx transaction(List<RecordedView> entries, int shown, @Nullable String day) {
        AuditEntry first = entries.getFirst().recorded().entry();
        Long id = first.transactionId();
        return new Tx(
                day,
                times.when(first.committedAt()),
                who(entries.getFirst().recorded()),
                id == null ? null : id.toString(),
                id == null ? null : Links.transaction(first.source(), id, first.committedAt()),
                entries.stream()
                        .sorted(Comparator.comparingLong(e -> e.recorded().entry().sequence()))
                        .map(e -> entry(e, shown))
                        .toList(),
                false);
    }

    /** Returns an entry with at most a number of the columns that it changed. */
    Entry entry(RecordedView view, int shown) {
        AuditEntry entry = view.recorded().entry();
        List<FieldChange> proven = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (FieldChange change : view.view().changes()) {
            if (change.proven()) {
                proven.add(change);
            } else {
                unknown.add(Texts.visible(change.field()));
            }
        }
        if (unknown.size() <= 2 && proven.size() < shown) {
            view.view().changes().stream().filter(c -> !c.proven()).forEach(proven::add);
            unknown.clear();
        }
        boolean whole = entry.operation() != Operation.UPDATE;
        if (whole && proven.size() > shown) {
            // The key stands beside the table's name.
            proven.removeIf(c -> isKey(entry, c));
        }
        int count = Math.min(shown, proven.size());
        List<FieldChange> rest = proven.subList(count, proven.size());
        EntityKey key = entry.entityKey();
        EntityKey old = entry.oldEntityKey();
        return new Entry(
                entry.id().toString(),
                op(entry.operation()),
                Texts.visible(entry.table().toString()),
                key == null ? null : Texts.visible(Texts.beginning(key.text(), 300)),
                old == null ? null : Texts.visible(Texts.beginning(old.text(), 300)),
                rowUrl(entry),
                entry.operation() == Operation.TABLE_CHANGE
                        ? TableChanges.of(entry, shown)
                        : proven.subList(0, count).stream()
                                .map(shown > 100 ? Changes::of : Changes::brief)
                                .toList(),
                unknown,
                rest.size(),
                rest.stream()
                        .limit(12)
                        .map(c -> Texts.visible(c.field()))
                        .collect(java.util.stream.Collectors.joining(", ")));
    }

    private static boolean isKey(AuditEntry entry, FieldChange change) {
        String token = change.to() == null ? change.from() : change.to();
        return entry.entityKey() != null
                && token != null
                && dev.daybook.contract.JsonText.scalar(token).equals(entry.entityKey().text());
    }

    static @Nullable String rowUrl(AuditEntry entry) {
        return entry.entityKey() == null
                ? null
                : Links.row(entry.source(), entry.table(), entry.entityKey()) + "#e-" + entry.id();
    }

    static @Nullable String rowUrl(String source, TableName table, @Nullable EntityKey key) {
        return key == null ? null : Links.row(source, table, key);
    }

    @Nullable When completeUntil(@Nullable Instant until) {
        return times.whenOrNull(until);
    }
}
