package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/**
 * The sink's connection to the audit database. A batch and the offsets behind it are stored in one
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

    private static final Logger LOG = LoggerFactory.getLogger(AuditWriter.class);

    /** What {@code audit.require_offsets} raises. */
    private static final String OVERTAKEN = "DAY01";

    private static final String UNIQUE_VIOLATION = "23505";

    /** From so many rows on, COPY costs less, its four further round trips included. */
    private static final int COPY_FROM = 32;

    /** How much JSON one statement carries at most; more goes in several, in one transaction. */
    private static final long STATEMENT_BYTES = 8 * 1024 * 1024;

    private final SinkConfig config;
    private final RowReader reader;
    private final Clock clock;
    private final String sink;

    private @Nullable Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final EntryCopy copy = new EntryCopy();
    private boolean duplicatesExpected;
    private final Set<Integer> months = new HashSet<>();
    private Instant prepareAgainAt = Instant.MIN;

    AuditWriter(SinkConfig config, RowReader reader, Clock clock) {
        this.config = config;
        this.reader = reader;
        this.clock = clock;
        this.sink = config.sinkName();
    }

    /** What became of a batch. */
    sealed interface Outcome {

        /**
         * It is stored.
         *
         * @param duplicates entries that had been stored before
         * @param refused rows that the database did not take, and that are in {@code
         *     audit.rejected}
         */
        record Stored(long duplicates, int refused) implements Outcome {}

        /** Nothing is stored: the offsets are not where this sink left them. */
        record Overtaken() implements Outcome {}
    }

    /**
     * The offset a partition is moved from, or -1 where none is stored, and the one it is moved to.
     */
    record Move(long from, long to) {}

    /** The stored offsets of those partitions that have one. */
    Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions) throws SQLException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        try (PreparedStatement query =
                connected()
                        .prepareStatement(
                                "SELECT topic, partition, next_offset FROM audit.sink_offset WHERE sink ="
                                        + " ?")) {
            query.setString(1, sink);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    TopicPartition partition =
                            new TopicPartition(rows.getString(1), rows.getInt(2));
                    if (partitions.contains(partition)) {
                        offsets.put(partition, rows.getLong(3));
                    }
                }
            }
        } catch (SQLException e) {
            disconnect();
            throw e;
        }
        return offsets;
    }

    /** Sets offsets, whatever they were; null is the beginning of the partition. */
    void alter(Map<TopicPartition, @Nullable Long> offsets) throws SQLException {
        try (PreparedStatement upsert =
                connected()
                        .prepareStatement(
                                "INSERT INTO audit.sink_offset (sink, topic, partition, next_offset) VALUES (?,"
                                        + " ?, ?, ?) ON CONFLICT (sink, topic, partition) DO UPDATE SET"
                                        + " next_offset = excluded.next_offset")) {
            for (Map.Entry<TopicPartition, @Nullable Long> offset : offsets.entrySet()) {
                Long next = offset.getValue();
                upsert.setString(1, sink);
                upsert.setString(2, offset.getKey().topic());
                upsert.setInt(3, offset.getKey().partition());
                upsert.setLong(4, next == null ? 0 : next);
                upsert.addBatch();
            }
            upsert.executeBatch();
        } catch (SQLException e) {
            disconnect();
            throw e;
        }
    }

    /** Stores the rows and moves the offsets. */
    Outcome store(List<Row> rows, Map<TopicPartition, Move> moves) throws SQLException {
        try {
            Connection database = connected();
            prepareMonths(rows);
            try {
                return storeWhole(database, rows, moves);
            } catch (SQLException e) {
                if (isOvertaken(e)) {
                    return new Outcome.Overtaken();
                }
                if (!isRefusal(e)) {
                    throw e;
                }
                // A partition may have been dropped meanwhile; anything else is a bad row.
                months.clear();
                prepareMonths(rows);
                return storeRowByRow(database, rows, moves);
            }
        } catch (SQLException e) {
            disconnect();
            throw e;
        }
    }

    private Outcome storeWhole(Connection database, List<Row> rows, Map<TopicPartition, Move> moves)
            throws SQLException {
        if (!duplicatesExpected && rows.size() >= COPY_FROM) {
            try {
                return storeByCopy(database, rows, moves);
            } catch (SQLException e) {
                if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                    throw e;
                }
                duplicatesExpected = true;
            }
        }
        long duplicates = storeByStatement(database, rows, moves);
        // Repetitions come in runs, after something further up has started again.
        duplicatesExpected = duplicates > 0;
        return new Outcome.Stored(duplicates, 0);
    }

    private Outcome storeByCopy(
            Connection database, List<Row> rows, Map<TopicPartition, Move> moves)
            throws SQLException {
        List<Row.Entry> entries = new ArrayList<>(rows.size());
        List<Row> others = new ArrayList<>();
        boolean mixed = false;
        for (Row row : rows) {
            if (row instanceof Row.Entry entry) {
                mixed |=
                        !entries.isEmpty()
                                && entries.get(0).committedAt().month()
                                        != entry.committedAt().month();
                entries.add(entry);
            } else {
                others.add(row);
            }
        }
        if (mixed) {
            // PostgreSQL writes rows in bulk only while they go to the same partition.
            entries.sort(Comparator.comparingInt(entry -> entry.committedAt().month()));
        }
        database.setAutoCommit(false);
        try {
            copy.copy(database.unwrap(PGConnection.class).getCopyAPI(), entries);
            execute(database, others, moves);
            database.commit();
            return new Outcome.Stored(0, 0);
        } catch (SQLException e) {
            rollback(database, e);
            throw e;
        } finally {
            leaveTransaction(database);
        }
    }

    /** Returns how many entries were not new. */
    private long storeByStatement(
            Connection database, List<Row> rows, Map<TopicPartition, Move> moves)
            throws SQLException {
        List<List<Row>> portions = portions(rows);
        if (portions.size() == 1) {
            return execute(database, rows, moves);
        }
        database.setAutoCommit(false);
        try {
            long duplicates = 0;
            for (int i = 0; i < portions.size(); i++) {
                duplicates +=
                        execute(
                                database,
                                portions.get(i),
                                i == portions.size() - 1 ? moves : Map.of());
            }
            database.commit();
            return duplicates;
        } catch (SQLException e) {
            rollback(database, e);
            throw e;
        } finally {
            leaveTransaction(database);
        }
    }

    /** The rows in portions that one statement can carry. */
    private static List<List<Row>> portions(List<Row> rows) {
        List<List<Row>> portions = new ArrayList<>();
        int from = 0;
        long size = 0;
        for (int i = 0; i < rows.size(); i++) {
            int bytes = rows.get(i).record().value() instanceof byte[] value ? value.length : 0;
            if (i > from && size + bytes > STATEMENT_BYTES) {
                portions.add(rows.subList(from, i));
                from = i;
                size = 0;
            }
            size += bytes;
        }
        portions.add(rows.subList(from, rows.size()));
        return portions;
    }

    /** Halves the rows until those that the database refuses stand alone; they go to rejected. */
    private Outcome storeRowByRow(
            Connection database, List<Row> rows, Map<TopicPartition, Move> moves)
            throws SQLException {
        database.setAutoCommit(false);
        try {
            List<Row> refused = new ArrayList<>();
            long duplicates = 0;
            for (List<Row> portion : portions(rows)) {
                duplicates += bisect(database, portion, refused);
            }
            execute(database, refused, moves);
            database.commit();
            return new Outcome.Stored(duplicates, refused.size());
        } catch (SQLException e) {
            rollback(database, e);
            if (isOvertaken(e)) {
                return new Outcome.Overtaken();
            }
            throw e;
        } finally {
            leaveTransaction(database);
        }
    }

    private long bisect(Connection database, List<Row> rows, List<Row> refused)
            throws SQLException {
        if (rows.isEmpty()) {
            return 0;
        }
        Savepoint before = database.setSavepoint();
        try {
            long duplicates = execute(database, rows, Map.of());
            database.releaseSavepoint(before);
            return duplicates;
        } catch (SQLException e) {
            if (!isRefusal(e)) {
                throw e;
            }
            database.rollback(before);
            database.releaseSavepoint(before);
            if (rows.size() == 1) {
                Row.Rejected rejected =
                        reader.refuse(
                                rows.get(0).record(),
                                "database-refused",
                                "The audit database refused the row: "
                                        + e.getMessage()
                                        + " (SQLSTATE "
                                        + e.getSQLState()
                                        + ")");
                refused.add(rejected);
                return 0;
            }
            int half = rows.size() / 2;
            return bisect(database, rows.subList(0, half), refused)
                    + bisect(database, rows.subList(half, rows.size()), refused);
        }
    }

    private static void leaveTransaction(Connection database) throws SQLException {
        if (!database.isClosed()) {
            database.setAutoCommit(true);
        }
    }

    /**
     * Undoes what was begun; where that fails too, the connection is lost and everything is undone.
     */
    private static void rollback(Connection database, SQLException cause) {
        try {
            database.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * One round trip: all rows of all kinds and the offsets. Returns how many entries were not new.
     */
    private long execute(Connection database, List<Row> rows, Map<TopicPartition, Move> moves)
            throws SQLException {
        StoreStatement.Portion portion = StoreStatement.Portion.of(rows, moves);
        if (portion.isEmpty()) {
            return 0;
        }
        String sql = portion.sql();
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = database.prepareStatement(sql);
            statements.put(sql, statement);
        }
        return portion.entries().size() - StoreStatement.execute(statement, sink, portion);
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open != null) {
            return open;
        }
        Properties properties = new Properties();
        properties.setProperty("user", config.getString(SinkConfig.DATABASE_USER));
        properties.setProperty(
                "password", config.getPassword(SinkConfig.DATABASE_PASSWORD).value());
        properties.setProperty("ApplicationName", "daybook sink " + sink);
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("socketTimeout", "120");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("prepareThreshold", "1");
        open = DriverManager.getConnection(config.getString(SinkConfig.DATABASE_URL), properties);
        connection = open;
        try (Statement statement = open.createStatement()) {
            // The statement's plan never depends on its parameters.
            statement.execute("SET plan_cache_mode = force_generic_plan; SET jit = off");
        }
        months.clear();
        prepareAgainAt = Instant.MIN;
        return open;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        statements.clear();
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                LOG.debug("Closing the connection to the audit database failed", e);
            }
        }
    }

    /** Makes the partitions that the rows need, and those that time will need. */
    private void prepareMonths(List<Row> rows) throws SQLException {
        Instant now = clock.instant();
        if (now.isAfter(prepareAgainAt)) {
            ensurePartitions(
                    now,
                    now.atZone(ZoneOffset.UTC)
                            .plusMonths(config.getInt(SinkConfig.PARTITIONS_AHEAD_MONTHS))
                            .toInstant());
            prepareAgainAt = now.plus(6, ChronoUnit.HOURS);
        }
        Map<Integer, Moment> missing = new TreeMap<>();
        int last = Integer.MIN_VALUE;
        for (Row row : rows) {
            Moment at;
            if (row instanceof Row.Entry entry) {
                at = entry.committedAt();
            } else if (row instanceof Row.Context context) {
                at = context.committedAt();
            } else {
                continue;
            }
            if (at.month() != last) {
                last = at.month();
                if (!months.contains(last)) {
                    missing.put(last, at);
                }
            }
        }
        for (Map.Entry<Integer, Moment> month : missing.entrySet()) {
            Moment at = month.getValue();
            Instant instant = Instant.EPOCH.plus(at.micros(), ChronoUnit.MICROS);
            ensurePartitions(instant, instant);
            months.add(month.getKey());
        }
    }

    private void ensurePartitions(Instant from, Instant to) throws SQLException {
        try (PreparedStatement call =
                connected()
                        .prepareStatement(
                                "SELECT audit.ensure_partitions(?::text::timestamptz,"
                                        + " ?::text::timestamptz)")) {
            call.setString(1, timestamp(from));
            call.setString(2, timestamp(to));
            call.executeQuery().close();
        }
    }

    /** RFC 3339's year 0 is PostgreSQL's 1 BC. */
    private static String timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).getYear() > 0
                ? instant.toString()
                : "0001" + instant.toString().substring(4) + " BC";
    }

    private static boolean isOvertaken(SQLException e) {
        return OVERTAKEN.equals(e.getSQLState());
    }

    /** Whether the database is well and says no to what it was given. */
    private static boolean isRefusal(SQLException e) {
        String state = e.getSQLState();
        return state != null
                && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
    }

    @Override
    public void close() {
        disconnect();
    }
}
