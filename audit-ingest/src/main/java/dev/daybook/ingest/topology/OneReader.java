package dev.daybook.ingest.topology;

import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives every partition to one member of the group: the one whose id comes first. */
public final class OneReader extends AbstractPartitionAssignor {

    @Override
    public String name() {
        return "one-reader";
    }

    @Override
    public Map<String, List<TopicPartition>> assign(
            Map<String, Integer> partitionsPerTopic, Map<String, Subscription> subscriptions) {
        List<TopicPartition> all = new ArrayList<>();
        partitionsPerTopic.forEach(
                (topic, partitions) -> {
                    for (int partition = 0; partition < partitions; partition++) {
                        all.add(new TopicPartition(topic, partition));
                    }
                });
        String reader = subscriptions.keySet().stream().sorted().findFirst().orElse("");
        Map<String, List<TopicPartition>> assignment = new HashMap<>();
        for (String member : subscriptions.keySet()) {
            assignment.put(member, member.equals(reader) ? all : new ArrayList<>());
        }
        return assignment;
    }
}
