package dev.daybook.infra;

import com.pulumi.Context;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ecs.Cluster;
import com.pulumi.aws.ecs.ClusterArgs;
import com.pulumi.aws.ecs.inputs.ClusterSettingArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.capture.Capture;
import dev.daybook.infra.container.Sealer;
import dev.daybook.infra.container.Services;
import dev.daybook.infra.database.AuroraCluster;
import dev.daybook.infra.evidence.SealedLog;
import dev.daybook.infra.kafka.KafkaCluster;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.monitoring.Monitoring;
import dev.daybook.infra.network.Flow;
import dev.daybook.infra.network.Group;
import dev.daybook.infra.network.Network;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.security.Encryption;
import dev.daybook.infra.settings.Settings;
import dev.daybook.infra.sink.SinkConnector;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Declares the pipeline's components in the order in which they need each other.
 *
 * @param settings what the stack is to be
 * @param provider of everything on AWS
 */
record Pipeline(Settings settings, Provider provider) {

    void declare(Context context) {
        Settings.Profile profile = settings.profile();
        String accountId = settings.accountId();
        String region = settings.region();
        Encryption keys =
                new Encryption(
                        settings.stack() + "-keys",
                        new Encryption.Args(accountId, region, profile.isProtected()),
                        component());
        Network network = network(keys);
        KafkaCluster kafka =
                new KafkaCluster(
                        settings.stack() + "-kafka",
                        new KafkaCluster.Args(
                                settings.kafka(),
                                profile,
                                network.brokerSubnets(),
                                network.group(Group.BROKERS),
                                keys.dataKeyArn(),
                                keys.secretsKeyArn(),
                                settings.credentialGeneration(),
                                settings.inspection()),
                        component());
        AuroraCluster audit =
                aurora(
                        "audit",
                        AuroraCluster.Use.AUDIT,
                        settings.audit(),
                        Group.AUDIT,
                        keys,
                        network);
        Credential writer =
                credential("writer", SinkConnector.WRITER, "Writes the audit log", keys);
        Credential reader = credential("reader", Services.READER, "Reads the audit log", keys);
        Credential sealerUser =
                credential("sealer", Sealer.ROLE, "Reads what is sealed of the audit log", keys);
        // Never renewed: the log is what was signed by it.
        Credential sealerSeed =
                credential("sealer-key", "sealer", "What the sealer's key is made of", 1, keys);
        SealedLog log =
                new SealedLog(
                        settings.stack() + "-evidence",
                        new SealedLog.Args(profile, keys.dataKeyArn()),
                        component());
        Credential keyStore = credential("api-tls", "api", "The API's own key store", keys);
        Cluster ecs =
                new Cluster(
                        settings.stack() + "-ecs",
                        ClusterArgs.builder()
                                .name(settings.stack())
                                .settings(
                                        ClusterSettingArgs.builder()
                                                .name("containerInsights")
                                                .value("enabled")
                                                .build())
                                .build(),
                        CustomResourceOptions.builder().provider(provider).build());

        OneOffTasks once = new OneOffTasks(settings, keys, network, ecs, component());
        Resource topics = once.topics(kafka);
        Resource schema = once.migrations(audit, writer, reader, sealerUser);

        Services services =
                new Services(
                        settings.stack() + "-services",
                        new Services.Args(
                                settings.stack(),
                                settings.services(),
                                settings.source(),
                                settings.kafka(),
                                ecs.arn(),
                                ecs.name(),
                                network,
                                kafka,
                                audit.endpoint(),
                                settings.audit().name(),
                                reader,
                                keyStore,
                                log,
                                profile,
                                keys.dataKeyArn(),
                                keys.secretsKeyArn(),
                                accountId,
                                region,
                                List.of(topics, schema)),
                        component());
        Sealer sealer =
                new Sealer(
                        settings.stack() + "-sealer",
                        new Sealer.Args(
                                settings.services().images().sealer(),
                                settings.stack() + "." + region + "." + accountId,
                                settings.services().anchor(),
                                ecs.arn(),
                                network,
                                kafka,
                                audit.endpoint(),
                                settings.audit().name(),
                                sealerUser,
                                sealerSeed,
                                log,
                                keys.dataKeyArn(),
                                keys.secretsKeyArn(),
                                profile.logDays(),
                                accountId,
                                region,
                                List.of(topics, schema)),
                        component());
        SinkConnector sink =
                new SinkConnector(
                        settings.stack() + "-sink",
                        new SinkConnector.Args(
                                settings.sink(),
                                settings.source().name(),
                                kafka,
                                settings.kafka().entriesPartitions(),
                                audit.endpoint(),
                                settings.audit().name(),
                                writer,
                                secretName("writer"),
                                profile,
                                network.privateSubnets(),
                                network.group(Group.CONNECT),
                                keys.dataKeyArn(),
                                keys.secretsKeyArn(),
                                accountId,
                                region,
                                List.of(topics, schema)),
                        component());
        SourceDatabase source = source(keys, network, once);
        Capture capture =
                new Capture(
                        settings.stack() + "-capture",
                        new Capture.Args(
                                settings.capture(),
                                settings.source(),
                                profile,
                                source.database(),
                                source.secretArn(),
                                source.secretKeyArn(),
                                kafka.bootstrapScram(),
                                kafka.dms(),
                                Topics.changes(settings.source().name()),
                                settings.kafka().maxMessageBytes(),
                                network.privateSubnets(),
                                network.group(Group.DMS),
                                keys.dataKeyArn(),
                                accountId,
                                region,
                                ready(kafka, topics, services, source)),
                        component());
        Monitoring monitoring =
                new Monitoring(
                        settings.stack() + "-monitoring",
                        new Monitoring.Args(
                                settings.stack(),
                                settings.operations(),
                                kafka.name(),
                                source.cluster(),
                                audit.identifier(),
                                settings.source().name(),
                                capture.instance(),
                                capture.taskId(),
                                capture.taskArn(),
                                sink.connectorName(),
                                sink.group(),
                                settings.stack(),
                                services.balancerSuffix(),
                                services.targetsSuffix(),
                                sealer.logGroup(),
                                keys.dataKeyArn(),
                                profile.logDays(),
                                accountId,
                                region),
                        component());

        export(
                context,
                network,
                kafka,
                audit,
                writer,
                reader,
                log,
                services,
                source,
                capture,
                monitoring);
    }

    /** Where the audited database is and how DMS logs in to it. */
    private record SourceDatabase(
            Output<String> host,
            String database,
            Output<String> secretArn,
            Output<String> secretKeyArn,
            Output<String> cluster,
            Optional<Resource> prepared) {}

    private SourceDatabase source(Encryption keys, Network network, OneOffTasks once) {
        return switch (settings.source().location()) {
            case Settings.Location.Existing existing ->
                    new SourceDatabase(
                            Output.of(existing.host()),
                            existing.database(),
                            Output.of(existing.secretArn()),
                            Output.of(existing.secretKeyArn()),
                            Output.of(existing.cluster()),
                            Optional.empty());
            case Settings.Location.Made made -> {
                AuroraCluster cluster =
                        aurora(
                                "source",
                                AuroraCluster.Use.SOURCE,
                                made.database(),
                                Group.SOURCE,
                                keys,
                                network);
                Credential capture =
                        new Credential(
                                settings.stack() + "-capture-user",
                                new Credential.Args(
                                        secretName("capture-user"),
                                        "What DMS logs in to the source with",
                                        Capture.SOURCE_USER,
                                        Map.of(
                                                "host",
                                                cluster.endpoint(),
                                                "port",
                                                Output.of(Integer.toString(Flow.POSTGRESQL))),
                                        settings.credentialGeneration(),
                                        keys.secretsKeyArn(),
                                        settings.profile().secretRecoveryDays()),
                                component());
                yield new SourceDatabase(
                        cluster.endpoint(),
                        made.database().name(),
                        capture.arn(),
                        keys.secretsKeyArn(),
                        cluster.identifier(),
                        Optional.of(once.preparation(cluster, made.database(), capture)));
            }
        };
    }

    private static List<Resource> ready(
            KafkaCluster kafka, Resource topics, Services services, SourceDatabase source) {
        List<Resource> ready =
                new ArrayList<>(List.of(kafka.scramReady(), topics, services.ingestRunning()));
        source.prepared().ifPresent(ready::add);
        return ready;
    }

    private Network network(Encryption keys) {
        Optional<String> group = Optional.empty();
        Optional<Settings.Peer> peer = Optional.empty();
        int port = Flow.POSTGRESQL;
        if (settings.source().location() instanceof Settings.Location.Existing existing) {
            group = Optional.of(existing.securityGroupId());
            peer = Optional.of(existing.network());
            port = existing.port();
        }
        return new Network(
                settings.stack() + "-network",
                new Network.Args(
                        settings.stack(),
                        settings.region(),
                        settings.zones(),
                        settings.addresses(),
                        settings.services().addresses(),
                        settings.services().anchor(),
                        settings.inspection(),
                        group,
                        peer,
                        port,
                        keys.dataKeyArn(),
                        settings.profile().logDays(),
                        settings.accountId()),
                component());
    }

    private AuroraCluster aurora(
            String word,
            AuroraCluster.Use use,
            Settings.Database database,
            Group party,
            Encryption keys,
            Network network) {
        return new AuroraCluster(
                settings.stack() + "-" + word,
                new AuroraCluster.Args(
                        use,
                        database,
                        settings.profile(),
                        network.privateSubnets(),
                        network.group(party),
                        keys.dataKeyArn(),
                        keys.secretsKeyArn(),
                        settings.accountId()),
                component());
    }

    private Credential credential(
            String word, String username, String description, Encryption keys) {
        return credential(word, username, description, settings.credentialGeneration(), keys);
    }

    private Credential credential(
            String word, String username, String description, int generation, Encryption keys) {
        return new Credential(
                settings.stack() + "-" + word,
                new Credential.Args(
                        secretName(word),
                        description,
                        username,
                        Map.of(),
                        generation,
                        keys.secretsKeyArn(),
                        settings.profile().secretRecoveryDays()),
                component());
    }

    private String secretName(String word) {
        return settings.stack() + "/" + word;
    }

    ComponentResourceOptions component() {
        return ComponentResourceOptions.builder().provider(provider).build();
    }

    private void export(
            Context context,
            Network network,
            KafkaCluster kafka,
            AuroraCluster audit,
            Credential writer,
            Credential reader,
            SealedLog log,
            Services services,
            SourceDatabase source,
            Capture capture,
            Monitoring monitoring) {
        context.export("vpcId", network.vpcId());
        context.export("apiHost", services.apiHost());
        context.export("sourceHost", source.host());
        context.export("sourceSecretArn", source.secretArn());
        context.export("auditHost", audit.endpoint());
        context.export("auditAdminSecretArn", audit.masterSecretArn());
        context.export("auditWriterSecretArn", writer.arn());
        context.export("auditReaderSecretArn", reader.arn());
        context.export("sealedLog", log.url());
        context.export("kafkaBrokers", kafka.bootstrapIam());
        if (settings.inspection().isPresent()) {
            context.export("kafkaBrokersFromOutside", kafka.bootstrapPublicIam());
            context.export("inspectionUntil", settings.inspection().get().until().toString());
        }
        context.export("changesTopic", Topics.changes(settings.source().name()));
        context.export("captureTaskArn", capture.taskArn());
        context.export("ingestLog", services.ingestLog());
        context.export("dashboard", monitoring.dashboardName());
    }
}
