package dev.daybook.domain.history;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
                    false);

    /** A row that is there, of which nothing else is known. */
    static final RowState UNKNOWN_ROW =
            new RowState(
                    Presence.EXISTS,
                    new LinkedHashMap<>(),
                    new LinkedHashSet<>(),
                    null,
                    null,
                    false);

    private final Presence presence;
    private final SequencedMap<String, Fact> facts;
    private final SequencedSet<String> unknownColumns;
    private final @Nullable EntityKey movedTo;
    private final @Nullable AuditEntry last;
    private final boolean shared;

    private RowState(
            Presence presence,
            SequencedMap<String, Fact> facts,
            SequencedSet<String> unknownColumns,
            @Nullable EntityKey movedTo,
            @Nullable AuditEntry last,
            boolean shared) {
        this.presence = presence;
        this.facts = facts;
        this.unknownColumns = unknownColumns;
        this.movedTo = movedTo;
        this.last = last;
        this.shared = shared;
    }

    static RowState existing(
            SequencedMap<String, Fact> facts,
            SequencedSet<String> unknownColumns,
            AuditEntry last,
            boolean shared) {
        return new RowState(Presence.EXISTS, facts, unknownColumns, null, last, shared);
    }

    static RowState gone(AuditEntry last, @Nullable EntityKey movedTo) {
        return new RowState(
                Presence.DELETED,
                new LinkedHashMap<>(),
                new LinkedHashSet<>(),
                movedTo,
                last,
                false);
    }

    public Presence presence() {
        return presence;
    }

    /** The known columns, in the order in which they became known; empty unless the row exists. */
    public Map<String, Fact> facts() {
        return Collections.unmodifiableMap(facts);
    }

    /** Columns that the row has and whose values nothing says. */
    public SequencedSet<String> unknownColumns() {
        return Collections.unmodifiableSequencedSet(unknownColumns);
    }

    /** The key that the row went on under, if it is gone from this one by a change of its key. */
    public @Nullable EntityKey movedTo() {
        return movedTo;
    }

    /** The latest entry, or null if there was none. */
    public @Nullable AuditEntry last() {
        return last;
    }

    /** Whether two rows are under the key at this place. */
    boolean shared() {
        return shared;
    }

    /** The state that an entry of a later transaction finds: no key is shared beyond a commit. */
    RowState seenBy(AuditEntry next) {
        return shared && last != null && last.committedAt().isBefore(next.committedAt())
                ? new RowState(presence, facts, unknownColumns, movedTo, last, false)
                : this;
    }

    /** What may be said of the row that an entry means: nothing where two are under the key. */
    RowState certain() {
        return shared ? UNKNOWN_ROW : this;
    }

    /** One of two rows is left, and nothing says which. */
    RowState oneOfTwoLeft(AuditEntry leaver) {
        SequencedSet<String> columns = new LinkedHashSet<>(facts.keySet());
        columns.addAll(unknownColumns);
        return existing(new LinkedHashMap<>(), columns, leaver, false);
    }

    /** The newcomer of two rows is left. */
    RowState newcomerLeft(AuditEntry leaver) {
        return existing(facts, unknownColumns, leaver, false);
    }
}
