package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

class TopicPartitionCountsTest {

    private static final Clock CLOCK = Clock.fixed(TopologyFixture.NOW, ZoneOffset.UTC);

    private int asked;

    @Test
    void aBrokerThatStartsAnewIsAskedUntilItAnswers() {
        TopicPartitionCounts counts =
                new TopicPartitionCounts(
                        topic -> {
                            asked++;
                            if (asked == 1) {
                                throw new TimeoutException();
                            }
                            if (asked == 2) {
                                throw new ExecutionException(new DisconnectException());
                            }
                            return 4;
                        },
                        CLOCK);

        assertThat(counts.of("changes.shop", 4)).isEqualTo(4);
        assertThat(counts.of("changes.shop", 4)).isEqualTo(4);
        assertThat(asked).isEqualTo(3);
    }

    @Test
    void anAnswerThatIsMissingIsNotKept() {
        TopicPartitionCounts counts =
                new TopicPartitionCounts(
                        topic -> {
                            asked++;
                            if (asked == 1) {
                                throw new ExecutionException(
                                        new TopicAuthorizationException(topic));
                            }
                            return 4;
                        },
                        CLOCK);

        assertThat(counts.of("changes.shop", 4)).isZero();
        assertThat(counts.of("changes.shop", 4)).isEqualTo(4);
    }

    @Test
    void aTopicThatHasGrownIsAskedForAgainAfterAPause() {
        TopicPartitionCounts counts =
                new TopicPartitionCounts(topic -> ++asked == 1 ? 2 : 4, new SteppingClock());

        assertThat(counts.of("changes.shop", 2)).isEqualTo(2);
        assertThat(counts.of("changes.shop", 4)).isEqualTo(4);
    }

    /** A clock that is half a minute later each time that it is asked. */
    private static final class SteppingClock extends Clock {

        private Clock now = CLOCK;

        @Override
        public long millis() {
            now = Clock.offset(now, Duration.ofSeconds(30));
            return now.millis();
        }

        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public java.time.Instant instant() {
            return java.time.Instant.ofEpochMilli(millis());
        }
    }
}
