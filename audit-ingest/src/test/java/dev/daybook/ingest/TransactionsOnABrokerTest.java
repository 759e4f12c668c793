package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.Map;

/** The counts of Debezium's transactions over two partitions and a restart, on a real broker. */
class TransactionsOnABrokerTest {

    @TempDir private Path directory;

    @Test
    void aChangeThatIsCountedAndNeverComesIsAGapOfItsTableAndOneThatComesAgainIsNone()
            throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("kafka"));
                LiveIngest ingest =
                        new LiveIngest(
                                broker,
                                directory,
                                "counted",
                                Map.of(
                                        "daybook.ingest.sources.shop.format", "debezium",
                                        "daybook.ingest.sources.shop.follow-chain", "true",
                                        "daybook.ingest.chain-wait", "6s"))) {
            // All of it, in another order than it was made in.
            ingest.send(1, null, end(1, 2));
            change(ingest, 0, 1, 2);
            change(ingest, 1, 1, 1);
            // Half of it, then a restart, and the capture resumes before where it was.
            change(ingest, 0, 2, 1);
            change(ingest, 1, 2, 2);
            ingest.entries(4);
            Thread.sleep(2_000);
            ingest.restart();
            change(ingest, 1, 2, 2);
            change(ingest, 0, 2, 3);
            ingest.send(1, null, end(2, 3));
            // The second of three never comes.
            change(ingest, 0, 3, 1);
            change(ingest, 1, 3, 3);
            ingest.send(1, null, end(3, 3));
            ingest.send(1, null, end(3, 3));
            // Of one that has no end nothing is known.
            change(ingest, 0, 4, 2);

            JsonNode gap = ingest.kind("gap", 1).getFirst();
            assertThat(gap.path("stage").asString()).isEqualTo("ingest");
            assertThat(gap.path("cause").asString()).isEqualTo("chain-broken");
            assertThat(gap.path("source").asString()).isEqualTo("shop");
            assertThat(gap.path("table_name").asString()).isEqualTo("public.orders");
            assertThat(gap.path("reason").asString())
                    .contains("counts 3 changes", "transaction 3", "2 came", "counted.changes-1@");
            assertThat(gap.path("from_time").asString()).isEqualTo("2026-03-01T08:00:02.999999Z");
            assertThat(gap.path("to_time").asString()).isEqualTo("2026-03-01T08:00:03.000000Z");
            Thread.sleep(1_000);
            assertThat(ingest.kind("gap", 1)).hasSize(1);
            assertThat(ingest.read("rejected", 0)).isEmpty();
        }
    }

    private static void change(LiveIngest ingest, int partition, int transaction, int order) {
        ingest.send(
                partition,
                "{\"id\":%d}".formatted(transaction * 10 + order),
                """
                {"op":"c","before":null,"after":{"id":%3$d},"source":{"connector":"postgresql",\
                "snapshot":"false","schema":"public","table":"orders","txId":%1$d,"lsn":%3$d,\
                "ts_ms":%4$d,"ts_us":%4$d000},"ts_ms":%4$d,\
                "transaction":{"id":"%1$d:%3$d","total_order":%2$d,"data_collection_order":%2$d}}\
                """
                        .formatted(transaction, order, transaction * 10 + order, at(transaction)));
    }

    private static String end(int transaction, int count) {
        return """
        {"status":"END","id":"%1$d:%1$d9","event_count":%2$d,\
        "data_collections":[{"data_collection":"public.orders","event_count":%2$d}],"ts_ms":%3$d}\
        """
                .formatted(transaction, count, at(transaction));
    }

    /** Milliseconds of a second after 2026-03-01T08:00:00Z. */
    private static long at(int transaction) {
        return 1_772_352_000_000L + transaction * 1_000L;
    }
}
