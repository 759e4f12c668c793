package dev.daybook.api.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class RateLimitTest {

    private final AtomicLong now = new AtomicLong(-5);
    private final RateLimit limit = new RateLimit(60, now::get);

    private void passes(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void asManyAsInAMinuteMayComeAtOnceAndThenOneForEachThatIsGivenBack() {
        // When
        for (int left = 59; left >= 0; left--) {
            RateLimit.Decision decision = limit.take("a");
            assertThat(decision.taken()).isTrue();
            assertThat(decision.left()).isEqualTo(left);
        }

        // Then
        assertThat(limit.take("a")).isEqualTo(new RateLimit.Decision(false, 0, 60, 1));
        passes(Duration.ofSeconds(1));
        assertThat(limit.take("a").taken()).isTrue();
        assertThat(limit.take("a").taken()).isFalse();
        passes(Duration.ofMinutes(10));
        assertThat(limit.take("a")).isEqualTo(new RateLimit.Decision(true, 59, 1, 0));
    }

    @Test
    void oneCallerTakesNothingFromAnother() {
        for (int i = 0; i < 100; i++) {
            limit.take("a");
        }
        assertThat(limit.take("b").left()).isEqualTo(59);
    }

    @Test
    void aClockThatThreadsSeeInAnotherOrderGivesNothingTwice() {
        passes(Duration.ofSeconds(10));
        limit.take("a");
        passes(Duration.ofSeconds(-10));
        limit.take("a");
        passes(Duration.ofSeconds(10));
        assertThat(limit.take("a").left()).isEqualTo(57);
    }
}
