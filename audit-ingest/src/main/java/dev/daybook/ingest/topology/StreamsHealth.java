package dev.daybook.ingest.topology;

import org.apache.kafka.streams.KafkaStreams;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.kafka.config.StreamsBuilderFactoryBean;

/**
 * Reports whether Kafka Streams works. Readiness is up while it runs, out of service while it
 * starts or its partitions move, and down while its threads fail, since the partitions of a thread
 * that fails stand still. Liveness is down once it has stopped for good, and when its threads have
 * failed often enough that a restart is worth a try.
 */
final class StreamsHealth implements HealthIndicator {

    /** How many failures in a row make a restart worth a try. */
    static final int FAILURES_UNTIL_DEAD = 5;

    static final String STATE = "state";
    static final String THREAD_FAILURES = "threadFailures";
    static final String FAILING_SINCE = "failingSince";
    static final String LAST_FAILURE = "lastFailure";

    private final StreamsBuilderFactoryBean streams;
    private final ThreadReplacement threads;
    private final boolean liveness;

    /**
     * @param liveness whether the question is if the application is alive, not if it is ready
     */
    StreamsHealth(StreamsBuilderFactoryBean streams, ThreadReplacement threads, boolean liveness) {
        this.streams = streams;
        this.threads = threads;
        this.liveness = liveness;
    }

    @Override
    public Health health() {
        KafkaStreams running = streams.getKafkaStreams();
        KafkaStreams.State state = running == null ? KafkaStreams.State.CREATED : running.state();
        ThreadReplacement.Failures failures = threads.failures();
        Health.Builder health =
                Health.status(status(state, failures == null ? 0 : failures.count()))
                        .withDetail(STATE, state.name());
        if (failures != null) {
            health.withDetail(THREAD_FAILURES, failures.count())
                    .withDetail(FAILING_SINCE, failures.since().toString())
                    .withDetail(LAST_FAILURE, failures.last());
        }
        return health.build();
    }

    private Status status(KafkaStreams.State state, int failures) {
        if (failures >= (liveness ? FAILURES_UNTIL_DEAD : 1)) {
            return Status.DOWN;
        }
        return switch (state) {
            case RUNNING -> Status.UP;
            case CREATED, REBALANCING -> liveness ? Status.UP : Status.OUT_OF_SERVICE;
            case PENDING_SHUTDOWN, NOT_RUNNING, PENDING_ERROR, ERROR -> Status.DOWN;
        };
    }
}
