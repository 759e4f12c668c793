package dev.daybook.ingest.topology;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Place;

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
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads the change topics beside the stream, all partitions in one thread of one instance, and
 * follows DMS's chain of records. A record that stays missing is a gap, written to the topic of
 * entries. What is not settled yet is kept with the committed offsets, and so outlives a restart.
 */
final class ChainFollower implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ChainFollower.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** What the broker keeps with an offset, by default. */
    private static final int LONGEST_STATE = 4_000;

    private final Map<String, Object> clientProperties;
    private final Map<String, String> sources;
    private final String entriesTopic;
    private final String group;
    private final Duration patience;
    private final Clock clock;
    private final ChainReader reader = new ChainReader();
    private final Records records = new Records();
    private final Map<String, ChainLinks> chains = new HashMap<>();

    /** Partitions whose earlier records expired before they were read. */
    private final Set<TopicPartition> beginnings = new HashSet<>();

    private @Nullable Thread thread;
    private volatile @Nullable Consumer<byte[], byte[]> consumer;
    private volatile boolean stopped;

    /**
     * @param clientProperties how to reach the broker
     * @param sources the sources whose chain is followed, by their topic
     * @param patience how long a record is waited for once everything has been read
     */
    ChainFollower(
            Map<String, Object> clientProperties,
            Map<String, String> sources,
            String entriesTopic,
            String applicationId,
            Duration patience,
            Clock clock) {
        this.clientProperties = Map.copyOf(clientProperties);
        this.sources = Map.copyOf(sources);
        this.entriesTopic = entriesTopic;
        this.group = applicationId + "-chain";
        this.patience = patience;
        this.clock = clock;
    }

    @Override
    public synchronized void start() {
        if (!sources.isEmpty()) {
            stopped = false;
            thread = Thread.ofPlatform().name("daybook-chain").daemon().start(this::run);
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
                        "The chain of DMS's records cannot be followed; another attempt in {} s",
                        PAUSE.toSeconds(),
                        e);
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(PAUSE.toSeconds()));
            } finally {
                consumer = null;
            }
        }
    }

    private void follow(Consumer<byte[], byte[]> reading, Producer<byte[], byte[]> writing) {
        reading.subscribe(
                sources.keySet(),
                new ConsumerRebalanceListener() {
                    @Override
                    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                        chains.clear();
                        beginnings.clear();
                    }

                    @Override
                    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                        restore(reading, partitions);
                    }
                });
        while (!stopped) {
            long now = clock.millis();
            boolean more = false;
            for (ConsumerRecord<byte[], byte[]> record : reading.poll(POLL)) {
                ChainLinks.Link link =
                        reader.read(
                                record.value(),
                                new Place(record.topic(), record.partition(), record.offset()));
                ChainLinks chain = chains.get(record.topic());
                if (link != null && chain != null) {
                    if (!beginnings.isEmpty()
                            && beginnings.remove(
                                    new TopicPartition(record.topic(), record.partition()))) {
                        chain.beginWith(link);
                    }
                    chain.read(link, now);
                }
                more = true;
            }
            if (!more) {
                // Everything has been read: what has not come by now is late.
                report(writing, now);
            }
            commit(reading);
        }
    }

    private void restore(Consumer<byte[], byte[]> reading, Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed =
                reading.committed(Set.copyOf(partitions));
        reading.beginningOffsets(partitions)
                .forEach(
                        (partition, beginning) -> {
                            OffsetAndMetadata next = committed.get(partition);
                            if (beginning > (next == null ? 0 : next.offset())) {
                                beginnings.add(partition);
                            }
                        });
        for (String topic : sources.keySet()) {
            OffsetAndMetadata first = committed.get(new TopicPartition(topic, 0));
            chains.put(
                    topic,
                    ChainLinks.of(first == null ? "" : first.metadata(), topic, clock.millis()));
        }
    }

    /** Commits offsets and what is not settled, together; not while that is too much. */
    private void commit(Consumer<byte[], byte[]> reading) {
        for (Map.Entry<String, ChainLinks> chain : chains.entrySet()) {
            String state = chain.getValue().state();
            if (state.length() > LONGEST_STATE) {
                continue;
            }
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (TopicPartition partition : reading.assignment()) {
                if (partition.topic().equals(chain.getKey())) {
                    offsets.put(
                            partition,
                            new OffsetAndMetadata(
                                    reading.position(partition),
                                    partition.partition() == 0 ? state : ""));
                }
            }
            reading.commitSync(offsets);
        }
    }

    private void report(Producer<byte[], byte[]> writing, long now) {
        chains.forEach(
                (topic, chain) -> {
                    for (ChainLinks.Broken broken : chain.broken(now, patience)) {
                        String source = sources.get(topic);
                        if (source != null) {
                            write(writing, topic, source, broken);
                        }
                    }
                });
    }

    private void write(
            Producer<byte[], byte[]> writing,
            String topic,
            String source,
            ChainLinks.Broken broken) {
        ChainLinks.Link after = broken.after();
        ChainLinks.Link before = broken.before();
        String reason =
                "DMS names record "
                        + broken.missing()
                        + " as sent before record "
                        + after.id()
                        + " at "
                        + after.place()
                        + ", and it did not come. See the task's log for that time, and reload the"
                        + " tables that changed then.";
        log.warn("Changes of {} may be missing. {}", source, reason);
        byte[] gap =
                records.gap(
                        source,
                        Stage.INGEST,
                        new Decoded.Gap(
                                null,
                                RejectionId.of(
                                        Stage.INGEST,
                                        topic,
                                        after.place().partition(),
                                        after.place().offset(),
                                        broken.missing().toString()),
                                clock.instant(),
                                before.committedAt(),
                                after.committedAt(),
                                before.position(),
                                after.position(),
                                GapCause.CHAIN_BROKEN.word(),
                                reason));
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(entriesTopic, records.gapKey(source, null), gap);
        record.headers().add(RecordHeader.KIND, RecordHeader.GAP.getBytes(StandardCharsets.UTF_8));
        writing.send(
                record,
                (sent, failure) -> {
                    if (failure != null) {
                        log.error("A gap in DMS's chain could not be written: {}", reason, failure);
                    }
                });
        writing.flush();
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.keySet().retainAll(ConsumerConfig.configNames());
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "daybook-ingest-chain");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, OneReader.class.getName());
        return new KafkaConsumer<>(
                properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Producer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.keySet().retainAll(ProducerConfig.configNames());
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "daybook-ingest-chain");
        return new KafkaProducer<>(
                properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void stop() {
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
    public boolean isRunning() {
        return thread != null;
    }
}
