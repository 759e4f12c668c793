package dev.daybook.ingest.topology;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the broker for the number of a topic's partitions, which only ever grows.
 *
 * <p>A broker that does not answer is asked again for a minute: while it starts anew nothing is
 * read, and a heartbeat that was held to an old number would be rejected for good.
 */
final class TopicPartitionCounts implements PartitionCounts {

    private static final Logger log = LoggerFactory.getLogger(TopicPartitionCounts.class);

    private static final long PAUSE_MILLIS = 10_000;
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final long BETWEEN_TRIES_MILLIS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Broker broker;
    private final Clock clock;
    private final Map<String, Known> known = new HashMap<>();

    TopicPartitionCounts(Map<String, Object> adminProperties, Clock clock) {
        this(broker(adminProperties), clock);
    }

    TopicPartitionCounts(Broker broker, Clock clock) {
        this.broker = broker;
        this.clock = clock;
    }

    /** Answers how many partitions a topic has, or fails. */
    interface Broker {
        int partitions(String topic)
                throws ExecutionException, TimeoutException, InterruptedException;
    }

    private record Known(int partitions, long askedMillis) {}

    @Override
    public synchronized int of(String topic, int claimed) {
        Known last = known.get(topic);
        long now = clock.millis();
        boolean agrees = last != null && (claimed == 0 || claimed == last.partitions());
        if (last != null && (agrees || now - last.askedMillis() < PAUSE_MILLIS)) {
            return last.partitions();
        }
        int partitions = ask(topic, last == null ? 0 : last.partitions());
        if (partitions > 0) {
            known.put(topic, new Known(partitions, now));
        }
        return partitions;
    }

    private int ask(String topic, int before) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (true) {
                try {
                    return broker.partitions(topic);
                } catch (ExecutionException | TimeoutException e) {
                    if (!mayPass(e) || System.nanoTime() > end) {
                        log.warn(
                                "Could not ask for the partitions of topic {}; heartbeats are held"
                                        + " to {} partitions until it can be asked: {}",
                                topic,
                                before,
                                String.valueOf(e.getMessage()));
                        return before;
                    }
                    TimeUnit.MILLISECONDS.sleep(BETWEEN_TRIES_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return before;
        }
    }

    private static boolean mayPass(Exception failure) {
        return failure instanceof TimeoutException
                || failure.getCause() instanceof RetriableException;
    }

    private static Broker broker(Map<String, Object> adminProperties) {
        Map<String, Object> properties = new HashMap<>(adminProperties);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        return topic -> {
            try (Admin admin = Admin.create(properties)) {
                return admin.describeTopics(List.of(topic))
                        .allTopicNames()
                        .get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                        .values()
                        .iterator()
                        .next()
                        .partitions()
                        .size();
            }
        };
    }
}
