package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.dms.DmsFormat;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

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

    private static final byte[] KEY = "public.t.1".getBytes(StandardCharsets.UTF_8);

    private static FuzzedIngest current = ingest(new Records());

    private RecordFuzzer() {}

    static FuzzedIngest ingest(Records records) {
        return new FuzzedIngest(settings(), (source, table) -> null, records);
    }

    static TopologySettings settings() {
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
        if (current.records() >= RECORDS_A_PROCESSOR) {
            current = ingest(new Records());
        }
        take(current, input[0], Arrays.copyOfRange(input, 1, input.length));
        current.requireNoFault();
    }

    static void take(FuzzedIngest ingest, byte choice, byte[] value) {
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
        ingest.take(TOPICS[choice & 3], choice >>> 5 & 3, KEY, value, headers);
    }
}
