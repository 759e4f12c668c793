package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** DMS's chain of records over two partitions and a restart, on a real broker. */
class ChainOnABrokerTest {

    @TempDir private Path directory;

    @Test
    void aRecordThatNeverComesIsAGapWithPlaceAndTimeAndOneThatComesLateIsNone() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("kafka"));
                LiveIngest ingest =
                        new LiveIngest(
                                broker,
                                directory,
                                "chain",
                                Map.of(
                                        "daybook.ingest.sources.shop.follow-chain", "true",
                                        "daybook.ingest.chain-wait", "8s",
                                        "daybook.ingest.keys[public.t]", "id"))) {
            ingest.send(0, "public.t", record(1, 0));
            ingest.send(1, "public.t", record(3, 2));
            ingest.entries(2);
            Thread.sleep(2_000);
            ingest.restart();
            // Late, after a restart and through the other partition.
            ingest.send(0, "public.t", record(2, 1));
            ingest.send(0, "public.t", record(2, 1));
            ingest.send(1, "public.t", record(5, 4));
            ingest.send(0, "public.t", record(6, 5));

            JsonNode gap = ingest.kind("gap", 1).getFirst();
            assertThat(gap.path("stage").asString()).isEqualTo("ingest");
            assertThat(gap.path("cause").asString()).isEqualTo("chain-broken");
            assertThat(gap.path("source").asString()).isEqualTo("shop");
            assertThat(gap.path("reason").asString())
                    .contains("704.1", "705.1", "chain.changes-1@1");
            assertThat(gap.path("from_time").asString()).isEqualTo("2026-03-01T08:00:03.000000Z");
            assertThat(gap.path("to_time").asString()).isEqualTo("2026-03-01T08:00:05.000000Z");
            assertThat(gap.path("to_position").asString()).isEqualTo("0/5");
            Thread.sleep(1_000);
            assertThat(ingest.kind("gap", 1)).hasSize(1);
        }
    }

    @Test
    void whatExpiredBeforeItWasReadAndWhatANewTaskCountsAgainIsNoGap() throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("kafka"))) {
            String topic = "expired.changes";
            try (Admin admin =
                            Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
                    KafkaProducer<String, String> producer =
                            new KafkaProducer<>(
                                    Map.of("bootstrap.servers", broker.bootstrapServers()),
                                    new StringSerializer(),
                                    new StringSerializer())) {
                admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
                for (int number = 1; number <= 4; number++) {
                    producer.send(
                                    new ProducerRecord<>(
                                            topic,
                                            (number + 1) % 2,
                                            "public.t",
                                            record(number, number - 1)))
                            .get();
                }
                admin.deleteRecords(
                                Map.of(
                                        new TopicPartition(topic, 1),
                                        RecordsToDelete.beforeOffset(1)))
                        .all()
                        .get();
            }
            try (LiveIngest ingest =
                    new LiveIngest(
                            broker,
                            directory,
                            "expired",
                            Map.of(
                                    "daybook.ingest.sources.shop.follow-chain", "true",
                                    "daybook.ingest.chain-wait", "2s",
                                    "daybook.ingest.keys[public.t]", "id"))) {
                ingest.entries(3);
                // A new task numbers from the beginning, and goes on.
                ingest.send(0, "public.t", record(1, 0));
                ingest.send(1, "public.t", record(5, 1));
                // The one before it did not come.
                ingest.send(0, "public.t", record(7, 6));

                JsonNode gap = ingest.kind("gap", 1).getFirst();
                assertThat(gap.path("reason").asString()).contains("706.1", "707.1");
                Thread.sleep(3_000);
                assertThat(ingest.kind("gap", 1)).hasSize(1);
            }
        }
    }

    private static String record(int number, int previous) {
        return """
        {"data":{"id":%1$d},"metadata":{"timestamp":"2026-03-01T08:00:0%1$d.000000Z",\
        "record-type":"data","operation":"insert","partition-key-type":"schema-table",\
        "schema-name":"public","table-name":"t","transaction-id":70%1$d,"transaction-record-id":1,\
        %2$s"commit-timestamp":"2026-03-01T08:00:0%1$d.000000Z","stream-position":"0/%1$d"}}\
        """
                .formatted(
                        number,
                        previous == 0
                                ? ""
                                : "\"prev-transaction-id\":70%d,\"prev-transaction-record-id\":1,"
                                        .formatted(previous));
    }
}
