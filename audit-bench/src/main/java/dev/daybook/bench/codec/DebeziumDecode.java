package dev.daybook.bench.codec;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Normaliser;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.debezium.DebeziumDecoder;
import dev.daybook.ingest.debezium.DebeziumFormat;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An update of a seven-column row by Debezium, from the bytes of the record to the entry. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DebeziumDecode {

    private static final Place PLACE = new Place("shop.public.orders", 0, 0);

    private static final byte[] KEY = "{\"id\":4711}".getBytes(StandardCharsets.UTF_8);

    private static final String ENVELOPE =
            """
            {"before":null,"after":{"id":4711,"customer":1234,"status":"shipped","total":"FYs=",\
            "note":"order number 4711","placed_at":"2026-11-22T09:30:00.120001Z",\
            "changed_at":1795341001220001},\
            "source":{"version":"3.7.0.Final","connector":"postgresql","name":"shop","ts_ms":1795341001220,\
            "snapshot":"false","db":"app","sequence":"[\\"28895296\\",\\"28895352\\"]",\
            "ts_us":1795341001220301,"ts_ns":1795341001220301000,"schema":"public","table":"orders",\
            "txId":7431,"lsn":28895352,"xmin":null,"origin":null,"origin_lsn":null},\
            "transaction":{"id":"7431:28895352","total_order":2,"data_collection_order":1},"op":"u",\
            "ts_ms":1795341001470,"ts_us":1795341001470097,"ts_ns":1795341001470097429}""";

    private static final String COLUMNS =
            """
            {"type":"int64","optional":false,"field":"id"},{"type":"int64","optional":true,"field":"customer"},\
            {"type":"string","optional":true,"field":"status"},\
            {"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal","version":1,\
            "parameters":{"scale":"2","connect.decimal.precision":"8"},"field":"total"},\
            {"type":"string","optional":true,"field":"note"},\
            {"type":"string","optional":true,"name":"io.debezium.time.ZonedTimestamp","version":1,\
            "field":"placed_at"},\
            {"type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp","version":1,\
            "field":"changed_at"}""";

    private static final String SCHEMA =
            "{\"type\":\"struct\",\"fields\":[{\"type\":\"struct\",\"fields\":["
                    + COLUMNS
                    + "],\"optional\":true,\"field\":\"before\"},{\"type\":\"struct\",\"fields\":["
                    + COLUMNS
                    + "],\"optional\":true,\"field\":\"after\"}],\"optional\":false,"
                    + "\"name\":\"shop.public.orders.Envelope\"}";

    private final DebeziumDecoder decoder =
            new DebeziumDecoder(DebeziumFormat.DEFAULT, "shop", (source, table) -> null);
    private final List<String> key = List.of("id");
    private final Incoming plain = record(ENVELOPE);
    private final Incoming withSchema =
            record("{\"schema\":" + SCHEMA + ",\"payload\":" + ENVELOPE + "}");

    private static Incoming record(String value) {
        return new Incoming(
                PLACE, KEY, value.getBytes(StandardCharsets.UTF_8), Incoming.Headers.NONE, 0);
    }

    @Benchmark
    public Decoded decode() {
        return decoder.decode(plain);
    }

    @Benchmark
    public AuditEntry decodeToEntry() {
        return entry(plain);
    }

    @Benchmark
    public AuditEntry decodeToEntryWithSchema() {
        return entry(withSchema);
    }

    private AuditEntry entry(Incoming record) {
        Decoded.Change change = (Decoded.Change) decoder.decode(record);
        ChangeEvent event = Normaliser.event("shop", PLACE, change, key, null, true);
        return AuditEntry.of(event.id(), event, null);
    }
}
