package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.domain.Redaction;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.Secret;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.dms.DmsFormat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The topology under a driver, with one source, {@code shop}. */
final class TopologyFixture implements AutoCloseable {

    static final ObjectMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(5_000)
                                                    .build())
                                    .build())
                    .enable(
                            tools.jackson.databind.DeserializationFeature
                                    .USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();
    static final TopologySettings.Source DMS =
            new TopologySettings.Source("shop", 4, false, DmsFormat.DEFAULT);
    static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    /** A broker that has no record any more. */
    static final Originals NO_ORIGINALS =
            new Originals() {
                @Override
                public @Nullable Incoming read(Place place) {
                    return null;
                }

                @Override
                public void close() {}
            };

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final TopologyTestDriver driver;

    /** What was sent, by its place: the topic keeps it. */
    final Map<Place, Incoming> sent = new HashMap<>();

    final Originals originals =
            new Originals() {
                @Override
                public @Nullable Incoming read(Place place) {
                    return sent.get(place);
                }

                @Override
                public void close() {}
            };

    TopologyFixture() {
        this(Map.of());
    }

    TopologyFixture(Map<TableName, List<String>> keys) {
        this(DMS, keys, (source, table) -> null, Duration.ofSeconds(10), List.of());
    }

    /** A topology whose source has a catalog, and whose changes wait for nothing. */
    static TopologyFixture withCatalog(TableCatalog catalog) {
        return new TopologyFixture(DMS, Map.of(), catalog, Duration.ZERO, List.of());
    }

    /** A topology whose source has another format or other settings. */
    static TopologyFixture of(TopologySettings.Source source, TableCatalog catalog) {
        return redacting(source, catalog, List.of());
    }

    /** A topology with rules of redaction. */
    static TopologyFixture redacting(
            TopologySettings.Source source, TableCatalog catalog, List<Redaction.Rule> rules) {
        return new TopologyFixture(source, Map.of(), catalog, Duration.ofSeconds(10), rules);
    }

    private TopologyFixture(
            TopologySettings.Source source,
            Map<TableName, List<String>> keys,
            TableCatalog catalog,
            Duration definitionWait,
            List<Redaction.Rule> rules) {
        TopologySettings settings =
                new TopologySettings(
                        Map.of("changes.shop", source),
                        Map.of(),
                        keys,
                        definitionWait,
                        List.of(),
                        rules,
                        rules.isEmpty() ? null : new Secret("a secret for the tests of this"),
                        true,
                        1 << 20,
                        "entries",
                        "transactions",
                        "tables",
                        "rejected");
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        Topology topology = new Topology();
        IngestTopology.addTo(
                topology,
                settings,
                catalog,
                (topic, claimed) -> 4,
                new IngestMetrics(meters, clock),
                new Replays(),
                () -> originals,
                clock);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir().toString());
        driver = new TopologyTestDriver(topology, properties, NOW);
    }

    private static Path stateDir() {
        try {
            Path directory = Files.createTempDirectory("ingest-topology");
            directory.toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send(String json) {
        send(json, Map.of());
    }

    void send(String json, Map<String, String> headers) {
        send(json.getBytes(StandardCharsets.UTF_8), headers);
    }

    void send(byte[] value, Map<String, String> headers) {
        send("public.orders.1".getBytes(StandardCharsets.UTF_8), value, headers);
    }

    void send(byte @Nullable [] key, byte @Nullable [] value, Map<String, String> headers) {
        RecordHeaders recordHeaders = new RecordHeaders();
        headers.forEach(
                (name, text) -> recordHeaders.add(name, text.getBytes(StandardCharsets.UTF_8)));
        Place place = new Place("changes.shop", 0, sent.size());
        sent.put(
                place,
                new Incoming(
                        place, key, value, new KafkaHeaders(recordHeaders), NOW.toEpochMilli()));
        driver.createInputTopic(
                        "changes.shop", new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key, value, recordHeaders, NOW));
    }

    /** Writes a definition to its topic, as another task does: no task's own memory has it. */
    void define(String key, byte[] definition) {
        driver.createInputTopic("tables", new StringSerializer(), new ByteArraySerializer())
                .pipeInput(key, definition);
    }

    /** Defines {@code public.orders (id, note, doc)}, as another task does. */
    void definedElsewhere() {
        TableName orders = new TableName("public", "orders");
        define(
                TopicCatalog.key("shop", orders),
                new Records()
                        .table(
                                "shop",
                                orders,
                                new TableDefinition(
                                        List.of(
                                                new TableDefinition.Column(
                                                        "id", "INT32", null, false),
                                                new TableDefinition.Column(
                                                        "note", "STRING", 20L, true),
                                                new TableDefinition.Column(
                                                        "doc", "STRING", null, true)),
                                        List.of("id")),
                                NOW));
    }

    List<Out> read(String topic) {
        return driver
                .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList()
                .stream()
                .map(Out::new)
                .toList();
    }

    @Override
    public void close() {
        driver.close();
    }

    /** A record written. */
    static final class Out {
        final String key;
        final JsonNode value;
        final Map<String, String> headers = new HashMap<>();

        Out(TestRecord<byte[], byte[]> record) {
            key = new String(record.key(), StandardCharsets.UTF_8);
            value = record.value() == null ? JSON.nullNode() : JSON.readTree(record.value());
            record.headers()
                    .forEach(
                            h ->
                                    headers.put(
                                            h.key(),
                                            new String(h.value(), StandardCharsets.UTF_8)));
        }
    }
}
