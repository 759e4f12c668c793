package dev.daybook.ingest.topology;

import dev.daybook.domain.TableCatalog;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * The ingest's processor alone, for targets of the coverage-guided fuzzer. A record must have one
 * outcome, without an exception, and whatever is written must be JSON.
 */
final class FuzzedIngest {

    private static final JsonFactory JSON = new JsonFactory();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final MockProcessorContext<byte[], byte[]> context;
    private final ChangeProcessor processor;
    private int records;

    FuzzedIngest(TopologySettings settings, TableCatalog catalog, Records records) {
        Clock clock = Clock.fixed(TopologyFixture.NOW, ZoneOffset.UTC);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "fuzz");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        context = new MockProcessorContext<>(properties, new TaskId(0, 0), directory().toFile());
        KeyValueStore<String, byte[]> tables = IngestTopology.TABLES_STORE.builder().build();
        tables.init(context.getStateStoreContext(), tables);
        context.addStateStore(tables);
        processor =
                new ChangeProcessor(
                        settings,
                        catalog,
                        (topic, claimed) -> 4,
                        new IngestMetrics(meters, clock),
                        new Replays(),
                        TopologyFixture.NO_ORIGINALS,
                        clock,
                        records);
        processor.init(context);
    }

    private static Path directory() {
        try {
            Path directory = Files.createTempDirectory("record-fuzzer");
            directory.toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what was written of the last record. */
    List<byte[]> written() {
        List<byte[]> values = new ArrayList<>();
        for (CapturedForward<? extends byte[], ? extends byte[]> forward : context.forwarded()) {
            values.add(forward.record().value());
        }
        return values;
    }

    void take(
            String topic,
            int partition,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers) {
        double before = outcomes();
        records++;
        context.setRecordMetadata(topic, partition, records);
        context.resetForwards();
        processor.process(new Record<>(key, value, TopologyFixture.NOW.toEpochMilli(), headers));
        if (outcomes() != before + 1) {
            throw new AssertionError("The record has no outcome, or more than one.");
        }
        for (CapturedForward<? extends byte[], ? extends byte[]> written : context.forwarded()) {
            if (written.record().value() != null) {
                requireJson(written.record().value());
            }
        }
    }

    /** Returns how many records were taken. */
    int records() {
        return records;
    }

    /** Fails if the ingest itself failed on a record. */
    void requireNoFault() {
        if (meters.find("daybook.ingest.rejected").tag("code", "ingest-fault").counter() != null) {
            throw new AssertionError("The ingest itself failed on the record.");
        }
    }

    private double outcomes() {
        double sum = 0;
        for (Counter counter : meters.find("daybook.ingest.records").counters()) {
            sum += counter.count();
        }
        return sum;
    }

    private static void requireJson(byte[] value) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), value)) {
            parser.nextToken();
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new AssertionError("More than one document was written.");
            }
        } catch (JacksonException e) {
            throw new AssertionError("What was written is no JSON.", e);
        }
    }
}
