package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceConnections.Replication;
import dev.daybook.connect.source.SourceState.Moment;
import dev.daybook.connect.source.SourceState.ServerSlot;
import dev.daybook.connect.source.SourceState.Slot;
import dev.daybook.connect.source.TableLoader.Batch;
import dev.daybook.contract.Lsn;

import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The capture of one source: connects, streams, confirms, and connects again when the source went
 * away.
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
     * How long what was read waits for company. A record that goes on by itself costs Connect, the
     * producer and the broker several times as much.
     */
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    /** How often a slot is made again because tables changed meanwhile, which most never do. */
    private static final int SLOT_ATTEMPTS = 20;

    private final WalSourceConfig config;
    private final Clock clock;
    private final SourceConnections connections;
    private final SourceCatalog catalog;
    private final RecordWriter writer;
    private final PgOutputReader reader;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Progress progress;
    private final Loads loads;
    private final Attendant attendant;
    private final Queue<CompleteUntil.Observation> observations = new ConcurrentLinkedQueue<>();

    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private CompleteUntil completeUntil = new CompleteUntil();
    private Map<String, String> offset;
    private volatile @Nullable ReplicationStream stream;
    private volatile @Nullable Connection opening;
    private boolean attended;
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
        Map<String, String> sourcePartition = Map.of("source", config.sourceName());
        this.writer = new RecordWriter(config, clock, sourcePartition);
        this.reader = new PgOutputReader(writer, catalog, config.tables());
        this.offset = offsetAt(Lsn.NONE);
        this.progress = new Progress(config.sourceName());
        this.loads =
                new Loads(connections, config, clock, sourcePartition, offset, progress, stopped);
        this.attendant = new Attendant(connections, config, loads, observations, progress, stopped);
    }

    /**
     * The next records; empty if none came within a moment.
     *
     * @throws ConnectException if the capture cannot go on before somebody does something about it
     */
    List<SourceRecord> poll() throws InterruptedException {
        List<SourceRecord> records = new ArrayList<>();
        if (stopped.getCount() == 0) {
            return records;
        }
        Chunk chunk = new Chunk();
        try {
            ReplicationStream current = stream;
            if (current == null) {
                current = open();
                stream = current;
                failures = 0;
                progress.connected(true);
                progress.problem("");
            }
            drainLoads(records, chunk);
            read(current, records, chunk);
            heartbeat(current, records, chunk);
            handOver(chunk, records);
            confirm(current);
        } catch (SQLException e) {
            // What was read before the break is whole, and goes out; the rest comes again.
            handOver(chunk, records);
            broken(e);
        }
        progress.changes(reader.changes());
        return records;
    }

    private void handOver(Chunk chunk, List<SourceRecord> records) {
        chunk.close(reader.lastCommitEnd());
        if (!records.isEmpty()) {
            chunks.add(chunk);
        }
    }

    private void drainLoads(List<SourceRecord> records, Chunk chunk) {
        while (records.size() < config.batchRecords() / 2 + 1) {
            Batch batch = loads.poll();
            if (batch == null) {
                return;
            }
            reader.defineIfUnknown(batch.shape(), records, chunk, offset);
            records.addAll(batch.records());
        }
    }

    private void read(ReplicationStream current, List<SourceRecord> records, Chunk chunk)
            throws SQLException {
        long start = System.nanoTime();
        int limit = config.batchRecords();
        long bytes = 0;
        while (records.size() < limit && bytes < config.batchBytes()) {
            long waited = System.nanoTime() - start;
            byte[] message = current.poll(patience(records, waited));
            if (message == null) {
                // The rows of a load that is being read are company enough.
                if (loads.inProgress()
                        || stopped.getCount() == 0
                        || (records.isEmpty()
                                ? waited > POLL_NANOS || heartbeatIsDue()
                                : waited >= GATHER_NANOS)) {
                    return;
                }
                confirm(current);
            } else if (message.length > 0) {
                if (records.isEmpty()) {
                    start = System.nanoTime();
                }
                bytes += message.length;
                reader.read(message, records, chunk, offset);
            }
        }
    }

    /** How long to wait for the next message, in milliseconds. */
    private int patience(List<SourceRecord> records, long waited) {
        if (loads.inProgress()) {
            // More of it may be ready any moment.
            return records.isEmpty() ? 1 : 0;
        }
        if (records.isEmpty()) {
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
    private void heartbeat(ReplicationStream current, List<SourceRecord> records, Chunk chunk) {
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
        int partitions = config.topicPartitions();
        for (int partition = 0; partition < partitions; partition++) {
            String body =
                    "{\"complete-until\":\""
                            + RecordWriter.timestamp(claim)
                            + "\",\"position\":\""
                            + Lsn.wide(reached)
                            + "\",\"partition\":"
                            + partition
                            + ",\"partitions\":"
                            + partitions
                            + "}";
            writer.control(records, chunk, offset, "heartbeat", "", "", body, null, partition);
        }
    }

    /** Confirms what Kafka has, if the source should hear from us. */
    private void confirm(ReplicationStream current) throws SQLException {
        long now = System.nanoTime();
        if (now - lastStatus < TimeUnit.MILLISECONDS.toNanos(config.statusMillis())
                && !current.replyWanted()) {
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
            requireUsable(control);
            SourceState state = new SourceState(control, config.slotName());
            Replication replication = connections.openReplication(config.maxValueBytes());
            opening = replication.connection();
            try {
                prepareSlot(state, control, replication.connection());
                loads.want(state.loads());
                if (!attended) {
                    attended = true;
                    loads.start();
                    attendant.start();
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

    private static void requireUsable(Connection control) throws SQLException {
        for (Finding finding : SourcePreparation.requirements(control)) {
            if (finding.severity() == Finding.Severity.ERROR) {
                throw new ConnectException(finding.message() + " " + finding.remedy());
            }
        }
    }

    /** Sees to it that the slot is there, and is the one that was read before if there was one. */
    private void prepareSlot(SourceState state, Connection control, Connection replication)
            throws SQLException {
        String name = config.slotName();
        Slot known = state.slot();
        ServerSlot there = state.serverSlot();
        boolean unfinished = known != null && !known.made();
        if (there == null && known != null && !unfinished) {
            throw new ConnectException(
                    "The replication slot "
                            + name
                            + " of "
                            + config.sourceName()
                            + " is gone, though it was read before: what was committed since is"
                            + " missing in the audit log. To accept the gap and load the tables"
                            + " anew, run SELECT daybook.forget_slot('"
                            + name
                            + "') on the source and start again.");
        }
        if (there != null) {
            if (!there.logical() || !there.plugin().equals("pgoutput")) {
                throw new ConnectException(
                        "The replication slot "
                                + name
                                + " belongs to something else (plugin "
                                + there.plugin()
                                + "). Choose another slot.name.");
            }
            if (!there.database().equals(control.getCatalog())) {
                throw new ConnectException(
                        "The replication slot "
                                + name
                                + " belongs to the database "
                                + there.database()
                                + " and not to "
                                + control.getCatalog()
                                + ". Choose another source.name or slot.name.");
            }
            if (unfinished) {
                dropSlot(replication);
                createSlot(state, replication);
                return;
            }
            if (there.walStatus().equals("lost")) {
                throw new ConnectException(
                        "The source has thrown away WAL that the slot "
                                + name
                                + " still needed (wal_status lost): changes are missing in the"
                                + " audit log. Raise max_slot_wal_keep_size; to accept the gap and"
                                + " load the tables anew, run SELECT daybook.forget_slot('"
                                + name
                                + "') on the source and start again.");
            }
            if (known == null) {
                // Made by hand: what its stream begins with is not known.
                state.rememberSlot(state.now(), false);
                if (!config.snapshot()) {
                    state.servedAll();
                }
            }
            return;
        }
        createSlot(state, replication);
    }

    private void createSlot(SourceState state, Connection replication) throws SQLException {
        LOG.info(
                "Making the replication slot {}; this waits for the transactions that are running"
                        + " at {}.",
                config.slotName(),
                config.sourceName());
        state.announceSlot();
        Moment before = state.now();
        MadeSlot slot = makeSlot(replication);
        // PostgreSQL makes a slot in steps. A transaction that changes a table in an early one and
        // commits in a later one is not remembered where streaming starts (as of PostgreSQL 18):
        // what others then do to that table is decoded by its old description, or fails each time.
        for (int attempt = 1; state.tablesChangedSince(before); attempt++) {
            if (attempt == SLOT_ATTEMPTS) {
                LOG.warn(
                        "Tables changed each of the {} times that the replication slot {} was made."
                                + " Changes to those tables may not be readable from it; then give"
                                + " it up with SELECT daybook.forget_slot('{}') on the source and"
                                + " start again while no DDL runs.",
                        attempt,
                        config.slotName(),
                        config.slotName());
                break;
            }
            LOG.info(
                    "Tables changed while the replication slot {} was made; making it again.",
                    config.slotName());
            dropSlot(replication);
            before = state.now();
            slot = makeSlot(replication);
        }
        Connection snapshot = connections.open();
        try {
            snapshot.setAutoCommit(false);
            try (Statement statement = snapshot.createStatement()) {
                statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                statement.execute("SET TRANSACTION SNAPSHOT '" + slot.snapshot() + "'");
            }
            Moment made =
                    new Moment(
                            before.clock(),
                            before.micros(),
                            SourceState.now(snapshot).snapshot(),
                            slot.start());
            state.rememberSlot(made, true);
            if (config.snapshot()) {
                loads.slotMade(snapshot, made, state.loads());
                return;
            }
            state.servedAll();
            snapshot.close();
        } catch (SQLException | RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    /**
     * A slot just made.
     *
     * @param start the position from which on it decodes
     * @param snapshot the name of what was committed before, for as long as the connection that
     *     made the slot does nothing else
     */
    private record MadeSlot(long start, String snapshot) {}

    private MadeSlot makeSlot(Connection replication) throws SQLException {
        try (Statement statement = replication.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "CREATE_REPLICATION_SLOT \""
                                        + config.slotName()
                                        + "\" LOGICAL pgoutput EXPORT_SNAPSHOT")) {
            row.next();
            return new MadeSlot(
                    Lsn.parse(row.getString("consistent_point")), row.getString("snapshot_name"));
        }
    }

    private void dropSlot(Connection replication) throws SQLException {
        try (Statement statement = replication.createStatement()) {
            statement.execute("DROP_REPLICATION_SLOT \"" + config.slotName() + "\" WAIT");
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
        progress.problem("The source is away: " + said);
        LOG.warn(
                "The source {} is away: {} Trying again in {} ms.",
                config.sourceName(),
                said,
                wait);
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
        attendant.stop();
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
