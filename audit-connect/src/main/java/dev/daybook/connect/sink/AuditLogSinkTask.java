package dev.daybook.connect.sink;

import dev.daybook.contract.SinkSetting;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Stores what each poll brings, with the offsets, in one database transaction.
 *
 * <p>The offsets in {@code audit.sink_offset} are the truth; the consumer group's are a copy for
 * those who watch the lag. While the database is unavailable the task keeps its batch and retries,
 * with growing pauses.
 */
public final class AuditLogSinkTask extends SinkTask {

    private static final Logger LOG = LoggerFactory.getLogger(AuditLogSinkTask.class);

    /** What a started task works with. */
    private record Parts(
            RowReader reader,
            HeldMarks marks,
            GapFinder gaps,
            AuditWriter writer,
            SelfReport report,
            SinkStatistics statistics,
            DatabaseOutage outage) {}

    private final Clock clock;
    private final Function<SinkConfig, SegmentTopic> segmentTopic;
    private final Positions positions = new Positions();
    private @Nullable Parts parts;

    public AuditLogSinkTask() {
        this(Clock.systemUTC());
    }

    AuditLogSinkTask(Clock clock) {
        this(clock, KafkaSegmentTopic::new);
    }

    AuditLogSinkTask(Clock clock, Function<SinkConfig, SegmentTopic> segmentTopic) {
        this.clock = clock;
        this.segmentTopic = segmentTopic;
    }

    @Override
    public String version() {
        return SinkVersion.text();
    }

    @Override
    public void start(Map<String, String> settings) {
        SinkConfig config = new SinkConfig(settings);
        Rejections rejections = new Rejections(clock);
        SinkStatistics statistics =
                SinkStatistics.register(config.sinkName(), config.getInt(SinkConfig.TASK_NUMBER));
        RowReader reader = new RowReader(config, rejections, clock);
        parts =
                new Parts(
                        reader,
                        new HeldMarks(config.getBoolean(SinkSetting.SEAL), reader, clock),
                        new GapFinder(config, clock),
                        new AuditWriter(
                                config,
                                rejections,
                                clock,
                                config.getBoolean(SinkSetting.SEAL)
                                        ? segmentTopic.apply(config)
                                        : null),
                        new SelfReport(
                                config.sinkName() + "-" + config.getInt(SinkConfig.TASK_NUMBER),
                                clock),
                        statistics,
                        new DatabaseOutage(config, statistics));
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        positions.add(partitions);
        try {
            seekToStored(Map.of());
        } catch (SQLException e) {
            // put() tries again, and until then nothing can be stored anyway.
            parts().outage().failed(e);
        }
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        positions.remove(partitions);
        parts().marks().drop(partitions);
    }

    @Override
    public void put(Collection<SinkRecord> delivered) {
        Collection<SinkRecord> records = parts().marks().due(delivered, positions);
        // So that the task is asked again in time to report or to store what is held, whether
        // records come or not.
        context.timeout(parts().marks().pause().toMillis());
        if (records.isEmpty() && positions.unknown().isEmpty()) {
            report(null);
            return;
        }
        try {
            if (records.isEmpty()) {
                seekToStored(Map.of());
            } else {
                store(Batch.byPartition(records), records.size());
            }
            parts().outage().over();
            report(null);
        } catch (SQLException e) {
            // Whether the commit went through is not known.
            positions.forgetAll();
            long pause = parts().outage().failed(e);
            report(parts().statistics().getDatabaseFailure());
            context.timeout(pause);
            if (records.isEmpty()) {
                return;
            }
            throw new RetriableException(
                    "The audit database is unavailable; retrying in " + pause + " ms.", e);
        }
    }

    /** Reports how the task is, if it is time to; the next report says what this one could not. */
    private void report(@Nullable String failure) {
        SelfReport report = parts().report();
        Instant since = failure == null ? null : report.failing();
        if (failure == null) {
            report.works();
        }
        if (report.isDue()) {
            try {
                parts().writer().report(report.instance(), since, failure);
            } catch (SQLException e) {
                LOG.debug("The task could not report itself", e);
            }
        }
    }

    private void store(Map<TopicPartition, List<SinkRecord>> records, int size)
            throws SQLException {
        // Their records are brought again, from where the database says.
        Set<TopicPartition> unknown = positions.unknown();
        if (!unknown.isEmpty()) {
            seekToStored(records);
        }
        Batch batch = new Batch(size);
        records.forEach(
                (partition, of) -> {
                    if (unknown.contains(partition)) {
                        return;
                    }
                    if (positions.isToBeSoughtAgain(partition, of.get(0).originalKafkaOffset())) {
                        seek(partition, positions.next(partition));
                        return;
                    }
                    batch.add(partition, of, positions, parts().reader(), parts().gaps());
                });
        if (batch.moves.isEmpty()) {
            return;
        }
        long started = System.nanoTime();
        AuditWriter.Outcome outcome = parts().writer().store(batch);
        if (outcome instanceof AuditWriter.Outcome.Stored stored) {
            batch.moves.forEach((partition, move) -> positions.stored(partition, move.to()));
            parts().statistics()
                    .stored(
                            batch.rows,
                            batch.unreadable,
                            stored,
                            System.nanoTime() - started,
                            clock.instant());
        } else {
            LOG.warn(
                    "Another task has moved the stored offsets of {}; nothing of this batch is"
                            + " stored, and the task goes on from the stored offsets",
                    batch.moves.keySet());
            positions.forget(batch.moves.keySet());
            seekToStored(records);
        }
    }

    /**
     * Reads the stored offsets of the unknown partitions and asks the consumer to go there; where
     * none is stored, to the first of the records that it has brought.
     */
    private void seekToStored(Map<TopicPartition, List<SinkRecord>> brought) throws SQLException {
        Set<TopicPartition> unknown = positions.unknown();
        Map<TopicPartition, Long> stored = parts().writer().offsets(unknown);
        for (TopicPartition partition : unknown) {
            Long offset = stored.get(partition);
            List<SinkRecord> records = brought.get(partition);
            if (offset != null) {
                seek(partition, offset);
            } else {
                positions.noneStored(partition);
                if (records != null) {
                    context.offset(partition, records.get(0).originalKafkaOffset());
                }
            }
        }
    }

    private void seek(TopicPartition partition, long stored) {
        context.offset(partition, stored);
        positions.sought(partition, stored);
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(
            Map<TopicPartition, OffsetAndMetadata> current) {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        for (TopicPartition partition : current.keySet()) {
            long stored = positions.next(partition);
            if (stored >= 0) {
                committed.put(partition, new OffsetAndMetadata(stored));
            }
        }
        return committed;
    }

    @Override
    public void stop() {
        Parts started = parts;
        if (started != null) {
            started.writer().close();
            started.statistics().unregister();
        }
    }

    private Parts parts() {
        Parts started = parts;
        if (started == null) {
            throw new IllegalStateException("The task has not been started.");
        }
        return started;
    }
}
