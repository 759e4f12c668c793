package dev.daybook.seal;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Makes the topic of segments: one partition, so that the sealer reads in the order in which sinks
 * told.
 */
public final class SegmentsTopic {

    /** How long the sealer may stand still before what it has not read is lost. */
    private static final Duration RETENTION = Duration.ofDays(30);

    private SegmentsTopic() {}

    /** Makes the topic if it is not there. */
    public static void ensure(Map<String, String> kafka, String topic, int replication) {
        NewTopic wanted =
                new NewTopic(topic, 1, (short) replication)
                        .configs(Map.of("retention.ms", Long.toString(RETENTION.toMillis())));
        try (Admin admin = Admin.create(new HashMap<String, Object>(kafka))) {
            admin.createTopics(List.of(wanted)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException(
                        "The topic " + topic + " cannot be made: " + e.getMessage(), e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while making the topic " + topic, e);
        }
    }
}
