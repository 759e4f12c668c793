package dev.daybook.domain.history;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.EntryCounts.Facet;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The audit log, to be read.
 *
 * <p>Every list is bounded by its caller. An infrastructure failure is an exception.
 */
public interface AuditTrail {

    /**
     * Returns the sources that hold entries of a row, under its key or as its former key; in order.
     */
    List<String> sourcesOf(TableName table, EntityKey key);

    /** Returns the sources that hold entries of the table as a whole; in order. */
    List<String> sourcesOf(TableName table);

    /**
     * Returns the sources that some tables are of: those that have defined, changed or emptied
     * them, and that of each table's newest entry.
     */
    Set<String> sourcesOf(Set<TableName> tables);

    /**
     * Returns what happened to a table as a whole, newest first: its changes and truncations.
     *
     * @param olderThan only entries strictly before this place; null for the newest
     */
    List<RecordedEntry> ofTable(
            String source, TableName table, @Nullable EntryPosition olderThan, int limit);

    /** Returns the changes of a table, newest first: {@link #ofTable} without its truncations. */
    List<RecordedEntry> changesOf(String source, TableName table, int limit);

    /**
     * Returns what can belong to a row's history, newest first: the entries under its key, those
     * that took the key away, and those of its table as a whole.
     *
     * @param olderThan only entries strictly before this place; null for the newest
     */
    List<RecordedEntry> ofRow(RowRef row, @Nullable EntryPosition olderThan, int limit);

    /** As {@link #ofRow}, without who and when recorded. */
    List<AuditEntry> earlier(RowRef row, EntryPosition olderThan, int limit);

    /**
     * Returns what {@link #earlier(RowRef, EntryPosition, int)} gives for each place, at one go.
     *
     * @param each how many entries for each place at most
     * @return a list for each place, in the order of the places
     */
    List<List<AuditEntry>> earlier(List<RowPlace> places, int each);

    /**
     * Entries across rows, newest commit first, and by id (which is by commit time too) within one.
     *
     * @param olderThan only entries strictly before this commit time and id; null for the newest
     * @param downTo only entries at this commit time and id or after it; null for all
     */
    List<RecordedEntry> search(
            EntryQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit);

    /**
     * Returns how far back a search comes by reading a number of entries: the place of the last of
     * those, newest first, that what is indexed of the query leaves. Null if there are not so many.
     */
    @Nullable Keyset reach(EntryQuery query, @Nullable Keyset olderThan, int entries);

    /**
     * Entries across rows, oldest commit first, and by id within one: the other way round than a
     * search, up to a commit time and including it.
     *
     * @param tables of these tables; all if empty
     * @param newerThan only entries strictly after this place
     */
    List<RecordedEntry> forward(Set<TableName> tables, Keyset newerThan, Instant until, int limit);

    /**
     * Counts what a search finds, newest first, reading a number of entries at most. Where columns
     * are asked for, what is counted may turn out not to have changed one; by columns nothing is
     * counted here: {@link Timeline#count} does both.
     */
    EntryCounts count(EntryQuery query, Set<Facet> facets, int most);

    /** Actors in order of their names, from a name on; not more than a limit. */
    List<ActorSeen> actors(@Nullable String from, int limit);

    /** Returns the transactions next to one; only those are looked for that are near. */
    Neighbours neighbours(TransactionRef transaction);

    /** The entry of that id, or null. */
    @Nullable RecordedEntry entry(UUID id);

    /**
     * Returns the transactions of that number, newest first: numbers wrap, so there may be several.
     */
    List<SourceTransaction> transactions(String source, long transactionId, int limit);

    /** Returns what a transaction did, in the order in which it did it. */
    List<RecordedEntry> ofTransaction(
            TransactionRef transaction, @Nullable EntryPosition newerThan, int limit);

    /**
     * Returns what could not be recorded, newest first.
     *
     * @param olderThan only records strictly before this place; null for the newest
     * @param downTo only records at this place or after it; null for all
     */
    List<RejectedRecord> rejected(
            RejectedQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit);

    /** Returns how far back a list comes by reading a number of rejected records, or null. */
    @Nullable Keyset reachRejected(RejectedQuery query, @Nullable Keyset olderThan, int records);

    /**
     * Everything that committed up to then is in the log, of one source, or, for null, of each.
     * Null if that is not known (of one of them).
     */
    @Nullable Instant completeUntil(@Nullable String source);

    /**
     * Everything that committed up to then is in the log, of each of some sources. Null if that is
     * not known of one of them, or there is none.
     */
    default @Nullable Instant completeUntilOfAll(Set<String> sources) {
        Instant earliest = null;
        for (String source : sources) {
            Instant until = completeUntil(source);
            if (until == null) {
                return null;
            }
            earliest = earliest == null || until.isBefore(earliest) ? until : earliest;
        }
        return earliest;
    }

    /** Returns where changes may be missing, the latest first; at most {@link Coverage#LISTED}. */
    List<Gap> gaps();

    /** Returns whether there are gaps, or were a second ago. */
    default boolean hasGaps() {
        return !gaps().isEmpty();
    }

    /**
     * Returns the gaps in which changes of a table are missing that were made after one moment and
     * before another, in any order.
     *
     * @see Gap#hides
     * @see Gap#isBetween
     */
    default List<Gap> gapsBetween(String source, TableName table, Instant after, Instant until) {
        return gaps().stream()
                .filter(gap -> gap.hides(source, table) && gap.isBetween(after, until))
                .toList();
    }

    /**
     * Returns some gaps, the open ones first, then the latest. Whether what they concern was read
     * again is not said.
     *
     * @param limit how many at most
     */
    default List<Gap> gaps(GapQuery query, int limit) {
        return gaps().stream()
                .filter(query::matches)
                .sorted(Comparator.comparing((Gap gap) -> gap.until() != null))
                .limit(limit)
                .toList();
    }

    /** Returns how complete the log is. */
    Coverage coverage();
}
