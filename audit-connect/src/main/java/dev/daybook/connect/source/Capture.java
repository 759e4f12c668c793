package dev.daybook.connect.source;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The capture of one source: connects, streams, confirms, and connects again when the source went
 * away.
 *
 * <p>Where streaming goes on is the replication slot's word alone: the source sends what was not
 * confirmed, and only what Kafka has acknowledged is confirmed. What was sent twice is known
 * downstream by its identity, which depends on the WAL alone.
 */
final class Capture {

    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);

    /** How long one poll waits for something to come; short, so that a task stops at once. */
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final WalSourceConfig config;
    private final Clock clock;
    private final SourceConnections connections;
    private final SourceCatalog catalog;
    private final RecordWriter writer;
    private final PgOutputReader reader;
    private final Map<String, String> sourcePartition;
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Map<String, String> offset;
    private @Nullable ReplicationStream stream;
    private long confirmed = Lsn.NONE;
    private long lastStatus;
    private int failures;

    Capture(WalSourceConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.connections =
                new SourceConnections(
                        config.databaseUrl(), config.credentials(), "daybook-source-" + config.sourceName());
        this.catalog = new SourceCatalog(connections);
        this.sourcePartition = Map.of("source", config.sourceName());
        this.writer = new RecordWriter(config, clock, sourcePartition);
        this.reader = new PgOutputReader(writer, catalog, config.tables());
        this.offset = Map.of("slot", config.slotName(), "lsn", Lsn.wide(Lsn.NONE));
    }

    /** The next records; empty if none came within a moment. */
    List<SourceRecord> poll() throws InterruptedException {
        if (stopped.getCount() == 0) {
            return List.of();
        }
        List<SourceRecord> records = new ArrayList<>();
        Chunk chunk = new Chunk();
        try {
            ReplicationStream current = stream;
            if (current == null) {
                current = open();
                stream = current;
                failures = 0;
            }
            read(current, records, chunk);
            chunk.close(reader.lastCommitEnd());
            if (!records.isEmpty()) {
                chunks.add(chunk);
            }
            confirm(current);
            return records;
        } catch (SQLException e) {
            // What was read before the break is whole, and goes out; the rest comes again.
            chunk.close(reader.lastCommitEnd());
            if (!records.isEmpty()) {
                chunks.add(chunk);
            }
            broken(e);
            return records;
        }
    }

    private void read(ReplicationStream current, List<SourceRecord> records, Chunk chunk)
            throws SQLException {
        long start = System.nanoTime();
        int limit = config.batchRecords();
        long bytes = 0;
        while (records.size() < limit && bytes < config.batchBytes()) {
            byte[] message = current.poll();
            if (message == null) {
                if (!records.isEmpty()
                        || System.nanoTime() - start > POLL_NANOS
                        || stopped.getCount() == 0) {
                    return;
                }
                confirm(current);
            } else if (message.length > 0) {
                bytes += message.length;
                reader.read(message, records, chunk, offset);
            }
        }
    }

    /** Confirms what Kafka has, if there is news or the source should hear from us. */
    private void confirm(ReplicationStream current) throws SQLException {
        long position = confirmed;
        for (Chunk head = chunks.peek(); head != null && head.isWritten(); head = chunks.peek()) {
            chunks.remove();
            position = Math.max(position, head.confirmable());
        }
        if (chunks.isEmpty() && !reader.inTransaction()) {
            // Nothing is on its way: all that the source has read of its WAL is dealt with.
            position = Math.max(position, Math.max(reader.lastCommitEnd(), current.keepaliveLsn()));
        }
        long now = System.nanoTime();
        boolean due = now - lastStatus > TimeUnit.MILLISECONDS.toNanos(config.statusMillis());
        if (due || current.replyWanted()) {
            confirmed = position;
            current.confirm(position);
            lastStatus = now;
            offset = Map.of("slot", config.slotName(), "lsn", Lsn.wide(position));
        }
    }

    private ReplicationStream open() throws SQLException {
        try (Connection control = connections.open()) {
            requirePrepared(control);
        }
        Connection replication = connections.openReplication();
        try {
            if (!slotExists()) {
                try (Statement statement = replication.createStatement()) {
                    statement.execute(
                            "CREATE_REPLICATION_SLOT \"" + config.slotName() + "\" LOGICAL pgoutput NOEXPORT_SNAPSHOT");
                }
            }
            reader.reset();
            chunks.clear();
            confirmed = Lsn.NONE;
            lastStatus = 0;
            ReplicationStream opened = ReplicationStream.start(replication, config.slotName(), clock);
            LOG.info("Streaming {} from slot {}.", config.sourceName(), config.slotName());
            return opened;
        } catch (SQLException e) {
            replication.close();
            throw e;
        }
    }

    private static void requirePrepared(Connection control) throws SQLException {
        try (Statement statement = control.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT current_setting('server_version_num')::int, current_setting('wal_level'),"
                                        + " (SELECT count(*) FROM pg_publication WHERE pubname LIKE 'daybook%')")) {
            rows.next();
            if (rows.getInt(1) < 150000) {
                throw new ConnectException("The source is older than PostgreSQL 15.");
            }
        }
    }

    private boolean slotExists() throws SQLException {
        try (PreparedStatement statement =
                catalog.connection()
                        .prepareStatement("SELECT 1 FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, config.slotName());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    private void broken(SQLException failure) throws InterruptedException {
        close();
        failures++;
        long wait =
                Math.min(
                        config.backoffMaxMillis(),
                        (long) config.backoffMillis() << Math.min(failures - 1, 16));
        LOG.warn(
                "The source {} is away ({}); trying again in {} ms.",
                config.sourceName(),
                failure.getMessage(),
                wait);
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

    void stop() {
        stopped.countDown();
        close();
    }
}
