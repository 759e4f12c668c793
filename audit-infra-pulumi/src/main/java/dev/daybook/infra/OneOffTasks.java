package dev.daybook.infra;

import com.pulumi.aws.ecs.Cluster;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.container.Container;
import dev.daybook.infra.container.ContainerTask;
import dev.daybook.infra.container.OneOffTask;
import dev.daybook.infra.database.AuroraCluster;
import dev.daybook.infra.kafka.KafkaCluster;
import dev.daybook.infra.kafka.TopicCommands;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.network.Group;
import dev.daybook.infra.network.Network;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.security.Encryption;
import dev.daybook.infra.settings.Settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Declares the tasks that run once: topics, migrations, the source's preparation.
 *
 * @param settings what the stack is to be
 * @param keys that logs and secrets are encrypted with
 * @param network where the tasks run
 * @param ecs the cluster that runs them
 * @param options of each
 */
record OneOffTasks(
        Settings settings,
        Encryption keys,
        Network network,
        Cluster ecs,
        ComponentResourceOptions options) {

    private static final String CA = "sslmode=verify-full&sslrootcert=/etc/daybook/rds-ca.pem";

    Resource topics(KafkaCluster kafka) {
        String source = settings.source().name();
        List<Output<String>> topics =
                Topics.all(source, settings.kafka()).stream()
                        .map(topic -> kafka.topicArn(topic.name()))
                        .toList();
        Container container =
                Container.running("topics", settings.services().images().kafkaTools())
                        .entryPoint("/bin/sh", "-euc")
                        .command(TopicCommands.script(source, settings.kafka()))
                        .environment(Map.of("BOOTSTRAP", kafka.bootstrapIam()))
                        .build();
        return run(
                "topics",
                container,
                List.of(),
                List.of(
                        // An access rule is the cluster's, so making one alters the cluster.
                        new PolicyDocument.Allow(
                                "Connect",
                                List.of(
                                        "kafka-cluster:Connect",
                                        "kafka-cluster:DescribeCluster",
                                        "kafka-cluster:AlterCluster"),
                                List.of(kafka.arn())),
                        new PolicyDocument.Allow(
                                "MakeTopics",
                                List.of(
                                        "kafka-cluster:CreateTopic",
                                        "kafka-cluster:DescribeTopic",
                                        "kafka-cluster:AlterTopicDynamicConfiguration",
                                        "kafka-cluster:DescribeTopicDynamicConfiguration"),
                                topics)),
                List.of(kafka.scramReady(), network));
    }

    Resource migrations(
            AuroraCluster audit, Credential writer, Credential reader, Credential sealer) {
        Map<String, Output<String>> secrets = new LinkedHashMap<>();
        secrets.put("DAYBOOK_WRITER_PASSWORD", writer.reference("password"));
        secrets.put("DAYBOOK_READER_PASSWORD", reader.reference("password"));
        secrets.put("DAYBOOK_SEALER_PASSWORD", sealer.reference("password"));
        return run(
                "migrations",
                migrating("migrations", "audit", audit, settings.audit(), Map.of(), secrets),
                List.of(audit.masterSecretArn(), writer.arn(), reader.arn(), sealer.arn()),
                List.of(),
                List.of(audit, network));
    }

    Resource preparation(AuroraCluster source, Settings.Database database, Credential capture) {
        String tables = String.join(",", settings.source().tables());
        Map<String, Output<String>> environment = new LinkedHashMap<>();
        environment.put("DAYBOOK_TABLES", Output.of(tables));
        if (settings.source().fullIdentity()) {
            environment.put("DAYBOOK_FULL_IDENTITY", Output.of(tables));
        }
        return run(
                "preparation",
                migrating(
                        "preparation",
                        "source",
                        source,
                        database,
                        environment,
                        Map.of("DAYBOOK_CAPTURE_PASSWORD", capture.reference("password"))),
                List.of(source.masterSecretArn(), capture.arn()),
                List.of(),
                List.of(source, network));
    }

    /** Returns the program of {@code audit-migrations}, as the database's master user. */
    private Container migrating(
            String word,
            String command,
            AuroraCluster cluster,
            Settings.Database database,
            Map<String, Output<String>> more,
            Map<String, Output<String>> passwords) {
        Map<String, Output<String>> environment = new LinkedHashMap<>();
        environment.put(
                "DAYBOOK_DATABASE_URL",
                Output.format(
                        "jdbc:postgresql://%s:5432/%s?" + CA, cluster.endpoint(), database.name()));
        environment.put("DAYBOOK_WAIT_SECONDS", Output.of("300"));
        environment.putAll(more);
        Map<String, Output<String>> secrets = new LinkedHashMap<>();
        secrets.put("DAYBOOK_DATABASE_USER", admin(cluster, "username"));
        secrets.put("DAYBOOK_DATABASE_PASSWORD", admin(cluster, "password"));
        secrets.putAll(passwords);
        return Container.running(word, settings.services().images().migrations())
                .command(command)
                .environment(environment)
                .secrets(secrets)
                .build();
    }

    private static Output<String> admin(AuroraCluster cluster, String member) {
        return Output.format("%s:%s::", cluster.masterSecretArn(), member);
    }

    private Resource run(
            String word,
            Container container,
            List<Output<String>> secretArns,
            List<PolicyDocument.Allow> may,
            List<Resource> needed) {
        return new OneOffTask(
                        settings.stack() + "-" + word,
                        new OneOffTask.Args(
                                new ContainerTask.Args(
                                        List.of(container),
                                        512,
                                        1024,
                                        secretArns,
                                        keys.secretsKeyArn(),
                                        may,
                                        keys.dataKeyArn(),
                                        settings.profile().logDays(),
                                        settings.accountId(),
                                        settings.region()),
                                ecs.arn(),
                                network.privateSubnets(),
                                network.group(Group.TASKS),
                                settings.region(),
                                needed),
                        options)
                .done();
    }
}
