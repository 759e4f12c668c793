package dev.daybook.bench.codec;

import dev.daybook.contract.RecordHeader;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.ChangeEvent;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Normaliser;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.dms.DmsDecoder;
import dev.daybook.ingest.dms.DmsFormat;

import org.jspecify.annotations.Nullable;
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
import java.util.function.BiConsumer;

/** An update of a seven-column row, from the bytes of the change record to the entry. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class IngestDecode {

    private static final Place PLACE = new Place("changes.shop", 0, 0);

    private static final byte[] UPDATE =
            """
            {"data":{"id":4711,"customer":1234,"status":"shipped","total":55.15,"note":"order number 4711",\
            "placed_at":"2026-11-22T09:30:00.120001Z","changed_at":"2026-11-22T09:30:01.220001Z"},\
            "before-image":{"id":4711,"customer":1234,"status":"paid","total":55.15,"note":"order number 4711",\
            "placed_at":"2026-11-22T09:30:00.120001Z","changed_at":"2026-11-22T09:30:00.920001Z"},\
            "metadata":{"timestamp":"2026-11-22T09:30:01.323456Z","record-type":"data","operation":"update",\
            "partition-key-type":"primary-key","partition-key-value":"public.orders.4711",\
            "schema-name":"public","table-name":"orders","transaction-id":7431,"transaction-record-id":2,\
            "commit-timestamp":"2026-11-22T09:30:01.220301Z",\
            "stream-position":"00000000/0A1B2C3D.2.00000000/0A1B2C30"}}"""
                    .getBytes(StandardCharsets.UTF_8);

    private final DmsDecoder decoder = new DmsDecoder(DmsFormat.DEFAULT);
    private final List<String> key = List.of("id");
    private final Incoming record = new Incoming(PLACE, null, UPDATE, Incoming.Headers.NONE, 0);
    private final Incoming ownRecord = new Incoming(PLACE, null, UPDATE, ownHeaders(), 0);

    /** As the WAL source connector sends them. */
    private static Incoming.Headers ownHeaders() {
        byte[] keyColumns = "[\"id\"]".getBytes(StandardCharsets.UTF_8);
        return new Incoming.Headers() {
            @Override
            public byte @Nullable [] last(String name) {
                return name.equals(RecordHeader.KEY) ? keyColumns : null;
            }

            @Override
            public void forEach(BiConsumer<String, byte @Nullable []> to) {
                to.accept(RecordHeader.KEY, keyColumns);
            }
        };
    }

    @Benchmark
    public Decoded decode() {
        return decoder.decode(record);
    }

    @Benchmark
    public AuditEntry decodeToEntry() {
        return entry(record);
    }

    @Benchmark
    public AuditEntry decodeToEntryOfOwnCapture() {
        return entry(ownRecord);
    }

    private AuditEntry entry(Incoming from) {
        Decoded.Change change = (Decoded.Change) decoder.decode(from);
        Decoded.SelfDescription described = change.described();
        ChangeEvent event =
                Normaliser.event(
                        "shop",
                        PLACE,
                        change,
                        described == null ? key : described.key(),
                        null,
                        true);
        return AuditEntry.of(event.id(), event, null);
    }
}
