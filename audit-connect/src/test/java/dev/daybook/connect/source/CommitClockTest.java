package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Commit times that follow the write-ahead log, and that are the same whenever it is read. */
class CommitClockTest {

    private final Map<Long, Long> noted = new HashMap<>();
    private final CommitClock clock = new CommitClock(noted::put);

    @Test
    void handsOnTheSourcesOwnTimeWhereItKeepsTheOrder() throws SQLException {
        assertThat(clock.next(10, 100)).isEqualTo(100);
        assertThat(clock.next(20, 101)).isEqualTo(101);
    }

    @Test
    void neverGoesBackAndNeverStandsStill() throws SQLException {
        assertThat(clock.next(10, 100)).isEqualTo(100);
        assertThat(clock.next(20, 100)).isEqualTo(101);
        assertThat(clock.next(30, 50)).isEqualTo(102);
        assertThat(clock.next(40, 200)).isEqualTo(200);
    }

    @Test
    void isBehindWhatWasClaimedAndNotesThatBeforeItIsHandedOn() throws SQLException {
        clock.next(10, 100);
        clock.claimed(500, 15);

        assertThat(clock.next(20, 110)).isEqualTo(501);
        assertThat(noted).containsExactly(Map.entry(20L, 501L));
        assertThat(clock.next(30, 120)).isEqualTo(502);
        assertThat(noted).hasSize(1);
    }

    @Test
    void isBehindTheTablesThatWereReadBeforeItWhereTheClockWasSetBack() throws SQLException {
        clock.next(16, 100);
        long behind = clock.read(24, 5_000_000);

        assertThat(clock.next(24, 110)).isEqualTo(5_000_001);
        assertThat(noted).containsExactly(Map.entry(24L, 5_000_001L));
        assertThat(clock.next(32, 120)).isEqualTo(5_000_002);

        // Another capture goes on from before, and knows what was noted.
        Map<Long, Long> known = new HashMap<>(noted);
        known.put(behind, 5_000_000L);
        CommitClock other = new CommitClock(noted::put);
        other.startAt(90, known);
        assertThat(other.next(16, 100)).isEqualTo(100);
        assertThat(other.next(24, 110)).isEqualTo(5_000_001);
        assertThat(other.next(32, 120)).isEqualTo(5_000_002);
    }

    @Test
    void aPeersIsBehindTheTablesThatWereReadBeforeIt() throws SQLException {
        clock.next(16, 100);
        clock.read(24, 500);

        clock.next(24, 480);
        assertThat(clock.nextIsAPeers(24)).isEqualTo(501);
        assertThat(noted).containsExactly(Map.entry(24L, 501L));
        assertThat(clock.next(32, 490)).isEqualTo(502);
        clock.next(40, 600);
        assertThat(clock.nextIsAPeers(40)).isEqualTo(600);

        CommitClock other = new CommitClock(noted::put);
        other.startAt(100, noted);
        assertThat(other.next(24, 480)).isEqualTo(501);
        assertThat(other.nextIsAPeers(24)).isEqualTo(501);
    }

    @Test
    void keepsItsTimeWhereItWasTakenJustBeforeATableWasRead() throws SQLException {
        clock.next(16, 100);
        clock.read(24, 500);

        assertThat(clock.next(24, 480)).isEqualTo(480);
        assertThat(noted).isEmpty();
    }

    @Test
    void whatWasHandedOnWhileATableWasReadKeepsItsTime() throws SQLException {
        clock.next(16, 100);
        clock.next(32, 110);
        long behind = clock.read(24, 5_000_000);

        CommitClock other = new CommitClock(noted::put);
        other.startAt(90, Map.of(behind, 5_000_000L));
        assertThat(other.next(16, 100)).isEqualTo(100);
        assertThat(other.next(32, 110)).isEqualTo(110);
        assertThat(other.next(40, 120)).isEqualTo(5_000_001);
    }

    @Test
    void whatIsReadAgainIsNotRaisedByAClaimThatIsMadeAgainMeanwhile() throws SQLException {
        clock.startAt(100, Map.of());
        clock.claimedBefore(500, 50);

        assertThat(clock.next(20, 110)).isEqualTo(110);
        clock.claimed(105, 25);
        assertThat(clock.next(30, 120)).isEqualTo(120);
        assertThat(clock.next(50, 130)).isEqualTo(501);
    }

    @Test
    void handsNothingOnThatCouldNotBeNoted() {
        CommitClock failing =
                new CommitClock(
                        (lsn, micros) -> {
                            throw new SQLException("away");
                        });
        failing.claimed(500, 15);

        assertThatThrownBy(() -> failing.next(20, 110)).hasMessage("away");
        assertThat(failing.last()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void givesTheSameTimesWhereverReadingBeginsAgain() throws SQLException {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            noted.clear();
            CommitClock first = new CommitClock(noted::put);
            List<long[]> read = new ArrayList<>();
            List<Long> kept = new ArrayList<>();
            long now = 1_000;
            long claim = Long.MIN_VALUE;
            for (int i = 0; i < 50; i++) {
                long lsn = 100 + i * 10L;
                if (random.nextInt(4) == 0) {
                    claim = Math.max(claim, now + random.nextInt(40));
                    first.claimed(claim, lsn);
                }
                kept.add(Math.max(first.last(), claim));
                now += random.nextInt(20) - 8;
                read.add(new long[] {lsn, now, first.next(lsn, now)});
            }
            int from = random.nextInt(50);
            CommitClock again = new CommitClock((lsn, micros) -> {});
            again.startAt(kept.get(from), noted);
            for (long[] one : read.subList(from, 50)) {
                assertThat(again.next(one[0], one[1])).as("seed %s", seed).isEqualTo(one[2]);
            }
        }
    }
}
