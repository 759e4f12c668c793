package dev.daybook.ingest.topology;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the broker for the number of a topic's partitions, which only ever grows. */
final class TopicPartitionCounts implements PartitionCounts {

    private static final Logger log = LoggerFactory.getLogger(TopicPartitionCounts.class);

    private static final long PAUSE_MILLIS = 10_000;
    private static final int TIMEOUT_MILLIS = 5_000;

    private final Map<String, Object> adminProperties;
    private final Clock clock;
    private final Map<String, Known> known = new HashMap<>();

    TopicPartitionCounts(Map<String, Object> adminProperties, Clock clock) {
        this.adminProperties = new HashMap<>(adminProperties);
        this.adminProperties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        this.adminProperties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        this.clock = clock;
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
        known.put(topic, new Known(partitions, now));
        return partitions;
    }

    private int ask(String topic, int before) {
        try (Admin admin = Admin.create(adminProperties)) {
            return admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                    .values()
                    .iterator()
                    .next()
                    .partitions()
                    .size();
        } catch (ExecutionException | TimeoutException e) {
            log.warn(
                    "Could not ask for the partitions of topic {}; heartbeats are held to {}"
                            + " partitions until it can be asked: {}",
                    topic,
                    before,
                    String.valueOf(e.getMessage()));
            return before;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return before;
        }
    }
}
