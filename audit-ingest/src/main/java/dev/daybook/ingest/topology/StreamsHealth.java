package dev.daybook.ingest.topology;

import org.apache.kafka.streams.KafkaStreams;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.kafka.config.StreamsBuilderFactoryBean;

/**
 * Up while Kafka Streams runs, out of service while it is starting or its partitions move, down
 * once it has stopped and will not come back by itself.
 */
final class StreamsHealth implements HealthIndicator {

    private final StreamsBuilderFactoryBean streams;
    private final boolean aliveSuffices;

    /**
     * @param streams what runs the topology
     * @param aliveSuffices whether starting counts as up, as liveness has it
     */
    StreamsHealth(StreamsBuilderFactoryBean streams, boolean aliveSuffices) {
        this.streams = streams;
        this.aliveSuffices = aliveSuffices;
    }

    @Override
    public Health health() {
        KafkaStreams running = streams.getKafkaStreams();
        KafkaStreams.State state = running == null ? KafkaStreams.State.CREATED : running.state();
        Status status =
                switch (state) {
                    case RUNNING -> Status.UP;
                    case CREATED, REBALANCING -> aliveSuffices ? Status.UP : Status.OUT_OF_SERVICE;
                    case PENDING_SHUTDOWN, NOT_RUNNING, PENDING_ERROR, ERROR -> Status.DOWN;
                };
        return Health.status(status).withDetail("state", state.name()).build();
    }
}
