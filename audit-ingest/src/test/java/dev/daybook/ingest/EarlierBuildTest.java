package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.RecordHeader;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * Replays the topics of an installation that build d4da7b3 made: its change records and table
 * definitions go in, and its entries must come out. A topic may be read again after an upgrade, and
 * what was stored before must be known as the same.
 */
class EarlierBuildTest {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int CHANGES_PARTITIONS = 2;
    private static final int ENTRIES_PARTITIONS = 2;

    @TempDir Path directory;

    @Test
    void givesTheSameEntriesTheSameIds() throws Exception {
        Map<String, JsonNode> expected = new TreeMap<>();
        for (Saved saved : saved("entries")) {
            JsonNode entry = JSON.readTree(saved.value());
            if (!isUnnumbered(entry)) {
                expected.put(entry.get("id").asString(), entry);
            }
        }
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("kafka"))) {
            createTopics(broker);
            send(broker, "changes.shop", saved("changes"));
            send(broker, "tables", saved("tables"));

            Map<String, JsonNode> entries = new TreeMap<>();
            int read = 0;
            try (ConfigurableApplicationContext app = start(broker);
                    KafkaConsumer<byte[], byte[]> consumer = consumer(broker)) {
                Instant deadline = Instant.now().plus(PATIENCE);
                while (entries.size() < expected.size()) {
                    assertThat(Instant.now())
                            .as("%s of %s entries", entries.size(), expected.size())
                            .isBefore(deadline);
                    for (ConsumerRecord<byte[], byte[]> record :
                            consumer.poll(Duration.ofMillis(200))) {
                        if (record.headers().lastHeader(RecordHeader.KIND) == null) {
                            JsonNode entry = JSON.readTree(record.value());
                            if (!isUnnumbered(entry)) {
                                entries.put(entry.get("id").asString(), entry);
                                read++;
                            }
                        }
                    }
                }
                assertThat(app.isRunning()).isTrue();
            }

            assertThat(read).as("each entry once").isEqualTo(entries.size());
            assertThat(entries.keySet()).isEqualTo(expected.keySet());
            expected.forEach(
                    (id, entry) ->
                            entry.properties()
                                    .forEach(
                                            member ->
                                                    assertThat(entries.get(id).get(member.getKey()))
                                                            .as("%s of %s", member.getKey(), id)
                                                            .isEqualTo(member.getValue())));
        }
    }

    /**
     * Returns whether the capture did not number the change: that build knew such a change by its
     * content, and merged two that were alike (docs/decisions/0011).
     */
    private static boolean isUnnumbered(JsonNode entry) {
        return entry.get("transaction_id").isNull()
                && !entry.get("operation").asString().equals("snapshot");
    }

    private ConfigurableApplicationContext start(EmbeddedBroker broker) {
        return IngestApplication.builder(
                        Map.ofEntries(
                                Map.entry("logging.level.root", "error"),
                                Map.entry("spring.main.web-application-type", "none"),
                                Map.entry(
                                        "spring.kafka.bootstrap-servers",
                                        broker.bootstrapServers()),
                                Map.entry("daybook.ingest.sources.shop.topic", "changes.shop"),
                                Map.entry(
                                        "daybook.ingest.sources.shop.partitions",
                                        CHANGES_PARTITIONS),
                                Map.entry(
                                        "daybook.ingest.topics.entries.partitions",
                                        ENTRIES_PARTITIONS),
                                Map.entry(
                                        "daybook.ingest.state-dir",
                                        directory.resolve("state").toString())))
                .run();
    }

    private static void createTopics(EmbeddedBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(
                            List.of(
                                    new NewTopic("changes.shop", CHANGES_PARTITIONS, (short) 1),
                                    new NewTopic("tables", 1, (short) 1)
                                            .configs(Map.of("cleanup.policy", "compact")),
                                    new NewTopic("entries", ENTRIES_PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
    }

    private static void send(EmbeddedBroker broker, String topic, List<Saved> records) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (Saved record : records) {
                RecordHeaders headers = new RecordHeaders();
                record.headers().forEach(headers::add);
                producer.send(
                        new ProducerRecord<>(
                                topic,
                                record.partition(),
                                record.timestamp(),
                                record.key(),
                                record.value(),
                                headers));
            }
            producer.flush();
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(EmbeddedBroker broker) {
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers()),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < ENTRIES_PARTITIONS; partition++) {
            partitions.add(new TopicPartition("entries", partition));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    /** A record as it stood in its topic. */
    private record Saved(
            int partition,
            long timestamp,
            byte @Nullable [] key,
            Map<String, byte[]> headers,
            byte @Nullable [] value) {}

    private static List<Saved> saved(String topic) throws IOException {
        List<Saved> records = new ArrayList<>();
        try (InputStream file =
                        Objects.requireNonNull(
                                EarlierBuildTest.class.getResourceAsStream(
                                        "/earlier-build/" + topic + ".ndjson.gz"));
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(
                                        new GZIPInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode record = JSON.readTree(line);
                Map<String, byte[]> headers = new TreeMap<>();
                record.get("headers")
                        .properties()
                        .forEach(
                                header ->
                                        headers.put(
                                                header.getKey(),
                                                Objects.requireNonNull(bytes(header.getValue()))));
                records.add(
                        new Saved(
                                record.get("partition").asInt(),
                                record.get("timestamp").asLong(),
                                bytes(record.get("key")),
                                headers,
                                bytes(record.get("value"))));
            }
        }
        return records;
    }

    private static byte @Nullable [] bytes(JsonNode base64) {
        return base64.isNull() ? null : Base64.getDecoder().decode(base64.asString());
    }
}
