package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
    void isBehindTheLatestOfTheTablesThatWereReadBeforeIt() throws SQLException {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            noted.clear();
            CommitClock one = new CommitClock(noted::put);
            Map<Long, Long> read = new HashMap<>();
            for (int i = 1; i < 60; i++) {
                long lsn = 8_000 + 800L * i;
                for (int tables = random.nextInt(3); tables > 0; tables--) {
                    long micros = (1 + random.nextInt(50)) * 2_000_000L;
                    read.merge(one.read(lsn - 8L * random.nextInt(150), micros), micros, Math::max);
                }
                if (random.nextInt(5) == 0) {
                    long position = lsn - 800L * random.nextInt(4);
                    one.forget(position);
                    read.keySet().removeIf(behind -> behind < position);
                    noted.keySet().removeIf(commit -> commit < position);
                }
                long latest = Long.MIN_VALUE;
                for (Map<Long, Long> known : List.of(read, noted)) {
                    for (Map.Entry<Long, Long> at : known.entrySet()) {
                        latest = at.getKey() < lsn ? Math.max(latest, at.getValue()) : latest;
                    }
                }
                long own = random.nextInt(100_000_000);
                long last = one.last();

                long time = one.next(lsn, own);

                long least = last == Long.MIN_VALUE ? own : Math.max(own, last + 1);
                assertThat(time)
                        .as("seed %s, transaction %s", seed, i)
                        .isEqualTo(own + 1_000_000 < latest ? Math.max(least, latest + 1) : least);
            }
        }
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aTransactionCostsNoMoreWhileManyTablesAreRead() throws SQLException {
        int many = 200_000;
        for (int i = 0; i < many; i++) {
            clock.read(8L * i, i);
        }
        for (int i = 0; i < many; i++) {
            clock.next(8L * (many + i), many + i);
        }

        assertThat(clock.last()).isEqualTo(2L * many - 1);
        assertThat(noted).isEmpty();
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
