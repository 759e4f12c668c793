package dev.daybook.local.doctor;

import dev.daybook.contract.Topic;
import dev.daybook.source.Finding;

import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.TopicPartitionInfo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Examines one topic: its partitions' state, and its settings. */
final class TopicExamination {

    /** A topic that keeps less loses records over a weekend's failure, if not a night's. */
    private static final Duration SHORT = Duration.ofDays(1);

    private final String name;
    private final Recommendations.Topic wanted;
    private final List<TopicPartitionInfo> partitions;
    private final boolean oneBroker;
    private final Recommendations recommended = Recommendations.read();
    private final List<Finding> findings = new ArrayList<>();

    /**
     * @param wanted what is recommended for the topic's role
     * @param oneBroker whether one broker is what is wanted, so that nothing is replicated
     */
    TopicExamination(
            String name,
            Recommendations.Topic wanted,
            List<TopicPartitionInfo> partitions,
            boolean oneBroker) {
        this.name = name;
        this.wanted = wanted;
        this.partitions = partitions;
        this.oneBroker = oneBroker;
    }

    /** Returns what is found in the topic's partitions. */
    List<Finding> ofPartitions() {
        findings.clear();
        findings.addAll(ofPartitions(name, partitions, oneBroker));
        Integer count = wanted.partitions();
        if (count != null && partitions.size() != count) {
            findings.add(
                    Code.TOPIC_PARTITIONS.warning(
                            name,
                            "It is to have " + count + " partition.",
                            partitions.size() + " partitions",
                            "Delete it while the ingest is stopped, and let the ingest create"
                                    + " it; it is filled again from control records."));
        }
        return List.copyOf(findings);
    }

    /**
     * Returns what is found in the topic's settings.
     *
     * @param largestChange {@code max.message.bytes} of the change topics
     */
    List<Finding> ofConfig(Config config, long largestChange) {
        findings.clear();
        examineConfig(config, largestChange);
        return List.copyOf(findings);
    }

    /** Returns what is found in the state of a topic's partitions. */
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

    private void examineConfig(Config config, long largestChange) {
        String cleanup = text(config, "cleanup.policy");
        if (!cleanup.equals(wanted.cleanup())) {
            String message =
                    wanted.cleanup().equals("delete")
                            ? "Compaction removes records that are followed by one of the same"
                                    + " key: changes are lost before they are read."
                            : "Table definitions are thrown away when they are old, rather than"
                                    + " when they are replaced.";
            findings.add(
                    Code.TOPIC_CLEANUP.error(
                            name,
                            message,
                            "cleanup.policy = " + cleanup,
                            "Set cleanup.policy=" + wanted.cleanup() + "."));
        }
        Duration retention = wanted.retention();
        if (retention != null) {
            examineRetention(retention, config);
        }
        if (!wanted.role().equals(Topic.Names.TABLES)) {
            examineSize(number(config, "max.message.bytes"), largestChange);
        }
        if (!oneBroker) {
            findings.addAll(ofReplicas(name, number(config, "min.insync.replicas"), replicas()));
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

    /**
     * Returns what is found in how many replicas must have a record before it counts as written.
     */
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

    private void examineRetention(Duration wanted, Config config) {
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

    private void examineSize(long bytes, long largestChange) {
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
                && (wanted.role().equals(Topic.Names.ENTRIES)
                        || wanted.role().equals(Topic.Names.REJECTED))) {
            findings.add(
                    Code.TOPIC_MAX_MESSAGE.warning(
                            name,
                            "A change that fits its topic may become a record that does not fit"
                                    + " this one.",
                            "max.message.bytes = " + bytes + ", that of changes = " + largestChange,
                            "Set max.message.bytes=" + largestChange + " or a little more."));
        }
    }

    private int replicas() {
        return partitions.stream()
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

    static long number(Config config, String name) {
        String text = text(config, name);
        return text.isEmpty() ? -1 : Long.parseLong(text);
    }
}
