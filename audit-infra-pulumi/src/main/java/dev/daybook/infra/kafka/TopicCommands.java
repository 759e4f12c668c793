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
        for (Topics.Topic topic : Topics.all(source, kafka)) {
            script.append("run kafka-topics.sh --create --if-not-exists --topic ")
                    .append(topic.name())
                    .append(" --partitions ")
                    .append(topic.partitions())
                    .append(" --replication-factor 3\n");
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
}
