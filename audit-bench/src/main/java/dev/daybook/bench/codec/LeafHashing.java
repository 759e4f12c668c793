package dev.daybook.bench.codec;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.Salts;
import dev.daybook.evidence.Slice;

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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** An entry of an update of a seven-column row, from its values to the hash of its leaf. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LeafHashing {

    private static final EntryRow UPDATE =
            new EntryRow(
                    1L << 44 | 4711,
                    UUID.fromString("019ab1f7-b2f0-8001-8000-000000000001"),
                    "shop",
                    "public.orders",
                    "update",
                    1_763_803_800_120_001L,
                    null,
                    "00000000/0A1B2C3D.2.00000000/0A1B2C30",
                    7431L,
                    2,
                    null,
                    "4711",
                    null,
                    "anna",
                    image("paid", "0.920001"),
                    image("shipped", "1.220001"));

    private static final Set<String> ALL =
            Set.of(
                    "\"id\"",
                    "\"customer\"",
                    "\"status\"",
                    "\"total\"",
                    "\"note\"",
                    "\"placed_at\"");

    private final LeafHasher hasher = new LeafHasher();
    private final byte[] seed = new byte[16];

    /** No column is configured as personal. */
    @Benchmark
    public Hash oneGroup() {
        return hasher.entry(UPDATE, Salts.ofSeed(seed), Set.of());
    }

    /** Two columns are. */
    @Benchmark
    public Hash threeGroups() {
        return hasher.entry(UPDATE, Salts.ofSeed(seed), Set.of("\"customer\"", "\"note\""));
    }

    /** Each column is committed to alone. */
    @Benchmark
    public Hash eachColumnAlone() {
        return hasher.entry(UPDATE, Salts.ofSeed(seed), ALL);
    }

    private static Slice image(String status, String changed) {
        return new Slice(
                """
                {"id":4711,"customer":1234,"status":"%s","total":55.15,"note":"order number 4711",\
                "placed_at":"2026-11-22T09:30:00.120001Z","changed_at":"2026-11-22T09:30:0%sZ"}"""
                        .formatted(status, changed)
                        .getBytes(StandardCharsets.UTF_8));
    }
}
