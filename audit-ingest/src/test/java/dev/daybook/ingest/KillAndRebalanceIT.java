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
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Three instances of the ingest with standby tasks, each a process, read a stream as DMS writes it:
 * no header of ours, definitions in one partition and data in all, definitions that come later than
 * the changes. Meanwhile one is killed with SIGKILL, one is stopped, and both come back. An oracle
 * knows every change: each is an entry with its key, once, and no watermark goes before an entry
 * that it vouches for. Every record written is an entry, a rejected record or recognised.
 *
 * <p>{@code -Ddaybook.rebalance=all} runs both guarantees, {@code -Ddaybook.rebalance.rounds=N}
 * more rounds of kills.
 */
class KillAndRebalanceIT {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int PARTITIONS = 4;
    private static final int ENTRIES_PARTITIONS = 2;
    private static final int TABLES = 6;
    private static final int CHANGES_A_ROUND = 600;
    private static final int ROUNDS = Integer.getInteger("daybook.rebalance.rounds", 1);
    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("daybook.arrival", 180));

    @TempDir private Path directory;

    private final Random random = new Random(20261128);
    private final Process[] instances = new Process[3];
    private final int[] sentInPartition = new int[PARTITIONS];

    /** How many records were written of each kind: they must add up to what was read. */
    private int written;

    private int definitions;
    private int heartbeats;
    private int broken;
    private int ofDms;

    /** What each change must become: its key, by {@code partition.number}. */
    private final Map<String, String> oracle = new TreeMap<>();

    private EmbeddedBroker broker;
    private KafkaProducer<byte[], byte[]> producer;

    static Stream<String> guarantees() {
        return "all".equals(System.getProperty("daybook.rebalance"))
                ? Stream.of("exactly-once", "at-least-once")
                : Stream.of("exactly-once");
    }

    @BeforeEach
    void start() throws Exception {
        broker = new EmbeddedBroker(directory.resolve("kafka"));
        producer =
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrapServers(),
                                "max.in.flight.requests.per.connection",
                                1),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("changes", PARTITIONS, (short) 1))).all().get();
        }
    }

    @AfterEach
    void stop() {
        for (Process instance : instances) {
            if (instance != null) {
                instance.destroyForcibly();
            }
        }
        producer.close();
        broker.close();
    }

    @ParameterizedTest
    @MethodSource("guarantees")
    void everyChangeIsAnEntryOnceAndNoWatermarkLiesWhateverIsKilled(String guarantee)
            throws Exception {
        for (int number = 0; number < 3; number++) {
            startInstance(number, guarantee);
        }
        for (int table = 0; table < TABLES / 2; table++) {
            define(table);
        }
        for (int round = 0; round < ROUNDS; round++) {
            send(CHANGES_A_ROUND / 3);
            instances[round % 3].destroyForcibly().waitFor();
            send(CHANGES_A_ROUND / 3);
            instances[(round + 1) % 3].destroy();
            startInstance(round % 3, guarantee);
            send(CHANGES_A_ROUND / 3);
            instances[(round + 1) % 3].waitFor(30, TimeUnit.SECONDS);
            startInstance((round + 1) % 3, guarantee);
        }
        // The changes of these tables have waited in the store so far, through kills and moves.
        for (int table = TABLES / 2; table < TABLES; table++) {
            define(table);
        }
        send(TABLES);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            heartbeat(partition);
        }
        producer.flush();

        check(guarantee);
    }

    private void check(String guarantee) {
        Map<String, String> keys = new TreeMap<>();
        Map<String, String> ids = new HashMap<>();
        Map<String, List<Long>> offsets = new HashMap<>();
        List<ConsumerRecord<byte[], byte[]>> watermarks = new ArrayList<>();
        Set<String> tableChanges = new HashSet<>();
        Set<String> rejected = new HashSet<>();
        int repeated = 0;
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
            for (int partition = 0; partition < ENTRIES_PARTITIONS; partition++) {
                all.add(new TopicPartition("entries", partition));
            }
            all.add(new TopicPartition("rejected", 0));
            Instant deadline = Instant.now().plus(PATIENCE);
            consumer.assign(all);
            while (keys.size() < oracle.size()
                    || rejected.size() < broken
                    || !allHaveReported(watermarks)) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    if (record.topic().equals("rejected")) {
                        rejected.add(JSON.readTree(record.value()).path("id").asString());
                        continue;
                    }
                    Header kind = record.headers().lastHeader(RecordHeader.KIND);
                    if (kind != null) {
                        if (new String(kind.value(), StandardCharsets.UTF_8)
                                .equals(RecordHeader.WATERMARK)) {
                            watermarks.add(record);
                        }
                        continue;
                    }
                    JsonNode entry = JSON.readTree(record.value());
                    if (entry.path("operation").asString().equals("table-change")) {
                        tableChanges.add(entry.path("id").asString());
                        continue;
                    }
                    String change = entry.path("after").path("change").asString();
                    String id = entry.path("id").asString();
                    if (keys.put(change, entry.path("entity_key").asString("none")) != null) {
                        repeated++;
                        assertThat(ids)
                                .as("the same change has the same id")
                                .containsEntry(change, id);
                    }
                    ids.put(change, id);
                    offsets.computeIfAbsent(change, c -> new ArrayList<>())
                            .add((long) record.partition() << 40 | record.offset());
                }
                assertThat(Instant.now())
                        .as(
                                "%d of %d changes, %d watermarks",
                                keys.size(), oracle.size(), watermarks.size())
                        .isBefore(deadline);
            }
        }
        assertThat(keys).isEqualTo(oracle);
        assertThat(rejected).hasSize(broken);
        assertThat(tableChanges).hasSize(definitions);
        assertThat(new HashSet<>(ids.values()).size() + tableChanges.size() + rejected.size())
                .as("entries and rejected records, with what was recognised, are what was written")
                .isEqualTo(written - heartbeats - ofDms);
        if (guarantee.equals("exactly-once")) {
            assertThat(repeated).as("changes written twice").isZero();
        }
        for (ConsumerRecord<byte[], byte[]> watermark : watermarks) {
            JsonNode value = JSON.readTree(watermark.value());
            int partition = value.path("changes_partition").asInt();
            int vouched = Integer.parseInt(value.path("position").asString());
            for (int number = 0; number < vouched; number++) {
                long first = offsets.get(partition + "." + number).getFirst();
                if (first >> 40 == watermark.partition()) {
                    assertThat(first & (1L << 40) - 1)
                            .as("change %d.%d stands before %s", partition, number, value)
                            .isLessThan(watermark.offset());
                }
            }
        }
    }

    /** Whether the last heartbeat of every partition has come through to every partition. */
    private boolean allHaveReported(List<ConsumerRecord<byte[], byte[]>> watermarks) {
        return watermarks.stream()
                        .filter(
                                watermark -> {
                                    JsonNode value = JSON.readTree(watermark.value());
                                    return value.path("position")
                                            .asString()
                                            .equals(
                                                    Integer.toString(
                                                            sentInPartition[
                                                                    value.path("changes_partition")
                                                                            .asInt()]));
                                })
                        .map(
                                watermark ->
                                        watermark.partition()
                                                + "/"
                                                + JSON.readTree(watermark.value())
                                                        .path("changes_partition"))
                        .distinct()
                        .count()
                == (long) PARTITIONS * ENTRIES_PARTITIONS;
    }

    private void send(int changes) {
        for (int i = 0; i < changes; i++) {
            int table = random.nextInt(TABLES);
            int row = random.nextInt(50);
            int partition = Math.floorMod(31 * table + row, PARTITIONS);
            String change = partition + "." + sentInPartition[partition]++;
            oracle.put(change, Integer.toString(row));
            int transaction = 1_000 + oracle.size();
            write(
                    partition,
                    "public.t" + table + "." + row,
                    """
                    {"data":{"id":%d,"change":"%s"},"metadata":{"timestamp":"%3$s","record-type":"data",\
                    "operation":"%4$s","partition-key-type":"schema-table","schema-name":"public",\
                    "table-name":"t%5$d","transaction-id":%6$d,"transaction-record-id":1,\
                    "commit-timestamp":"%3$s","stream-position":"0/%6$d.1.0/%6$d"}}\
                    """
                            .formatted(
                                    row,
                                    change,
                                    "2026-03-01T08:00:00.%06dZ".formatted(oracle.size()),
                                    random.nextBoolean() ? "insert" : "update",
                                    table,
                                    transaction));
            if (random.nextInt(20) == 0) {
                heartbeat(partition);
            }
            if (random.nextInt(20) == 0) {
                broken++;
                write(
                        partition,
                        "",
                        "{\"data\":{\"id\":" + row + "},\"metadata\":" + random.nextInt());
            }
            if (random.nextInt(20) == 0) {
                ofDms++;
                write(
                        partition,
                        ".awsdms_status",
                        """
                        {"data":{"task_name":"TASK"},"metadata":{"timestamp":"2026-03-01T08:00:00Z",\
                        "record-type":"data","operation":"update","partition-key-type":"schema-table",\
                        "schema-name":"","table-name":"awsdms_status","transaction-id":%d}}\
                        """
                                .formatted(i + 1));
            }
        }
        producer.flush();
    }

    private void heartbeat(int partition) {
        heartbeats++;
        write(
                partition,
                "",
                """
                {"control":{"complete-until":"2026-03-01T08:00:00.%06dZ","position":"%d","partition":%d,\
                "partitions":4},"metadata":{"timestamp":"2026-03-01T08:00:00Z","record-type":"control",\
                "operation":"heartbeat","partition-key-type":"task-id","schema-name":"","table-name":""}}\
                """
                        .formatted(oracle.size(), sentInPartition[partition], partition));
    }

    private void define(int table) {
        definitions++;
        write(
                0,
                "TASK.public.t" + table,
                """
                {"control":{"table-def":{"columns":{"id":{"type":"INT32"},"change":{"type":"WSTRING","length":20}},\
                "primary-key":["id"]}},"metadata":{"timestamp":"2026-03-01T08:00:00Z","record-type":"control",\
                "operation":"create-table","partition-key-type":"task-id","schema-name":"public",\
                "table-name":"t%d"}}\
                """
                        .formatted(table));
        producer.flush();
    }

    private void write(int partition, String key, String value) {
        written++;
        producer.send(
                new ProducerRecord<>(
                        "changes",
                        partition,
                        key.getBytes(StandardCharsets.UTF_8),
                        value.getBytes(StandardCharsets.UTF_8)));
    }

    private void startInstance(int number, String guarantee) throws IOException {
        instances[number] =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx192m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                IngestApplication.class.getName(),
                                "--spring.kafka.bootstrap-servers=" + broker.bootstrapServers(),
                                "--server.port=0",
                                "--spring.kafka.streams.properties.num.standby.replicas=1",
                                "--spring.kafka.streams.properties.acceptable.recovery.lag=0",
                                "--daybook.ingest.guarantee=" + guarantee,
                                "--daybook.ingest.instance-id=i" + number,
                                "--daybook.ingest.state-dir="
                                        + directory.resolve("state-" + number),
                                "--daybook.ingest.commit-interval=100ms",
                                "--daybook.ingest.definition-wait=600s",
                                "--daybook.ingest.sources.shop.topic=changes",
                                "--daybook.ingest.topics.entries.partitions=" + ENTRIES_PARTITIONS,
                                "--daybook.ingest.topics.transactions.partitions=1")
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        directory.resolve("instance-" + number + ".log").toFile()))
                        .start();
    }
}
