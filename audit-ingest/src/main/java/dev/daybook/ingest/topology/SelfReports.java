package dev.daybook.ingest.topology;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.RecordHeader;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.SmartLifecycle;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Writes every few seconds how the application is to the topic of entries, so that the audit
 * database knows it too. Has a producer of its own: that of a stream thread ends with its thread.
 */
final class SelfReports implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SelfReports.class);

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final int LONGEST_REASON = 1_000;

    private final Map<String, Object> producerProperties;
    private final String topic;
    private final String instance;
    private final StreamsHealth health;
    private final Clock clock;
    private final Records records = new Records();

    private @Nullable ScheduledExecutorService timer;
    private @Nullable Producer<byte[], byte[]> producer;
    private @Nullable Instant failingSince;

    /**
     * @param clientProperties how to reach the broker
     * @param topic the topic of entries
     * @param instance what tells this process from other ingests
     */
    SelfReports(
            Map<String, Object> clientProperties,
            String topic,
            String instance,
            StreamsHealth health,
            Clock clock) {
        this.producerProperties = new HashMap<>(clientProperties);
        this.producerProperties.keySet().retainAll(ProducerConfig.configNames());
        this.producerProperties.put(ProducerConfig.CLIENT_ID_CONFIG, "daybook-ingest-reports");
        this.producerProperties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        this.producerProperties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        this.producerProperties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        this.producerProperties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        this.producerProperties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        this.topic = topic;
        this.instance = instance;
        this.health = health;
        this.clock = clock;
    }

    @Override
    public synchronized void start() {
        producer =
                new KafkaProducer<>(
                        producerProperties, new ByteArraySerializer(), new ByteArraySerializer());
        timer =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("daybook-reports").factory());
        timer.scheduleWithFixedDelay(this::report, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void report() {
        Producer<byte[], byte[]> to = producer;
        if (to == null) {
            return;
        }
        try {
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, instance.getBytes(StandardCharsets.UTF_8), now());
            record.headers()
                    .add(RecordHeader.KIND, RecordHeader.REPORT.getBytes(StandardCharsets.UTF_8))
                    .add(RecordHeader.OPTIONAL, new byte[0]);
            to.send(
                    record,
                    (sent, failure) -> {
                        if (failure != null) {
                            log.debug("The ingest could not report itself", failure);
                        }
                    });
        } catch (RuntimeException e) {
            // The next report says what this one could not.
            log.debug("The ingest could not report itself", e);
        }
    }

    /** Returns how the application is now. */
    private byte[] now() {
        Health now = health.health();
        if (now.getStatus().equals(Status.UP)) {
            failingSince = null;
            return records.report(instance, null, null);
        }
        Map<String, Object> details = now.getDetails();
        Instant since = failingSince == null ? clock.instant() : failingSince;
        failingSince = since;
        Object failure = details.get(StreamsHealth.LAST_FAILURE);
        String reason =
                failure == null
                        ? "Kafka Streams is " + details.get(StreamsHealth.STATE) + "."
                        : "Its stream threads fail: " + failure;
        reason = JsonText.storable(reason);
        return records.report(
                instance, since, reason.substring(0, Math.min(LONGEST_REASON, reason.length())));
    }

    @Override
    public synchronized void stop() {
        ScheduledExecutorService ticking = timer;
        if (ticking != null) {
            ticking.shutdownNow();
            timer = null;
        }
        Producer<byte[], byte[]> open = producer;
        if (open != null) {
            producer = null;
            open.close(Duration.ofSeconds(1));
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return timer != null;
    }
}
