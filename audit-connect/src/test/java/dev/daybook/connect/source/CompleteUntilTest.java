package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.CompleteUntil.Observation;

import org.junit.jupiter.api.Test;

import java.util.Set;

/** What may be claimed, and what may not yet. */
class CompleteUntilTest {

    private final CompleteUntil completeUntil = new CompleteUntil();

    @Test
    void claimsNothingBeforeTheStreamHasPassedTheObservation() {
        completeUntil.observe(new Observation(100, Set.of(), 5000));

        completeUntil.reached(4999);
        assertThat(completeUntil.claim()).isEqualTo(Long.MIN_VALUE);

        completeUntil.reached(5000);
        assertThat(completeUntil.claim()).isEqualTo(100);
    }

    @Test
    void waitsForTheTransactionsThatWereRunningAtTheTime() {
        completeUntil.observe(new Observation(100, Set.of("7"), 5000));
        completeUntil.observe(new Observation(200, Set.of("7", "8"), 6000));
        completeUntil.observe(new Observation(300, Set.of("9"), 7000));

        completeUntil.reached(6000);
        assertThat(completeUntil.claim()).isEqualTo(Long.MIN_VALUE);

        completeUntil.reached(7000);
        assertThat(completeUntil.claim()).isEqualTo(200);
    }

    @Test
    void doesNotWaitForeverForALongTransaction() {
        completeUntil.observe(new Observation(100, Set.of("7"), 5000));
        completeUntil.observe(new Observation(100 + CompleteUntil.GRACE_MICROS, Set.of("7"), 6000));

        completeUntil.reached(6000);

        assertThat(completeUntil.claim()).isEqualTo(100);
    }

    @Test
    void takesAPositionBehindAPageHeaderForThePageItself() {
        completeUntil.observe(new Observation(100, Set.of(), 8192 + 24));

        completeUntil.reached(8192);

        assertThat(completeUntil.claim()).isEqualTo(100);
    }

    @Test
    void claimsNothingFromCommitsThatTheSourceWasNotObservedAfter() {
        completeUntil.observe(new Observation(100, Set.of(), 9000));

        completeUntil.committed(CompleteUntil.GRACE_MICROS + 500);

        assertThat(completeUntil.claim()).isEqualTo(100);
    }

    @Test
    void isTakenBackWithTheSourcesClock() {
        completeUntil.observe(new Observation(900, Set.of(), 1000));
        completeUntil.observe(new Observation(950, Set.of(), 3000));
        completeUntil.reached(1000);
        assertThat(completeUntil.claim()).isEqualTo(900);

        completeUntil.observe(new Observation(100, Set.of(), 2000));
        completeUntil.reached(3000);

        assertThat(completeUntil.claim()).isEqualTo(100);
    }

    @Test
    void neverGoesBackWhileTheClockDoesNot() {
        completeUntil.observe(new Observation(100, Set.of(), 1000));
        completeUntil.observe(new Observation(600, Set.of(), 9000));
        completeUntil.committed(CompleteUntil.GRACE_MICROS + 500);

        completeUntil.reached(1000);

        assertThat(completeUntil.claim()).isEqualTo(500);
    }
}
