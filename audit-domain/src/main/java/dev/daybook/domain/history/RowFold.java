package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.history.EntryView.BeforeOrigin;
import dev.daybook.domain.history.FieldChange.FromOrigin;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Folds the entries under one key, oldest first, into what each of them did and what was there
 * after it.
 *
 * <p>The rules:
 *
 * <ul>
 *   <li>A column that nothing says anything about is unknown, which is not NULL.
 *   <li>An old value is taken from the entry's own before-image, else from the state that the
 *       earlier entries left, unless a gap lies between.
 *   <li>A column that an update left out keeps its earlier value; one that a snapshot left out does
 *       not, because a snapshot is taken where changes may have been missed.
 *   <li>What happens to the table ends what is known as far as it may be other now: see {@link
 *       ChangedTable}. A row goes on through a renaming of its table.
 *   <li>An update that changed the key ends the row under its old key and begins it under the new
 *       one, with the old key's state before it.
 * </ul>
 */
final class RowFold {

    private final EntityKey key;
    private final List<Gap> gaps;
    private final Origins origins;
    private RowState state;

    /**
     * @param key the key under which the entries are folded
     * @param base what was there before the first of them
     * @param gaps where changes of the table are missing
     * @param origins where rows that come from another key are looked up
     */
    RowFold(EntityKey key, RowState base, List<Gap> gaps, Origins origins) {
        this.key = key;
        this.state = base;
        this.gaps = gaps;
        this.origins = origins;
    }

    /** Where a row was just before an entry that took it from there. */
    interface Origins {
        /** Returns what was under another key. */
        RowState before(EntityKey oldKey, AuditEntry entry);

        /** Returns what was under the same key in a table that was renamed. */
        RowState before(TableName formerName, AuditEntry entry);
    }

    /** Returns what is there after the entries so far. */
    RowState state() {
        return state;
    }

    /** Takes the next entry; null if it is of the whole table, and found no row under this key. */
    @Nullable EntryView apply(AuditEntry entry) {
        RowState slot = behind(gaps, state, entry).seenBy(entry);
        if (entry.operation() == Operation.TABLE_CHANGE) {
            return apply(entry, ChangedTable.of(entry), slot);
        }
        if (entry.operation() == Operation.TRUNCATE && !slot.mayExist()) {
            state = slot;
            return null;
        }
        boolean leaves = key.equals(entry.oldEntityKey());
        boolean arrives = entry.oldEntityKey() != null && !leaves;
        RowState row =
                arrives && entry.oldEntityKey() != null
                        ? origins.before(entry.oldEntityKey(), entry).seenBy(entry).certain()
                        : slot.certain();
        state = next(slot, row, entry, leaves, arrives);
        return view(entry, row);
    }

    /**
     * Returns what is known of a row before an entry, where gaps lie between. What was known before
     * a gap is no old value behind it; but to what is read again it is held, which shows what was
     * missed.
     */
    static RowState behind(List<Gap> gaps, RowState state, AuditEntry entry) {
        return entry.operation() == Operation.SNAPSHOT
                ? state
                : state.within(gaps, entry.committedAt());
    }

    private @Nullable EntryView apply(AuditEntry entry, ChangedTable change, RowState slot) {
        RowState row = change.from() == null ? slot : origins.before(change.from(), entry);
        state = row.after(change, entry);
        boolean concerns = row.mayExist() && change.effect() != ChangedTable.Effect.NONE;
        return concerns ? view(entry, row) : null;
    }

    private static RowState next(
            RowState slot, RowState row, AuditEntry entry, boolean leaves, boolean arrives) {
        if (entry.operation() == Operation.TRUNCATE) {
            return RowState.gone(entry, null);
        }
        if (leaves || entry.operation() == Operation.DELETE) {
            if (slot.others() > 0) {
                return contradicts(entry.before(), slot)
                        ? slot.anotherLeft(entry)
                        : slot.oneLeft(entry);
            }
            return RowState.gone(entry, leaves ? entry.entityKey() : null);
        }
        SequencedMap<String, Fact> facts = new LinkedHashMap<>();
        if (entry.after() != null) {
            entry.after()
                    .tokens()
                    .forEach((c, token) -> facts.put(c, Fact.of(token, entry, Fact.Origin.RECORD)));
        }
        SequencedSet<String> unknown = new LinkedHashSet<>();
        for (String column : entry.unknownColumns()) {
            Fact fact = leftOut(column, entry, row);
            if (fact == null) {
                unknown.add(column);
            } else {
                facts.putIfAbsent(column, fact);
            }
        }
        boolean newcomer = arrives || entry.operation() == Operation.INSERT;
        int others = slot.others() + (newcomer && slot.presence() == Presence.EXISTS ? 1 : 0);
        return RowState.existing(facts, unknown, entry, others);
    }

    /** Returns whether the old row that left cannot be the one that the state describes. */
    private static boolean contradicts(@Nullable RowImage old, RowState described) {
        if (old == null) {
            return false;
        }
        for (Map.Entry<String, String> column : old.tokens().entrySet()) {
            Fact fact = described.facts().get(column.getKey());
            if (fact != null && !Tokens.same(fact.token(), column.getValue())) {
                return true;
            }
        }
        return false;
    }

    /** Returns what is known of a column that the record left out. */
    private static @Nullable Fact leftOut(String column, AuditEntry entry, RowState row) {
        if (entry.operation() != Operation.UPDATE) {
            return null;
        }
        String old = entry.before() == null ? null : entry.before().token(column);
        if (old != null) {
            return Fact.of(old, entry, Fact.Origin.BEFORE_IMAGE);
        }
        Fact fact = row.facts().get(column);
        return fact == null ? null : fact.carried();
    }

    /**
     * Returns an entry as its row's earlier state completes it.
     *
     * @param row what was known of the row just before, under the key that it then had
     */
    static EntryView view(AuditEntry entry, RowState row) {
        return switch (entry.operation()) {
            case INSERT -> inserted(entry);
            case SNAPSHOT -> snapshot(entry, row);
            case UPDATE -> updated(entry, row);
            case DELETE, TRUNCATE -> removed(entry, row);
            case TABLE_CHANGE -> ofTable(entry, row);
        };
    }

    /** Returns a change of the table changes no value of a row that stays. */
    private static EntryView ofTable(AuditEntry entry, RowState row) {
        ChangedTable change = ChangedTable.of(entry);
        return change.effect() == ChangedTable.Effect.ROWS_END && change.to() == null
                ? removed(entry, row)
                : new EntryView(null, null, List.of(), null, List.of(), List.of());
    }

    private static EntryView inserted(AuditEntry entry) {
        List<FieldChange> changes = new ArrayList<>();
        if (entry.after() != null) {
            entry.after()
                    .tokens()
                    .forEach(
                            (column, token) ->
                                    changes.add(
                                            new FieldChange(
                                                    column, null, token, FromOrigin.ABSENT)));
        }
        return new EntryView(null, null, List.of(), entry.after(), List.of(), changes);
    }

    /**
     * Returns what a snapshot says: it is no change, but where it differs from what was known, one
     * was missed.
     */
    private static EntryView snapshot(AuditEntry entry, RowState row) {
        List<FieldChange> changes = new ArrayList<>();
        if (entry.after() != null) {
            entry.after()
                    .tokens()
                    .forEach(
                            (column, token) -> {
                                Fact fact = row.facts().get(column);
                                if (fact != null && !Tokens.same(fact.token(), token)) {
                                    changes.add(
                                            new FieldChange(
                                                    column,
                                                    fact.token(),
                                                    token,
                                                    FromOrigin.PREVIOUS_ENTRY));
                                }
                            });
        }
        return new EntryView(null, null, List.of(), entry.after(), List.of(), changes);
    }

    private static EntryView updated(AuditEntry entry, RowState row) {
        RowImage image = entry.before() == null ? RowImage.empty() : entry.before();
        RowImage captured = entry.after() == null ? RowImage.empty() : entry.after();

        // The columns that the row has at this entry, in their order.
        SequencedSet<String> columns = new LinkedHashSet<>(captured.columns());
        columns.addAll(entry.unknownColumns());
        columns.addAll(image.columns());

        Map<String, String> before = new LinkedHashMap<>();
        Map<String, String> after = new LinkedHashMap<>(captured.tokens());
        List<String> completedBefore = new ArrayList<>();
        List<String> completedAfter = new ArrayList<>();
        List<FieldChange> changes = new ArrayList<>();
        for (String column : columns) {
            String from = image.token(column);
            FromOrigin origin = FromOrigin.BEFORE_IMAGE;
            if (from == null) {
                Fact fact = row.facts().get(column);
                from = fact == null ? null : fact.token();
                origin = from == null ? FromOrigin.UNKNOWN : FromOrigin.PREVIOUS_ENTRY;
            }
            if (from != null) {
                before.put(column, from);
                if (origin == FromOrigin.PREVIOUS_ENTRY) {
                    completedBefore.add(column);
                }
            }
            String to = captured.token(column);
            if (to != null) {
                if (from == null || !Tokens.same(from, to)) {
                    changes.add(new FieldChange(column, from, to, origin));
                }
            } else if (from != null && entry.unknownColumns().contains(column)) {
                after.put(column, from);
                completedAfter.add(column);
            }
        }
        return new EntryView(
                imageOrNull(before),
                origin(before.size(), completedBefore.size()),
                completedBefore,
                entry.after() == null && after.isEmpty() ? null : RowImage.of(after),
                completedAfter,
                changes);
    }

    private static EntryView removed(AuditEntry entry, RowState row) {
        Map<String, String> before = new LinkedHashMap<>();
        List<String> completed = new ArrayList<>();
        List<FieldChange> changes = new ArrayList<>();
        if (entry.before() != null) {
            entry.before()
                    .tokens()
                    .forEach(
                            (column, token) -> {
                                before.put(column, token);
                                changes.add(
                                        new FieldChange(
                                                column, token, null, FromOrigin.BEFORE_IMAGE));
                            });
        }
        row.facts()
                .forEach(
                        (column, fact) -> {
                            if (before.putIfAbsent(column, fact.token()) == null) {
                                completed.add(column);
                                changes.add(
                                        new FieldChange(
                                                column,
                                                fact.token(),
                                                null,
                                                FromOrigin.PREVIOUS_ENTRY));
                            }
                        });
        return new EntryView(
                imageOrNull(before),
                origin(before.size(), completed.size()),
                completed,
                null,
                List.of(),
                changes);
    }

    private static @Nullable RowImage imageOrNull(Map<String, String> tokens) {
        return tokens.isEmpty() ? null : RowImage.of(tokens);
    }

    private static @Nullable BeforeOrigin origin(int all, int completed) {
        if (all == 0) {
            return null;
        }
        return completed == 0
                ? BeforeOrigin.BEFORE_IMAGE
                : completed == all ? BeforeOrigin.PREVIOUS_ENTRY : BeforeOrigin.MIXED;
    }
}
