package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.RecordHeader;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/** The application against a real broker. */
class IngestApplicationTest {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir static Path directory;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = new EmbeddedBroker(directory.resolve("kafka"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void changesBecomeEntriesAndWatermarksFollowThemIntoEveryPartition() throws Exception {
        try (ConfigurableApplicationContext app = start("one", Map.of("server.port", "0"));
                KafkaProducer<byte[], byte[]> changes = producer()) {
            for (int id = 0; id < 100; id++) {
                ProducerRecord<byte[], byte[]> change =
                        new ProducerRecord<>(
                                "changes.one", 0, bytes("public.orders." + id), bytes(insert(id)));
                change.headers().add("daybook.key", bytes("[\"id\"]"));
                changes.send(change);
            }
            changes.send(new ProducerRecord<>("changes.one", 0, bytes("one.."), bytes(HEARTBEAT)));
            changes.send(new ProducerRecord<>("changes.one", 1, null, bytes("nonsense")));
            changes.flush();

            List<ConsumerRecord<byte[], byte[]>> entries = read("one.entries", 3, 103);
            Set<Integer> watermarked = new TreeSet<>();
            for (ConsumerRecord<byte[], byte[]> entry : entries) {
                if (entry.headers().lastHeader("daybook.kind") != null) {
                    watermarked.add(entry.partition());
                } else {
                    assertThat(watermarked)
                            .as("no entry behind the watermark of its partition")
                            .doesNotContain(entry.partition());
                }
            }
            assertThat(watermarked).containsExactly(0, 1, 2);
            assertThat(read("one.rejected", 1, 1)).hasSize(1);

            String base =
                    "http://127.0.0.1:" + app.getEnvironment().getProperty("local.server.port");
            until(() -> get(base + "/actuator/health/readiness").contains("\"UP\""));
            assertThat(get(base + "/actuator/prometheus"))
                    .contains(
                            "daybook_ingest_records_total{outcome=\"insert\",source=\"one\"}"
                                    + " 100.0");
        }
    }

    @Test
    void writesOnceByConfigurationAndOpensNoPortWhereNoneIsWanted() throws Exception {
        Map<String, Object> settings =
                Map.of(
                        "spring.main.web-application-type", "none",
                        "daybook.ingest.guarantee", "exactly-once",
                        "daybook.ingest.definition-wait", "0s",
                        "daybook.ingest.commit-interval", "100ms");
        try (ConfigurableApplicationContext app = start("two", settings);
                KafkaProducer<byte[], byte[]> changes = producer()) {
            for (int id = 0; id < 10; id++) {
                ProducerRecord<byte[], byte[]> change =
                        new ProducerRecord<>("changes.two", 0, null, bytes(insert(id)));
                change.headers().add("daybook.key", bytes("[\"id\"]"));
                changes.send(change);
            }
            changes.flush();
            assertThat(read("two.entries", 3, 10)).hasSize(10);
            assertThat(app.getEnvironment().getProperty("local.server.port")).isNull();
            // Only transactions leave a marker behind what they wrote.
            assertThat(endOffsets("two.entries", 3)).isGreaterThan(10);
        }
        // Nothing is written again by the next run either.
        try (ConfigurableApplicationContext app = start("two", settings);
                KafkaProducer<byte[], byte[]> changes = producer()) {
            ProducerRecord<byte[], byte[]> change =
                    new ProducerRecord<>("changes.two", 0, null, bytes(insert(10)));
            change.headers().add("daybook.key", bytes("[\"id\"]"));
            changes.send(change);
            changes.flush();

            assertThat(app.isRunning()).isTrue();
            assertThat(read("two.entries", 3, 11)).hasSize(11);
        }
    }

    /** The sum of the ends of a topic's partitions, transactions' markers included. */
    private static long endOffsets(String topic, int partitions) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers()),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                all.add(new TopicPartition(topic, partition));
            }
            return consumer.endOffsets(all).values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private static ConfigurableApplicationContext start(String source, Map<String, Object> more) {
        Map<String, Object> settings =
                new HashMap<>(
                        Map.ofEntries(
                                Map.entry("logging.level.root", "error"),
                                Map.entry(
                                        "spring.kafka.bootstrap-servers",
                                        broker.bootstrapServers()),
                                Map.entry("daybook.ingest.application-id", "ingest-" + source),
                                Map.entry(
                                        "daybook.ingest.sources." + source + ".topic",
                                        "changes." + source),
                                Map.entry("daybook.ingest.sources." + source + ".partitions", 2),
                                Map.entry(
                                        "daybook.ingest.topics.entries.name", source + ".entries"),
                                Map.entry("daybook.ingest.topics.entries.partitions", 3),
                                Map.entry(
                                        "daybook.ingest.topics.transactions.name",
                                        source + ".transactions"),
                                Map.entry("daybook.ingest.topics.tables.name", source + ".tables"),
                                Map.entry(
                                        "daybook.ingest.topics.rejected.name",
                                        source + ".rejected"),
                                Map.entry(
                                        "daybook.ingest.state-dir",
                                        directory.resolve("state-" + source).toString())));
        settings.putAll(more);
        return IngestApplication.builder(settings).run();
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(
            String topic, int partitions, int count) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrapServers(),
                                "isolation.level",
                                "read_committed",
                                "auto.offset.reset",
                                "earliest"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                all.add(new TopicPartition(topic, partition));
            }
            consumer.assign(all);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            until(
                    () -> {
                        for (ConsumerRecord<byte[], byte[]> record :
                                consumer.poll(Duration.ofMillis(100))) {
                            Header kind = record.headers().lastHeader(RecordHeader.KIND);
                            if (kind == null
                                    || !Arrays.equals(kind.value(), bytes(RecordHeader.REPORT))) {
                                records.add(record);
                            }
                        }
                        return records.size() >= count;
                    });
            return records;
        }
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static String get(String url) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(url)).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (Exception e) {
            return e.toString();
        }
    }

    private static void until(BooleanSupplier condition) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("within %s", PATIENCE).isBefore(deadline);
            Thread.onSpinWait();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final String HEARTBEAT =
            """
            {"control":{"complete-until":"2026-11-22T09:30:01.000000Z","position":"00000000/0A1B2C3D",
            "partition":0,"partitions":2},"metadata":{"timestamp":"2026-11-22T09:30:01.1Z",
            "record-type":"control","operation":"heartbeat","partition-key-type":"task-id",
            "partition-key-value":"one","schema-name":"","table-name":""}}\
            """;

    private static String insert(int id) {
        return """
        {"data":{"id":%d},"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
        "operation":"insert","partition-key-type":"primary-key","partition-key-value":"public.orders.%d",
        "schema-name":"public","table-name":"orders","transaction-id":7,"transaction-record-id":%d,
        "commit-timestamp":"2026-11-22T09:30:00.120001Z","stream-position":"0/1.%d.0/1"}}\
        """
                .formatted(id, id, id + 1, id + 1);
    }
}
