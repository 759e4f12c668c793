package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.dms.DmsFormat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * The target of the coverage-guided fuzzer: a change record goes through the ingest's processor,
 * decoder and readers of heartbeats, control records and contexts included. It must have one
 * outcome, without an exception, and whatever is written must be JSON.
 *
 * <p>The input's first byte chooses the source, whose format differs, and the headers; the rest is
 * the record.
 */
public final class RecordFuzzer {

    /** What the processor learns of tables is forgotten after so many records. */
    private static final int RECORDS_A_PROCESSOR = 20_000;

    private static final String[] TOPICS = {"changes.a", "changes.b", "changes.c", "changes.d"};

    private static final JsonFactory JSON = new JsonFactory();

    private static RecordFuzzer current = new RecordFuzzer();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final MockProcessorContext<byte[], byte[]> context;
    private final ChangeProcessor processor;
    private int records;

    private RecordFuzzer() {
        this(new Records());
    }

    RecordFuzzer(Records records) {
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
                        settings(),
                        (source, table) -> null,
                        (topic, claimed) -> 4,
                        new IngestMetrics(meters, clock),
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

    private static TopologySettings settings() {
        return new TopologySettings(
                Map.of(
                        TOPICS[0],
                        source("a", false, DmsFormat.DEFAULT),
                        TOPICS[1],
                        source("b", true, DmsFormat.DEFAULT),
                        TOPICS[2],
                        source("c", false, format("before_", "")),
                        TOPICS[3],
                        source("d", false, format(null, "dms"))),
                Map.of(),
                Map.of(new TableName("public", "configured"), List.of("id", "line")),
                Duration.ZERO,
                List.of(),
                List.of(),
                null,
                true,
                1 << 16,
                "entries",
                "transactions",
                "tables",
                "rejected");
    }

    private static TopologySettings.Source source(String name, boolean full, DmsFormat format) {
        return new TopologySettings.Source(name, 4, full, format);
    }

    private static DmsFormat format(@Nullable String prefix, String controlSchema) {
        return new DmsFormat(
                DmsFormat.DEFAULT.beforeImageMembers(),
                prefix,
                DmsFormat.DEFAULT.contextTable(),
                controlSchema,
                1 << 14);
    }

    /** What the fuzzer calls. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        if (current.records >= RECORDS_A_PROCESSOR) {
            current = new RecordFuzzer();
        }
        current.take(input[0], Arrays.copyOfRange(input, 1, input.length));
        if (current.hasFailed()) {
            throw new AssertionError("The ingest itself failed on the record.");
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

    void take(byte choice, byte[] value) {
        double before = outcomes();
        records++;
        Headers headers = new RecordHeaders();
        if ((choice & 4) != 0) {
            headers.add("daybook.key", "[\"id\"]".getBytes(StandardCharsets.UTF_8));
        }
        if ((choice & 8) != 0) {
            headers.add("daybook.key", value);
        }
        if ((choice & 16) != 0) {
            headers.add("daybook.unchanged", value);
        }
        context.setRecordMetadata(TOPICS[choice & 3], choice >>> 5 & 3, records);
        context.resetForwards();
        processor.process(
                new Record<>(
                        "public.t.1".getBytes(StandardCharsets.UTF_8),
                        value,
                        TopologyFixture.NOW.toEpochMilli(),
                        headers));
        if (outcomes() != before + 1) {
            throw new AssertionError("The record has no outcome, or more than one.");
        }
        for (CapturedForward<? extends byte[], ? extends byte[]> written : context.forwarded()) {
            if (written.record().value() != null) {
                requireJson(written.record().value());
            }
        }
    }

    private boolean hasFailed() {
        return meters.find("daybook.ingest.rejected").tag("code", "ingest-fault").counter() != null;
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
