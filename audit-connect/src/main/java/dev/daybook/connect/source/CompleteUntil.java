package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Works out the time up to which every transaction has been written: what a heartbeat may claim.
 *
 * <p>A commit's time is taken a little before its record gets its place in the WAL, so commits are
 * not in the order of their times, and having reached a position says nothing by itself. Hence,
 * every now and then, an observation of the source is made: first its clock, then which
 * transactions are running, then the WAL's end. Whatever committed up to that clock either was in
 * the WAL at that end, or was one of those running. A later observation shows that those have
 * ended; their commits are before its WAL end. So the first clock may be claimed once the stream
 * has reached the later end.
 *
 * <p>A transaction that has been running for longer than {@link #GRACE_MICROS} after the clock was
 * read is taken not to have committed before it: it would have had to pause that long between
 * taking its commit time and reserving its place in the WAL, which is a matter of microseconds.
 */
final class CompleteUntil {

    /**
     * What was seen of the source at one moment.
     *
     * @param clock the source's clock, in microseconds since 1970, read first
     * @param running the transactions that were running, read second
     * @param walEnd the end of the WAL, read third
     */
    record Observation(long clock, Set<String> running, long walEnd) {}

    static final long GRACE_MICROS = 5_000_000;

    private static final int OBSERVATIONS_KEPT = 1000;

    private final Deque<Observation> unproven = new ArrayDeque<>();
    private final Deque<Observation> unreached = new ArrayDeque<>();
    private long claim = Long.MIN_VALUE;
    private long observed = Long.MIN_VALUE;

    /** Takes an observation; they come in the order in which they were made. */
    void observe(Observation observation) {
        if (observation.clock() < observed) {
            // The clock was set back: what was observed by it before is of a time that has not
            // come.
            unreached.removeIf(o -> o.clock() > observation.clock());
            unproven.removeIf(o -> o.clock() > observation.clock());
            claim = Math.min(claim, observation.clock());
        }
        unreached.add(observation);
        observed = observation.clock();
        if (unreached.size() > OBSERVATIONS_KEPT) {
            // Far behind: every second one will do, and the newest must not be lost.
            boolean[] drop = {false};
            unreached.removeIf(o -> o != observation && (drop[0] = !drop[0]));
        }
    }

    /** The stream has come to a position: all that committed before it has been written. */
    void reached(long position) {
        while (true) {
            Observation observation = unreached.peek();
            if (observation == null || Lsn.withoutPageHeader(observation.walEnd()) > position) {
                return;
            }
            unreached.remove();
            unproven.add(observation);
            while (true) {
                Observation oldest = unproven.element();
                boolean proven =
                        oldest == observation
                                ? oldest.running().isEmpty()
                                : disjoint(oldest.running(), observation.running())
                                        || observation.clock() - oldest.clock() >= GRACE_MICROS;
                if (!proven) {
                    break;
                }
                claim = Math.max(claim, Math.min(oldest.clock(), observed));
                unproven.remove();
                if (unproven.isEmpty()) {
                    break;
                }
            }
        }
    }

    /**
     * A transaction was written whose commit time is this. While a backlog is worked off it is all
     * that is known of the time. It counts as far as the source was observed, which is not the case
     * while changes may be missing.
     */
    void committed(long micros) {
        claim = Math.max(claim, Math.min(micros - GRACE_MICROS, observed));
    }

    /**
     * Returns the source's clock when it was observed last; {@link Long#MIN_VALUE} if it was not.
     */
    long observed() {
        return observed;
    }

    /**
     * Returns the time that may be claimed, in microseconds since 1970; {@link Long#MIN_VALUE} if
     * none.
     */
    long claim() {
        return claim;
    }

    private static boolean disjoint(Set<String> some, Set<String> others) {
        for (String one : some) {
            if (others.contains(one)) {
                return false;
            }
        }
        return true;
    }
}
