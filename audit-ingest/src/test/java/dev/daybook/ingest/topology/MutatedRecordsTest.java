package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Seeds;
import dev.daybook.ingest.topology.TopologyFixture.Out;

import io.micrometer.core.instrument.Counter;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Records damaged at random: the ingest throws nothing, and every record has one outcome. {@code
 * -Ddaybook.mutations=10000000} makes a long run of it.
 */
class MutatedRecordsTest {

    private static final int MUTATIONS = Integer.getInteger("daybook.mutations", 20_000);

    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "null",
        "true",
        "-1",
        "1e999",
        "\\u0000",
        "\\ud800",
        "\"control\"",
        "\"data\"",
        "\"metadata\"",
        "\"table-def\"",
        "\"columns\"",
        "\"primary-key\"",
        "\"complete-until\"",
        "\"partition\"",
        "9999-12-31T23:59:59Z",
        "daybook",
        "awsdms_status",
    };

    @Test
    void everyDamagedRecordHasOneOutcome() throws IOException {
        List<byte[]> whole = new ArrayList<>();
        for (String file : List.of("connector.ndjson", "dms.ndjson", "dms-format.tsv")) {
            for (String line :
                    Files.readAllLines(
                            Path.of("src/test/resources/changes", file), StandardCharsets.UTF_8)) {
                if (line.indexOf('{') >= 0) {
                    whole.add(line.substring(line.indexOf('{')).getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        try (TopologyFixture ingest = TopologyFixture.withCatalog((source, table) -> null)) {
            long[] read = new long[1];
            long[] written = new long[1];
            Seeds.forEach(
                    MUTATIONS,
                    random -> {
                        byte[] record = mutated(random, whole.get(random.nextInt(whole.size())));
                        ingest.send(
                                record,
                                random.nextBoolean()
                                        ? Map.of()
                                        : Map.of("daybook.key", "[\"id\"]"));
                        read[0]++;
                        if (read[0] % 1_000 == 0) {
                            written[0] += drained(ingest);
                        }
                    });
            written[0] += drained(ingest);

            assertThat(sum(ingest, "daybook.ingest.records")).isEqualTo(read[0]);
            assertThat(written[0]).isPositive().isLessThanOrEqualTo(read[0]);
            assertThat(
                            ingest.meters
                                    .find("daybook.ingest.rejected")
                                    .tag("code", "ingest-fault")
                                    .counter())
                    .isNull();
        }
    }

    /** Reads what was written; each of it is JSON. */
    private static long drained(TopologyFixture ingest) {
        long count = 0;
        for (String topic : List.of("entries", "transactions", "tables", "rejected")) {
            List<Out> records = ingest.read(topic);
            count += records.size();
        }
        return count;
    }

    static byte[] mutated(Random random, byte[] whole) {
        byte[] record = whole.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = record.length == 0 ? 0 : random.nextInt(record.length);
            switch (random.nextInt(5)) {
                case 0 -> {
                    if (record.length > 0) {
                        record[at] = (byte) random.nextInt();
                    }
                }
                case 1 -> record = Arrays.copyOf(record, at);
                case 2 -> {
                    int to = Math.min(record.length, at + random.nextInt(20));
                    record = spliced(record, at, new byte[0], to);
                }
                case 3 -> {
                    int to = Math.min(record.length, at + random.nextInt(60));
                    record = spliced(record, at, Arrays.copyOfRange(record, at, to), at);
                }
                default ->
                        record =
                                spliced(
                                        record,
                                        at,
                                        PIECES[random.nextInt(PIECES.length)].getBytes(
                                                StandardCharsets.UTF_8),
                                        at);
            }
        }
        return record;
    }

    private static byte[] spliced(byte[] record, int from, byte[] piece, int to) {
        byte[] result = new byte[from + piece.length + record.length - to];
        System.arraycopy(record, 0, result, 0, from);
        System.arraycopy(piece, 0, result, from, piece.length);
        System.arraycopy(record, to, result, from + piece.length, record.length - to);
        return result;
    }

    private static double sum(TopologyFixture ingest, String meter) {
        return ingest.meters.find(meter).counters().stream().mapToDouble(Counter::count).sum();
    }
}
