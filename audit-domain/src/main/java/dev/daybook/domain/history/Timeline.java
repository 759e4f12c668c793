package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Rows in time: their history, their state at an instant, and what earlier entries add to an entry.
 *
 * <p>Nothing is stored for this: a state is folded from the row's entries. How many are read is
 * bounded. To learn what was there before an entry, its row's earlier entries are read, newest
 * first, until one carries the whole row or all columns that later ones left out are found; where
 * captures carry whole rows that is one entry. At most {@link #LONGEST_WALK} are read; what is not
 * found among them is unknown. A row that came from another key is followed there, over at most
 * {@link #MOST_MOVES} keys.
 */
public final class Timeline {

    /** How many earlier entries are read, at most, to learn one state. */
    public static final int LONGEST_WALK = 10_000;

    /** How many changes of a row's key are followed back, at most, to learn one state. */
    public static final int MOST_MOVES = 16;

    /** How many entries a page of history reads, at most, to find those that are asked for. */
    public static final int LONGEST_SCAN = 5_000;

    /**
     * How many entries a page of a search reads, at most. Each stands in another place of the
     * database's files, and may have to be read from the disk.
     */
    public static final int LONGEST_SEARCH = 2_500;

    /** How many entries are counted one by one, at most. */
    public static final int MOST_COUNTED = 10_000;

    /** How many entries are counted over all spans of time, at most. */
    private static final int COUNTED_OF_VOLUME = 100_000;

    /** How many entries are held at once to be counted. */
    private static final int COUNTING_STEP = 250;

    /** One entry that carries the whole row, and one more to see that it stood alone. */
    private static final int FIRST_STEP = 2;

    private static final int LARGEST_STEP = 1_000;

    private final AuditTrail trail;

    public Timeline(AuditTrail trail) {
        this.trail = trail;
    }

    /**
     * Returns a page of a row's history, newest first.
     *
     * @param olderThan where the page before it ended, or null for the first page
     * @param limit how many entries at most
     */
    public HistoryPage history(
            RowRef row, HistoryQuery query, @Nullable EntryPosition olderThan, int limit) {
        EntryPosition end = query.to() == null ? null : EntryPosition.beforeAllAt(query.to());
        EntryPosition place =
                olderThan == null || end != null && end.isBefore(olderThan) ? end : olderThan;
        List<RecordedView> found = new ArrayList<>();
        RowRef named = place == null ? row : namedAt(row, place);
        int scanned = 0;
        while (true) {
            int wanted = limit - found.size() + 1;
            int step = query.selective() ? Math.clamp(wanted * 4L, 100, LARGEST_STEP) : wanted;
            List<RecordedEntry> part = trail.ofRow(named, place, step);
            boolean exhausted = part.size() < step;
            RowRef former = null;
            for (int i = 0; i < part.size() && former == null; i++) {
                former = formerly(named, part.get(i).entry());
                if (former != null) {
                    part = part.subList(0, i + 1);
                    exhausted = false;
                }
            }
            List<@Nullable EntryView> views = views(named, part, exhausted);
            for (int i = 0; i < part.size(); i++) {
                RecordedEntry recorded = part.get(i);
                if (query.from() != null && recorded.entry().committedAt().isBefore(query.from())) {
                    return new HistoryPage(found, null);
                }
                if (found.size() == limit) {
                    return new HistoryPage(found, place);
                }
                place = recorded.position();
                EntryView view = views.get(i);
                if (view != null) {
                    RecordedView candidate = new RecordedView(recorded, view);
                    if (query.matches(candidate)) {
                        found.add(candidate);
                    }
                }
            }
            scanned += part.size();
            if (exhausted) {
                return new HistoryPage(found, null);
            }
            named = former == null ? named : former;
            if (scanned >= LONGEST_SCAN) {
                return new HistoryPage(found, place);
            }
        }
    }

    /**
     * Returns the row under the name that its table had before an entry that renamed it; else null.
     */
    private static @Nullable RowRef formerly(RowRef row, AuditEntry entry) {
        if (entry.operation() != Operation.TABLE_CHANGE) {
            return null;
        }
        TableName from = ChangedTable.of(entry).from();
        return from == null ? null : row.inTable(from);
    }

    /** Returns the row under the name that its table had just before a place in its history. */
    private RowRef namedAt(RowRef row, EntryPosition place) {
        RowRef named = row;
        EntryPosition older = null;
        for (int renamings = 0; renamings < MOST_MOVES; ) {
            List<RecordedEntry> changes =
                    trail.ofTable(named.source(), named.table(), older, LARGEST_STEP);
            RowRef former = null;
            for (RecordedEntry change : changes) {
                if (change.position().isBefore(place)) {
                    return named;
                }
                older = change.position();
                former = formerly(named, change.entry());
                if (former != null) {
                    named = former;
                    renamings++;
                    break;
                }
            }
            if (former == null && changes.size() < LARGEST_STEP) {
                return named;
            }
        }
        return named;
    }

    /**
     * Returns a page of what happened to a table as a whole, newest first.
     *
     * @param olderThan where the page before it ended, or null for the first page
     */
    public HistoryPage ofTable(
            String source, TableName table, @Nullable EntryPosition olderThan, int limit) {
        List<RecordedEntry> found = trail.ofTable(source, table, olderThan, limit + 1);
        boolean more = found.size() > limit;
        List<RecordedView> views =
                found.stream()
                        .limit(limit)
                        .map(
                                recorded ->
                                        new RecordedView(
                                                recorded,
                                                RowFold.view(
                                                        recorded.entry(), RowState.NEVER_SEEN)))
                        .toList();
        return new HistoryPage(views, more ? views.getLast().recorded().position() : null);
    }

    /**
     * Returns the views of a row's consecutive entries, newest first; null where one is not of the
     * row.
     *
     * @param fromTheFirst whether nothing of the row comes before them
     */
    private List<@Nullable EntryView> views(
            RowRef row, List<RecordedEntry> newestFirst, boolean fromTheFirst) {
        List<@Nullable EntryView> views = new ArrayList<>(newestFirst.size());
        if (newestFirst.isEmpty()) {
            return views;
        }
        RowState base =
                fromTheFirst
                        ? RowState.NEVER_SEEN
                        : stateBefore(row, newestFirst.getLast().position(), 0);
        Instant since = base.knownSince();
        List<Gap> gaps =
                gapsBetween(
                        row.source(),
                        row.table(),
                        since == null ? newestFirst.getLast().entry().committedAt() : since,
                        newestFirst.getFirst().entry().committedAt());
        RowFold fold = new RowFold(row.key(), base, gaps, origins(row, 0));
        for (RecordedEntry recorded : newestFirst.reversed()) {
            views.add(fold.apply(recorded.entry()));
        }
        Collections.reverse(views);
        return views;
    }

    /**
     * Returns the row as it was at that instant: after everything that committed then or earlier.
     * What changes may have altered by then that a gap has swallowed is unknown, until the table
     * has been read again behind the gap or the row is seen again.
     */
    public RowState stateAt(RowRef row, Instant at) {
        RowState state = stateBefore(row, EntryPosition.afterAllAt(at), 0);
        Instant since = state.knownSince();
        return since == null
                ? state
                : state.within(trail.gapsBetween(row.source(), row.table(), since, at), at);
    }

    /**
     * Returns what is different between two instants, each after everything that committed then.
     */
    public RowDiff diff(RowRef row, Instant from, Instant to) {
        return RowDiff.between(stateAt(row, from), stateAt(row, to));
    }

    /**
     * Returns a page of a search across rows, newest first; each entry is completed from its own
     * row. What an index does not find is looked for among {@link #LONGEST_SEARCH} entries a page.
     */
    public SearchPage search(EntryQuery query, @Nullable Keyset olderThan, int limit) {
        Keyset downTo = query.selective() ? trail.reach(query, olderThan, LONGEST_SEARCH) : null;
        Keyset place = olderThan;
        List<RecordedView> found = new ArrayList<>();
        int completed = 0;
        while (true) {
            int wanted = limit - found.size() + 1;
            int step = query.fields().isAny() ? wanted : Math.clamp(wanted * 4L, 100, LARGEST_STEP);
            List<RecordedEntry> part = trail.search(query, place, downTo, step);
            for (RecordedView candidate : complete(part)) {
                if (found.size() == limit) {
                    return new SearchPage(found, place);
                }
                AuditEntry entry = candidate.recorded().entry();
                place = new Keyset(entry.committedAt(), entry.id());
                // What the search found may turn out, with the old value known, to be no change.
                if (query.touches(candidate)) {
                    found.add(candidate);
                }
            }
            completed += part.size();
            if (part.size() < step) {
                return new SearchPage(found, downTo);
            }
            if (completed >= LONGEST_SEARCH) {
                return new SearchPage(found, place);
            }
        }
    }

    /**
     * Counts what a search finds, newest first. Which columns an entry changed is known only when
     * it is completed from earlier ones, so {@link #LONGEST_SCAN} are read at most where that
     * matters, and else {@link #MOST_COUNTED}.
     */
    public EntryCounts count(EntryQuery query, Set<Facet> facets) {
        if (query.fields().isAny() && !facets.contains(Facet.FIELD)) {
            return trail.count(query, facets, MOST_COUNTED);
        }
        return folded(query, facets, LONGEST_SCAN).counts();
    }

    /** Counts of completed entries, and how many were completed for them. */
    private record Folded(EntryCounts counts, int read) {}

    private Folded folded(EntryQuery query, Set<Facet> facets, int most) {
        Keyset downTo = query.selective() ? trail.reach(query, null, most) : null;
        Tally tally = new Tally(facets);
        Keyset place = null;
        int read = 0;
        while (true) {
            List<RecordedEntry> part = trail.search(query, place, downTo, COUNTING_STEP);
            for (RecordedView candidate : complete(part)) {
                AuditEntry entry = candidate.recorded().entry();
                place = new Keyset(entry.committedAt(), entry.id());
                if (query.touches(candidate)) {
                    tally.add(candidate);
                }
            }
            read += part.size();
            if (part.size() < COUNTING_STEP) {
                return new Folded(
                        tally.counts(downTo == null, downTo == null ? null : downTo.at()), read);
            }
            if (read >= most) {
                return new Folded(tally.counts(false, place == null ? null : place.at()), read);
            }
        }
    }

    /**
     * Counts what a search finds by spans of time of one length, the oldest first. Of a span with
     * many entries its newest are counted, and the whole reckoned from them. Where columns are
     * asked for, {@link #LONGEST_SCAN} entries are read for all spans together, and spans before
     * them are left out.
     */
    public List<Volume> volume(EntryQuery query, Instant from, Instant to, Duration step) {
        List<Volume> volumes = new ArrayList<>();
        long spans = Math.max(1, Duration.between(from, to).dividedBy(step) + 1);
        int most = (int) Math.clamp(COUNTED_OF_VOLUME / spans, 500, MOST_COUNTED);
        int left = LONGEST_SCAN;
        Instant end = to;
        // The newest first, as they are counted.
        while (end.isAfter(from) && left > 0) {
            long whole = Duration.between(from, end).minusNanos(1).dividedBy(step);
            Instant begin = from.plus(step.multipliedBy(whole));
            EntryQuery span = query.but().from(begin).to(end).build();
            EntryCounts counts;
            if (query.fields().isAny()) {
                counts = trail.count(span, Set.of(Facet.TABLE), most);
            } else {
                Folded folded = folded(span, Set.of(Facet.TABLE), left);
                counts = folded.counts();
                left = counts.complete() ? left - Math.max(25, folded.read()) : 0;
            }
            volumes.add(volume(begin, end, counts));
            end = begin;
        }
        return volumes.reversed();
    }

    private static Volume volume(Instant begin, Instant end, EntryCounts counts) {
        double part =
                counts.backTo() == null
                        ? 1
                        : Math.min(
                                1,
                                (double)
                                                Math.max(
                                                        1,
                                                        Duration.between(counts.backTo(), end)
                                                                .toMillis())
                                        / Math.max(1, Duration.between(begin, end).toMillis()));
        return new Volume(
                begin,
                end,
                Math.round(counts.entries() / part),
                Math.round(counts.unattributed() / part),
                counts.lag(),
                counts.facets().getOrDefault(Facet.TABLE, List.of()).stream()
                        .map(c -> new ValueCount(c.value(), Math.round(c.entries() / part)))
                        .toList(),
                !counts.complete());
    }

    /** Returns a page of the rejected records, newest first, under the same bound. */
    public RejectedPage rejected(RejectedQuery query, @Nullable Keyset olderThan, int limit) {
        Keyset downTo =
                query.selective() ? trail.reachRejected(query, olderThan, LONGEST_SEARCH) : null;
        List<RejectedRecord> found = trail.rejected(query, olderThan, downTo, limit + 1);
        if (found.size() <= limit) {
            return new RejectedPage(found, downTo);
        }
        RejectedRecord last = found.get(limit - 1);
        return new RejectedPage(found.subList(0, limit), new Keyset(last.rejectedAt(), last.id()));
    }

    /** Completes entries of any rows from their rows' earlier entries; the order stays. */
    public List<RecordedView> complete(List<RecordedEntry> entries) {
        List<RowPlace> places = new ArrayList<>();
        for (RecordedEntry recorded : entries) {
            RowRef row = rowBefore(recorded.entry());
            if (row != null) {
                places.add(new RowPlace(row, recorded.position()));
            }
        }
        List<RowState> states = statesBefore(places);
        Gaps gaps = new Gaps(states, entries);
        Iterator<RowState> before = states.iterator();
        List<RecordedView> views = new ArrayList<>(entries.size());
        for (RecordedEntry recorded : entries) {
            AuditEntry entry = recorded.entry();
            RowRef row = rowBefore(entry);
            RowState state =
                    row == null
                            ? RowState.NEVER_SEEN
                            : RowFold.behind(gaps.of(entry), before.next(), entry)
                                    .seenBy(entry)
                                    .certain();
            views.add(new RecordedView(recorded, RowFold.view(entry, state)));
        }
        return views;
    }

    /** The gaps of the tables of some entries, each table's looked up once. */
    private final class Gaps {

        private final Map<String, List<Gap>> found = new HashMap<>();
        private @Nullable Instant since;
        private @Nullable Instant until;

        /** Of what may lie between what is known of the rows and the entries. */
        Gaps(List<RowState> states, List<RecordedEntry> entries) {
            for (RowState state : states) {
                Instant known = state.knownSince();
                since = known != null && (since == null || known.isBefore(since)) ? known : since;
            }
            for (RecordedEntry recorded : entries) {
                Instant at = recorded.entry().committedAt();
                until = until == null || at.isAfter(until) ? at : until;
            }
        }

        List<Gap> of(AuditEntry entry) {
            Instant after = since;
            Instant before = until;
            return after == null || before == null
                    ? List.of()
                    : found.computeIfAbsent(
                            entry.source() + " " + entry.table(),
                            any -> gapsBetween(entry.source(), entry.table(), after, before));
        }
    }

    /** Returns where changes of a table are missing; most logs have no gap at all. */
    private List<Gap> gapsBetween(String source, TableName table, Instant after, Instant until) {
        return after.isBefore(until) && trail.hasGaps()
                ? trail.gapsBetween(source, table, after, until)
                : List.of();
    }

    /**
     * The state of a row that is known already.
     *
     * @param place the entry before which it was so
     */
    private record Known(EntryPosition place, RowState state) {}

    /**
     * Returns the state of each row before its place. The places of a row are taken from the oldest
     * on, and each way back ends at the one before: a row that changed thousands of times in one
     * transaction is not walked through from each of them.
     */
    private List<RowState> statesBefore(List<RowPlace> places) {
        if (places.isEmpty()) {
            return List.of();
        }
        List<List<AuditEntry>> first = trail.earlier(places, FIRST_STEP);
        List<RowState> states =
                new ArrayList<>(Collections.nCopies(places.size(), RowState.NEVER_SEEN));
        Map<RowRef, Known> known = new HashMap<>();
        IntStream.range(0, places.size())
                .boxed()
                .sorted(Comparator.comparing(i -> places.get(i).olderThan()))
                .forEach(
                        i -> {
                            RowPlace place = places.get(i);
                            RowState state =
                                    stateBefore(
                                            place.row(),
                                            place.olderThan(),
                                            0,
                                            first.get(i),
                                            known.get(place.row()));
                            states.set(i, state);
                            known.put(place.row(), new Known(place.olderThan(), state));
                        });
        return states;
    }

    /**
     * Returns the row that an entry is of, as it was before; null if earlier entries add nothing.
     */
    private static @Nullable RowRef rowBefore(AuditEntry entry) {
        EntityKey key = entry.oldEntityKey() != null ? entry.oldEntityKey() : entry.entityKey();
        return key == null || !needsEarlier(entry)
                ? null
                : new RowRef(entry.source(), entry.table(), key);
    }

    /** Returns whether earlier entries may know of the old row what the entry does not. */
    private static boolean needsEarlier(AuditEntry entry) {
        return switch (entry.operation()) {
            case INSERT, TRUNCATE, TABLE_CHANGE -> false;
            case SNAPSHOT, DELETE -> true;
            case UPDATE -> {
                if (entry.before() == null || entry.after() == null) {
                    yield true;
                }
                Set<String> known = entry.before().columns();
                yield !known.containsAll(entry.after().columns())
                        || !known.containsAll(entry.unknownColumns());
            }
        };
    }

    private RowFold.Origins origins(RowRef row, int moves) {
        return new RowFold.Origins() {
            @Override
            public RowState before(EntityKey oldKey, AuditEntry entry) {
                return before(row.withKey(oldKey), entry);
            }

            @Override
            public RowState before(TableName formerName, AuditEntry entry) {
                return before(row.inTable(formerName), entry);
            }

            private RowState before(RowRef origin, AuditEntry entry) {
                return moves == MOST_MOVES
                        ? RowState.UNKNOWN_ROW
                        : stateBefore(origin, EntryPosition.of(entry), moves + 1);
            }
        };
    }

    private RowState stateBefore(RowRef row, EntryPosition place, int moves) {
        return stateBefore(row, place, moves, trail.earlier(row, place, FIRST_STEP), null);
    }

    /**
     * @param first the first step of the way back, which is taken already
     * @param known where the way back may end, or null
     */
    private RowState stateBefore(
            RowRef row,
            EntryPosition place,
            int moves,
            List<AuditEntry> first,
            @Nullable Known known) {
        RowState beginning = RowState.NEVER_SEEN;
        Walk walk = new Walk(row.key(), place);
        List<AuditEntry> part = first;
        int step = FIRST_STEP;
        boolean more = true;
        while (more) {
            for (AuditEntry entry : part) {
                if (known != null && EntryPosition.of(entry).equals(known.place())) {
                    walk.entries.add(entry);
                    beginning = known.state();
                    more = false;
                    break;
                }
                if (!walk.goOnTo(entry)) {
                    more = false;
                    break;
                }
            }
            more &= part.size() == step && walk.entries.size() < LONGEST_WALK;
            if (more) {
                step = Math.min(step * 4, LARGEST_STEP);
                part = trail.earlier(row, EntryPosition.of(part.getLast()), step);
            }
        }
        // Of a value that is carried the time is known: who asks for the state looks for gaps
        // since.
        RowFold fold = new RowFold(row.key(), beginning, List.of(), origins(row, moves));
        for (AuditEntry entry : walk.entries.reversed()) {
            fold.apply(entry);
        }
        return fold.state();
    }

    /**
     * The way back from a place, until enough is known.
     *
     * <p>It goes by whole transactions: within one, the key can be taken by one row before another
     * has left it, and what was there before the transaction then matters.
     */
    private static final class Walk {

        private final EntityKey key;
        private final EntryPosition place;
        private final List<AuditEntry> entries = new ArrayList<>();

        /** Columns that newer entries left out; null until there was one that says. */
        private @Nullable Set<String> open;

        /** Whether the transaction that is being read settles what was there. */
        private boolean settled;

        /** Whether a row came to the key in the transaction that is being read, or left it. */
        private boolean came;

        private boolean left;

        /** Whether there was an entry of the row itself. */
        private boolean ofRow;

        Walk(EntityKey key, EntryPosition place) {
            this.key = key;
            this.place = place;
        }

        /** Takes the next older entry; false if it is not needed any more. */
        boolean goOnTo(AuditEntry entry) {
            if (!entries.isEmpty()
                    && entry.committedAt().isBefore(entries.getLast().committedAt())) {
                boolean exchanged = came && left;
                boolean amidst =
                        came
                                && place.sequence() != Long.MAX_VALUE
                                && entries.getLast().committedAt().equals(place.committedAt());
                if (settled && !exchanged && !amidst) {
                    return false;
                }
                came = false;
                left = false;
            }
            entries.add(entry);
            settled |= settles(entry);
            return true;
        }

        private boolean settles(AuditEntry entry) {
            boolean leaves = key.equals(entry.oldEntityKey());
            boolean arrives = entry.oldEntityKey() != null && !leaves;
            if (entry.operation() == Operation.TABLE_CHANGE) {
                return settles(ChangedTable.of(entry));
            }
            ofRow |= entry.operation() != Operation.TRUNCATE;
            left |= leaves || entry.operation() == Operation.DELETE;
            came |= arrives || entry.operation() == Operation.INSERT;
            return switch (entry.operation()) {
                // By itself a truncation does not say whether there ever was such a row.
                case TRUNCATE -> ofRow;
                case INSERT, SNAPSHOT, DELETE -> true;
                case UPDATE -> leaves || arrives || carriesTheRest(entry);
                case TABLE_CHANGE -> false;
            };
        }

        private boolean settles(ChangedTable change) {
            if (change.from() != null) {
                return true;
            }
            return switch (change.effect()) {
                case ROWS_END, UNKNOWN -> ofRow;
                case NONE, PRESENCE_UNKNOWN -> false;
                case VALUES_UNKNOWN -> open != null;
                case COLUMNS -> {
                    open = open == null ? null : change.formerNames(open);
                    yield open != null && open.isEmpty();
                }
            };
        }

        private boolean carriesTheRest(AuditEntry entry) {
            if (open == null) {
                open = new HashSet<>(entry.unknownColumns());
            } else {
                open.removeIf(column -> entry.after() != null && entry.after().knows(column));
            }
            if (entry.before() != null) {
                open.removeAll(entry.before().columns());
            }
            return open.isEmpty();
        }
    }
}
