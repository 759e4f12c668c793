package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;

/**
 * The store of an earlier build, as the changelog has it: what waited there goes on in this build,
 * on a machine that has none of the files. {@code -Ddaybook.waiting=N} for so many records, and for
 * how long their restoration takes.
 */
class EarlierStateTest {

    private static final int WAITING = Integer.getInteger("daybook.waiting", 2_000);
    private static final int FIRST = 1_000_000;

    @TempDir private Path directory;

    @Test
    void whatWaitedInAnEarlierBuildIsRestoredAndBecomesItsEntries() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("kafka"))) {
            changelog(broker);
            long began = System.nanoTime();
            try (LiveIngest ingest =
                    new LiveIngest(
                            broker,
                            directory,
                            "earlier",
                            Map.of("daybook.ingest.definition-wait", "600s"))) {
                LiveIngest.until("all wait again", () -> ingest.parked() == WAITING);
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                if (System.getProperty("daybook.waiting") != null) {
                    System.out.printf(
                            "%d waiting records restored, start included, in %d ms%n",
                            WAITING, took.toMillis());
                }

                ingest.send(
                        0,
                        "TASK.public.parcels",
                        """
                        {"control":{"table-def":{"columns":{"id":{"type":"INT32"},"v":{"type":"WSTRING","length":600}},\
                        "primary-key":["id"]}},"metadata":{"timestamp":"2026-03-01T08:00:00Z","record-type":"control",\
                        "operation":"create-table","partition-key-type":"task-id","schema-name":"public",\
                        "table-name":"parcels"}}\
                        """);

                List<JsonNode> entries = ingest.entries(WAITING + 1);
                Set<String> keys = new HashSet<>();
                Set<String> ids = new HashSet<>();
                for (JsonNode entry : entries) {
                    ids.add(entry.path("id").asString());
                    if (!entry.path("entity_key").isNull()) {
                        keys.add(entry.path("entity_key").asString());
                    }
                }
                assertThat(keys).hasSize(WAITING);
                assertThat(ids).hasSize(WAITING + 1);
                LiveIngest.until("nothing waits", () -> ingest.parked() == 0);
            }
        }
    }

    /** Writes the records as build d4da7b3 kept them, and as the one after it did. */
    private static void changelog(EmbeddedBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(
                                // The first batch may find the new topic without a leader; a second
                                // one on its way would be taken for the first, and that one
                                // refused.
                                Map.of(
                                        "bootstrap.servers",
                                        broker.bootstrapServers(),
                                        "max.in.flight.requests.per.connection",
                                        1),
                                new ByteArraySerializer(),
                                new ByteArraySerializer())) {
            String topic = "earlier-parked-changelog";
            admin.createTopics(
                            List.of(
                                    new NewTopic(topic, 2, (short) 1)
                                            .configs(Map.of("cleanup.policy", "compact"))))
                    .all()
                    .get();
            byte[] changes = bytes("earlier.changes");
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            String filler = "x".repeat(400);
            for (int i = 0; i < WAITING; i++) {
                byte[] id =
                        ByteBuffer.allocate(changes.length + Long.BYTES)
                                .put(changes)
                                .putLong(FIRST + i)
                                .array();
                byte[] key = bytes("public.parcels");
                byte[] value =
                        bytes(
                                """
                                {"data":{"id":%1$d,"v":"%2$s"},"metadata":{"timestamp":"2026-03-01T08:00:01Z",\
                                "record-type":"data","operation":"insert","partition-key-type":"schema-table",\
                                "schema-name":"public","table-name":"parcels","transaction-id":%1$d,\
                                "transaction-record-id":1,"commit-timestamp":"2026-03-01T08:00:01Z",\
                                "stream-position":"0/%1$d.1.0/%1$d"}}\
                                """
                                        .formatted(i + 1, filler));
                ByteBuffer parked = ByteBuffer.allocate(1_024);
                if (i % 2 == 0) {
                    parked.putLong(1_795_339_800_000L).putInt(key.length).put(key).put(value);
                } else {
                    parked.put((byte) 1).putLong(1_795_339_800_000L);
                    parked.putInt(key.length).put(key).putInt(value.length).put(value);
                }
                byte[] bytes = new byte[parked.flip().remaining()];
                parked.get(bytes);
                sent.add(producer.send(new ProducerRecord<>(topic, i % 2, id, bytes)));
            }
            for (Future<RecordMetadata> record : sent) {
                record.get();
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
