package dev.daybook.domain.history;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.EntryCounts.Facet;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The log as somebody sees it who may see some tables: as if it held nothing of any other.
 *
 * <p>What is asked across rows is asked of these tables by name, so that no entry of another is
 * read, counted, or the place at which a page ends.
 */
public final class ConfinedTrail implements AuditTrail {

    /** How many entries are looked at to find actors, and tables without a key. */
    static final int NEWEST = 2_000;

    /** How many entries are looked at to find one of a source. */
    private static final int LOOKED_AT = 5_000;

    /** How many entries of a transaction are read at once to find those that are seen. */
    private static final int STEP = 1_000;

    /** How many entries are looked at first to find a transaction's neighbour. */
    private static final int FEW = 20;

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
    private static final UUID LAST_ID = new UUID(-1L, -1L);

    private final AuditTrail trail;
    private final TableScope scope;
    private final Supplier<List<TableName>> tables;
    private final Supplier<Set<String>> sources;

    /**
     * @param tables the tables that the log holds
     * @param sources the sources of those that are seen, as {@link #sourcesOf(Set)} returns them
     */
    public ConfinedTrail(
            AuditTrail trail,
            TableScope scope,
            Supplier<List<TableName>> tables,
            Supplier<Set<String>> sources) {
        this.trail = trail;
        this.scope = scope;
        this.tables = tables;
        this.sources = sources;
    }

    private Set<TableName> seen() {
        return covered(tables.get());
    }

    private Set<TableName> covered(Collection<TableName> some) {
        Set<TableName> covered = new LinkedHashSet<>(some);
        covered.removeIf(table -> !scope.covers(table));
        return covered;
    }

    /** Returns the query of the tables that are seen; null if it can find nothing. */
    private @Nullable EntryQuery confined(EntryQuery query) {
        Set<TableName> only = new LinkedHashSet<>();
        for (TableName table : query.tables().only().isEmpty() ? seen() : query.tables().only()) {
            if (scope.covers(table) && !query.tables().without().contains(table)) {
                only.add(table);
            }
        }
        return only.isEmpty() ? null : query.but().tables(Choice.only(only)).byTable(true).build();
    }

    @Override
    public List<String> sourcesOf(TableName table, EntityKey key) {
        return scope.covers(table) ? trail.sourcesOf(table, key) : List.of();
    }

    @Override
    public List<String> sourcesOf(TableName table) {
        return scope.covers(table) ? trail.sourcesOf(table) : List.of();
    }

    @Override
    public Set<String> sourcesOf(Set<TableName> asked) {
        return trail.sourcesOf(covered(asked));
    }

    @Override
    public List<RecordedEntry> ofTable(
            String source, TableName table, @Nullable EntryPosition olderThan, int limit) {
        return scope.covers(table) ? trail.ofTable(source, table, olderThan, limit) : List.of();
    }

    @Override
    public List<RecordedEntry> changesOf(String source, TableName table, int limit) {
        return scope.covers(table) ? trail.changesOf(source, table, limit) : List.of();
    }

    @Override
    public List<RecordedEntry> ofRow(RowRef row, @Nullable EntryPosition olderThan, int limit) {
        return scope.covers(row.table()) ? trail.ofRow(row, olderThan, limit) : List.of();
    }

    @Override
    public List<AuditEntry> earlier(RowRef row, EntryPosition olderThan, int limit) {
        return scope.covers(row.table()) ? trail.earlier(row, olderThan, limit) : List.of();
    }

    @Override
    public List<List<AuditEntry>> earlier(List<RowPlace> places, int each) {
        List<RowPlace> covered =
                places.stream().filter(place -> scope.covers(place.row().table())).toList();
        Iterator<List<AuditEntry>> found = trail.earlier(covered, each).iterator();
        return places.stream()
                .map(
                        place ->
                                scope.covers(place.row().table())
                                        ? found.next()
                                        : List.<AuditEntry>of())
                .toList();
    }

    @Override
    public List<RecordedEntry> search(
            EntryQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        EntryQuery confined = confined(query);
        return confined == null ? List.of() : trail.search(confined, olderThan, downTo, limit);
    }

    @Override
    public @Nullable Keyset reach(EntryQuery query, @Nullable Keyset olderThan, int entries) {
        EntryQuery confined = confined(query);
        return confined == null ? null : trail.reach(confined, olderThan, entries);
    }

    @Override
    public List<RecordedEntry> forward(
            Set<TableName> asked, Keyset newerThan, Instant until, int limit) {
        Set<TableName> only = asked.isEmpty() ? seen() : covered(asked);
        return only.isEmpty() ? List.of() : trail.forward(only, newerThan, until, limit);
    }

    @Override
    public EntryCounts count(EntryQuery query, Set<Facet> facets, int most) {
        EntryQuery confined = confined(query);
        return confined == null
                ? new Tally(facets).counts(true, null)
                : trail.count(confined, facets, most);
    }

    /** Of the newest entries: who else there is, other tables might tell. */
    @Override
    public List<ActorSeen> actors(@Nullable String from, int limit) {
        Map<String, ActorSeen> found = new TreeMap<>();
        for (RecordedEntry recorded : search(EntryQuery.ALL, null, null, NEWEST)) {
            AuditEntry entry = recorded.entry();
            String actor = recorded.attribution().actor();
            see(found, from, actor, entry.committedAt());
            // Behind the context's actor there may be another one, in the row.
            if (!Objects.equals(actor, entry.actor())) {
                see(found, from, entry.actor(), entry.committedAt());
            }
        }
        return found.values().stream().limit(limit).toList();
    }

    /** Adds a sight of an actor, older than those before. */
    private static void see(
            Map<String, ActorSeen> found,
            @Nullable String from,
            @Nullable String actor,
            Instant at) {
        if (actor != null && (from == null || actor.compareTo(from) >= 0)) {
            found.merge(
                    actor,
                    new ActorSeen(actor, at, at),
                    (newer, older) -> new ActorSeen(actor, older.first(), newer.last()));
        }
    }

    @Override
    public Neighbours neighbours(TransactionRef transaction) {
        Instant at = transaction.committedAt();
        EntryQuery before = new EntryQuery.Builder().to(at).build();
        Keyset after = new Keyset(at, LAST_ID);
        return new Neighbours(
                first(transaction, limit -> search(before, null, null, limit)),
                first(transaction, limit -> forward(Set.of(), after, LATEST, limit)));
    }

    /** Returns the first entry of a transaction of the same source, among the next entries. */
    private static @Nullable RecordedEntry first(
            TransactionRef transaction, IntFunction<List<RecordedEntry>> next) {
        List<RecordedEntry> near = next.apply(FEW);
        RecordedEntry found = first(transaction, near);
        return found != null || near.size() < FEW ? found : first(transaction, next.apply(STEP));
    }

    private static @Nullable RecordedEntry first(
            TransactionRef transaction, List<RecordedEntry> near) {
        for (RecordedEntry recorded : near) {
            if (recorded.entry().source().equals(transaction.source())
                    && recorded.entry().transactionId() != null) {
                return recorded;
            }
        }
        return null;
    }

    @Override
    public @Nullable RecordedEntry entry(UUID id) {
        RecordedEntry entry = trail.entry(id);
        return entry != null && scope.covers(entry.entry().table()) ? entry : null;
    }

    @Override
    public List<SourceTransaction> transactions(String source, long transactionId, int limit) {
        return trail.transactions(source, transactionId, limit).stream()
                .filter(found -> !ofTransaction(found.transaction(), null, 1).isEmpty())
                .toList();
    }

    @Override
    public List<RecordedEntry> ofTransaction(
            TransactionRef transaction, @Nullable EntryPosition newerThan, int limit) {
        List<RecordedEntry> found = new ArrayList<>();
        EntryPosition place = newerThan;
        List<RecordedEntry> part;
        do {
            part = trail.ofTransaction(transaction, place, STEP);
            for (RecordedEntry entry : part) {
                if (found.size() < limit && scope.covers(entry.entry().table())) {
                    found.add(entry);
                }
                place = entry.position();
            }
        } while (part.size() == STEP && found.size() < limit);
        return found;
    }

    /** What was rejected may be of any table: whoever sees some sees none of it. */
    @Override
    public List<RejectedRecord> rejected(
            RejectedQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        return List.of();
    }

    @Override
    public @Nullable Keyset reachRejected(
            RejectedQuery query, @Nullable Keyset olderThan, int records) {
        return null;
    }

    /** Without a source, that of the sources of the tables that are seen: another may lag. */
    @Override
    public @Nullable Instant completeUntil(@Nullable String source) {
        return source == null
                ? trail.completeUntilOfAll(sources.get())
                : has(source, false) ? trail.completeUntil(source) : null;
    }

    /**
     * Returns whether a source has entries of the tables that are seen.
     *
     * @param otherwise what is returned where more than the newest would have to be looked at
     */
    public boolean has(String source, boolean otherwise) {
        EntryQuery query = new EntryQuery.Builder().sources(Choice.of(source)).build();
        Keyset downTo = reach(query, null, LOOKED_AT);
        return !search(query, null, downTo, 1).isEmpty() || otherwise && downTo != null;
    }

    @Override
    public List<Gap> gaps() {
        Predicate<String> isSeen = seenSources();
        return trail.gaps().stream()
                .filter(gap -> gap.table() == null || covers(gap.table()))
                .filter(gap -> gap.source() == null || isSeen.test(gap.source()))
                .toList();
    }

    /** Asks again without the sources that are not seen, so that their gaps take no place. */
    @Override
    public List<Gap> gaps(GapQuery query, int limit) {
        Predicate<String> isSeen = seenSources();
        GapQuery asked = query.within(scope);
        while (true) {
            List<Gap> found = trail.gaps(asked, limit);
            Set<String> hidden =
                    found.stream()
                            .map(Gap::source)
                            .filter(Objects::nonNull)
                            .filter(isSeen.negate())
                            .collect(Collectors.toSet());
            if (hidden.isEmpty()) {
                return found.stream()
                        .filter(gap -> gap.table() == null || covers(gap.table()))
                        .toList();
            }
            asked = asked.without(hidden);
        }
    }

    /** Tells whether a source has entries of the tables that are seen, looking once for each. */
    private Predicate<String> seenSources() {
        Set<String> known = sources.get();
        Map<String, Boolean> found = new HashMap<>();
        return source ->
                known.contains(source) || found.computeIfAbsent(source, name -> has(name, true));
    }

    @Override
    public boolean hasGaps() {
        return trail.hasGaps();
    }

    @Override
    public List<Gap> gapsBetween(String source, TableName table, Instant after, Instant until) {
        return scope.covers(table) ? trail.gapsBetween(source, table, after, until) : List.of();
    }

    /** Returns whether a table is seen, of which a text names it; what names none may be of any. */
    boolean covers(String table) {
        try {
            return scope.covers(TableName.parse(table));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public Coverage coverage() {
        return ConfinedCoverage.of(this, trail);
    }
}
