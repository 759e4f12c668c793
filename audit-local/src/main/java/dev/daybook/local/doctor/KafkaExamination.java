package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Looks at the topics of a deployment, and at how far the ingest has read. */
public final class KafkaExamination {

    /** The consumer group of the ingest, where its application-id is the default. */
    public static final String DEFAULT_GROUP = "daybook-ingest";

    /** More records than a working ingest has before it for longer than moments. */
    static final long MUCH_LAG = 10_000;

    /**
     * A topic that keeps less than this loses records over a weekend's failure, if not a night's.
     */
    private static final Duration SHORT = Duration.ofDays(1);

    private static final long WAIT_SECONDS = 30;

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
     * Looks at a cluster.
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

    /** What was found. */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    /** The names of the pipeline's topics that are there. */
    Set<String> topics() {
        return topics.keySet();
    }

    int partitions(String topic) {
        TopicDescription description = topics.get(topic);
        return description == null ? 0 : description.partitions().size();
    }

    /** The topic of a role, or null if there is none or there are several. */
    @Nullable String only(String role) {
        List<String> found = names.of(role, topics.keySet());
        return found.size() == 1 ? found.getFirst() : null;
    }

    /** The first offset of each partition of the pipeline's topics that is still there. */
    Map<Partition, Long> begins() {
        return begins;
    }

    /** The offset that the next record of each partition will have. */
    Map<Partition, Long> ends() {
        return ends;
    }

    private void examine(String group) throws UnreachableException {
        Set<String> there = get(admin.listTopics().names());
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
            topics.putAll(get(admin.describeTopics(wanted.keySet()).allTopicNames()));
        } catch (NotAllowedException e) {
            findings.add(notAllowed("the topics", e, "Describe"));
            return;
        }
        topics.forEach(
                (name, description) ->
                        findings.addAll(ofPartitions(name, description.partitions(), oneBroker)));
        for (Map.Entry<String, Recommendations.Topic> topic : wanted.entrySet()) {
            Integer partitions = topic.getValue().partitions();
            if (partitions != null && partitions(topic.getKey()) != partitions) {
                findings.add(
                        Code.TOPIC_PARTITIONS.warning(
                                topic.getKey(),
                                "It is to have " + partitions + " partition.",
                                partitions(topic.getKey()) + " partitions",
                                "Delete it while the ingest is stopped, and let the ingest create"
                                        + " it; it is filled again from control records."));
            }
        }
        examineConfigs(wanted);
        examineOffsets();
        examineGroup(group);
    }

    /** What is found in the state of a topic's partitions. */
    static List<Finding> ofPartitions(
            String name, List<TopicPartitionInfo> partitions, boolean oneBroker) {
        Recommendations recommended = Recommendations.read();
        List<Finding> findings = new ArrayList<>();
        List<Integer> offline = new ArrayList<>();
        List<Integer> behind = new ArrayList<>();
        int replicas = Integer.MAX_VALUE;
        for (TopicPartitionInfo partition : partitions) {
            replicas = Math.min(replicas, partition.replicas().size());
            if (partition.leader() == null || partition.leader().isEmpty()) {
                offline.add(partition.partition());
            } else if (partition.isr().size() < partition.replicas().size()) {
                behind.add(partition.partition());
            }
        }
        if (!offline.isEmpty()) {
            findings.add(
                    Code.TOPIC_OFFLINE.error(
                            name,
                            "Partitions have no leader: nothing can be written to or read from"
                                    + " them.",
                            "partitions " + offline,
                            "Bring the brokers back that hold them."));
        }
        if (!behind.isEmpty()) {
            findings.add(
                    Code.TOPIC_UNDER_REPLICATED.warning(
                            name,
                            "Replicas are behind or away.",
                            "partitions " + behind,
                            "See that all brokers run, and that their disks keep up."));
        }
        if (!oneBroker && replicas < recommended.replicationFactor()) {
            findings.add(
                    Code.TOPIC_REPLICATION.warning(
                            name,
                            replicas == 1
                                    ? "The loss of one broker loses its records."
                                    : "It has fewer replicas than brokers can fail.",
                            "replication factor " + replicas,
                            "Raise it to "
                                    + recommended.replicationFactor()
                                    + " (kafka-reassign-partitions)."));
        }
        return findings;
    }

    private void examineConfigs(Map<String, Recommendations.Topic> wanted)
            throws UnreachableException {
        List<ConfigResource> resources =
                wanted.keySet().stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList();
        Map<ConfigResource, Config> configs;
        try {
            configs = get(admin.describeConfigs(resources).all());
        } catch (NotAllowedException e) {
            findings.add(notAllowed("the topics' settings", e, "DescribeConfigs"));
            return;
        }
        long changes = 0;
        for (Map.Entry<ConfigResource, Config> config : configs.entrySet()) {
            Recommendations.Topic topic = wanted.get(config.getKey().name());
            if (topic != null && topic.role().equals("changes")) {
                changes = Math.max(changes, number(config.getValue(), "max.message.bytes"));
            }
        }
        for (Map.Entry<String, Recommendations.Topic> topic : wanted.entrySet()) {
            Config config =
                    configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.getKey()));
            if (config != null) {
                examineConfig(topic.getKey(), topic.getValue(), config, changes);
            }
        }
    }

    private void examineConfig(
            String name, Recommendations.Topic topic, Config config, long largestChange) {
        String cleanup = text(config, "cleanup.policy");
        if (!cleanup.equals(topic.cleanup())) {
            String message =
                    topic.cleanup().equals("delete")
                            ? "Compaction removes records that are followed by one of the same"
                                    + " key: changes are lost before they are read."
                            : "Table definitions are thrown away when they are old, rather than"
                                    + " when they are replaced.";
            findings.add(
                    Code.TOPIC_CLEANUP.error(
                            name,
                            message,
                            "cleanup.policy = " + cleanup,
                            "Set cleanup.policy=" + topic.cleanup() + "."));
        }
        Duration retention = topic.retention();
        if (retention != null) {
            examineRetention(name, retention, config);
        }
        if (!topic.role().equals("tables")) {
            examineSize(name, topic, number(config, "max.message.bytes"), largestChange);
        }
        if (!oneBroker) {
            findings.addAll(
                    ofReplicas(name, number(config, "min.insync.replicas"), replicas(name)));
        }
        if (text(config, "unclean.leader.election.enable").equals("true")) {
            findings.add(
                    Code.TOPIC_UNCLEAN.warning(
                            name,
                            "A broker that has not all records may become the leader, and what it"
                                    + " lacks is gone.",
                            "unclean.leader.election.enable = true",
                            "Set unclean.leader.election.enable=false."));
        }
    }

    /** What is found in how many replicas must have a record before it counts as written. */
    static List<Finding> ofReplicas(String name, long insync, int replicas) {
        int wanted = Recommendations.read().minInsyncReplicas();
        if (replicas > 1 && insync < Math.min(wanted, replicas)) {
            return List.of(
                    Code.TOPIC_MIN_INSYNC.warning(
                            name,
                            "A record counts as written when one broker has it, and is lost with"
                                    + " that broker.",
                            "min.insync.replicas = " + insync,
                            "Set min.insync.replicas=" + wanted + "."));
        }
        if (replicas > 1 && insync >= replicas) {
            return List.of(
                    Code.TOPIC_MIN_INSYNC.warning(
                            name,
                            "The restart of any broker stops all writes to it.",
                            "min.insync.replicas = " + insync + ", replication factor " + replicas,
                            "Set min.insync.replicas below the replication factor."));
        }
        return List.of();
    }

    private void examineRetention(String name, Duration wanted, Config config) {
        long millis = number(config, "retention.ms");
        if (millis >= 0 && millis < wanted.toMillis()) {
            Duration kept = Duration.ofMillis(millis);
            String message =
                    "Records are kept for "
                            + hours(kept)
                            + ": what a failure delays for longer is lost"
                            + (wanted.toDays() > 7 ? "." : ", and less can be read again.");
            String evidence = "retention.ms = " + millis;
            String remedy =
                    "Set retention.ms=" + wanted.toMillis() + " (" + wanted.toDays() + " days).";
            findings.add(
                    kept.compareTo(SHORT) < 0
                            ? Code.TOPIC_RETENTION.error(name, message, evidence, remedy)
                            : Code.TOPIC_RETENTION.warning(name, message, evidence, remedy));
        }
        long bytes = number(config, "retention.bytes");
        if (bytes >= 0) {
            findings.add(
                    Code.TOPIC_RETENTION.warning(
                            name,
                            "Records are thrown away by size, whether they have been read or not.",
                            "retention.bytes = " + bytes,
                            "Set retention.bytes=-1, and give the brokers storage for the"
                                    + " retention time."));
        }
    }

    private void examineSize(
            String name, Recommendations.Topic topic, long bytes, long largestChange) {
        if (bytes < recommended.maxMessageBytes()) {
            findings.add(
                    Code.TOPIC_MAX_MESSAGE.warning(
                            name,
                            "A record with large values does not fit: the capture stops at it, or it"
                                    + " is rejected.",
                            "max.message.bytes = " + bytes,
                            "Set max.message.bytes="
                                    + recommended.maxMessageBytes()
                                    + " or more, and no less than the producer's"
                                    + " max.request.size (DMS: MessageMaxBytes)."));
        } else if (bytes < largestChange
                && (topic.role().equals("entries") || topic.role().equals("rejected"))) {
            findings.add(
                    Code.TOPIC_MAX_MESSAGE.warning(
                            name,
                            "A change that fits its topic may become a record that does not fit"
                                    + " this one.",
                            "max.message.bytes = " + bytes + ", that of changes = " + largestChange,
                            "Set max.message.bytes=" + largestChange + " or a little more."));
        }
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
        } catch (NotAllowedException e) {
            findings.add(notAllowed("the topics' offsets", e, "Describe"));
        }
    }

    private void offsets(Map<TopicPartition, OffsetSpec> asked, Map<Partition, Long> into)
            throws UnreachableException {
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> offset :
                get(admin.listOffsets(asked).all()).entrySet()) {
            into.put(
                    new Partition(offset.getKey().topic(), offset.getKey().partition()),
                    offset.getValue().offset());
        }
    }

    private void examineGroup(String group) throws UnreachableException {
        ConsumerGroupDescription description;
        Map<TopicPartition, OffsetAndMetadata> committed;
        try {
            description = get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
            committed = get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        } catch (NotAllowedException e) {
            findings.add(notAllowed("the consumer group " + group, e, "Describe"));
            return;
        } catch (NoSuchGroupException e) {
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
        for (String topic : names.of("changes", topics.keySet())) {
            for (int number = 0; number < partitions(topic); number++) {
                Partition partition = new Partition(topic, number);
                OffsetAndMetadata offset = committed.get(new TopicPartition(topic, number));
                long begin = begins.getOrDefault(partition, 0L);
                long end = ends.getOrDefault(partition, begin);
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
        if (lag > MUCH_LAG) {
            findings.add(
                    Code.INGEST_LAG.warning(
                            group,
                            "The ingest is behind.",
                            lag + " records of changes are before it",
                            "Look again in a minute: if the number grows, give it more threads or"
                                    + " instances, up to the number of partitions."));
        }
    }

    private Finding notAllowed(String what, NotAllowedException e, String operation) {
        return Code.KAFKA_NOT_ALLOWED.warning(
                what,
                "They may not be read, so what depends on them was not checked.",
                String.valueOf(e.getMessage()),
                "Allow the user of the doctor the operation " + operation + ".");
    }

    private int replicas(String topic) {
        TopicDescription description = topics.get(topic);
        return description == null
                ? 0
                : description.partitions().stream()
                        .mapToInt(partition -> partition.replicas().size())
                        .min()
                        .orElse(0);
    }

    private static String hours(Duration duration) {
        return duration.toDays() >= 2 ? duration.toDays() + " days" : duration.toHours() + " hours";
    }

    private static String text(Config config, String name) {
        Collection<ConfigEntry> entries = config.entries();
        for (ConfigEntry entry : entries) {
            if (entry.name().equals(name)) {
                return entry.value() == null ? "" : entry.value();
            }
        }
        return "";
    }

    private static long number(Config config, String name) {
        String text = text(config, name);
        return text.isEmpty() ? -1 : Long.parseLong(text);
    }

    /** The cluster answers, but not to this user. */
    private static final class NotAllowedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotAllowedException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Nobody has ever been in the group. */
    private static final class NoSuchGroupException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoSuchGroupException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static <T> T get(KafkaFuture<T> future) throws UnreachableException {
        try {
            return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof AuthorizationException) {
                throw new NotAllowedException(cause);
            }
            if (cause instanceof GroupIdNotFoundException) {
                throw new NoSuchGroupException(cause);
            }
            throw new UnreachableException(String.valueOf(cause.getMessage()), cause);
        } catch (TimeoutException e) {
            throw new UnreachableException("no answer within " + WAIT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted", e);
        }
    }
}
