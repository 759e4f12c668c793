package dev.daybook.domain.history;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * What the log knows of the row under one key, at one place in its history.
 *
 * <p>For a moment within a transaction two rows can be under one key, where the key's constraint is
 * deferred. Nothing then says which of them an entry means, so no old value is taken from either.
 */
public final class RowState {

    /** Before the first entry. */
    public static final RowState NEVER_SEEN =
            new RowState(
                    Presence.NEVER_SEEN,
                    new LinkedHashMap<>(),
                    new LinkedHashSet<>(),
                    null,
                    null,
                    null,
                    0);

    /** A row that is there, of which nothing else is known. */
    static final RowState UNKNOWN_ROW =
            new RowState(
                    Presence.EXISTS,
                    new LinkedHashMap<>(),
                    new LinkedHashSet<>(),
                    null,
                    null,
                    null,
                    0);

    private final Presence presence;
    private final SequencedMap<String, Fact> facts;
    private final SequencedSet<String> unknownColumns;
    private final @Nullable EntityKey movedTo;
    private final @Nullable TableName movedToTable;
    private final @Nullable AuditEntry last;

    /** How many rows are under the key beside the one that is described. */
    private final int others;

    private RowState(
            Presence presence,
            SequencedMap<String, Fact> facts,
            SequencedSet<String> unknownColumns,
            @Nullable EntityKey movedTo,
            @Nullable TableName movedToTable,
            @Nullable AuditEntry last,
            int others) {
        this.presence = presence;
        this.facts = facts;
        this.unknownColumns = unknownColumns;
        this.movedTo = movedTo;
        this.movedToTable = movedToTable;
        this.last = last;
        this.others = others;
    }

    static RowState existing(
            SequencedMap<String, Fact> facts,
            SequencedSet<String> unknownColumns,
            AuditEntry last,
            int others) {
        return new RowState(Presence.EXISTS, facts, unknownColumns, null, null, last, others);
    }

    static RowState gone(AuditEntry last, @Nullable EntityKey movedTo) {
        return gone(last, movedTo, null);
    }

    private static RowState gone(
            AuditEntry last, @Nullable EntityKey movedTo, @Nullable TableName movedToTable) {
        return new RowState(
                Presence.DELETED,
                new LinkedHashMap<>(),
                new LinkedHashSet<>(),
                movedTo,
                movedToTable,
                last,
                0);
    }

    /** Returns what is left of what was known, after something happened to the table. */
    RowState after(ChangedTable change, AuditEntry entry) {
        if (presence == Presence.NEVER_SEEN || presence == Presence.DELETED) {
            return this;
        }
        return switch (change.effect()) {
            case NONE -> this;
            case ROWS_END -> gone(entry, null, change.to());
            case UNKNOWN -> withoutValues(Presence.UNKNOWN, change, entry);
            case VALUES_UNKNOWN -> withoutValues(presence, change, entry);
            case PRESENCE_UNKNOWN ->
                    new RowState(Presence.UNKNOWN, facts, unknownColumns, null, null, entry, 0);
            case COLUMNS -> withColumns(change, entry);
        };
    }

    private RowState withoutValues(Presence remaining, ChangedTable change, AuditEntry entry) {
        SequencedSet<String> unknown = new LinkedHashSet<>();
        if (change.after() != null) {
            change.after().columns().forEach(column -> unknown.add(column.name()));
        } else {
            unknown.addAll(facts.keySet());
            unknown.addAll(unknownColumns);
        }
        return new RowState(remaining, new LinkedHashMap<>(), unknown, null, null, entry, 0);
    }

    private RowState withColumns(ChangedTable change, AuditEntry entry) {
        Map<String, String> kept = change.kept();
        if (kept == null || change.after() == null) {
            return new RowState(presence, facts, unknownColumns, null, null, entry, others);
        }
        SequencedMap<String, Fact> known = new LinkedHashMap<>();
        kept.forEach(
                (was, is) -> {
                    Fact fact = facts.get(was);
                    if (fact != null) {
                        known.put(is, fact.carried());
                    }
                });
        SequencedSet<String> unknown = new LinkedHashSet<>();
        for (ChangedTable.Column column : change.after().columns()) {
            if (!known.containsKey(column.name())) {
                unknown.add(column.name());
            }
        }
        return new RowState(presence, known, unknown, null, null, entry, others);
    }

    /** Returns when what is known longest of it became known; null where nothing is. */
    @Nullable Instant knownSince() {
        if (last == null) {
            return null;
        }
        Instant since = last.committedAt();
        for (Fact fact : facts.values()) {
            since = fact.committedAt().isBefore(since) ? fact.committedAt() : since;
        }
        return since;
    }

    /**
     * Returns what of it may be said at an instant, where changes of the row's table may be missing
     * since what is known was so. Where the table had been read again by then, the entries say it.
     *
     * @param gaps where changes of the table are missing
     */
    RowState within(List<Gap> gaps, Instant at) {
        if (last == null || gaps.isEmpty()) {
            return this;
        }
        SequencedMap<String, Fact> known = new LinkedHashMap<>();
        SequencedSet<String> unknown = new LinkedHashSet<>(unknownColumns);
        facts.forEach(
                (column, fact) -> {
                    if (isAnyBetween(gaps, fact.committedAt(), at)) {
                        unknown.add(column);
                    } else {
                        known.put(column, fact);
                    }
                });
        return isAnyBetween(gaps, last.committedAt(), at)
                ? new RowState(Presence.UNKNOWN, known, unknown, null, null, last, others)
                : new RowState(presence, known, unknown, movedTo, movedToTable, last, others);
    }

    private static boolean isAnyBetween(List<Gap> gaps, Instant after, Instant until) {
        for (Gap gap : gaps) {
            if (after.isBefore(until) && gap.isBetween(after, until) && !gap.isReadAgain(until)) {
                return true;
            }
        }
        return false;
    }

    public Presence presence() {
        return presence;
    }

    /**
     * Returns the known columns, in the order in which they became known; empty where the row is
     * gone.
     */
    public Map<String, Fact> facts() {
        return Collections.unmodifiableMap(facts);
    }

    /** Columns that the row has and whose values nothing says. */
    public SequencedSet<String> unknownColumns() {
        return Collections.unmodifiableSequencedSet(unknownColumns);
    }

    /**
     * Returns the key that the row went on under, if it is gone from this one by a change of its
     * key.
     */
    public @Nullable EntityKey movedTo() {
        return movedTo;
    }

    /**
     * Returns the table that the row went on in, if it is gone from this one by a renaming of the
     * table.
     */
    public @Nullable TableName movedToTable() {
        return movedToTable;
    }

    /** Returns whether a row may be there. */
    boolean mayExist() {
        return presence == Presence.EXISTS || presence == Presence.UNKNOWN;
    }

    /** Returns the latest entry, or null if there was none. */
    public @Nullable AuditEntry last() {
        return last;
    }

    /** Returns how many rows are under the key beside the one that is described. */
    int others() {
        return others;
    }

    /**
     * Returns the state that an entry of a later transaction finds: no key is shared beyond a
     * commit.
     */
    RowState seenBy(AuditEntry next) {
        return others > 0 && last != null && last.committedAt().isBefore(next.committedAt())
                ? new RowState(presence, facts, unknownColumns, movedTo, movedToTable, last, 0)
                : this;
    }

    /**
     * Returns what may be said of the row that an entry means: nothing where several are under the
     * key.
     */
    RowState certain() {
        return others > 0 ? UNKNOWN_ROW : this;
    }

    /** One of several rows left the key, and nothing says which. */
    RowState oneLeft(AuditEntry leaver) {
        SequencedSet<String> columns = new LinkedHashSet<>(facts.keySet());
        columns.addAll(unknownColumns);
        return existing(new LinkedHashMap<>(), columns, leaver, others - 1);
    }

    /** Returns the state after another row than the one that is described left the key. */
    RowState anotherLeft(AuditEntry leaver) {
        return existing(facts, unknownColumns, leaver, others - 1);
    }
}
