package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;

import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gives each transaction the commit time that is handed on: in the order of the write-ahead log,
 * never twice the same, never earlier than a time up to which the log was said to be complete, and
 * behind the tables that were read before it.
 *
 * <p>It is the source's own time wherever that keeps the order. It does not where sessions commit
 * beside each other, for PostgreSQL takes the time before the record's place in the log; where the
 * server's clock was set back; and where the source is a subscriber, whose transactions carry the
 * time of their origin.
 *
 * <p>A transaction that is read again has to be given the same time, for its changes are known by
 * it. The time depends on the transaction before, whose time is kept with the position from which
 * reading goes on; and on the claim and the reading of tables, but only where these raise it, and
 * such a time is noted at the source before it is handed on.
 */
final class CommitClock {

    /** Notes a time that was raised, so that it is the same when it is read again. */
    interface Notes {
        void raised(long commitLsn, long micros) throws SQLException;
    }

    /**
     * How far a local transaction's time is before a table's reading where the server's clock was
     * set back in between. A transaction that took its time just before the table was held, and its
     * place in the log just behind, has nothing to do with the table, and keeps it.
     */
    private static final long SET_BACK_MICROS = 1_000_000;

    private final Notes notes;

    /** The times that were raised, and those at which tables were read, by their positions. */
    private final TreeMap<Long, Long> raised = new TreeMap<>(Long::compareUnsigned);

    /**
     * Of those the ones that are later than all before them, so that the latest before a position
     * is the last before it.
     */
    private final TreeMap<Long, Long> latest = new TreeMap<>(Long::compareUnsigned);

    private volatile long last = Long.MIN_VALUE;
    private long claimedLsn = Lsn.NONE;
    private long furthest = Lsn.NONE;
    private volatile long claimed = Long.MIN_VALUE;

    CommitClock(Notes notes) {
        this.notes = notes;
    }

    /**
     * Goes on from a position.
     *
     * @param time the time handed on last before it, in microseconds since 1970
     * @param noted what was noted of the transactions behind it
     */
    synchronized void startAt(long time, Map<Long, Long> noted) {
        last = time;
        noted.forEach(this::note);
    }

    /**
     * Returns the time of the transaction that is read next.
     *
     * @param commitLsn where its commit stands in the log
     * @param committedAt the source's own time, in microseconds since 1970
     */
    synchronized long next(long commitLsn, long committedAt) throws SQLException {
        long time = last == Long.MIN_VALUE ? committedAt : Math.max(committedAt, last + 1);
        Long noted = raised.get(commitLsn);
        if (noted != null) {
            time = Math.max(time, noted);
        } else {
            long least =
                    Long.compareUnsigned(commitLsn, claimedLsn) >= 0 ? claimed : Long.MIN_VALUE;
            long read = readBefore(commitLsn);
            if (committedAt < read - SET_BACK_MICROS) {
                least = Math.max(least, read);
            }
            time = raise(commitLsn, time, least);
        }
        last = time;
        if (Long.compareUnsigned(commitLsn, furthest) > 0) {
            furthest = commitLsn;
        }
        return time;
    }

    /**
     * Returns the time of the transaction that is read, of which it is known by now that it came
     * from another server: its own time is that one's, and may be a little before that of a table
     * which was read before it.
     */
    synchronized long nextIsAPeers(long commitLsn) throws SQLException {
        last = raise(commitLsn, last, readBefore(commitLsn));
        return last;
    }

    private long raise(long commitLsn, long time, long least) throws SQLException {
        if (time > least) {
            return time;
        }
        notes.raised(commitLsn, least + 1);
        note(commitLsn, least + 1);
        return least + 1;
    }

    /** The latest time at which a table was read before a position. */
    private long readBefore(long commitLsn) {
        Map.Entry<Long, Long> before = latest.lowerEntry(commitLsn);
        return before == null ? Long.MIN_VALUE + SET_BACK_MICROS : before.getValue();
    }

    private void note(long position, long micros) {
        raised.merge(position, micros, Math::max);
        noteLatest(position, micros);
    }

    private void noteLatest(long position, long micros) {
        Map.Entry<Long, Long> before = latest.floorEntry(position);
        if (before != null && before.getValue() >= micros) {
            return;
        }
        latest.put(position, micros);
        Map.Entry<Long, Long> next = latest.higherEntry(position);
        while (next != null && next.getValue() <= micros) {
            latest.remove(next.getKey());
            next = latest.higherEntry(position);
        }
    }

    /**
     * Takes note that a table was read, while nobody writes to it: what was committed behind it
     * comes behind its rows, by another server's clock too, or by one that was set back. What was
     * handed on meanwhile has nothing to do with the table, and keeps its time.
     *
     * @param lsn where the log ended when it was read
     * @param micros the time that its rows are given
     * @return the position behind which it counts, to be noted with the time before a row is handed
     *     on; that of no commit, for those stand at multiples of eight
     */
    synchronized long read(long lsn, long micros) {
        long behind = Long.compareUnsigned(furthest, lsn) < 0 ? lsn - 1 : furthest + 1;
        note(behind, micros);
        return behind;
    }

    /**
     * Takes note that the log was said to be complete up to a time, having come to a position. What
     * was said of a later time stays, with its position: what comes before that is read again with
     * the times that it had.
     */
    synchronized void claimed(long micros, long reached) {
        if (micros > claimed) {
            claimed = micros;
            claimedLsn = reached;
        }
    }

    /**
     * Takes note of what had been said before this capture began; it knows more where it has said
     * so itself since.
     */
    void claimedBefore(long micros, long reached) {
        claimed(micros, reached);
    }

    /** Forgets what was noted of positions before one from which nothing is read again. */
    synchronized void forget(long position) {
        Map<Long, Long> before = raised.headMap(position);
        if (!before.isEmpty()) {
            before.clear();
            // One that was later than those that stay is gone.
            latest.clear();
            raised.forEach(this::noteLatest);
        }
    }

    /** Returns whether something is noted of what may be read again. */
    synchronized boolean hasRaised() {
        return !raised.isEmpty();
    }

    /** Returns the latest time that was handed on or claimed; from any thread. */
    long latest() {
        return Math.max(last, claimed);
    }

    /** Returns the time handed on last; {@link Long#MIN_VALUE} if none was. */
    long last() {
        return last;
    }
}
