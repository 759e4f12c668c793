package dev.daybook.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The arithmetic of docs/scaling.md, and that the page shows what it comes to. */
class SizingTest {

    private static final Path BENCHMARKS = Path.of("..", "docs", "benchmarks.md");
    private static final Path PAGE = Path.of("..", "docs", "scaling.md");

    private static final String SIMPLE =
            """
            | stage | µs | share |
            |---|---|---|
            | JIT, GC, other | 40.0 | 40 % |
            | ingest | 20.0 | 20 % |
            | broker | 10.0 | 10 % |
            | capture | 5.0 | 5 % |
            | PostgreSQL insert | 10.0 | 10 % |
            | WAL sender | 10.0 | 10 % |
            | sink client | 5.0 | 5 % |

            | stage | µs | share |
            | ingest | 99.0 | a later table |
            """;

    @TempDir private Path directory;

    @Test
    void thePageShowsWhatTheMeasurementComesTo() throws IOException {
        String page = Files.readString(PAGE);
        assertThat(Sizing.measured(BENCHMARKS).into(page))
                .as("docs/scaling.md differs from its arithmetic: run bin/snippets")
                .isEqualTo(page);
    }

    /** The page explains the figures in words too. */
    @Test
    void thePagesWordsHaveTheSameFigures() throws IOException {
        assertThat(Files.readString(PAGE).replaceAll("\\s+", " "))
                .contains(
                        "taken for %d bytes and its entry for %d"
                                .formatted(Sizing.CHANGE_BYTES, Sizing.ENTRY_BYTES))
                .contains("entry took %d bytes".formatted(Sizing.ROW_BYTES))
                .contains(
                        "rate × 86,400 s × %d days × (%d + %d) bytes × %d copies"
                                .formatted(
                                        Sizing.KAFKA_DAYS,
                                        Sizing.CHANGE_BYTES,
                                        Sizing.ENTRY_BYTES,
                                        Sizing.REPLICAS))
                .contains("rate × 86,400 × 30 × %d.".formatted(Sizing.ROW_BYTES))
                .contains("/ 1,000,000 / %s;".formatted(Sizing.UTILISATION));
    }

    @Test
    void theStagesAddUpToWhatWasMeasuredInAll() throws IOException {
        assertThat(Files.readString(BENCHMARKS))
                .as("docs/benchmarks.md states the sum of its first table of stages")
                .contains(
                        Math.round(Sizing.measured(BENCHMARKS).totalMicros())
                                + " µs of CPU per change");
    }

    @Test
    void compilerAndCollectorAreSharedByTheStagesInAJvm() throws IOException {
        Sizing sizing = simple();

        // 40 µs over stages of 20, 10, 5 and 5: each costs twice what its threads took.
        assertThat(sizing.micros("ingest")).isEqualTo(40);
        assertThat(sizing.micros("sink client")).isEqualTo(10);
        assertThat(sizing.micros("PostgreSQL insert")).isEqualTo(10);
        assertThat(sizing.totalMicros()).isEqualTo(100, within(1e-9));
    }

    @Test
    void processorsFollowRateCopiesAndHeadroom() throws IOException {
        Sizing sizing = simple();

        assertThat(sizing.processors("ingest", 10_000)).isEqualTo(0.8, within(1e-9));
        assertThat(sizing.processors("broker", 10_000)).isEqualTo(1.2, within(1e-9));
        assertThat(sizing.ingestThreads(10_000)).isEqualTo(1);
        assertThat(sizing.ingestThreads(100_000)).isEqualTo(8);
        assertThat(Sizing.partitions(8)).isEqualTo(8);
        assertThat(Sizing.partitions(9)).isEqualTo(12);
        assertThat(Sizing.partitions(1)).isEqualTo(4);
        assertThat(sizing.mostPerSinkTask()).isEqualTo(50_000, within(1e-6));
        assertThat(sizing.sinkTasks(100_000)).isEqualTo(4);
        assertThat(sizing.mostPerSource()).isEqualTo(100_000, within(1e-6));
    }

    @Test
    void brokersGrowFirstAndThenBecomeMore() throws IOException {
        Sizing sizing = simple();

        assertThat(sizing.brokers(1_000)).isEqualTo(new Sizing.Brokers(3, 2));
        assertThat(sizing.brokers(100_000)).isEqualTo(new Sizing.Brokers(3, 4));
        assertThat(sizing.brokers(1_000_000)).isEqualTo(new Sizing.Brokers(9, 16));
    }

    @Test
    void storageFollowsRateTimeAndCopies() {
        assertThat(Sizing.kafkaBytes(1))
                .isEqualTo(86_400.0 * 7 * (Sizing.CHANGE_BYTES + Sizing.ENTRY_BYTES) * 3);
        assertThat(Sizing.auditBytesPerMonth(1)).isEqualTo(86_400.0 * 30 * Sizing.ROW_BYTES);
        assertThat(Sizing.daysUntilFull(1_000) * 1_000 * 86_400 * Sizing.ROW_BYTES)
                .isEqualTo(128 * Math.pow(2, 40), within(1e3));
    }

    /** On a flat curve the simulation must come to what a division does. */
    @Test
    void theSimulationAgreesWithTheDivisionWhereThereIsOne() {
        Sizing.Recovery recovery = Sizing.interruption(3, 0, 0, 3600);

        assertThat(recovery.backlogSeconds()).isEqualTo(3600, within(1e-6));
        assertThat(recovery.recoverySeconds()).isEqualTo(1800);
    }

    @Test
    void aStageBelowTheMeanNeverCatchesUp() {
        assertThat(Sizing.interruption(0.9, 0, 0, 60).recoverySeconds()).isEqualTo(-1);
    }

    @Test
    void aMeasurementThatLacksAStageIsRefusedByName() throws IOException {
        Path page = Files.writeString(directory.resolve("b.md"), SIMPLE.replace("broker", "brker"));

        assertThatThrownBy(() -> Sizing.measured(page)).hasMessageContaining("\"broker\"");
    }

    @Test
    void aPageWithoutAPlaceIsRefusedByName() throws IOException {
        Sizing sizing = simple();

        assertThatThrownBy(() -> sizing.into("# Nothing\n"))
                .hasMessageContaining("begin generated by Sizing: costs");
    }

    private Sizing simple() throws IOException {
        return Sizing.measured(Files.writeString(directory.resolve("benchmarks.md"), SIMPLE));
    }
}
