package dev.daybook.connect.source;

import dev.daybook.connect.source.TableLoader.Batch;
import dev.daybook.connect.source.replication.ReplicationConnection;
import dev.daybook.connect.source.replication.ReplicationStream;
import dev.daybook.contract.Lsn;
import dev.daybook.source.Remedy;
import dev.daybook.source.SourceConnections;

import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The capture of one source: connects, streams, confirms, and connects again when the source was
 * unreachable.
 *
 * <p>Where streaming goes on is the replication slot's word alone: the source sends what was not
 * confirmed, and only what Kafka has acknowledged is confirmed. What was sent twice is known
 * downstream by its identity, which depends on the WAL alone.
 *
 * <p>Connect calls {@link #poll} on one thread and {@link #stop} on another.
 */
final class Capture {

    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);

    /** How long one poll waits for something to come; short, so that a task stops at once. */
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long the stream is waited for while nothing comes: a confirmation may be due. */
    private static final int IDLE_PATIENCE_MILLIS = 20;

    /**
     * How long a poll waits to fill its batch. A record that goes on by itself costs Connect, the
     * producer and the broker several times as much.
     */
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final WalSourceConfig config;
    private final Clock clock;
    private final SourceConnections connections;
    private final SourceCatalog catalog;
    private final ControlWriter controlWriter;
    private final PgOutputReader reader;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final SourceProgress progress;
    private final Loads loads;
    private final SlotKeeper slotKeeper;
    private final SourceWatcher watcher;
    private final Queue<CompleteUntil.Observation> observations = new ConcurrentLinkedQueue<>();

    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private CompleteUntil completeUntil = new CompleteUntil();
    private final Map<String, String> sourcePartition;
    private Map<String, String> offset;
    private volatile @Nullable ReplicationStream stream;
    private volatile @Nullable Connection opening;
    private boolean watching;
    private long confirmed = Lsn.NONE;
    private long lastStatus;
    private long nextHeartbeat = System.nanoTime();
    private long lastClaim = Long.MIN_VALUE;
    private int failures;

    Capture(WalSourceConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.connections =
                new SourceConnections(
                        config.databaseUrl(),
                        config.credentials(),
                        "daybook-source-" + config.sourceName());
        this.catalog = new SourceCatalog(connections);
        this.sourcePartition = Map.of("source", config.sourceName());
        RejectionWriter rejectionWriter = new RejectionWriter(config, clock);
        this.controlWriter = new ControlWriter(config, clock);
        this.reader =
                new PgOutputReader(
                        new ChangeWriter(config, clock, rejectionWriter),
                        controlWriter,
                        rejectionWriter,
                        catalog,
                        config.tables());
        this.offset = offsetAt(Lsn.NONE);
        this.progress = new SourceProgress(config.sourceName());
        this.loads =
                new Loads(connections, config, clock, sourcePartition, offset, progress, stopped);
        this.slotKeeper = new SlotKeeper(connections, config, loads);
        this.watcher =
                new SourceWatcher(connections, config, loads, observations, progress, stopped);
    }

    /**
     * The next records; empty if none came within a moment.
     *
     * @throws ConnectException if the capture cannot go on before somebody does something about it
     */
    List<SourceRecord> poll() throws InterruptedException {
        RecordBatch batch = new RecordBatch(new Chunk(), sourcePartition, offset);
        if (stopped.getCount() == 0) {
            return batch.records();
        }
        try {
            ReplicationStream current = stream;
            if (current == null) {
                current = open();
                stream = current;
                failures = 0;
                progress.connected(true);
                progress.problem("");
            }
            drainLoads(batch);
            read(current, batch);
            heartbeat(current, batch);
            handOver(batch);
            confirm(current);
        } catch (SQLException e) {
            // What was read before the break is whole, and goes out; the rest comes again.
            handOver(batch);
            broken(e);
        }
        progress.changes(reader.changes());
        return batch.records();
    }

    private void handOver(RecordBatch batch) {
        batch.chunk().close(reader.lastCommitEnd());
        if (!batch.isEmpty()) {
            chunks.add(batch.chunk());
        }
    }

    private void drainLoads(RecordBatch batch) {
        while (batch.size() < config.batchRecords() / 2 + 1) {
            Batch rows = loads.poll();
            if (rows == null) {
                return;
            }
            reader.defineIfUnknown(rows.shape(), batch);
            batch.addAll(rows.records());
        }
    }

    private void read(ReplicationStream current, RecordBatch batch) throws SQLException {
        long start = System.nanoTime();
        int limit = config.batchRecords();
        long bytes = 0;
        while (batch.size() < limit && bytes < config.batchBytes()) {
            long waited = System.nanoTime() - start;
            byte[] message = current.poll(patience(batch, waited));
            if (message == null) {
                // A running snapshot fills the batch: do not wait.
                if (loads.inProgress()
                        || stopped.getCount() == 0
                        || (batch.isEmpty()
                                ? waited > POLL_NANOS || heartbeatIsDue()
                                : waited >= GATHER_NANOS)) {
                    return;
                }
                confirm(current);
            } else if (message.length > 0) {
                if (batch.isEmpty()) {
                    start = System.nanoTime();
                }
                bytes += message.length;
                reader.read(message, batch);
            }
        }
    }

    /** How long to wait for the next message, in milliseconds. */
    private int patience(RecordBatch batch, long waited) {
        if (loads.inProgress()) {
            // More of it may be ready any moment.
            return batch.isEmpty() ? 1 : 0;
        }
        if (batch.isEmpty()) {
            return IDLE_PATIENCE_MILLIS;
        }
        long left = GATHER_NANOS - waited;
        return left <= 0 ? 0 : (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left));
    }

    private boolean heartbeatIsDue() {
        return System.nanoTime() - nextHeartbeat >= 0;
    }

    /**
     * Says in every partition up to when everything has been written, if that is later than was
     * said.
     */
    private void heartbeat(ReplicationStream current, RecordBatch batch) {
        if (!heartbeatIsDue()) {
            return;
        }
        CompleteUntil.Observation observation;
        while ((observation = observations.poll()) != null) {
            completeUntil.observe(observation);
        }
        // A keepalive's position is behind all that was sent before it, and so behind all that was
        // read.
        long reached = Math.max(reader.lastCommitEnd(), current.keepaliveLsn());
        completeUntil.reached(reached);
        if (reader.lastCommitEnd() != Lsn.NONE) {
            completeUntil.committed(reader.lastCommittedAt());
        }
        long claim = completeUntil.claim();
        long interval = TimeUnit.MILLISECONDS.toNanos(config.heartbeatMillis());
        if (claim <= lastClaim || loads.inProgress()) {
            // Nothing new to say; look again soon.
            nextHeartbeat = System.nanoTime() + interval / 10;
            return;
        }
        lastClaim = claim;
        nextHeartbeat = System.nanoTime() + interval;
        progress.completeUntil(claim);
        controlWriter.heartbeats(batch, claim, reached, config.topicPartitions());
    }

    /** Confirms what Kafka has, if the source should hear from us. */
    private void confirm(ReplicationStream current) throws SQLException {
        long now = System.nanoTime();
        if (now - lastStatus < TimeUnit.MILLISECONDS.toNanos(config.statusMillis())
                && !current.replyRequested()) {
            return;
        }
        long position = confirmed;
        for (Chunk head = chunks.peek(); head != null && head.isWritten(); head = chunks.peek()) {
            chunks.remove();
            position = Math.max(position, head.confirmable());
        }
        if (chunks.isEmpty() && !reader.inTransaction()) {
            // Nothing is on its way: all that the source has read of its WAL is dealt with.
            position = Math.max(position, Math.max(reader.lastCommitEnd(), current.keepaliveLsn()));
        }
        if (position != confirmed) {
            confirmed = position;
            offset = offsetAt(position);
        }
        current.confirm(position);
        lastStatus = now;
    }

    private Map<String, String> offsetAt(long lsn) {
        // For people to read: where streaming goes on is the slot's word.
        return Map.of("slot", config.slotName(), "lsn", Lsn.wide(lsn));
    }

    private ReplicationStream open() throws SQLException {
        reader.reset();
        chunks.clear();
        confirmed = Lsn.NONE;
        lastStatus = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(config.statusMillis());
        completeUntil = new CompleteUntil();
        observations.clear();
        try (Connection control = connections.open()) {
            SlotKeeper.requireUsable(control);
            SourceState state = new SourceState(control, config.slotName());
            ReplicationConnection replication =
                    ReplicationConnection.open(connections, config.maxValueBytes());
            opening = replication.connection();
            try {
                slotKeeper.prepare(state, control, replication.connection());
                loads.request(state.loads());
                if (!watching) {
                    watching = true;
                    loads.start();
                    watcher.start();
                }
                ReplicationStream opened =
                        ReplicationStream.start(replication, config.slotName(), clock);
                LOG.info("Streaming {} from slot {}.", config.sourceName(), config.slotName());
                return opened;
            } catch (SQLException | RuntimeException e) {
                replication.connection().close();
                throw e;
            } finally {
                opening = null;
            }
        }
    }

    private void broken(SQLException failure) throws InterruptedException {
        close();
        progress.connected(false);
        if (stopped.getCount() == 0) {
            return;
        }
        String remedy = Remedy.of(failure);
        if (remedy != null) {
            progress.problem(remedy);
            throw new ConnectException(
                    "The source " + config.sourceName() + ": " + remedy, failure);
        }
        failures++;
        long wait =
                Math.min(
                        config.backoffMaxMillis(),
                        (long) config.backoffMillis() << Math.min(failures - 1, 16));
        String said = Remedy.oneLine(failure);
        progress.problem("The source is unreachable: " + said);
        LOG.warn(
                "Source {} is unreachable: {} Retrying in {} ms.", config.sourceName(), said, wait);
        LOG.debug("The failure was:", failure);
        stopped.await(wait, TimeUnit.MILLISECONDS);
    }

    private void close() {
        ReplicationStream current = stream;
        stream = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                LOG.debug("Closing a broken stream failed.", e);
            }
        }
        catalog.close();
    }

    /** Ends the capture, whatever it is waiting for. */
    void stop() {
        stopped.countDown();
        loads.stop();
        watcher.stop();
        Connection waiting = opening;
        if (waiting != null) {
            try {
                waiting.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("Closing a connection failed.", e);
            }
        }
        close();
        progress.close();
    }
}
