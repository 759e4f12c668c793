package dev.daybook.infra.kafka;

import dev.daybook.infra.settings.Settings;

import java.util.List;

/**
 * What the task "topics" runs, with Kafka's own tools: makes the topics that are not there, sets
 * their limits, and lets DMS's user write to the one topic that it writes to. All of it may be done
 * again.
 */
public final class TopicCommands {

    private TopicCommands() {}

    public static String script(String source, Settings.Kafka kafka) {
        StringBuilder script =
                new StringBuilder(
                        """
                        cat >/tmp/client.properties <<'END'
                        security.protocol=SASL_SSL
                        sasl.mechanism=AWS_MSK_IAM
                        sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;
                        sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler
                        END
                        run() { tool=$1; shift; "/opt/kafka/bin/$tool" --bootstrap-server "$BOOTSTRAP" --command-config /tmp/client.properties "$@"; }
                        """);
        for (Topics.Definition topic : Topics.all(source, kafka)) {
            script.append("run kafka-topics.sh --create --if-not-exists --topic ")
                    .append(topic.name())
                    .append(" --partitions ")
                    .append(topic.partitions())
                    .append(" --replication-factor 3\n");
            topic.partitionsKey().ifPresent(key -> script.append(partitionsAreKept(topic, key)));
            List<String> settings =
                    topic.settings().entrySet().stream()
                            .map(setting -> setting.getKey() + "=" + setting.getValue())
                            .toList();
            script.append("run kafka-configs.sh --alter --entity-type topics --entity-name ")
                    .append(topic.name())
                    .append(" --add-config ")
                    .append(String.join(",", settings))
                    .append('\n');
        }
        script.append("run kafka-acls.sh --add --force --allow-principal User:")
                .append(KafkaCluster.DMS_USER)
                .append(" --operation Write --operation Describe --topic ")
                .append(Topics.changes(source))
                .append('\n');
        return script.toString();
    }

    /**
     * Fails where the setting was changed after the topic was made: a topic keeps its partitions,
     * and what reads it would be told another number.
     */
    private static String partitionsAreKept(Topics.Definition topic, String key) {
        return """
        have=$(run kafka-topics.sh --describe --topic %1$s | sed -n 's/.*PartitionCount: *\\([0-9]*\\).*/\\1/p')
        [ "$have" = %2$d ] || { echo "%3$s is %2$d, but the topic %1$s has $have partitions, which are chosen once: set it back to $have." >&2; exit 1; }
        """
                .formatted(topic.name(), topic.partitions(), key);
    }
}
