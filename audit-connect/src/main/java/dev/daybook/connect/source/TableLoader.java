package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceState.Load;
import dev.daybook.connect.source.SourceState.SnapshotPoint;
import dev.daybook.contract.ChangeOperation;
import dev.daybook.source.SourceConnections;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Reads a table's rows as {@code load} records, in constant memory.
 *
 * <p>A load meets the stream without a gap in one of two ways. With the snapshot that the slot was
 * made with, the stream has exactly what the snapshot has not. Any later, the table is held still
 * for the moment that it takes to open a snapshot: what was written before is in the snapshot, and
 * what comes after is given a later commit time. A load's commit time is the source's clock of that
 * moment, or from before the slot was made, so that every change in the stream comes after the load
 * it changes.
 *
 * <p>A load that was broken off is made again from the beginning. Rows that a former attempt saw,
 * and that nobody has written since, are given that attempt's commit time and position: they are
 * the same records, and are known as such downstream. Where DDL has changed what they look like in
 * between, they are records of the attempt behind it.
 */
final class TableLoader {

    private static final Logger LOG = LoggerFactory.getLogger(TableLoader.class);

    private static final int BATCH_RECORDS = 500;
    private static final int BATCH_BYTES = 1 << 20;
    private static final int HOLD_TRIES_PER_REPORT = 50;

    /** The SQL state of a reading that was cancelled because DDL waited for its table. */
    static final String GAVE_WAY = "57014";

    private static final String QUERY_CANCELED = GAVE_WAY;

    /**
     * A table that was held still.
     *
     * @param behind the position behind which every commit comes behind its rows
     */
    private record Held(SnapshotPoint point, long behind) {}

    /** Rows that go to Kafka together; the shape that they have goes before them. */
    record Batch(TableShape shape, RecordBatch records) {}

    private final SourceConnections connections;
    private final WalSourceConfig config;
    private final ChangeWriter writer;
    private final Map<String, String> sourcePartition;
    private final Supplier<Map<String, String>> offset;
    private final CommitClock commitClock;
    private final BlockingQueue<Batch> into;
    private final BooleanSupplier stopped;
    private final SourceProgress progress;

    /** The server process that is reading a table, 0 while none is. */
    private volatile int readingProcess;

    /** The reading was cancelled: what still comes of it is of no use. */
    private volatile boolean givingWay;

    TableLoader(
            SourceConnections connections,
            WalSourceConfig config,
            ChangeWriter writer,
            Map<String, String> sourcePartition,
            Supplier<Map<String, String>> offset,
            CommitClock commitClock,
            BlockingQueue<Batch> into,
            BooleanSupplier stopped,
            SourceProgress progress) {
        this.connections = connections;
        this.config = config;
        this.writer = writer;
        this.sourcePartition = sourcePartition;
        this.offset = offset;
        this.commitClock = commitClock;
        this.into = into;
        this.stopped = stopped;
        this.progress = progress;
    }

    /**
     * Reads a table under the slot's own snapshot, which the connection has open.
     *
     * @return whether it could be done; false if the table was rewritten or changed in the meantime
     */
    boolean loadUnderSlotSnapshot(Load load, Connection snapshot, SnapshotPoint start, Chunk chunk)
            throws SQLException, InterruptedException {
        try (Statement statement = snapshot.createStatement()) {
            // What fails must not end the transaction that holds the snapshot.
            statement.execute("SAVEPOINT load");
            try {
                statement.execute("LOCK TABLE " + tableOnly(load) + " IN ACCESS SHARE MODE");
                if (wasRewritten(snapshot, load)) {
                    statement.execute("ROLLBACK TO SAVEPOINT load");
                    return false;
                }
                read(load, snapshot, List.of(start), chunk);
                // The lock goes with the savepoint, so that DDL need not wait for other tables.
                statement.execute("ROLLBACK TO SAVEPOINT load");
                return true;
            } catch (SQLException e) {
                String state = e.getSQLState();
                if (GAVE_WAY.equals(state)) {
                    statement.execute("ROLLBACK TO SAVEPOINT load");
                    throw e;
                }
                if (state == null || !state.startsWith("42")) {
                    throw e;
                }
                LOG.info(
                        "{} has changed since the snapshot ({}); it is read as it is now.",
                        load.name(),
                        e.getMessage());
                statement.execute("ROLLBACK TO SAVEPOINT load");
                return false;
            }
        }
    }

    /**
     * Reads a table as it is now, holding it still for a moment.
     *
     * @param known the points of earlier attempts, oldest first; the stream has everything that was
     *     written after the first
     */
    void loadNow(Load load, List<SnapshotPoint> known, SourceState state, Chunk chunk)
            throws SQLException, InterruptedException {
        try (Connection reading = connections.open()) {
            reading.setAutoCommit(false);
            Held held = holdAndOpen(load, reading);
            if (held == null) {
                return;
            }
            SnapshotPoint now = held.point();
            List<SnapshotPoint> points = new ArrayList<>(known);
            points.add(now);
            // Before the first record is, so that a later attempt knows of this one.
            state.raised(held.behind(), now.micros());
            state.rememberAttempt(load, now);
            read(load, reading, points, chunk);
            reading.rollback();
        }
    }

    /**
     * Opens a snapshot while nobody writes to the table; null if the capture was stopped meanwhile.
     */
    private @Nullable Held holdAndOpen(Load load, Connection reading)
            throws SQLException, InterruptedException {
        try (Connection holding = connections.open();
                Statement hold = holding.createStatement();
                Statement open = reading.createStatement()) {
            holding.setAutoCommit(false);
            for (int attempt = 1; !stopped.getAsBoolean(); attempt++) {
                try {
                    open.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                    open.execute("SET LOCAL lock_timeout = '100ms'");
                    // Keeps the table from being rewritten under the snapshot, which is not open
                    // yet. It
                    // comes first: asked for later, it could wait for DDL that waits for the hold.
                    open.execute("LOCK TABLE " + tableOnly(load) + " IN ACCESS SHARE MODE");
                    hold.execute("SELECT daybook.hold_still(" + load.relid() + ")");
                    SnapshotPoint now = SourceState.now(reading).notBefore(commitClock.latest());
                    // Before anybody writes to it again.
                    Held held = new Held(now, commitClock.read(now.lsn(), now.micros()));
                    if (isEmpty(open, load)) {
                        // Nobody can write a row between that and its being said.
                        hold.execute("SELECT daybook.read_empty(" + load.relid() + ")");
                        holding.commit();
                    }
                    return held;
                } catch (SQLException e) {
                    reading.rollback();
                    if (!"55P03".equals(e.getSQLState()) && !"40P01".equals(e.getSQLState())) {
                        throw e;
                    }
                } finally {
                    holding.rollback();
                }
                if (attempt % HOLD_TRIES_PER_REPORT == 0) {
                    LOG.info(
                            "Waiting for the transactions that use {} to end, to read its rows ({}"
                                    + " tries so far).",
                            load.name(),
                            attempt);
                }
                // Longer each time, and never in front of the application for more than a moment.
                TimeUnit.MILLISECONDS.sleep(Math.min(50L * attempt, 1000L));
            }
            return null;
        }
    }

    /**
     * Returns whether a table that is held still has no row. A file of nothing but deleted rows is
     * gone through for a moment only, since the application may wait for the table.
     */
    private static boolean isEmpty(Statement reading, Load load) throws SQLException {
        reading.execute("SAVEPOINT look");
        reading.execute("SET LOCAL statement_timeout = '100ms'");
        String rows = LoadPlan.rowsOf(reading.getConnection(), load, List.of());
        try (ResultSet row =
                reading.executeQuery("SELECT NOT EXISTS (SELECT FROM " + rows + " AS r)")) {
            return row.next() && row.getBoolean(1);
        } catch (SQLException e) {
            if (!QUERY_CANCELED.equals(e.getSQLState())) {
                throw e;
            }
            return false;
        } finally {
            reading.execute("ROLLBACK TO SAVEPOINT look");
        }
    }

    /**
     * Returns whether the table got a new file since the snapshot. To a snapshot from before it, a
     * rewritten table looks empty.
     */
    private static boolean wasRewritten(Connection snapshot, Load load) throws SQLException {
        try (PreparedStatement statement =
                snapshot.prepareStatement(
                        """
                        SELECT coalesce(bool_or(c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid)), true)
                        FROM pg_class c
                        WHERE c.relkind <> 'p' AND (c.oid = ? OR c.oid IN
                              (SELECT t.relid FROM pg_partition_tree(?::int8::oid) t WHERE t.isleaf))
                        HAVING count(*) > 0 OR NOT EXISTS (SELECT FROM pg_class p WHERE p.oid = ? AND p.relkind = 'p')
                        """)) {
            statement.setLong(1, load.relid());
            statement.setLong(2, load.relid());
            statement.setLong(3, load.relid());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private void read(Load load, Connection connection, List<SnapshotPoint> points, Chunk chunk)
            throws SQLException, InterruptedException {
        LoadPlan plan = LoadPlan.of(connection, load, points, config.maxValueBytes());
        TableShape shape = plan.shape();
        progress.begin(load.name(), plan.estimatedRows());
        RecordBatch records = newBatch(chunk);
        hand(new Batch(shape, records));
        Tuple fields = new Tuple();
        Tuple row = new Tuple();
        RecordPosition position = new RecordPosition();
        records = newBatch(chunk);
        long bytes = 0;
        givingWay = false;
        readingProcess = connection.unwrap(PGConnection.class).getBackendPID();
        boolean unknownEncoding = SourceText.isUnknown(connection);
        writer.unknownEncoding(unknownEncoding);
        CopyOut copy =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyOut(
                                // What the server does not convert it does not refuse either.
                                plan.sql() + (unknownEncoding ? " (ENCODING 'SQL_ASCII')" : ""));
        boolean whole = false;
        try {
            byte[] line;
            while ((line = copy.readFromCopy()) != null) {
                if (givingWay) {
                    // The server notices that it is cancelled once it is rid of what it has to
                    // send.
                    continue;
                }
                CopyRow.read(line, plan.fields(), fields);
                SnapshotPoint point = plan.split(fields, row, position);
                position.committedAt = point.micros();
                position.commitLsn = point.lsn();
                position.recordLsn = point.lsn();
                writer.change(records, RowChange.of(shape, ChangeOperation.LOAD, row, position));
                bytes += line.length;
                progress.rows(1);
                if (records.size() >= BATCH_RECORDS || bytes >= BATCH_BYTES) {
                    hand(new Batch(shape, records));
                    records = newBatch(chunk);
                    bytes = 0;
                }
            }
            hand(new Batch(shape, records));
            if (givingWay) {
                throw new SQLException("Reading " + load.name() + " was broken off.", GAVE_WAY);
            }
            whole = true;
        } finally {
            readingProcess = 0;
            if (!whole && copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private RecordBatch newBatch(Chunk chunk) {
        return new RecordBatch(chunk, sourcePartition, offset.get());
    }

    /** Returns the server process that is reading a table now; 0 if none is. */
    int readingProcess() {
        return readingProcess;
    }

    /** Lets the process that is reading go, which was cancelled at the server. */
    void giveWay() {
        givingWay = true;
    }

    private void hand(Batch batch) throws InterruptedException {
        while (!givingWay && !into.offer(batch, 100, TimeUnit.MILLISECONDS)) {
            if (stopped.getAsBoolean()) {
                throw new InterruptedException("The capture stops.");
            }
        }
    }

    /**
     * Returns the table as SQL names it alone: a partitioned one with its partitions, any other
     * without those that inherit.
     */
    private static String tableOnly(Load load) {
        return (load.partitioned() ? "" : "ONLY ") + sqlName(load);
    }

    static String sqlName(Load load) {
        return identifier(load.schema()) + "." + identifier(load.table());
    }

    static String identifier(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }
}
