package dev.daybook.connect.sink;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Stores what each poll brings, with the offsets, in one database transaction.
 *
 * <p>The offsets in {@code audit.sink_offset} are the truth; the consumer group's are a copy for
 * those who watch the lag. A partition goes through these states:
 *
 * <pre>
 *   open() ──database away──▶ unknown ──put(): offsets read──▶ sought
 *      └──────offsets read────────────────────────────────────▶ sought
 *   sought ──first records start where the database says──▶ following
 *   sought ──they start elsewhere──▶ sought once more, records dropped ──▶ following
 *   following ──another task has moved the offset, or a commit's fate is unknown──▶ unknown
 * </pre>
 */
public final class AuditLogSinkTask extends SinkTask {

    private static final Logger LOG = LoggerFactory.getLogger(AuditLogSinkTask.class);

    private final Clock clock;

    /** Stored next offsets of the partitions that are this task's; -1 where none is stored yet. */
    private final Map<TopicPartition, Long> next = new HashMap<>();

    /** Partitions of this task whose stored offset has not been read. */
    private final Set<TopicPartition> unknown = new HashSet<>();

    /**
     * Partitions that were told to go to their stored offset, and how often, and brought nothing
     * since.
     */
    private final Map<TopicPartition, Integer> sought = new HashMap<>();

    private @Nullable SinkConfig config;
    private @Nullable RowReader reader;
    private @Nullable AuditWriter writer;
    private @Nullable SinkStatistics statistics;
    private boolean everConnected;
    private int failures;
    private @Nullable String lastFailure;

    public AuditLogSinkTask() {
        this(Clock.systemUTC());
    }

    AuditLogSinkTask(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String version() {
        return SinkVersion.text();
    }

    @Override
    public void start(Map<String, String> settings) {
        SinkConfig parsed = new SinkConfig(settings);
        RowReader rows = new RowReader(parsed, clock);
        config = parsed;
        reader = rows;
        writer = new AuditWriter(parsed, rows, clock);
        statistics =
                SinkStatistics.register(parsed.sinkName(), parsed.getInt(SinkConfig.TASK_NUMBER));
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        unknown.addAll(partitions);
        try {
            seekToStored(Map.of());
        } catch (SQLException e) {
            // put() tries again, and until then nothing can be stored anyway.
            noteFailure(e);
        }
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            next.remove(partition);
            unknown.remove(partition);
            sought.remove(partition);
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        if (records.isEmpty()) {
            return;
        }
        try {
            store(records);
            noteSuccess();
        } catch (SQLException e) {
            // Whether the commit went through is not known.
            unknown.addAll(next.keySet());
            noteFailure(e);
            long wait = backoff();
            context.timeout(wait);
            throw new RetriableException(
                    "The audit database is away; next try in " + wait + " ms.", e);
        }
    }

    private void store(Collection<SinkRecord> records) throws SQLException {
        // Partitions whose records of this batch are brought again, from where the database says.
        Set<TopicPartition> elsewhere = new HashSet<>(unknown);
        if (!unknown.isEmpty()) {
            seekToStored(firstOffsets(records));
        }
        List<Row> rows = new ArrayList<>(records.size());
        Map<TopicPartition, AuditWriter.Move> moves = new HashMap<>();
        TopicPartition partition = null;
        int rejected = 0;
        for (SinkRecord record : records) {
            if (partition == null
                    || partition.partition() != record.originalKafkaPartition()
                    || !partition.topic().equals(record.originalTopic())) {
                partition = partition(record);
                if (!elsewhere.contains(partition)
                        && sought.containsKey(partition)
                        && startsElsewhere(partition, record)) {
                    elsewhere.add(partition);
                }
            }
            if (elsewhere.contains(partition)) {
                continue;
            }
            long offset = record.originalKafkaOffset();
            AuditWriter.Move move = moves.get(partition);
            long from = move == null ? next.getOrDefault(partition, -1L) : move.from();
            moves.put(partition, new AuditWriter.Move(from, offset + 1));
            Row row = reader().read(record);
            if (row instanceof Row.Rejected && !isRejectedTopic(record)) {
                rejected++;
            }
            rows.add(row);
        }
        if (rows.isEmpty()) {
            return;
        }
        long started = System.nanoTime();
        AuditWriter.Outcome outcome = writer().store(rows, moves);
        if (outcome instanceof AuditWriter.Outcome.Stored stored) {
            moves.forEach((moved, move) -> next.put(moved, move.to()));
            statistics()
                    .stored(
                            rows,
                            stored.duplicates(),
                            rejected + stored.refused(),
                            System.nanoTime() - started,
                            clock.instant());
        } else {
            LOG.warn(
                    "The stored offsets of {} were moved by someone else: if this task has been replaced, it"
                            + " ends soon; if not, it goes on from what is stored.",
                    moves.keySet());
            unknown.addAll(moves.keySet());
            seekToStored(firstOffsets(records));
        }
    }

    private static Map<TopicPartition, Long> firstOffsets(Collection<SinkRecord> records) {
        Map<TopicPartition, Long> first = new HashMap<>();
        for (SinkRecord record : records) {
            first.putIfAbsent(partition(record), record.originalKafkaOffset());
        }
        return first;
    }

    /**
     * Reads the stored offsets of the unknown partitions and asks the consumer to go there; to
     * {@code otherwise} where none is stored.
     */
    private void seekToStored(Map<TopicPartition, Long> otherwise) throws SQLException {
        Map<TopicPartition, Long> stored = writer().offsets(unknown);
        everConnected = true;
        for (TopicPartition partition : List.copyOf(unknown)) {
            Long offset = stored.get(partition);
            next.put(partition, offset == null ? -1 : offset);
            unknown.remove(partition);
            if (offset != null) {
                context.offset(partition, offset);
                sought.put(partition, 1);
            } else if (otherwise.containsKey(partition)) {
                context.offset(partition, otherwise.get(partition));
            }
        }
    }

    /** Whether a partition that was told to go to its stored offset has to be told once more. */
    private boolean startsElsewhere(TopicPartition partition, SinkRecord record) {
        long stored = next.getOrDefault(partition, -1L);
        Integer times = sought.remove(partition);
        if (record.originalKafkaOffset() == stored) {
            return false;
        }
        if (times != null && times > 1) {
            LOG.warn(
                    "{} goes on at offset {} although {} is the next to be stored: the topic was made anew, or"
                            + " records between were deleted, or they are a transaction's markers.",
                    partition,
                    record.originalKafkaOffset(),
                    stored);
            return false;
        }
        // Records that were fetched before the consumer went there are brought once; it is told
        // again, and what it brings then is what there is.
        context.offset(partition, stored);
        sought.put(partition, 2);
        return true;
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(
            Map<TopicPartition, OffsetAndMetadata> current) {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        for (TopicPartition partition : current.keySet()) {
            long stored = next.getOrDefault(partition, -1L);
            if (stored >= 0) {
                committed.put(partition, new OffsetAndMetadata(stored));
            }
        }
        return committed;
    }

    @Override
    public void stop() {
        if (writer != null) {
            writer.close();
        }
        if (statistics != null) {
            statistics.unregister();
        }
    }

    private void noteSuccess() {
        everConnected = true;
        if (failures > 0) {
            LOG.info("The audit database is back after {} failed attempts.", failures);
        }
        failures = 0;
        lastFailure = null;
        statistics().available(true);
    }

    /** Logs a failure once, and again only when it is another one. */
    private void noteFailure(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (!everConnected && isSetup(state)) {
            throw new ConnectException(
                    "The audit database cannot be used with these settings: "
                            + e.getMessage()
                            + " (SQLSTATE "
                            + state
                            + "). Check database.url, database.user and database.password, and that the"
                            + " migrations have been applied.",
                    e);
        }
        failures++;
        statistics().available(false);
        if (!state.equals(lastFailure)) {
            LOG.warn(
                    "The audit database is away; trying again, at most every {} ms: {} (SQLSTATE {})",
                    config().getLong(SinkConfig.RETRY_BACKOFF_MAX_MS),
                    e.getMessage(),
                    state);
            lastFailure = state;
        }
    }

    /** Wrong password, no such database, table or privilege: waiting does not help. */
    private static boolean isSetup(String state) {
        return state.startsWith("28") || state.startsWith("3D") || state.startsWith("42");
    }

    private long backoff() {
        long first = config().getLong(SinkConfig.RETRY_BACKOFF_MS);
        long most = config().getLong(SinkConfig.RETRY_BACKOFF_MAX_MS);
        return Math.min(most, first << Math.min(failures - 1, 20));
    }

    private boolean isRejectedTopic(SinkRecord record) {
        return config().getString(SinkConfig.REJECTED_TOPIC).equals(record.originalTopic());
    }

    private static TopicPartition partition(SinkRecord record) {
        return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
    }

    private SinkConfig config() {
        return started(config);
    }

    private RowReader reader() {
        return started(reader);
    }

    private AuditWriter writer() {
        return started(writer);
    }

    private SinkStatistics statistics() {
        return started(statistics);
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("The task has not been started.");
        }
        return part;
    }
}
