package dev.daybook.ingest.topology;

import dev.daybook.ingest.debezium.DebeziumFormat;
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
 * The target of the coverage-guided fuzzer for records of Debezium's.
 *
 * <p>The input's first byte chooses the source, and which header the record has; the rest is the
 * record's key, value and header, parted by U+001F, which JSON does not have.
 */
public final class DebeziumFuzzer {

    /** What the decoder learns of schemas is forgotten after so many records. */
    private static final int RECORDS_A_PROCESSOR = 20_000;

    private static final byte SEPARATOR = 0x1F;

    private static final String[] TOPICS = {"shop.a", "shop.b", "shop.c", "shop.d"};

    private static FuzzedIngest current = ingest();

    private DebeziumFuzzer() {}

    private static FuzzedIngest ingest() {
        return new FuzzedIngest(
                settings(),
                (source, table) ->
                        source.equals("c") || source.equals("d")
                                ? DebeziumSource.CATALOG.definition(source, table)
                                : null,
                new Records());
    }

    private static TopologySettings settings() {
        return new TopologySettings(
                Map.of(
                        TOPICS[0], source("a", false),
                        TOPICS[1], source("b", true),
                        TOPICS[2], source("c", false),
                        TOPICS[3], source("d", true)),
                Map.of(),
                Map.of(),
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

    private static TopologySettings.Source source(String name, boolean fullIdentity) {
        return new TopologySettings.Source(
                name,
                4,
                fullIdentity,
                DmsFormat.DEFAULT,
                new DebeziumFormat(
                        DebeziumFormat.UNAVAILABLE_VALUE,
                        DmsFormat.DEFAULT.contextTable(),
                        fullIdentity,
                        1 << 14));
    }

    /** What the fuzzer calls. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        if (current.records() >= RECORDS_A_PROCESSOR) {
            current = ingest();
        }
        byte choice = input[0];
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        byte[] key = part(rest, 0);
        byte[] value = part(rest, 1);
        byte[] header = part(rest, 2);
        Headers headers = new RecordHeaders();
        if (header != null && (choice & 4) != 0) {
            headers.add("__debezium.oldkey", header);
        }
        if (header != null && (choice & 8) != 0) {
            headers.add("__debezium.newkey", header);
        }
        current.take(TOPICS[choice & 3], choice >>> 5 & 3, key, value, headers);
        current.requireNoFault();
    }

    /** Returns a record as an input of the fuzzer. */
    static byte[] input(int choice, DebeziumRecordsTest.Sent record) {
        StringBuilder text = new StringBuilder().append((char) (choice & 0x63));
        text.append(record.key() == null ? "" : record.key()).append((char) SEPARATOR);
        text.append(record.value() == null ? "" : record.value()).append((char) SEPARATOR);
        String header = record.headers().values().stream().findFirst().orElse("");
        byte[] bytes = text.append(header).toString().getBytes(StandardCharsets.UTF_8);
        bytes[0] |= (byte) (record.headers().containsKey("__debezium.newkey") ? 8 : 4);
        return bytes;
    }

    /** Returns the part of that number; null if it is empty or not there. */
    private static byte @Nullable [] part(byte[] bytes, int number) {
        int from = 0;
        for (int i = 0; i < number; i++) {
            while (from < bytes.length && bytes[from] != SEPARATOR) {
                from++;
            }
            from++;
        }
        int to = from;
        while (to < bytes.length && bytes[to] != SEPARATOR) {
            to++;
        }
        return to <= from ? null : Arrays.copyOfRange(bytes, from, to);
    }
}
