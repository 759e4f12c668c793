package dev.daybook.connect.sink;

import dev.daybook.contract.Stage;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Stores batches in the audit database. A batch and the offsets behind it are stored in one
 * transaction, or not at all.
 *
 * <p>The offsets are moved by compare and set: only from where this sink left them. Two tasks that
 * both believe that a partition is theirs cannot both move it; the one that comes second stores
 * nothing and is told.
 *
 * <p>Not thread-safe. After an {@link SQLException} the connection is gone and the next call makes
 * a new one; whether the batch was stored is then known from {@link #offsets}.
 */
final class AuditWriter implements AutoCloseable {

    /** From so many rows on, COPY costs less, its four further round trips included. */
    private static final int COPY_FROM = 32;

    private static final String REPORT =
            """
            INSERT INTO audit.part (stage, instance, failing_since, reason) VALUES (?, ?, ?::timestamptz, ?)
            ON CONFLICT (stage, instance) DO UPDATE SET failing_since = excluded.failing_since,
              reason = excluded.reason, reported_at = excluded.reported_at""";

    private final AuditConnection connection;
    private final StoredOffsets offsets;
    private final MonthPartitions months;
    private final Rejections rejections;
    private final String sink;
    private final EntryCopy copy = new EntryCopy();
    private final @Nullable Sealing sealing;
    private boolean repetitionsExpected;

    /**
     * @param segmentTopic where segments go; null: what is stored is not sealed
     */
    AuditWriter(
            SinkConfig config,
            Rejections rejections,
            Clock clock,
            @Nullable SegmentTopic segmentTopic) {
        this.sink = config.sinkName();
        this.connection = new AuditConnection(config);
        this.offsets = new StoredOffsets(connection, sink);
        this.months = new MonthPartitions(connection, config, clock);
        this.rejections = rejections;
        this.sealing =
                segmentTopic == null ? null : new Sealing(config, connection, segmentTopic, clock);
    }

    /** What became of a batch. */
    sealed interface Outcome {

        /**
         * It is stored.
         *
         * @param duplicates rows that had been stored before
         * @param rejected rows that could not be stored, and that are in {@code audit.rejected}
         * @param collisions those of them whose id another change has
         */
        record Stored(long duplicates, int rejected, int collisions) implements Outcome {}

        /** Nothing is stored: the offsets are not where this sink left them. */
        record Overtaken() implements Outcome {}
    }

    /**
     * Reports how the task is.
     *
     * @param since since when it does not work, or null if it does
     * @param reason why it does not, or null
     */
    void report(String instance, @Nullable Instant since, @Nullable String reason)
            throws SQLException {
        connected(
                () -> {
                    PreparedStatement statement = connection.prepared(REPORT);
                    statement.setString(1, Stage.SINK.word());
                    statement.setString(2, instance);
                    statement.setString(3, since == null ? null : since.toString());
                    statement.setString(4, reason);
                    return statement.executeUpdate();
                });
    }

    /** Returns the stored offsets of those partitions that have one. */
    Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions) throws SQLException {
        if (sealing != null) {
            sealing.forget(partitions);
        }
        return connected(() -> offsets.of(partitions));
    }

    /** Sets offsets, whatever they were; null is the beginning of the partition. */
    void alter(Map<TopicPartition, @Nullable Long> wanted) throws SQLException {
        connected(
                () -> {
                    offsets.set(wanted);
                    return wanted;
                });
    }

    /** Stores the rows of a batch and moves the offsets. */
    Outcome store(Batch batch) throws SQLException {
        List<Row> rows = batch.rows;
        return connected(
                () -> {
                    try {
                        months.prepare(rows);
                        SealedBatch seal = sealing == null ? null : sealing.begin(batch);
                        if (!repetitionsExpected) {
                            try {
                                return storeNew(rows, batch.moves, seal);
                            } catch (SQLException e) {
                                if (!SqlFault.isRejection(e)) {
                                    throw e;
                                }
                                if (!SqlFault.isRepetition(e)) {
                                    // A partition may have been dropped meanwhile.
                                    months.forget();
                                    months.prepare(rows);
                                }
                            }
                        }
                        return storeCarefully(rows, batch.moves, seal);
                    } catch (SQLException e) {
                        if (sealing != null) {
                            sealing.forgetAll();
                        }
                        if (SqlFault.isOvertaken(e)) {
                            return new Outcome.Overtaken();
                        }
                        throw e;
                    }
                });
    }

    /** Stores rows all of which are new and storable, or fails and stores none. */
    private Outcome storeNew(
            List<Row> rows, Map<TopicPartition, Portion.Move> moves, @Nullable SealedBatch seal)
            throws SQLException {
        List<Row.Entry> entries = new ArrayList<>(rows.size());
        List<Row> others = new ArrayList<>();
        Set<List<Object>> transactions = new HashSet<>();
        long repeated = 0;
        for (Row row : rows) {
            if (row instanceof Row.Entry entry) {
                entries.add(entry);
            } else if (row instanceof Row.Context context
                    && !transactions.add(
                            List.of(
                                    context.source(),
                                    context.transactionId(),
                                    context.committedAt()))) {
                // The first context of a transaction counts.
                repeated++;
            } else {
                others.add(row);
            }
        }
        Places places = seal == null ? Places.NONE : seal;
        if (seal != null) {
            List<Row> fresh = new ArrayList<>(entries);
            fresh.addAll(others);
            // The topic acknowledges while the database stores.
            seal.publish(fresh, rows);
        }
        List<List<Row>> all = Portion.split(rows);
        if (seal == null && entries.size() < COPY_FROM && all.size() <= 1 && repeated == 0) {
            execute(Portion.of(rows, moves), places);
        } else {
            inTransaction(
                    () -> {
                        List<Row> by = others;
                        if (entries.size() < COPY_FROM) {
                            by = new ArrayList<>(entries);
                            by.addAll(others);
                        } else {
                            PGConnection database = connection.open().unwrap(PGConnection.class);
                            copy.copy(database.getCopyAPI(), byMonth(entries), places);
                        }
                        List<List<Row>> parts = Portion.split(by);
                        for (int i = 0; i < parts.size() - 1; i++) {
                            execute(Portion.of(parts.get(i), Map.of()), places);
                        }
                        List<Row> last = parts.isEmpty() ? by : parts.get(parts.size() - 1);
                        StoreStatement.Inserted inserted = execute(Portion.of(last, moves), places);
                        if (seal != null) {
                            seal.store();
                        }
                        return inserted;
                    });
        }
        return new Outcome.Stored(repeated, 0, 0);
    }

    private StoreStatement.Inserted execute(Portion portion, Places places) throws SQLException {
        return StoreStatement.execute(
                connection.prepared(StoreStatement.sql(portion, StoreStatement.Known.FAIL)),
                sink,
                portion,
                places);
    }

    /** Returns the entries in an order in which those of a month stand together. */
    private static List<Row.Entry> byMonth(List<Row.Entry> entries) {
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (Row.Entry entry : entries) {
            first = Math.min(first, entry.committedAt());
            last = Math.max(last, entry.committedAt());
        }
        if (entries.isEmpty()
                || MonthPartitions.monthOf(first).equals(MonthPartitions.monthOf(last))) {
            return entries;
        }
        // PostgreSQL writes rows in bulk only while they go to the same partition.
        List<Row.Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Row.Entry::committedAt));
        return sorted;
    }

    private Outcome storeCarefully(
            List<Row> rows, Map<TopicPartition, Portion.Move> moves, @Nullable SealedBatch seal)
            throws SQLException {
        Places places = seal == null ? Places.NONE : seal;
        Outcome.Stored stored =
                inTransaction(
                        () -> {
                            CarefulStore store =
                                    new CarefulStore(connection, rejections, sink, places);
                            Outcome.Stored outcome = store.store(rows, moves);
                            if (seal != null) {
                                seal.publish(store.stored(), rows);
                                seal.store();
                            }
                            return outcome;
                        });
        // Repetitions come in runs, after something further up has started again.
        repetitionsExpected = stored.duplicates() > 0;
        return stored;
    }

    private interface Work<T> {
        T run() throws SQLException;
    }

    /** Runs work on the database; after a failure the next one connects anew. */
    private <T> T connected(Work<T> work) throws SQLException {
        try {
            if (!connection.isOpen()) {
                connection.open();
                months.forget();
            }
            return work.run();
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        Connection database = connection.open();
        database.setAutoCommit(false);
        try {
            T result = work.run();
            database.commit();
            return result;
        } catch (SQLException | RuntimeException e) {
            // Whatever failed: to switch autocommit on would commit what was done so far.
            try {
                database.rollback();
            } catch (SQLException lost) {
                // The connection is lost, and everything undone with it.
                e.addSuppressed(lost);
            }
            throw e;
        } finally {
            if (!database.isClosed()) {
                database.setAutoCommit(true);
            }
        }
    }

    @Override
    public void close() {
        if (sealing != null) {
            sealing.close();
        }
        connection.close();
    }
}
