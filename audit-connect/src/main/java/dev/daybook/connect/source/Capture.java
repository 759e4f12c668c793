package dev.daybook.connect.source;

import dev.daybook.connect.source.TableLoader.Batch;
import dev.daybook.connect.source.replication.ReplicationConnection;
import dev.daybook.connect.source.replication.ReplicationStream;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.WireTime;
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
import java.util.Locale;
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

    /** How long nothing is said of up to where a source has been read, while that goes on. */
    private static final long UNTOLD_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** How far a source's WAL goes on before that is confirmed, while it has no changes for us. */
    private static final long IDLE_BYTES = 64 << 10;

    private final WalSourceConfig config;
    private final Clock clock;
    private final SourceConnections connections;
    private final SourceCatalog catalog;
    private final ControlWriter controlWriter;
    private final ChangeWriter changeWriter;
    private final PgOutputReader reader;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final SourceProgress progress;
    private final Loads loads;
    private final SlotKeeper slotKeeper;
    private final SourceWatcher watcher;
    private final Gaps gaps = new Gaps();
    private final CommitClock commitClock = new CommitClock(this::noteRaised);
    private final Queue<CompleteUntil.Observation> observations = new ConcurrentLinkedQueue<>();

    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private CompleteUntil completeUntil = new CompleteUntil();
    private final Map<String, String> sourcePartition;

    /** What is known of the source outside of it; null before the first start ever. */
    private volatile @Nullable CaptureOffset memory;

    private volatile Map<String, String> offset;
    private String database = "";
    private volatile @Nullable ReplicationStream stream;
    private volatile @Nullable Connection opening;
    private boolean watching;
    private long confirmed = Lsn.NONE;
    private long lastStatus;
    private long nextHeartbeat = System.nanoTime();
    private long lastClaim = Long.MIN_VALUE;

    /** What was claimed last at all, and the position that had been read by then. */
    private long saidUntil = WireTime.NO_TIME;

    private long saidAt = Lsn.NONE;

    /** The end of the last commit that a claim was written down behind. */
    private long notedCommitEnd = Lsn.NONE;

    /** Up to where the source was said to have been read last, and when that was. */
    private long told = Lsn.NONE;

    private long lastTold = System.nanoTime();

    /** What of that Kafka has. */
    private long toldWritten = Lsn.NONE;

    /** What had been claimed when the source's clock was set back before it. */
    private long setBackFrom = Long.MIN_VALUE;

    private int failures;

    /** The stream failed because a publication was missing: it will fail there again. */
    private boolean publicationMissed;

    /**
     * @param memory what Connect has kept of an earlier capture; null if nothing
     */
    Capture(WalSourceConfig config, Clock clock, @Nullable CaptureOffset memory) {
        this.config = config;
        this.clock = clock;
        this.connections =
                new SourceConnections(
                        config.databaseUrl(),
                        config.credentials(),
                        "daybook-source-" + config.sourceName());
        this.catalog = new SourceCatalog(connections);
        this.memory = memory;
        this.sourcePartition = partition(config.sourceName());
        RejectionWriter rejectionWriter = new RejectionWriter(config, clock);
        this.controlWriter = new ControlWriter(config, clock);
        this.changeWriter = new ChangeWriter(config, clock, rejectionWriter);
        this.reader =
                new PgOutputReader(
                        changeWriter,
                        controlWriter,
                        rejectionWriter,
                        catalog,
                        config.tables(),
                        commitClock);
        this.offset =
                memory == null
                        ? new CaptureOffset(
                                        config.slotName(),
                                        "",
                                        Lsn.NONE,
                                        WireTime.NO_TIME,
                                        WireTime.NO_TIME,
                                        Lsn.NONE)
                                .kept()
                        : memory.kept();
        this.progress = new SourceProgress(config.sourceName());
        this.loads =
                new Loads(
                        connections,
                        config,
                        clock,
                        sourcePartition,
                        () -> offset,
                        commitClock,
                        progress,
                        stopped);
        this.slotKeeper = new SlotKeeper(connections, config, loads);
        this.watcher =
                new SourceWatcher(
                        connections, config, loads, gaps, observations, progress, stopped);
    }

    /** Connect's name for what a source's offset is of. */
    static Map<String, String> partition(String source) {
        return Map.of("source", source);
    }

    /**
     * Returns the next records; empty if none came within a moment, or while the capture cannot go
     * on. It goes on by itself when it can, and says until then what keeps it.
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
                progress.problem(SourceProgress.Part.STREAM, "");
            }
            gaps.write(controlWriter, batch);
            drainLoads(batch);
            read(current, batch);
            heartbeat(current, batch);
            position(current, batch);
            handOver(batch);
            confirm(current);
        } catch (SQLException e) {
            // What was read before the break is whole, and goes out; the rest comes again.
            handOver(batch);
            broken(e);
        } catch (ConnectException e) {
            waitAfter(String.valueOf(e.getMessage()), e);
        }
        progress.changes(reader.changes());
        return batch.records();
    }

    private void handOver(RecordBatch batch) {
        batch.chunk().close(reader.lastCommitEnd(), reader.lastCommittedAt());
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

    private void read(ReplicationStream current, RecordBatch batch)
            throws SQLException, InterruptedException {
        long start = System.nanoTime();
        int limit = config.batchRecords();
        long bytes = 0;
        while (batch.size() < limit && bytes < config.batchBytes()) {
            long waited = System.nanoTime() - start;
            byte[] message = current.poll(patience(batch));
            if (message == null) {
                // A running snapshot fills the batch: do not wait.
                if (loads.inProgress()
                        || stopped.getCount() == 0
                        || (batch.isEmpty()
                                ? waited > POLL_NANOS || heartbeatIsDue()
                                : waited >= GATHER_NANOS)) {
                    return;
                }
                if (batch.isEmpty()) {
                    confirm(current);
                } else {
                    // What is in it is nobody's yet, and must not be confirmed.
                    gather(GATHER_NANOS - waited);
                }
            } else if (message.length > 0) {
                if (batch.isEmpty()) {
                    start = System.nanoTime();
                }
                bytes += message.length;
                reader.read(message, batch);
            }
        }
    }

    /** Returns how long to wait for the next message, in milliseconds. */
    private int patience(RecordBatch batch) {
        if (!batch.isEmpty()) {
            return 0;
        }
        // While tables are read, more of that may be ready any moment.
        return loads.inProgress() ? 1 : IDLE_PATIENCE_MILLIS;
    }

    /**
     * Lets a batch fill away from the socket. The WAL sender sends a message at a time; waking a
     * reader for each is the most of what that costs the source, and its sessions wait meanwhile.
     */
    private void gather(long nanos) throws InterruptedException {
        stopped.await(nanos, TimeUnit.NANOSECONDS);
    }

    private boolean heartbeatIsDue() {
        return System.nanoTime() - nextHeartbeat >= 0;
    }

    /**
     * Says in every partition up to when everything has been written, if that is later than was
     * said.
     */
    private void heartbeat(ReplicationStream current, RecordBatch batch) throws SQLException {
        if (!heartbeatIsDue()) {
            return;
        }
        CompleteUntil.Observation observation;
        while ((observation = observations.poll()) != null) {
            completeUntil.observe(observation);
        }
        // Found since this poll began, and before the observations: they go first.
        gaps.write(controlWriter, batch);
        long reached = reached(current);
        completeUntil.reached(reached);
        if (reader.lastCommitEnd() != Lsn.NONE) {
            completeUntil.committed(reader.lastCommittedAt());
        }
        long claim = completeUntil.claim();
        noteClock(completeUntil.observed());
        long interval = TimeUnit.MILLISECONDS.toNanos(config.heartbeatMillis());
        long now = System.nanoTime();
        if (claim <= lastClaim || loads.inProgress()) {
            // Nothing new to say; look again soon.
            nextHeartbeat = now + interval / 10;
            return;
        }
        // Whoever goes on from here gives no commit a time that was said to be complete. Of a
        // source in which nothing happens Connect alone keeps that.
        if (reader.lastCommitEnd() != notedCommitEnd) {
            new SourceState(catalog.connection(), config.slotName()).claim(claim, reached);
            notedCommitEnd = reader.lastCommitEnd();
        }
        lastClaim = claim;
        saidUntil = Math.max(saidUntil, claim);
        saidAt = reached;
        CaptureOffset known = memory;
        if (known != null) {
            remember(known.lsn(), known.time());
        }
        commitClock.claimed(claim, reached);
        nextHeartbeat = now + interval;
        progress.completeUntil(claim);
        RecordBatch heartbeats = new RecordBatch(batch.chunk(), sourcePartition, offset);
        controlWriter.heartbeats(heartbeats, claim, reached, told, config.topicPartitions());
        batch.addAll(heartbeats);
        tell(batch, reached, now);
    }

    /** Returns up to where the source has been read. */
    private long reached(ReplicationStream current) {
        // A keepalive's position is behind all that was sent before it, and so behind all that was
        // read.
        return Math.max(reader.lastCommitEnd(), current.keepaliveLsn());
    }

    /**
     * Says in every partition up to where the source has been read, where no heartbeat has said it
     * for a while: nothing more could be confirmed.
     */
    private void position(ReplicationStream current, RecordBatch batch) {
        long now = System.nanoTime();
        long reached = reached(current);
        if (now - lastTold >= UNTOLD_NANOS && Long.compareUnsigned(reached, told) > 0) {
            controlWriter.positions(batch, reached, told, config.topicPartitions());
            tell(batch, reached, now);
        }
    }

    /**
     * The batch says up to where the source has been read: so far, and no further, it may be
     * confirmed.
     */
    private void tell(RecordBatch batch, long reached, long now) {
        batch.chunk().tells(reached);
        told = reached;
        lastTold = now;
    }

    /** Says that the source's clock was set back, until it has come to where it was. */
    private void noteClock(long observed) {
        if (observed == Long.MIN_VALUE) {
            return;
        }
        if (observed < lastClaim) {
            setBackFrom = Math.max(setBackFrom, lastClaim);
            lastClaim = Long.MIN_VALUE;
            String sentence =
                    String.format(
                            Locale.ROOT,
                            "The clock of the source was set back by %d ms. Nothing is lost: changes"
                                    + " keep their order and are given times behind %s until the"
                                    + " clock has come there; until then complete_until stands"
                                    + " still.",
                            (setBackFrom - observed) / 1000,
                            WireTime.text(setBackFrom));
            LOG.warn("{}: {}", config.sourceName(), sentence);
            progress.problem(SourceProgress.Part.CLOCK, sentence);
        } else if (setBackFrom != Long.MIN_VALUE && observed >= setBackFrom) {
            setBackFrom = Long.MIN_VALUE;
            progress.problem(SourceProgress.Part.CLOCK, "");
        }
    }

    /** Confirms what Kafka has, if the source should hear from us. */
    private void confirm(ReplicationStream current) throws SQLException {
        long now = System.nanoTime();
        if (now - lastStatus < TimeUnit.MILLISECONDS.toNanos(config.statusMillis())
                && !current.replyRequested()) {
            return;
        }
        long position = confirmed;
        long time = Long.MIN_VALUE;
        boolean committed = false;
        for (int written = writtenAndTold(); written > 0; written--) {
            Chunk head = chunks.remove();
            if (head.told() != Lsn.NONE) {
                toldWritten = head.told();
            }
            if (head.confirmable() > position) {
                position = head.confirmable();
                time = head.handedTime();
                committed = true;
            }
        }
        if (chunks.isEmpty() && !reader.inTransaction()) {
            // Nothing is on its way: all up to what was told is dealt with.
            position = Math.max(position, toldWritten);
            time = Math.max(commitClock.last(), lastClaim);
        }
        // Of a source in which nothing happens little is written down, for that is WAL as well.
        if (position > confirmed
                && time != Long.MIN_VALUE
                && (committed || position - confirmed >= IDLE_BYTES || current.replyRequested())) {
            new SourceState(catalog.connection(), config.slotName())
                    .confirm(position, time, lastClaim, saidAt, commitClock.hasRaised());
            commitClock.forget(position);
            confirmed = position;
            remember(position, time);
        }
        current.confirm(confirmed);
        lastStatus = now;
    }

    /**
     * Returns how many chunks Kafka has, up to the last of them that says how far the source has
     * been read. Nothing beyond that is confirmed: at the next start it would not be told from a
     * slot that somebody has moved.
     */
    private int writtenAndTold() {
        int written = 0;
        int count = 0;
        for (Chunk chunk : chunks) {
            if (!chunk.isWritten()) {
                break;
            }
            count++;
            if (chunk.told() != Lsn.NONE) {
                written = count;
            }
        }
        return written;
    }

    private void remember(long lsn, long time) {
        CaptureOffset kept =
                new CaptureOffset(config.slotName(), database, lsn, time, saidUntil, saidAt);
        memory = kept;
        offset = kept.kept();
    }

    private void noteRaised(long commitLsn, long micros) throws SQLException {
        new SourceState(catalog.connection(), config.slotName()).raised(commitLsn, micros);
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
                if (publicationMissed) {
                    slotKeeper.giveUp(state, control, replication.connection());
                    publicationMissed = false;
                }
                CaptureOffset before = memory;
                SlotKeeper.Start start =
                        slotKeeper.prepare(state, control, replication.connection(), before);
                database = start.database();
                if (before != null && before.claim() != WireTime.NO_TIME) {
                    // What is read again is given the times that it had, but not by a source that
                    // was put back or replaced.
                    boolean same =
                            before.database().equals(database)
                                    && before.slot().equals(config.slotName())
                                    && Long.compareUnsigned(before.lsn(), start.lsn()) <= 0;
                    saidUntil = Math.max(saidUntil, before.claim());
                    saidAt = same ? before.claimLsn() : Lsn.NONE;
                    commitClock.claimedBefore(before.claim(), saidAt);
                }
                state.claimed(commitClock);
                changeWriter.unknownEncoding(SourceText.isUnknown(control));
                confirmed = start.lsn();
                // Where it begins anew, the gap that says so is noted already.
                told = start.anew() ? Lsn.NONE : start.lsn();
                toldWritten = Lsn.NONE;
                remember(start.lsn(), start.time());
                commitClock.startAt(start.time(), state.raised());
                loads.request(state.loads());
                // What was noted just now goes before the first heartbeat: the watcher may have
                // looked for gaps before that, and hand over what it observed only now.
                gaps.find(new SourceGaps(control, config.slotName()));
                if (!watching) {
                    watching = true;
                    loads.start();
                    watcher.start();
                }
                ReplicationStream opened =
                        ReplicationStream.start(replication, config.slotName(), start.lsn(), clock);
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
        publicationMissed |=
                "42704".equals(failure.getSQLState())
                        && Remedy.oneLine(failure).contains("publication");
        String remedy = Remedy.of(failure);
        waitAfter(
                remedy != null ? remedy : "The source is unreachable: " + Remedy.oneLine(failure),
                failure);
    }

    /** Says what keeps the capture from going on, and pauses, longer each time. */
    private void waitAfter(String problem, Exception failure) throws InterruptedException {
        progress.connected(false);
        progress.problem(SourceProgress.Part.STREAM, problem);
        failures++;
        long wait =
                Math.min(
                        config.backoffMaxMillis(),
                        (long) config.backoffMillis() << Math.min(failures - 1, 16));
        LOG.warn(
                "Capture of {} stopped: {} Retrying in {} ms.", config.sourceName(), problem, wait);
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
