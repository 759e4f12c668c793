package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Examines the topics of a deployment, and how far the ingest has read. */
public final class KafkaExamination {

    /** The consumer group of the ingest, where its application-id is the default. */
    public static final String DEFAULT_GROUP = "daybook-ingest";

    /** More records than a working ingest has before it for longer than moments. */
    static final long MUCH_LAG = 10_000;

    private final Admin admin;
    private final TopicNames names;
    private final boolean oneBroker;
    private final Recommendations recommended = Recommendations.read();
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, TopicDescription> topics = new TreeMap<>();
    private final Map<Partition, Long> begins = new TreeMap<>();
    private final Map<Partition, Long> ends = new TreeMap<>();

    private KafkaExamination(Admin admin, TopicNames names, boolean oneBroker) {
        this.admin = admin;
        this.names = names;
        this.oneBroker = oneBroker;
    }

    /**
     * Examines a cluster.
     *
     * @param group the ingest's consumer group
     * @param oneBroker whether one broker is what is wanted, so that nothing is replicated
     * @throws UnreachableException if the cluster does not answer
     */
    public static KafkaExamination of(
            Admin admin, TopicNames names, String group, boolean oneBroker)
            throws UnreachableException {
        KafkaExamination examination = new KafkaExamination(admin, names, oneBroker);
        examination.examine(group);
        return examination;
    }

    /** Returns what was found. */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    /** Returns the names of the pipeline's topics that are there. */
    Set<String> topics() {
        return topics.keySet();
    }

    /** Returns the change topics that are there. */
    public Set<String> changeTopics() {
        return Set.copyOf(names.of("changes", topics.keySet()));
    }

    int partitions(String topic) {
        return partitionsOf(topic).size();
    }

    /** The topic of a role, or null if there is none or there are several. */
    @Nullable String only(String role) {
        List<String> found = names.of(role, topics.keySet());
        return found.size() == 1 ? found.getFirst() : null;
    }

    /** Returns the first offset of each partition of the pipeline's topics that is still there. */
    Map<Partition, Long> begins() {
        return begins;
    }

    /** Returns the offset that the next record of each partition will have. */
    Map<Partition, Long> ends() {
        return ends;
    }

    private void examine(String group) throws UnreachableException {
        Set<String> there = Answers.get(admin.listTopics().names());
        Map<String, Recommendations.Topic> wanted = new TreeMap<>();
        for (Recommendations.Topic topic : recommended.topics()) {
            List<String> found = names.of(topic.role(), there);
            found.forEach(name -> wanted.put(name, topic));
            if (found.isEmpty()) {
                String label = names.label(topic.role());
                findings.add(
                        Code.TOPIC_MISSING.error(
                                label,
                                "There is no topic " + label + ".",
                                there.size() + " topics can be seen",
                                "Create it as docs/reference/ingest.md says, or name it with --topic "
                                        + topic.role()
                                        + "=NAME; a topic is invisible to a user who may not"
                                        + " describe it."));
            }
        }
        if (wanted.isEmpty()) {
            return;
        }
        try {
            topics.putAll(Answers.get(admin.describeTopics(wanted.keySet()).allTopicNames()));
        } catch (Answers.NotAllowedException e) {
            findings.add(Answers.notAllowed("the topics", e, "Describe"));
            return;
        }
        Map<String, TopicExamination> examinations = new TreeMap<>();
        wanted.forEach(
                (name, topic) -> {
                    List<TopicPartitionInfo> partitions = partitionsOf(name);
                    examinations.put(
                            name, new TopicExamination(name, topic, partitions, oneBroker));
                });
        examinations.values().forEach(topic -> findings.addAll(topic.ofPartitions()));

        examineConfigs(wanted, examinations);
        examineOffsets();
        findings.addAll(GroupExamination.of(admin, names, this, group));
    }

    private void examineConfigs(
            Map<String, Recommendations.Topic> wanted, Map<String, TopicExamination> examinations)
            throws UnreachableException {
        List<ConfigResource> resources =
                wanted.keySet().stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList();
        Map<ConfigResource, Config> configs;
        try {
            configs = Answers.get(admin.describeConfigs(resources).all());
        } catch (Answers.NotAllowedException e) {
            findings.add(Answers.notAllowed("the topics' settings", e, "DescribeConfigs"));
            return;
        }
        long changes = 0;
        for (Map.Entry<ConfigResource, Config> config : configs.entrySet()) {
            Recommendations.Topic topic = wanted.get(config.getKey().name());
            if (topic != null && topic.role().equals("changes")) {
                changes =
                        Math.max(
                                changes,
                                TopicExamination.number(config.getValue(), "max.message.bytes"));
            }
        }
        for (Map.Entry<String, TopicExamination> topic : examinations.entrySet()) {
            Config config =
                    configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.getKey()));
            if (config != null) {
                findings.addAll(topic.getValue().ofConfig(config, changes));
            }
        }
    }

    private List<TopicPartitionInfo> partitionsOf(String topic) {
        TopicDescription description = topics.get(topic);
        return description == null ? List.of() : description.partitions();
    }

    private void examineOffsets() throws UnreachableException {
        Map<TopicPartition, OffsetSpec> first = new HashMap<>();
        Map<TopicPartition, OffsetSpec> last = new HashMap<>();
        topics.forEach(
                (name, description) ->
                        description.partitions().stream()
                                // The offsets of one without leader are asked for in vain.
                                .filter(
                                        partition ->
                                                partition.leader() != null
                                                        && !partition.leader().isEmpty())
                                .forEach(
                                        partition -> {
                                            TopicPartition place =
                                                    new TopicPartition(name, partition.partition());
                                            first.put(place, OffsetSpec.earliest());
                                            last.put(place, OffsetSpec.latest());
                                        }));
        try {
            offsets(first, begins);
            offsets(last, ends);
        } catch (Answers.NotAllowedException e) {
            findings.add(Answers.notAllowed("the topics' offsets", e, "Describe"));
        }
    }

    private void offsets(Map<TopicPartition, OffsetSpec> asked, Map<Partition, Long> into)
            throws UnreachableException {
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> offset :
                Answers.get(admin.listOffsets(asked).all()).entrySet()) {
            into.put(
                    new Partition(offset.getKey().topic(), offset.getKey().partition()),
                    offset.getValue().offset());
        }
    }
}
