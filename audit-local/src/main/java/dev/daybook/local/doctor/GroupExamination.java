package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Examines the ingest's consumer group: whether it has members, and how far it has read. */
final class GroupExamination {

    private GroupExamination() {}

    /** Returns what is found in a group. */
    static List<Finding> of(Admin admin, TopicNames names, KafkaExamination cluster, String group)
            throws UnreachableException {
        List<Finding> findings = new ArrayList<>();
        ConsumerGroupDescription description;
        Map<TopicPartition, OffsetAndMetadata> committed;
        try {
            description =
                    Answers.get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
            committed =
                    Answers.get(
                            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        } catch (Answers.NotAllowedException e) {
            findings.add(Answers.notAllowed("the consumer group " + group, e, "Describe"));
            return findings;
        } catch (Answers.NoSuchGroupException e) {
            description = null;
            committed = Map.of();
        }
        GroupState state = description == null ? GroupState.DEAD : description.groupState();
        if (state == GroupState.DEAD || state == GroupState.EMPTY) {
            findings.add(
                    Code.INGEST_INACTIVE.error(
                            group,
                            "The ingest does not run: nobody reads the changes.",
                            "the consumer group's state is " + state,
                            "Start it; or name its group with --group, if application-id is not the"
                                    + " default."));
        }
        long lag = 0;
        List<String> lost = new ArrayList<>();
        for (String topic : names.of("changes", cluster.topics())) {
            for (int number = 0; number < cluster.partitions(topic); number++) {
                Partition partition = new Partition(topic, number);
                OffsetAndMetadata offset = committed.get(new TopicPartition(topic, number));
                long begin = cluster.begins().getOrDefault(partition, 0L);
                long end = cluster.ends().getOrDefault(partition, begin);
                if (offset != null && offset.offset() < begin) {
                    lost.add(partition + ": " + offset.offset() + " to " + begin);
                }
                lag += Math.max(0, end - (offset == null ? begin : offset.offset()));
            }
        }
        if (!lost.isEmpty()) {
            findings.add(
                    Code.INGEST_LOSS.error(
                            group,
                            "Changes were thrown away before the ingest had read them.",
                            String.join("; ", lost),
                            "Load the tables of that time anew (docs/reference/source-connector.md,"
                                    + " Loads; DMS: reload-target), and raise the retention."));
        }
        if (lag > KafkaExamination.MUCH_LAG) {
            findings.add(
                    Code.INGEST_LAG.warning(
                            group,
                            "The ingest is behind.",
                            lag + " records of changes are before it",
                            "Look again in a minute: if the number grows, give it more threads or"
                                    + " instances, up to the number of partitions."));
        }
        return findings;
    }
}
