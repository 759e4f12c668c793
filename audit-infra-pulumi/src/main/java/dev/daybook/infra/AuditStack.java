package dev.daybook.infra;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ProviderArgs;
import com.pulumi.aws.ecs.Cluster;
import com.pulumi.aws.ecs.ClusterArgs;
import com.pulumi.aws.ecs.inputs.ClusterSettingArgs;
import com.pulumi.aws.inputs.ProviderDefaultTagsArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pipeline on AWS: Aurora, DMS, MSK, the ingest and the API on ECS, MSK Connect, alarms. */
public final class AuditStack {

    private AuditStack() {}

    /** Runs under {@code pulumi up}. */
    public static void main(String[] args) {
        // The SDK waits by asking again and again on the common pool. From Java 25 on that pool has
        // a
        // single thread where there are two processors, and the asking would keep it from
        // everything else.
        System.getProperties()
                .putIfAbsent("java.util.concurrent.ForkJoinPool.common.parallelism", "4");
        Pulumi.run(AuditStack::define);
    }

    /**
     * Declares everything.
     *
     * @param context what Pulumi gives: configuration in, outputs out
     */
    public static void define(Context context) {
        define(context, Clock.systemUTC());
    }

    /**
     * Declares everything as of a time.
     *
     * @param context what Pulumi gives
     * @param clock to know whether an inspection is over
     */
    static void define(Context context, Clock clock) {
        Settings settings = Settings.from(context.config(), context.config("aws"), clock);
        String stack = context.projectName() + "-" + context.stackName();
        Provider provider =
                new Provider(
                        "aws",
                        ProviderArgs.builder()
                                .region(settings.region())
                                .allowedAccountIds(settings.accountId())
                                .defaultTags(
                                        ProviderDefaultTagsArgs.builder()
                                                .tags(Tags.of(stack, settings))
                                                .build())
                                .build());
        new AuditStack.Parts(stack, settings, provider).declare(context);
    }

    /** The parts, in the order in which they need each other. */
    private record Parts(String stack, Settings settings, Provider provider) {

        void declare(Context context) {
            Settings.Profile profile = settings.profile();
            String accountId = settings.accountId();
            String region = settings.region();
            Encryption keys =
                    new Encryption(
                            stack + "-keys",
                            new Encryption.Args(accountId, region, profile.isProtected()),
                            top());
            Network network = network(keys);
            KafkaCluster kafka =
                    new KafkaCluster(
                            stack + "-kafka",
                            new KafkaCluster.Args(
                                    settings.kafka(),
                                    profile,
                                    network.brokerSubnets(),
                                    network.group(Party.BROKERS),
                                    keys.dataKeyArn(),
                                    keys.secretsKeyArn(),
                                    settings.credentialGeneration(),
                                    settings.inspection()),
                            top());
            AuroraCluster audit =
                    aurora(
                            "audit",
                            AuroraCluster.Use.AUDIT,
                            settings.audit(),
                            Party.AUDIT,
                            keys,
                            network);
            Credential writer =
                    credential("writer", SinkConnector.WRITER, "Writes the audit log", keys);
            Credential reader = credential("reader", Services.READER, "Reads the audit log", keys);
            Credential keyStore = credential("api-tls", "api", "The API's own key store", keys);
            Cluster ecs =
                    new Cluster(
                            stack + "-ecs",
                            ClusterArgs.builder()
                                    .name(stack)
                                    .settings(
                                            ClusterSettingArgs.builder()
                                                    .name("containerInsights")
                                                    .value("enabled")
                                                    .build())
                                    .build(),
                            CustomResourceOptions.builder().provider(provider).build());

            OneOff once = new OneOff(this, keys, network, ecs);
            Resource topics = once.topics(kafka);
            Resource schema = once.migrations(audit, writer, reader);

            Services services =
                    new Services(
                            stack + "-services",
                            new Services.Args(
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
                                    profile,
                                    keys.dataKeyArn(),
                                    keys.secretsKeyArn(),
                                    accountId,
                                    region,
                                    List.of(topics, schema)),
                            top());
            SinkConnector sink =
                    new SinkConnector(
                            stack + "-sink",
                            new SinkConnector.Args(
                                    settings.sink(),
                                    kafka,
                                    settings.kafka().entriesPartitions(),
                                    audit.endpoint(),
                                    settings.audit().name(),
                                    writer,
                                    secretName("writer"),
                                    profile,
                                    network.privateSubnets(),
                                    network.group(Party.CONNECT),
                                    keys.dataKeyArn(),
                                    keys.secretsKeyArn(),
                                    accountId,
                                    region,
                                    List.of(topics, schema)),
                            top());
            SourceDatabase source = source(keys, network, once);
            Capture capture =
                    new Capture(
                            stack + "-capture",
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
                                    network.group(Party.DMS),
                                    keys.dataKeyArn(),
                                    accountId,
                                    region,
                                    ready(kafka, topics, services, source)),
                            top());
            Monitoring monitoring =
                    new Monitoring(
                            stack + "-monitoring",
                            new Monitoring.Args(
                                    settings.operations(),
                                    kafka.name(),
                                    source.cluster(),
                                    audit.identifier(),
                                    settings.source().name(),
                                    capture.instance(),
                                    settings.capture().compute()
                                            instanceof Settings.Compute.Serverless,
                                    capture.taskArn(),
                                    sink.connectorName(),
                                    sink.group(),
                                    stack,
                                    services.balancerSuffix(),
                                    services.targetsSuffix(),
                                    keys.dataKeyArn(),
                                    profile.logDays(),
                                    accountId,
                                    region),
                            top());

            export(
                    context,
                    network,
                    kafka,
                    audit,
                    writer,
                    reader,
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

        private SourceDatabase source(Encryption keys, Network network, OneOff once) {
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
                                    Party.SOURCE,
                                    keys,
                                    network);
                    Credential capture =
                            new Credential(
                                    stack + "-capture-user",
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
                                    top());
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
                    new java.util.ArrayList<>(
                            List.of(kafka.scramReady(), topics, services.ingestRunning()));
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
                    stack + "-network",
                    new Network.Args(
                            settings.region(),
                            settings.zones(),
                            settings.vpcCidr(),
                            settings.services().addresses(),
                            settings.inspection(),
                            group,
                            peer,
                            port,
                            keys.dataKeyArn(),
                            settings.profile().logDays(),
                            settings.accountId()),
                    top());
        }

        private AuroraCluster aurora(
                String word,
                AuroraCluster.Use use,
                Settings.Database database,
                Party party,
                Encryption keys,
                Network network) {
            return new AuroraCluster(
                    stack + "-" + word,
                    new AuroraCluster.Args(
                            use,
                            database,
                            settings.profile(),
                            network.privateSubnets(),
                            network.group(party),
                            keys.dataKeyArn(),
                            keys.secretsKeyArn(),
                            settings.accountId()),
                    top());
        }

        private Credential credential(
                String word, String username, String description, Encryption keys) {
            return new Credential(
                    stack + "-" + word,
                    new Credential.Args(
                            secretName(word),
                            description,
                            username,
                            Map.of(),
                            settings.credentialGeneration(),
                            keys.secretsKeyArn(),
                            settings.profile().secretRecoveryDays()),
                    top());
        }

        private String secretName(String word) {
            return stack + "/" + word;
        }

        ComponentResourceOptions top() {
            return ComponentResourceOptions.builder().provider(provider).build();
        }

        private void export(
                Context context,
                Network network,
                KafkaCluster kafka,
                AuroraCluster audit,
                Credential writer,
                Credential reader,
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

    /** The tasks that run once. */
    private record OneOff(Parts parts, Encryption keys, Network network, Cluster ecs) {

        private static final String CA = "sslmode=verify-full&sslrootcert=/etc/daybook/rds-ca.pem";

        Resource topics(KafkaCluster kafka) {
            Settings settings = parts.settings();
            String source = settings.source().name();
            List<Output<String>> topics =
                    Topics.all(source, settings.kafka()).stream()
                            .map(topic -> kafka.topicArn(topic.name()))
                            .toList();
            Container container =
                    Container.running("topics", settings.services().images().kafkaTools())
                            .doing(
                                    List.of("/bin/sh", "-euc"),
                                    List.of(TopicCommands.script(source, settings.kafka())))
                            .with(Map.of("BOOTSTRAP", kafka.bootstrapIam()), Map.of());
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
                    List.of(kafka.scramReady()));
        }

        Resource migrations(AuroraCluster audit, Credential writer, Credential reader) {
            Map<String, Output<String>> secrets = new LinkedHashMap<>();
            secrets.put("DAYBOOK_WRITER_PASSWORD", writer.reference("password"));
            secrets.put("DAYBOOK_READER_PASSWORD", reader.reference("password"));
            return run(
                    "migrations",
                    migrating(
                            "migrations",
                            "audit",
                            audit,
                            parts.settings().audit(),
                            Map.of(),
                            secrets),
                    List.of(audit.masterSecretArn(), writer.arn(), reader.arn()),
                    List.of(),
                    List.of(audit));
        }

        Resource preparation(AuroraCluster source, Settings.Database database, Credential capture) {
            String tables = String.join(",", parts.settings().source().tables());
            Map<String, Output<String>> environment = new LinkedHashMap<>();
            environment.put("DAYBOOK_TABLES", Output.of(tables));
            if (parts.settings().source().fullIdentity()) {
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
                    List.of(source));
        }

        /** The program of {@code audit-migrations}, as the database's master user. */
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
                            "jdbc:postgresql://%s:5432/%s?" + CA,
                            cluster.endpoint(),
                            database.name()));
            environment.put("DAYBOOK_WAIT_SECONDS", Output.of("300"));
            environment.putAll(more);
            Map<String, Output<String>> secrets = new LinkedHashMap<>();
            secrets.put("DAYBOOK_DATABASE_USER", admin(cluster, "username"));
            secrets.put("DAYBOOK_DATABASE_PASSWORD", admin(cluster, "password"));
            secrets.putAll(passwords);
            return Container.running(word, parts.settings().services().images().migrations())
                    .doing(List.of(), List.of(command))
                    .with(environment, secrets);
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
            Settings settings = parts.settings();
            return new OneOffTask(
                            parts.stack() + "-" + word,
                            new OneOffTask.Args(
                                    new TaskParts.Args(
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
                                    network.group(Party.TASKS),
                                    settings.region(),
                                    needed),
                            parts.top())
                    .done();
        }
    }
}
