package dev.daybook.pack;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Asks for the rows that a pack shows; all answers are of one moment. */
interface Rows {

    /** Names a row: an entry by its id, or a context by its source and transaction. */
    record Ref(
            long place,
            Instant committedAt,
            @Nullable UUID entry,
            @Nullable String source,
            long transactionId) {}

    /**
     * The entries about a subject.
     *
     * @param unplaced how many were stored by a sink that did not seal
     */
    record Found(List<Ref> refs, long unplaced) {}

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
    Found find(PackRequest request, int most) throws SQLException, PackProblem;

    /** Finds the contexts of the transactions of entries. */
    List<Ref> contexts(List<Ref> entries) throws SQLException;

    /** Returns rows by their places. */
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
}
