package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.topology.ChainLinks.Broken;
import dev.daybook.ingest.topology.ChainLinks.Id;
import dev.daybook.ingest.topology.ChainLinks.Link;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** The chain of DMS's records, as partitions mix it. */
class ChainLinksTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LATER = 100_000;

    private static Link link(int number) {
        return link(number, number == 0 ? null : number - 1);
    }

    /** Records stand three in a transaction. */
    private static Link link(int number, @Nullable Integer previous) {
        return new Link(
                id(number),
                previous == null ? null : id(previous),
                Instant.EPOCH.plusSeconds(number),
                "0/" + number,
                new Place("changes", number % 4, number / 4));
    }

    private static Id id(int number) {
        return new Id(700 + number / 3, number % 3 + 1);
    }

    private static List<Broken> late(ChainLinks links) {
        return links.broken(LATER, PATIENCE);
    }

    @Test
    void aWholeChainHasNoGapInWhateverOrderItComes() {
        for (int seed = 0; seed < 50; seed++) {
            List<Link> all = new ArrayList<>();
            for (int number = 0; number < 100; number++) {
                all.add(link(number));
            }
            Collections.shuffle(all, new Random(seed));
            ChainLinks links = new ChainLinks();
            all.forEach(link -> links.read(link, 0));

            assertThat(late(links)).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void aRecordThatDoesNotComeIsMissingBetweenItsNeighboursOnceTheWaitIsOver() {
        ChainLinks links = new ChainLinks();
        for (int number : new int[] {0, 1, 2, 5, 4, 6}) {
            links.read(link(number), 0);
        }

        assertThat(links.broken(59_999, PATIENCE)).isEmpty();
        assertThat(late(links)).singleElement().isEqualTo(new Broken(id(3), link(4), link(2)));
        assertThat(late(links)).as("it is said once").isEmpty();
    }

    @Test
    void aRecordThatComesAgainIsNoGap() {
        ChainLinks links = new ChainLinks();
        for (int number : new int[] {0, 1, 2, 1, 2, 3, 0, 4}) {
            links.read(link(number), 0);
        }

        assertThat(late(links)).isEmpty();
    }

    @Test
    void aTaskThatBeginsItsChainAnewIsNoGap() {
        ChainLinks links = new ChainLinks();
        links.read(link(0), 0);
        links.read(link(1), 0);
        links.read(link(10, null), 0);
        links.read(link(11), 0);

        assertThat(late(links)).isEmpty();
    }

    @Test
    void aTaskThatBeginsAnewMayCountItsRecordsFromTheBeginningAgain() {
        ChainLinks links = new ChainLinks();
        for (int number = 0; number < 5; number++) {
            links.read(link(number), 0);
        }

        // A new task's own tables have the numbers that the former one's had.
        links.read(link(0), 0);
        links.read(link(1), 0);
        links.read(link(20, 1), 0);
        links.read(link(21), 0);

        assertThat(late(links)).isEmpty();
        links.read(link(23), 0);
        assertThat(late(links)).singleElement().isEqualTo(new Broken(id(22), link(23), link(21)));
    }

    @Test
    void whatIsSentAgainAfterARestartAndAResumeIsNoGap() {
        ChainLinks links = new ChainLinks();
        for (int number = 0; number < 10; number++) {
            links.read(link(number), 0);
        }
        for (int resumed : new int[] {5, 7}) {
            assertThat(late(links)).isEmpty();
            links = ChainLinks.of(links.state(), "changes", 0);
            for (int number = resumed; number < resumed + 6; number++) {
                links.read(link(number), 0);
            }
        }

        assertThat(late(links)).isEmpty();
        links.read(link(14), 0);
        assertThat(late(links)).extracting(Broken::missing).containsExactly(id(13));
    }

    @Test
    void aChainOfWhichOnlyTheEndIsKnownBeginsThere() {
        ChainLinks links = new ChainLinks();
        links.read(link(5), 0);
        links.read(link(6), 0);

        assertThat(late(links)).isEmpty();
    }

    @Test
    void whatMayHaveExpiredBeforeItWasReadIsNotMissing() {
        ChainLinks links = new ChainLinks();
        links.read(link(0), 0);
        links.read(link(4), 0);
        links.beginWith(link(5));
        links.read(link(5), 0);

        assertThat(ChainLinks.of(links.state(), "changes", 0).broken(LATER, PATIENCE)).isEmpty();
        assertThat(late(links)).isEmpty();
        links.read(link(7), 0);
        assertThat(late(links)).extracting(Broken::missing).containsExactly(id(6));
    }

    @Test
    void theEndsOfManyRunsAreNotKeptForEver() {
        ChainLinks links = new ChainLinks();
        for (int run = 0; run < 100; run++) {
            links.read(link(10 * run, null), 0);
            links.read(link(10 * run + 1), 0);
            assertThat(late(links)).isEmpty();
        }

        assertThat(links.state().lines()).hasSize(1);
    }

    @Test
    void whatIsNotSettledOutlivesARestart() {
        for (int restart = 0; restart < 6; restart++) {
            int[] order = {0, 3, 1, 5, 2, 4};
            ChainLinks links = new ChainLinks();
            for (int i = 0; i < order.length; i++) {
                if (i == restart) {
                    links = ChainLinks.of(links.state(), "changes", 0);
                }
                links.read(link(order[i]), 0);
            }

            assertThat(late(links)).as("restart before the record %d", restart).isEmpty();
        }
        ChainLinks links = new ChainLinks();
        links.read(link(0), 0);
        links.read(link(2), 0);
        assertThat(late(ChainLinks.of(links.state(), "changes", 0)))
                .singleElement()
                .satisfies(
                        broken -> {
                            assertThat(broken.missing()).isEqualTo(id(1));
                            assertThat(broken.after().id()).isEqualTo(id(2));
                            assertThat(broken.before())
                                    .isEqualTo(
                                            new Link(
                                                    id(0),
                                                    null,
                                                    Instant.EPOCH,
                                                    "0/0",
                                                    new Place("changes", 0, 0)));
                        });
    }
}
