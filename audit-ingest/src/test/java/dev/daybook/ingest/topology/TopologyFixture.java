package dev.daybook.ingest.topology;

import dev.daybook.domain.TableId;
import dev.daybook.ingest.dms.DmsFormat;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** The topology under a driver, with one source, {@code shop}. */
final class TopologyFixture implements AutoCloseable {

    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final TopologyTestDriver driver;

    TopologyFixture() {
        this(Map.of());
    }

    TopologyFixture(Map<TableId, List<String>> keys) {
        this(new Settings(
                Map.of("changes.shop", new Settings.Source("shop", 4, false, DmsFormat.DEFAULT)),
                keys,
                1 << 20,
                "entries",
                "transactions",
                "tables",
                "rejected"));
    }

    TopologyFixture(Settings settings) {
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        Topology topology = new Topology();
        IngestTopology.addTo(topology, settings, new IngestMetrics(meters, clock), clock);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        driver = new TopologyTestDriver(topology, properties, NOW);
    }

    void send(String json) {
        send(json, Map.of());
    }

    void send(String json, Map<String, String> headers) {
        RecordHeaders recordHeaders = new RecordHeaders();
        headers.forEach((name, value) -> recordHeaders.add(name, value.getBytes(StandardCharsets.UTF_8)));
        driver.createInputTopic("changes.shop", new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(
                        "public.orders.1".getBytes(StandardCharsets.UTF_8),
                        json.getBytes(StandardCharsets.UTF_8),
                        recordHeaders,
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
            value = JSON.readTree(record.value());
            record.headers().forEach(h -> headers.put(h.key(), new String(h.value(), StandardCharsets.UTF_8)));
        }
    }
}
