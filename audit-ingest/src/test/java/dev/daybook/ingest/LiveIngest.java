package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.RecordHeader;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The application on a real broker, with one source, {@code shop}, whose change topic has two
 * partitions. Topics, state and settings outlive a restart.
 */
final class LiveIngest implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final EmbeddedBroker broker;
    private final String name;
    private final Map<String, Object> settings = new HashMap<>();
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, List<ConsumerRecord<byte[], byte[]>>> seen = new HashMap<>();
    private ConfigurableApplicationContext application;

    /**
     * @param name tells this ingest's topics and state from those of others on the same broker
     * @param more settings that go before the fixture's own
     */
    LiveIngest(EmbeddedBroker broker, Path directory, String name, Map<String, Object> more) {
        this.broker = broker;
        this.name = name;
        settings.put("logging.level.root", "error");
        settings.put("spring.main.web-application-type", "none");
        settings.put("spring.kafka.bootstrap-servers", broker.bootstrapServers());
        settings.put("daybook.ingest.application-id", name);
        settings.put("daybook.ingest.instance-id", name);
        settings.put("daybook.ingest.sources.shop.topic", changesTopic());
        settings.put("daybook.ingest.sources.shop.partitions", 2);
        for (String topic : List.of("entries", "transactions", "rejected")) {
            settings.put("daybook.ingest.topics." + topic + ".name", name + "." + topic);
            settings.put("daybook.ingest.topics." + topic + ".partitions", 1);
        }
        settings.put("daybook.ingest.topics.tables.name", name + ".tables");
        settings.put("daybook.ingest.state-dir", directory.resolve("state-" + name).toString());
        settings.put("daybook.ingest.commit-interval", "100ms");
        settings.put("daybook.ingest.definition-wait", "1s");
        settings.putAll(more);
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrapServers(),
                                "isolation.level",
                                "read_committed",
                                "auto.offset.reset",
                                "earliest"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        application = IngestApplication.builder(settings).run();
        consumer.assign(
                List.of(
                        new TopicPartition(name + ".entries", 0),
                        new TopicPartition(name + ".transactions", 0),
                        new TopicPartition(name + ".rejected", 0),
                        new TopicPartition(name + ".tables", 0)));
    }

    String changesTopic() {
        return name + ".changes";
    }

    ConfigurableApplicationContext application() {
        return application;
    }

    void send(int partition, @Nullable String key, @Nullable String value) {
        send(partition, key, value, Map.of());
    }

    /** Returns the offset at which the record stands. */
    long send(
            int partition,
            @Nullable String key,
            @Nullable String value,
            Map<String, String> headers) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        changesTopic(),
                        partition,
                        key == null ? null : bytes(key),
                        value == null ? null : bytes(value));
        headers.forEach((header, text) -> record.headers().add(header, bytes(text)));
        try {
            return producer.send(record).get().offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Closes the application and starts it again over the same topics and state. */
    void restart() {
        restart(Map.of());
    }

    /** As {@link #restart()}, with settings that go before those of before. */
    void restart(Map<String, Object> changed) {
        settings.putAll(changed);
        application.close();
        application = IngestApplication.builder(settings).run();
    }

    /** Returns the entries so far, once there are that many. */
    List<JsonNode> entries(int count) {
        return values(awaited("entries", null, count));
    }

    /** Returns the watermarks so far, once there are that many. */
    List<JsonNode> watermarks(int count) {
        return kind(RecordHeader.WATERMARK, count);
    }

    /** Returns the topic of entries' records of a kind so far, once there are that many. */
    List<JsonNode> kind(String kind, int count) {
        return values(awaited("entries", kind, count));
    }

    /** Returns what a topic holds so far, once it holds that much. */
    List<JsonNode> read(String topic, int count) {
        return values(awaited(topic, null, count));
    }

    private List<ConsumerRecord<byte[], byte[]>> awaited(
            String topic, @Nullable String kind, int count) {
        List<ConsumerRecord<byte[], byte[]>> wanted = new ArrayList<>();
        until(
                topic + " " + count,
                () -> {
                    poll();
                    wanted.clear();
                    for (ConsumerRecord<byte[], byte[]> record :
                            seen.getOrDefault(name + "." + topic, List.of())) {
                        if (Objects.equals(kind(record), kind)) {
                            wanted.add(record);
                        }
                    }
                    return wanted.size() >= count;
                });
        return wanted;
    }

    private static @Nullable String kind(ConsumerRecord<byte[], byte[]> record) {
        Header kind = record.headers().lastHeader("daybook.kind");
        return kind == null ? null : new String(kind.value(), StandardCharsets.UTF_8);
    }

    private void poll() {
        consumer.poll(Duration.ofMillis(50))
                .forEach(
                        record ->
                                seen.computeIfAbsent(record.topic(), topic -> new ArrayList<>())
                                        .add(record));
    }

    private static List<JsonNode> values(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream().map(record -> JSON.readTree(record.value())).toList();
    }

    /** Returns a counter's sum over its tags, or over those with this value of the tag. */
    double count(String meter, String tag, String value) {
        return application
                .getBean(MeterRegistry.class)
                .find(meter)
                .tag(tag, value)
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    double parked() {
        Collection<Gauge> gauges =
                application.getBean(MeterRegistry.class).find("daybook.ingest.parked").gauges();
        return gauges.stream().mapToDouble(Gauge::value).sum();
    }

    static void until(String what, BooleanSupplier condition) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("%s within %s", what, PATIENCE).isBefore(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        application.close();
        producer.close();
        consumer.close();
    }
}
