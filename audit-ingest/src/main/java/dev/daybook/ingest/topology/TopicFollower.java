package dev.daybook.ingest.topology;

import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.ingest.change.Decoded;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads change topics beside the stream, all partitions in one thread of one instance, and holds
 * the records to what the capture says of them. What does not come is a gap, written to the topic
 * of entries. What is not settled yet is kept with the committed offsets, and so outlives a
 * restart.
 */
abstract class TopicFollower implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(TopicFollower.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** What the broker keeps with an offset, by default. */
    private static final int LONGEST_STATE = 4_000;

    private final Map<String, Object> clientProperties;
    private final String entriesTopic;
    private final String group;
    private final String name;
    private final Clock clock;
    private final Records records = new Records();

    private @Nullable Thread thread;
    private volatile @Nullable Consumer<byte[], byte[]> consumer;
    private volatile boolean stopped;

    /**
     * @param clientProperties how to reach the broker
     * @param name what is followed, in a word: part of the group's and the clients' names
     */
    TopicFollower(
            Map<String, Object> clientProperties,
            String entriesTopic,
            String applicationId,
            String name,
            Clock clock) {
        this.clientProperties = Map.copyOf(clientProperties);
        this.entriesTopic = entriesTopic;
        this.group = applicationId + "-" + name;
        this.name = name;
        this.clock = clock;
    }

    /** Returns whether there is anything to follow. */
    abstract boolean isWanted();

    abstract void subscribe(Consumer<byte[], byte[]> reading, ConsumerRebalanceListener listener);

    /** Forgets everything: it is read again by whoever has the partitions next. */
    abstract void forget();

    /**
     * Begins where the group stands.
     *
     * @param committed the offsets to go on from, of those partitions that have one
     * @param beginnings the first offset that each partition still has
     */
    abstract void restore(
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> beginnings,
            long now);

    abstract void read(ConsumerRecord<byte[], byte[]> record, long now);

    /** Writes what is missing; called whenever everything that there is has been read. */
    abstract void report(Producer<byte[], byte[]> writing, long now);

    /** Commits what was read, together with what is not settled. */
    abstract void commit(Consumer<byte[], byte[]> reading);

    @Override
    public final synchronized void start() {
        if (isWanted()) {
            stopped = false;
            thread = Thread.ofPlatform().name("daybook-" + name).daemon().start(this::run);
        }
    }

    private void run() {
        while (!stopped) {
            try (Consumer<byte[], byte[]> reading = consumer();
                    Producer<byte[], byte[]> writing = producer()) {
                consumer = reading;
                follow(reading, writing);
            } catch (WakeupException stop) {
                // The loop's condition says whether to go on.
            } catch (KafkaException e) {
                log.warn(
                        "The change topics cannot be followed ({}); another attempt in {} s",
                        name,
                        PAUSE.toSeconds(),
                        e);
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(PAUSE.toSeconds()));
            } finally {
                consumer = null;
            }
        }
    }

    private void follow(Consumer<byte[], byte[]> reading, Producer<byte[], byte[]> writing) {
        subscribe(
                reading,
                new ConsumerRebalanceListener() {
                    @Override
                    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                        forget();
                    }

                    @Override
                    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
                        reading.committed(new HashSet<>(partitions))
                                .forEach(
                                        (partition, offset) -> {
                                            if (offset != null) {
                                                committed.put(partition, offset);
                                            }
                                        });
                        restore(committed, reading.beginningOffsets(partitions), clock.millis());
                    }
                });
        while (!stopped) {
            long now = clock.millis();
            boolean more = false;
            for (ConsumerRecord<byte[], byte[]> record : reading.poll(POLL)) {
                read(record, now);
                more = true;
            }
            if (!more) {
                // Everything has been read: what has not come by now is late.
                report(writing, now);
            }
            commit(reading);
        }
    }

    /**
     * Commits the partitions, and the state with one of them; nothing while it is too long.
     *
     * @param with the partition whose offset the state is kept with
     */
    static void commit(
            Consumer<byte[], byte[]> reading,
            Collection<TopicPartition> partitions,
            TopicPartition with,
            String state) {
        if (state.length() > LONGEST_STATE) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            offsets.put(
                    partition,
                    new OffsetAndMetadata(
                            reading.position(partition), partition.equals(with) ? state : ""));
        }
        reading.commitSync(offsets);
    }

    /** Returns whether records of a partition were deleted before they were read. */
    static boolean beginsLate(
            TopicPartition partition,
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> beginnings) {
        OffsetAndMetadata next = committed.get(partition);
        return beginnings.getOrDefault(partition, 0L) > (next == null ? 0 : next.offset());
    }

    void write(
            Producer<byte[], byte[]> writing,
            String source,
            @Nullable TableName table,
            Decoded.Gap gap) {
        log.warn(
                "Changes of {} may be missing. {}",
                table == null ? source : Quote.of(table.toString()),
                Quote.of(gap.reason()));
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        entriesTopic,
                        records.gapKey(source, table),
                        records.gap(source, Stage.INGEST, gap));
        record.headers().add(RecordHeader.KIND, RecordHeader.GAP.getBytes(StandardCharsets.UTF_8));
        writing.send(
                record,
                (sent, failure) -> {
                    if (failure != null) {
                        log.error("A gap could not be written: {}", gap.reason(), failure);
                    }
                });
        writing.flush();
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.keySet().retainAll(ConsumerConfig.configNames());
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "daybook-ingest-" + name);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // How long a new topic of a pattern goes unseen.
        properties.putIfAbsent(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 30_000);
        properties.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, OneReader.class.getName());
        return new KafkaConsumer<>(
                properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Producer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.keySet().retainAll(ProducerConfig.configNames());
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "daybook-ingest-" + name);
        return new KafkaProducer<>(
                properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public final void stop() {
        stopped = true;
        Consumer<byte[], byte[]> reading = consumer;
        if (reading != null) {
            reading.wakeup();
        }
        Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            thread = null;
        }
    }

    @Override
    public final boolean isRunning() {
        return thread != null;
    }
}
