package dev.daybook.connect.sink;

import dev.daybook.contract.JmxName;
import dev.daybook.contract.SinkSetting;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import javax.management.JMException;

/**
 * Does to a task what a Connect worker does: keeps a log per partition, delivers from the position,
 * goes where the task asks, repeats a batch after a {@link RetriableException}.
 */
final class TaskHarness implements SinkTaskContext, AutoCloseable {

    private static final String MARKER = "the marker of a transaction";

    private final AuditLogSinkTask task;
    private final Map<String, String> settings;
    private final Map<TopicPartition, List<SinkRecord>> log = new HashMap<>();
    private final Map<TopicPartition, Long> position = new HashMap<>();
    private final Map<TopicPartition, Long> asked = new HashMap<>();
    private final Set<TopicPartition> assigned = new HashSet<>();
    private final Map<TopicPartition, Long> start = new HashMap<>();
    private List<SinkRecord> pending = List.of();
    int retries;

    TaskHarness(Map<String, String> settings) {
        this(settings, Clock.systemUTC());
    }

    TaskHarness(Map<String, String> settings, Clock clock) {
        this(settings, new AuditLogSinkTask(clock));
    }

    /** Seals, and gives the segments to a topic. */
    TaskHarness(Map<String, String> settings, SegmentTopic topic, Clock clock) {
        this(sealing(settings), new AuditLogSinkTask(clock, config -> topic));
    }

    private TaskHarness(Map<String, String> settings, AuditLogSinkTask task) {
        this.settings = settings;
        this.task = task;
        task.initialize(this);
        task.start(settings);
    }

    /** Returns a task that begins where this one has left its topics. */
    TaskHarness restarted(SegmentTopic topic, Clock clock) {
        TaskHarness next = new TaskHarness(settings, topic, clock);
        next.log.putAll(log);
        return next;
    }

    private static Map<String, String> sealing(Map<String, String> settings) {
        Map<String, String> sealing = new HashMap<>(settings);
        sealing.put(SinkSetting.SEAL, "true");
        return sealing;
    }

    static Map<String, String> settings(AuditDatabase database) {
        Map<String, String> settings = new HashMap<>();
        settings.put("name", "test");
        settings.put(SinkSetting.DATABASE_URL, database.url());
        settings.put(SinkSetting.DATABASE_USER, "daybook_writer");
        settings.put(SinkSetting.DATABASE_PASSWORD, AuditDatabase.PASSWORD);
        settings.put(SinkSetting.ENTRIES_PARTITIONS, "2");
        settings.put(SinkSetting.RETRY_BACKOFF_MS, "1");
        settings.put(SinkSetting.RETRY_BACKOFF_MAX_MS, "5");
        return settings;
    }

    /** Appends a record to a partition's log. */
    SinkRecord append(String topic, int partition, @Nullable String value) {
        return append(
                topic, partition, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    SinkRecord append(String topic, int partition, byte @Nullable [] value) {
        List<SinkRecord> records =
                log.computeIfAbsent(new TopicPartition(topic, partition), p -> new ArrayList<>());
        SinkRecord record =
                new SinkRecord(
                        topic,
                        partition,
                        null,
                        "key",
                        null,
                        value,
                        records.size(),
                        0L,
                        TimestampType.CREATE_TIME);
        records.add(record);
        return record;
    }

    /** Appends what a transaction's end is, and what a consumer never sees. */
    void appendMarker(String topic, int partition) {
        log.computeIfAbsent(new TopicPartition(topic, partition), p -> new ArrayList<>())
                .add(new SinkRecord(topic, partition, null, MARKER, null, null, -1));
    }

    int size(TopicPartition partition) {
        return log.getOrDefault(partition, List.of()).size();
    }

    /** Deletes a partition's records before an offset. */
    void expire(TopicPartition partition, long before) {
        start.put(partition, before);
    }

    void open(TopicPartition... partitions) {
        for (TopicPartition partition : partitions) {
            assigned.add(partition);
            position.putIfAbsent(partition, 0L);
        }
        task.open(Set.of(partitions));
    }

    /** Takes a partition away; another task gets it. */
    void revoke(TopicPartition partition) {
        task.close(Set.of(partition));
        assigned.remove(partition);
        position.remove(partition);
        asked.remove(partition);
        pending =
                pending.stream()
                        .filter(
                                record ->
                                        !record.topic().equals(partition.topic())
                                                || record.kafkaPartition() != partition.partition())
                        .toList();
    }

    /** What the consumer group believes. */
    void position(TopicPartition partition, long offset) {
        position.put(partition, offset);
    }

    /** One round of the worker: seek, poll, put. Returns whether the batch was taken. */
    boolean poll() {
        if (pending.isEmpty()) {
            position.putAll(asked);
            asked.clear();
            pending = new ArrayList<>();
            for (TopicPartition partition : assigned) {
                List<SinkRecord> records = log.getOrDefault(partition, List.of());
                long first = start.getOrDefault(partition, 0L);
                long at = position.get(partition);
                // A consumer whose position is out of range goes on at the beginning.
                long from = at < first || at > records.size() ? first : at;
                for (SinkRecord record : records.subList((int) from, records.size())) {
                    if (!MARKER.equals(record.key())) {
                        pending.add(record);
                    }
                }
                position.put(partition, (long) records.size());
            }
        }
        try {
            task.put(pending);
            pending = List.of();
            return true;
        } catch (RetriableException e) {
            retries++;
            return false;
        }
    }

    /** Polls until nothing is left to deliver. */
    void drain() {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (true) {
            poll();
            if (pending.isEmpty()
                    && asked.isEmpty()
                    && assigned.stream()
                            .allMatch(
                                    p ->
                                            position.get(p)
                                                    >= log.getOrDefault(p, List.of()).size())) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("The task did not take its records within 30 s.");
            }
        }
    }

    Map<TopicPartition, Long> committable() {
        Map<TopicPartition, OffsetAndMetadata> current = new HashMap<>();
        position.forEach(
                (partition, offset) -> current.put(partition, new OffsetAndMetadata(offset)));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        task.preCommit(current)
                .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
        return offsets;
    }

    /** Returns one of the figures that the task gives to JMX. */
    Object figure(String name) throws JMException {
        return ManagementFactory.getPlatformMBeanServer()
                .getAttribute(JmxName.ofSink("test", 0), name);
    }

    @Override
    public void close() {
        task.close(assigned);
        task.stop();
    }

    @Override
    public Map<String, String> configs() {
        return settings;
    }

    @Override
    public void offset(Map<TopicPartition, Long> offsets) {
        asked.putAll(offsets);
    }

    @Override
    public void offset(TopicPartition partition, long offset) {
        asked.put(partition, offset);
    }

    @Override
    public void timeout(long millis) {}

    @Override
    public Set<TopicPartition> assignment() {
        return assigned;
    }

    @Override
    public void pause(TopicPartition... partitions) {}

    @Override
    public void resume(TopicPartition... partitions) {}

    @Override
    public void requestCommit() {}
}
