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
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The tables that are to be read, one after the other, on a thread of their own, while the stream
 * goes on: every load sorts before the changes that follow it, whichever of them is written first.
 */
final class Loads {

    private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

    private static final int BATCHES_AHEAD = 4;

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
            Map<String, String> offset,
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

    /** Whether any table's rows are not all handed over yet. */
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
        int failures = 0;
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
                Chunk chunk = new Chunk();
                load(load, chunk);
                chunk.close(Lsn.NONE);
                open.put(load, chunk);
                unread.remove(load);
                progress.end();
                progress.problem("");
                progress.tablesLeft(unread.size());
                failures = 0;
            } catch (InterruptedException e) {
                return;
            } catch (SQLException | RuntimeException e) {
                if (stopped.getCount() == 0 || load == null) {
                    return;
                }
                if (e instanceof SQLException sql
                        && TableLoader.GAVE_WAY.equals(sql.getSQLState())) {
                    LOG.info(
                            "Snapshot of {} stopped, because DDL waited for the table; retrying.",
                            load.name());
                    queue.add(load);
                    try {
                        if (stopped.await(config.backoffMillis(), TimeUnit.MILLISECONDS)) {
                            return;
                        }
                    } catch (InterruptedException interrupted) {
                        return;
                    }
                    continue;
                }
                failures++;
                closeSlotSnapshot();
                if (gone(e)) {
                    LOG.info("{} was dropped before its snapshot; it has none.", load.name());
                    open.remove(load);
                    unread.remove(load);
                    progress.tablesLeft(unread.size());
                    continue;
                }
                long wait =
                        Math.min(
                                config.backoffMaxMillis(),
                                (long) config.backoffMillis() << Math.min(failures, 16));
                String remedy = e instanceof SQLException sql ? Remedy.of(sql) : null;
                String why = remedy != null ? remedy : String.valueOf(e.getMessage());
                progress.problem("Snapshot of " + load.name() + " failed: " + why);
                LOG.warn("Snapshot of {} failed: {} Retrying in {} ms.", load.name(), why, wait);
                LOG.debug("The failure was:", e);
                queue.add(load);
                try {
                    if (stopped.await(wait, TimeUnit.MILLISECONDS)) {
                        return;
                    }
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
        closeSlotSnapshot();
    }

    private void load(Load load, Chunk chunk) throws SQLException, InterruptedException {
        Connection snapshot = slotSnapshot;
        SnapshotPoint start = slotStart;
        if (load.initial() && snapshot != null && start != null) {
            if (loader.loadUnderSlotSnapshot(load, snapshot, start, chunk)) {
                return;
            }
        }
        try (Connection connection = connections.open()) {
            SourceState state = new SourceState(connection, config.slotName());
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

    private static boolean gone(Exception failure) {
        return failure instanceof SQLException sql && "42P01".equals(sql.getSQLState());
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
