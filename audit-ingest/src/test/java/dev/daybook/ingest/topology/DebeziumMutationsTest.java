package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Seeds;

import io.micrometer.core.instrument.Counter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Records of Debezium's, damaged at random: the ingest throws nothing, and every record has one
 * outcome. {@code -Ddaybook.mutations=10000000} makes a long run of it.
 */
class DebeziumMutationsTest {

    private static final int MUTATIONS = Integer.getInteger("daybook.mutations", 10_000);

    private static final List<String> HEADERS =
            List.of("{\"id\":2}", "{\"schema\":{},\"payload\":{\"id\":2}}", "Struct{id=2}", "");

    @Test
    void everyDamagedRecordHasOneOutcome() {
        List<DebeziumRecordsTest.Sent> whole =
                DebeziumRecordsTest.RECORDS.stream().filter(r -> r.value() != null).toList();
        try (TopologyFixture ingest =
                TopologyFixture.of(DebeziumSource.SOURCE, DebeziumSource.CATALOG)) {
            long[] read = new long[1];
            long[] written = new long[1];
            Seeds.forEach(
                    MUTATIONS,
                    random -> {
                        DebeziumRecordsTest.Sent record = whole.get(random.nextInt(whole.size()));
                        ingest.send(
                                damaged(random, record.key(), 8),
                                damaged(random, record.value(), 1),
                                headers(random));
                        read[0]++;
                        if (read[0] % 1_000 == 0) {
                            written[0] += drained(ingest);
                        }
                    });
            written[0] += drained(ingest);

            assertThat(
                            ingest.meters.find("daybook.ingest.records").counters().stream()
                                    .mapToDouble(Counter::count)
                                    .sum())
                    .isEqualTo(read[0]);
            assertThat(written[0]).isPositive().isLessThanOrEqualTo(read[0]);
            assertThat(
                            ingest.meters
                                    .find("daybook.ingest.rejected")
                                    .tag("code", "ingest-fault")
                                    .counter())
                    .isNull();
        }
    }

    /** Damages a text once in that many times. */
    private static byte @Nullable [] damaged(Random random, @Nullable String text, int times) {
        if (text == null) {
            return null;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return random.nextInt(times) == 0 ? MutatedRecordsTest.mutated(random, bytes) : bytes;
    }

    private static Map<String, String> headers(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> Map.of("__debezium.newkey", HEADERS.get(random.nextInt(HEADERS.size())));
            case 1 -> Map.of("__debezium.oldkey", HEADERS.get(random.nextInt(HEADERS.size())));
            default -> Map.of();
        };
    }

    private static long drained(TopologyFixture ingest) {
        long count = 0;
        for (String topic : List.of("entries", "transactions", "tables", "rejected")) {
            count += ingest.read(topic).size();
        }
        return count;
    }
}
