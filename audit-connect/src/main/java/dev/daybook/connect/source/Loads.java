package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceState.Load;
import dev.daybook.connect.source.SourceState.SnapshotPoint;
import dev.daybook.connect.source.TableLoader.Batch;
import dev.daybook.contract.Lsn;
import dev.daybook.source.Remedy;
import dev.daybook.source.SourceConnections;
import dev.daybook.source.TablePatterns;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The tables that are to be read, one after the other, on a thread of their own, while the stream
 * goes on: every load sorts before the changes that follow it, whichever of them is written first.
 */
final class Loads {

    private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

    private static final int BATCHES_AHEAD = 4;

    /** How often a table is tried to be read before others stop waiting for it. */
    private static final int MOST_TRIES = 4;

    /**
     * How reading a table failed.
     *
     * @param times how often in a row
     * @param retryAt when it is tried again, by {@link System#nanoTime}
     */
    private record Failure(int times, long retryAt, String why) {

        boolean isGivenUp() {
            return times >= MOST_TRIES;
        }

        Failure retriedAt(Failure other) {
            return new Failure(times, other.retryAt, why);
        }
    }

    private final SourceConnections connections;
    private final WalSourceConfig config;
    private final TableLoader loader;
    private final SourceProgress progress;
    private final CountDownLatch stopped;
    private final BlockingQueue<Batch> batches = new ArrayBlockingQueue<>(BATCHES_AHEAD);
    private final BlockingQueue<Load> queue = new LinkedBlockingQueue<>();

    /**
     * What was asked for and is not known to be in Kafka, with the chunk once it was read whole.
     */
    private final Map<Load, Chunk> open = new ConcurrentHashMap<>();

    /** What was noted as done: a list of loads from just before must not bring it back. */
    private final Set<Load> served = ConcurrentHashMap.newKeySet();

    private final Map<Load, Boolean> unread = new ConcurrentHashMap<>();

    /** The loads whose last attempt failed. */
    private final Map<Load, Failure> failures = new ConcurrentHashMap<>();

    /** The loads that succeeded after they had been given up. */
    private final Queue<Load> over = new ConcurrentLinkedQueue<>();

    /** The loads that were given up, as far as the source knows. */
    private final Set<Load> noted = ConcurrentHashMap.newKeySet();

    private final Thread thread;

    private volatile @Nullable Connection slotSnapshot;
    private volatile @Nullable SnapshotPoint slotStart;
    private volatile boolean slotLoadsKnown;
    private volatile @Nullable Connection current;

    Loads(
            SourceConnections connections,
            WalSourceConfig config,
            Clock clock,
            Map<String, String> sourcePartition,
            Supplier<Map<String, String>> offset,
            CommitClock commitClock,
            SourceProgress progress,
            CountDownLatch stopped) {
        this.connections = connections;
        this.config = config;
        this.progress = progress;
        this.stopped = stopped;
        this.loader =
                new TableLoader(
                        connections,
                        config,
                        new ChangeWriter(config, clock, new RejectionWriter(config, clock)),
                        sourcePartition,
                        offset,
                        commitClock,
                        batches,
                        () -> stopped.getCount() == 0,
                        progress);
        this.thread = new Thread(this::run, "daybook-load-" + config.sourceName());
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /**
     * The slot was made with this snapshot; the connection, which has it open, is handed over, and
     * closed once these loads are done.
     */
    void slotMade(Connection snapshot, SnapshotPoint start, List<Load> loads) {
        slotStart = start;
        slotSnapshot = snapshot;
        request(loads);
        slotLoadsKnown = true;
    }

    /** Tables that are to be read; those that are known already are not read twice. */
    void request(List<Load> loads) {
        TablePatterns patterns = config.tables();
        for (Load load : loads) {
            if (!served.contains(load)
                    && patterns.matches(load.schema(), load.table())
                    && open.putIfAbsent(load, new Chunk()) == null) {
                unread.put(load, true);
                queue.add(load);
            }
        }
        progress.tablesLeft(unread.size());
    }

    /** The next rows that are ready, or null. */
    @Nullable Batch poll() {
        return batches.poll();
    }

    /** Returns whether any table's rows are not all handed over yet. */
    boolean inProgress() {
        return !unread.isEmpty() || !batches.isEmpty();
    }

    /**
     * Breaks off the reading of a table that DDL waits for: behind the DDL waits everybody else who
     * uses the table. It is read again later.
     */
    void giveWay(SourceState state) throws SQLException {
        int process = loader.readingProcess();
        if (process != 0 && state.cancelIfWaitedFor(process)) {
            loader.giveWay();
        }
    }

    /** Notes at the source which loads Kafka has; they are not made again. */
    void noteServed(SourceState state) throws SQLException {
        for (Map.Entry<Load, Chunk> entry : open.entrySet()) {
            if (entry.getValue().isWritten()) {
                state.served(entry.getKey());
                served.add(entry.getKey());
                // Only now: until it is noted, the source goes on asking for it.
                open.remove(entry.getKey());
            }
        }
    }

    private void run() {
        while (stopped.getCount() > 0) {
            Load load = null;
            try {
                load = queue.poll(200, TimeUnit.MILLISECONDS);
                if (load == null) {
                    if (slotLoadsKnown) {
                        closeSlotSnapshot();
                    }
                    continue;
                }
                Failure last = failures.get(load);
                if (last != null && System.nanoTime() - last.retryAt() < 0) {
                    // Others go first.
                    queue.add(load);
                    stopped.await(20, TimeUnit.MILLISECONDS);
                    continue;
                }
                Chunk chunk = new Chunk();
                load(load, chunk);
                chunk.close(Lsn.NONE, Long.MIN_VALUE);
                open.computeIfPresent(load, (asked, unwritten) -> chunk);
                done(load);
                progress.end();
            } catch (InterruptedException e) {
                return;
            } catch (SQLException | RuntimeException e) {
                if (stopped.getCount() == 0 || load == null) {
                    return;
                }
                failed(load, e);
            }
        }
        closeSlotSnapshot();
    }

    private void done(Load load) {
        Failure last = failures.remove(load);
        if (last != null && last.isGivenUp()) {
            over.add(load);
        }
        unread.remove(load);
        progress.problem(SourceProgress.Part.SNAPSHOT, problem());
        progress.tablesLeft(unread.size());
    }

    /**
     * Has a snapshot tried again, later each time. One that fails as often as {@link #MOST_TRIES}
     * holds nothing else up any longer: its table has a gap until it succeeds.
     */
    private void failed(Load load, Exception e) {
        long wait;
        if (e instanceof SQLException sql && TableLoader.GAVE_WAY.equals(sql.getSQLState())) {
            wait = config.backoffMillis();
            LOG.info(
                    "Snapshot of {} stopped, because DDL waited for the table; retrying.",
                    load.name());
            failures.merge(load, new Failure(0, later(wait), ""), (a, b) -> a.retriedAt(b));
        } else {
            closeSlotSnapshot();
            Failure last = failures.get(load);
            int times = last == null ? 1 : last.times() + 1;
            wait =
                    Math.min(
                            config.backoffMaxMillis(),
                            (long) config.backoffMillis() << Math.min(times, 16));
            String remedy = e instanceof SQLException sql ? Remedy.of(sql) : null;
            String why =
                    remedy != null
                            ? remedy
                            : e instanceof SQLException sql
                                    ? Remedy.oneLine(sql)
                                    : String.valueOf(e.getMessage());
            failures.put(load, new Failure(times, later(wait), why));
            if (times >= MOST_TRIES) {
                unread.remove(load);
            }
            LOG.warn("Snapshot of {} failed: {} Retrying in {} ms.", load.name(), why, wait);
            LOG.debug("The failure was:", e);
            progress.problem(SourceProgress.Part.SNAPSHOT, problem());
            progress.tablesLeft(unread.size());
        }
        queue.add(load);
    }

    private static long later(long millis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** What keeps snapshots from being read; empty if nothing does. */
    private String problem() {
        return failures.entrySet().stream()
                .filter(entry -> entry.getValue().times() > 0)
                .findFirst()
                .map(
                        entry ->
                                "Snapshot of "
                                        + entry.getKey().name()
                                        + " failed: "
                                        + entry.getValue().why())
                .orElse("");
    }

    /** Notes at the source which tables have a gap because they cannot be read, or no longer. */
    void noteFailures(SourceGaps gaps) throws SQLException {
        for (Map.Entry<Load, Failure> entry : failures.entrySet()) {
            if (entry.getValue().isGivenUp() && noted.add(entry.getKey())) {
                gaps.loadFailed(entry.getKey(), entry.getValue().why());
            }
        }
        for (Load load = over.poll(); load != null; load = over.poll()) {
            gaps.loadSucceeded(load);
            noted.remove(load);
        }
    }

    private void load(Load asked, Chunk chunk) throws SQLException, InterruptedException {
        Connection snapshot = slotSnapshot;
        SnapshotPoint start = slotStart;
        if (asked.initial() && snapshot != null && start != null) {
            if (loader.loadUnderSlotSnapshot(asked, snapshot, start, chunk)) {
                return;
            }
        }
        try (Connection connection = connections.open()) {
            SourceState state = new SourceState(connection, config.slotName());
            // By its name of today; and not at all once it is not captured any more.
            Load load = null;
            for (Load one : state.loads()) {
                load = one.equals(asked) ? one : load;
            }
            if (load == null) {
                LOG.info("{} is not to be read any more.", asked.name());
                open.remove(asked);
                return;
            }
            List<SnapshotPoint> known = new ArrayList<>();
            SourceState.Slot slot = state.slot();
            if (slot != null && load.initial() && slot.exact()) {
                known.add(slot.start());
            }
            known.addAll(state.attempts(load));
            current = connection;
            loader.loadNow(load, known, state, chunk);
        } finally {
            current = null;
        }
    }

    private void closeSlotSnapshot() {
        Connection snapshot = slotSnapshot;
        slotSnapshot = null;
        if (snapshot != null) {
            try {
                snapshot.close();
            } catch (SQLException e) {
                LOG.debug("Closing the slot's snapshot failed.", e);
            }
        }
    }

    /** Ends the thread; what it was reading is read again at the next start. */
    void stop() {
        thread.interrupt();
        for (Connection connection : new Connection[] {slotSnapshot, current}) {
            if (connection != null) {
                try {
                    connection.abort(Runnable::run);
                } catch (SQLException e) {
                    LOG.debug("Closing a connection failed.", e);
                }
            }
        }
    }
}
