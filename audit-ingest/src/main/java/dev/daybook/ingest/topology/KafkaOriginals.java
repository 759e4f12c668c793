package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads records again from the broker, to which it connects with the first of them. Records that
 * follow one another cost one fetch.
 */
final class KafkaOriginals implements Originals {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Map<String, Object> properties;
    private @Nullable Consumer<byte[], byte[]> open;

    /**
     * @param clientProperties how to reach the broker
     */
    KafkaOriginals(Map<String, Object> clientProperties) {
        properties = new HashMap<>(clientProperties);
        properties.keySet().retainAll(ConsumerConfig.configNames());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "daybook-ingest-originals");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) LONGEST_WAIT.toMillis());
    }

    @Override
    public @Nullable Incoming read(Place place) {
        Consumer<byte[], byte[]> consumer = consumer();
        TopicPartition partition = new TopicPartition(place.topic(), place.partition());
        if (!consumer.assignment().contains(partition)) {
            if (consumer.partitionsFor(place.topic()).stream()
                    .noneMatch(there -> there.partition() == place.partition())) {
                return null;
            }
            consumer.assign(List.of(partition));
            consumer.seek(partition, place.offset());
        } else if (consumer.position(partition) != place.offset()) {
            consumer.seek(partition, place.offset());
        }
        long until = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (System.nanoTime() < until) {
            try {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200)).records(partition)) {
                    return record.offset() == place.offset()
                            ? new Incoming(
                                    place,
                                    record.key(),
                                    record.value(),
                                    new KafkaHeaders(record.headers()),
                                    record.timestamp())
                            : null;
                }
            } catch (OffsetOutOfRangeException gone) {
                return null;
            }
            Long end = consumer.endOffsets(List.of(partition)).get(partition);
            if (end == null || place.offset() >= end) {
                return null;
            }
        }
        throw new TimeoutException(
                "Record " + place + " did not come within " + LONGEST_WAIT.toSeconds() + " s.");
    }

    private Consumer<byte[], byte[]> consumer() {
        Consumer<byte[], byte[]> consumer = open;
        if (consumer == null) {
            consumer =
                    new KafkaConsumer<>(
                            properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            open = consumer;
        }
        return consumer;
    }

    @Override
    public void close() {
        Consumer<byte[], byte[]> consumer = open;
        if (consumer != null) {
            open = null;
            consumer.close();
        }
    }
}
