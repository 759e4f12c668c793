package dev.daybook.pack;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Asks for the rows that a pack shows; all answers are of one moment. */
interface Rows {

    /** The place of a row that has none: it was stored by a sink that did not seal. */
    long NO_PLACE = -1;

    /**
     * Names a row: an entry by its id, or a context by its source and transaction.
     *
     * @param seed the seed that the row was sealed with, if it is not its own
     */
    record Ref(
            long place,
            Instant committedAt,
            @Nullable UUID entry,
            @Nullable String source,
            long transactionId,
            byte @Nullable [] seed) {

        Ref(
                long place,
                Instant committedAt,
                @Nullable UUID entry,
                @Nullable String source,
                long transactionId) {
            this(place, committedAt, entry, source, transactionId, null);
        }

        /** Returns the row as it was sealed as found. */
        Ref at(long otherPlace, byte[] otherSeed) {
            return new Ref(otherPlace, committedAt, entry, source, transactionId, otherSeed);
        }
    }

    /** Rows in the order of their places. */
    interface Sequence extends AutoCloseable {

        /** Returns the next row; null if there is none. */
        @Nullable StoredRow next() throws SQLException;

        @Override
        void close() throws SQLException;
    }

    /**
     * Finds the entries about a subject.
     *
     * @param most the most entries that are found before it is given up
     */
    List<Ref> find(PackRequest request, int most) throws SQLException, PackProblem;

    /** Finds the contexts of the transactions of entries. */
    List<Ref> contexts(List<Ref> entries) throws SQLException;

    /** Returns rows by their places, which are those of the references. */
    Map<Long, StoredRow> rows(List<Ref> refs) throws SQLException;

    /**
     * Returns the contents of the segments of those places' offsets, all parts of each in order.
     */
    List<byte[]> segments(List<Long> places) throws SQLException;

    /**
     * Goes through all rows from a place on to another.
     *
     * @param fromMonth the least month of commit times, as months since 1970
     * @param toMonth the greatest month
     */
    Sequence all(long firstPlace, long lastPlace, long fromMonth, long toMonth) throws SQLException;

    /**
     * Goes through the rows of a table that have no place, in the order of their times.
     *
     * @param table 0 for entries, 1 for transactions, 2 for rejected records
     * @param from the least time, in microseconds since 1970
     * @param to the greatest
     */
    Sequence withoutPlace(int table, long from, long to) throws SQLException;
}
