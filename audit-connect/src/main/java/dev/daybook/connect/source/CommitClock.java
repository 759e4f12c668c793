package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;

import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gives each transaction the commit time that is handed on: in the order of the write-ahead log,
 * never twice the same, and never earlier than a time up to which the log was said to be complete.
 *
 * <p>It is the source's own time wherever that keeps the order. It does not where sessions commit
 * beside each other, for PostgreSQL takes the time before the record's place in the log; where the
 * server's clock was set back; and where the source is a subscriber, whose transactions carry the
 * time of their origin.
 *
 * <p>A transaction that is read again has to be given the same time, for its changes are known by
 * it. The time depends on the transaction before, whose time is kept with the position from which
 * reading goes on; and on the claim, but only where the claim raises it, and such a time is noted
 * at the source before it is handed on.
 */
final class CommitClock {

    /** Notes a time that was raised by a claim, so that it is the same when it is read again. */
    interface Notes {
        void raised(long commitLsn, long micros) throws SQLException;
    }

    private final Notes notes;
    private final TreeMap<Long, Long> raised = new TreeMap<>(Long::compareUnsigned);
    private volatile long last = Long.MIN_VALUE;
    private long claimedLsn = Lsn.NONE;
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
    void startAt(long time, Map<Long, Long> noted) {
        last = time;
        raised.putAll(noted);
    }

    /**
     * Returns the time of the transaction that is read next.
     *
     * @param commitLsn where its commit stands in the log
     * @param committedAt the source's own time, in microseconds since 1970
     */
    long next(long commitLsn, long committedAt) throws SQLException {
        long time = last == Long.MIN_VALUE ? committedAt : Math.max(committedAt, last + 1);
        Long noted = raised.get(commitLsn);
        if (noted != null) {
            time = Math.max(time, noted);
        } else if (time <= claimed && Long.compareUnsigned(commitLsn, claimedLsn) >= 0) {
            time = claimed + 1;
            notes.raised(commitLsn, time);
            raised.put(commitLsn, time);
        }
        last = time;
        return time;
    }

    /**
     * Takes note that the log was said to be complete up to a time, having come to a position. What
     * was said of a later time stays, with its position: what comes before that is read again with
     * the times that it had.
     */
    void claimed(long micros, long reached) {
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

    /** Forgets what was noted of transactions before a position, which are not read again. */
    void forget(long position) {
        raised.headMap(position).clear();
    }

    /** Returns whether times were raised of transactions that may be read again. */
    boolean hasRaised() {
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
