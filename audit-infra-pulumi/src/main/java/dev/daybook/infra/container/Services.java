package dev.daybook.infra.container;

import com.pulumi.aws.appautoscaling.Policy;
import com.pulumi.aws.appautoscaling.PolicyArgs;
import com.pulumi.aws.appautoscaling.Target;
import com.pulumi.aws.appautoscaling.TargetArgs;
import com.pulumi.aws.appautoscaling.inputs.PolicyTargetTrackingScalingPolicyConfigurationArgs;
import com.pulumi.aws.appautoscaling.inputs.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs;
import com.pulumi.aws.appautoscaling.inputs.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs;
import com.pulumi.aws.appautoscaling.inputs.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs;
import com.pulumi.aws.ecs.Service;
import com.pulumi.aws.ecs.inputs.ServiceLoadBalancerArgs;
import com.pulumi.aws.lb.Listener;
import com.pulumi.aws.lb.ListenerArgs;
import com.pulumi.aws.lb.LoadBalancer;
import com.pulumi.aws.lb.LoadBalancerArgs;
import com.pulumi.aws.lb.TargetGroup;
import com.pulumi.aws.lb.TargetGroupArgs;
import com.pulumi.aws.lb.inputs.ListenerDefaultActionArgs;
import com.pulumi.aws.lb.inputs.TargetGroupHealthCheckArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.capture.TableMappings;
import dev.daybook.infra.evidence.SealedLog;
import dev.daybook.infra.kafka.KafkaCluster;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.network.Flow;
import dev.daybook.infra.network.Group;
import dev.daybook.infra.network.Network;
import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.settings.Settings;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The two applications on ECS: the ingest, and the API behind its load balancer. */
public final class Services extends Component {

    /**
     * @param stack what the balancer is named after
     * @param settings images, sizes, who may reach the API
     * @param source what is audited
     * @param sizes of topics and records
     * @param clusterArn the ECS cluster
     * @param clusterName its name
     * @param network where everything stands
     * @param kafka the brokers
     * @param audit the audit database's host
     * @param auditName its name
     * @param reader who reads it
     * @param keyStore the password of the API's key store
     * @param log the sealed log, of which packs are made
     * @param profile how careful to be
     * @param dataKeyArn for logs
     * @param secretsKeyArn for secrets
     * @param accountId the account
     * @param region the region
     * @param needed what must be there before: topics, schema, roles
     */
    public record Args(
            String stack,
            Settings.Services settings,
            Settings.Source source,
            Settings.Kafka sizes,
            Output<String> clusterArn,
            Output<String> clusterName,
            Network network,
            KafkaCluster kafka,
            Output<String> audit,
            String auditName,
            Credential reader,
            Credential keyStore,
            SealedLog log,
            Settings.Profile profile,
            Output<String> dataKeyArn,
            Output<String> secretsKeyArn,
            String accountId,
            String region,
            List<Resource> needed) {}

    /** The ingest's Kafka Streams application, and so its consumer group. */
    public static final String INGEST_GROUP = "daybook-ingest";

    /** The group in which the ingest follows the chain of DMS's records. */
    public static final String CHAIN_GROUP = INGEST_GROUP + "-chain";

    /** The role on the audit database that may select. */
    public static final String READER = "daybook_reader";

    private static final String KEY_STORE = "/tls/api.p12";

    private final LoadBalancer balancer;
    private final TargetGroup targets;
    private final Service ingest;
    private final Output<String> ingestLog;

    public Services(String name, Args args, ComponentResourceOptions options) {
        super("Services", name, options);
        ContainerTask ingestTask = ingestTask(args);
        ingestLog = ingestTask.logGroup();
        ingest =
                new Service(
                        named("ingest-service"),
                        ingestTask
                                .service(args.clusterArn(), args.network(), Group.INGEST)
                                .name("ingest")
                                .desiredCount(1)
                                // The second is there before the first goes: Kafka shares the
                                // partitions.
                                .deploymentMinimumHealthyPercent(100)
                                .deploymentMaximumPercent(200)
                                .build(),
                        scaled(args.needed()));
        scaleOnLag(args);

        targets =
                new TargetGroup(
                        named("api-targets"),
                        TargetGroupArgs.builder()
                                // AWS allows 32 letters, of which the provider adds 26 to a
                                // prefix.
                                .namePrefix("dbapi-")
                                .vpcId(args.network().vpcId())
                                .targetType("ip")
                                .port(Flow.API)
                                .protocol("HTTPS")
                                .deregistrationDelay(30)
                                .healthCheck(
                                        TargetGroupHealthCheckArgs.builder()
                                                .protocol("HTTPS")
                                                .path("/actuator/health")
                                                .matcher("200")
                                                .interval(15)
                                                .healthyThreshold(2)
                                                .unhealthyThreshold(4)
                                                .build())
                                .build(),
                        within());
        balancer =
                new LoadBalancer(
                        named("api-balancer"),
                        LoadBalancerArgs.builder()
                                .name(args.stack() + "-api")
                                .loadBalancerType("application")
                                .internal(args.settings().internal())
                                .subnets(
                                        args.settings().internal()
                                                ? args.network().privateSubnets()
                                                : args.network().publicSubnets())
                                .securityGroups(
                                        Output.all(List.of(args.network().group(Group.BALANCER))))
                                .dropInvalidHeaderFields(true)
                                .enableDeletionProtection(args.profile().isProtected())
                                // A stream of entries is quiet between them.
                                .idleTimeout(300)
                                .build(),
                        CustomResourceOptions.builder()
                                .parent(this)
                                // A target group is one balancer's: the old one goes first.
                                .deleteBeforeReplace(true)
                                .dependsOn(args.network().wayIn())
                                .build());
        Listener listener =
                new Listener(
                        named("api-listener"),
                        ListenerArgs.builder()
                                .loadBalancerArn(balancer.arn())
                                .port(Flow.HTTPS)
                                .protocol("HTTPS")
                                .sslPolicy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06")
                                .certificateArn(args.settings().certificateArn())
                                .defaultActions(
                                        ListenerDefaultActionArgs.builder()
                                                .type("forward")
                                                .targetGroupArn(targets.arn())
                                                .build())
                                .build(),
                        within());
        ContainerTask apiTask = apiTask(args);
        List<Resource> apiNeeds = new ArrayList<>(args.needed());
        apiNeeds.add(listener);
        Service api =
                new Service(
                        named("api-service"),
                        apiTask.service(args.clusterArn(), args.network(), Group.API)
                                .name("api")
                                .desiredCount(2)
                                .deploymentMinimumHealthyPercent(100)
                                .deploymentMaximumPercent(200)
                                .healthCheckGracePeriodSeconds(120)
                                .loadBalancers(
                                        ServiceLoadBalancerArgs.builder()
                                                .targetGroupArn(targets.arn())
                                                .containerName("api")
                                                .containerPort(Flow.API)
                                                .build())
                                .build(),
                        scaled(apiNeeds));
        scaleOnLoad(args, api);
        registerOutputs(Map.of("apiHost", balancer.dnsName(), "ingestService", ingest.name()));
    }

    /** Returns the balancer's own host name, which the API's name is to point to. */
    public Output<String> apiHost() {
        return balancer.dnsName();
    }

    /** Returns the balancer as metrics know it. */
    public Output<String> balancerSuffix() {
        return balancer.arnSuffix();
    }

    /** Returns the API's targets as metrics know them. */
    public Output<String> targetsSuffix() {
        return targets.arnSuffix();
    }

    public Output<String> ingestLog() {
        return ingestLog;
    }

    /** What waits for this waits until the ingest runs. */
    public Resource ingestRunning() {
        return ingest;
    }

    /** The number of tasks is the scaling's, once there are some. */
    private CustomResourceOptions scaled(List<Resource> needed) {
        return CustomResourceOptions.builder()
                .parent(this)
                .dependsOn(needed)
                .ignoreChanges("desiredCount")
                .build();
    }

    private ContainerTask ingestTask(Args args) {
        KafkaCluster kafka = args.kafka();
        Output<String> settings =
                Output.tuple(kafka.bootstrapIam(), args.audit())
                        .applyValue(at -> Json.text(ingestSettings(args, at.t1, at.t2)));
        Container container =
                Container.running("ingest", args.settings().images().ingest())
                        .environment(Map.of("SPRING_APPLICATION_JSON", settings))
                        .secrets(
                                Map.of(
                                        "DAYBOOK_INGEST_REPLAY_PASSWORD",
                                        args.reader().reference("password")))
                        .volumes(volumes("tmp", "/tmp", "state", "/var/lib/daybook"))
                        .healthCheck("CMD", "/healthcheck")
                        .build();
        return new ContainerTask(
                named("ingest"),
                new ContainerTask.Args(
                        List.of(container),
                        1024,
                        3072,
                        List.of(args.reader().arn()),
                        args.secretsKeyArn(),
                        ingestMay(args),
                        args.dataKeyArn(),
                        args.profile().logDays(),
                        args.accountId(),
                        args.region()),
                below());
    }

    /** Returns the ingest's settings, by the names of {@code IngestProperties}. */
    static Map<String, Object> ingestSettings(Args args, String brokers, String audit) {
        String source = "daybook.ingest.sources." + args.source().name() + ".";
        return Json.object(
                "spring.kafka.bootstrap-servers",
                brokers,
                "spring.kafka.properties.security.protocol",
                "SASL_SSL",
                "spring.kafka.properties.sasl.mechanism",
                "AWS_MSK_IAM",
                "spring.kafka.properties.sasl.jaas.config",
                "software.amazon.msk.auth.iam.IAMLoginModule required;",
                "spring.kafka.properties.sasl.client.callback.handler.class",
                "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
                source + "topic",
                Topics.changes(args.source().name()),
                source + "partitions",
                args.sizes().changesPartitions(),
                source + "full-identity",
                args.source().fullIdentity(),
                source + "context-table",
                TableMappings.CONTEXT_SCHEMA + "." + TableMappings.CONTEXT_TABLE,
                // DMS sends transaction details, and all of it to one topic.
                source + "follow-chain",
                true,
                "daybook.ingest.application-id",
                INGEST_GROUP,
                // The task "topics" has made them.
                "daybook.ingest.create-topics",
                false,
                "daybook.ingest.replication-factor",
                3,
                "daybook.ingest.max-record-bytes",
                args.sizes().maxMessageBytes() + "B",
                "daybook.ingest.state-dir",
                "/var/lib/daybook",
                "daybook.ingest.broker-wait",
                "5m",
                "daybook.ingest.replay.url",
                auditUrl(audit, args.auditName()),
                "daybook.ingest.replay.user",
                READER);
    }

    static String auditUrl(String host, String database) {
        return "jdbc:postgresql://"
                + host
                + ":5432/"
                + database
                + "?sslmode=verify-full&sslrootcert=/etc/daybook/rds-ca.pem";
    }

    private static List<Output<String>> topics(KafkaCluster kafka, String... names) {
        List<Output<String>> arns = new ArrayList<>();
        for (String topic : names) {
            arns.add(kafka.topicArn(topic));
        }
        return arns;
    }

    private static List<PolicyDocument.Allow> ingestMay(Args args) {
        KafkaCluster kafka = args.kafka();
        return List.of(
                new PolicyDocument.Allow(
                        "Connect",
                        List.of(
                                "kafka-cluster:Connect",
                                "kafka-cluster:DescribeCluster",
                                "kafka-cluster:WriteDataIdempotently"),
                        List.of(kafka.arn())),
                new PolicyDocument.Allow(
                        "ReadChanges",
                        List.of("kafka-cluster:ReadData", "kafka-cluster:DescribeTopic"),
                        topics(kafka, Topics.changes(args.source().name()))),
                new PolicyDocument.Allow(
                        "WriteEntries",
                        List.of("kafka-cluster:WriteData", "kafka-cluster:DescribeTopic"),
                        topics(kafka, Topics.ENTRIES, Topics.TRANSACTIONS, Topics.REJECTED)),
                new PolicyDocument.Allow(
                        "KeepDefinitions",
                        List.of(
                                "kafka-cluster:ReadData",
                                "kafka-cluster:WriteData",
                                "kafka-cluster:DescribeTopic"),
                        topics(kafka, Topics.TABLES)),
                // Kafka Streams names what it needs for itself after the application, then as it
                // likes.
                new PolicyDocument.Allow(
                        "OwnTopics",
                        List.of(
                                "kafka-cluster:CreateTopic",
                                "kafka-cluster:DeleteTopic",
                                "kafka-cluster:AlterTopicDynamicConfiguration",
                                "kafka-cluster:DescribeTopicDynamicConfiguration",
                                "kafka-cluster:DescribeTopic",
                                "kafka-cluster:ReadData",
                                "kafka-cluster:WriteData"),
                        topics(kafka, INGEST_GROUP + "-*")),
                new PolicyDocument.Allow(
                        "OwnGroups",
                        List.of("kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"),
                        List.of(kafka.groupArn(INGEST_GROUP), kafka.groupArn(CHAIN_GROUP))),
                new PolicyDocument.Allow(
                        "OwnTransactions",
                        List.of(
                                "kafka-cluster:AlterTransactionalId",
                                "kafka-cluster:DescribeTransactionalId"),
                        List.of(kafka.transactionArn(INGEST_GROUP + "-*"))));
    }

    private ContainerTask apiTask(Args args) {
        Output<String> settings =
                Output.tuple(args.audit(), args.log().url())
                        .applyValue(of -> Json.text(apiSettings(of.t1, args.auditName(), of.t2)));
        Map<String, Output<String>> secrets = new LinkedHashMap<>();
        secrets.put("SPRING_DATASOURCE_PASSWORD", args.reader().reference("password"));
        secrets.put("SERVER_SSL_KEY_STORE_PASSWORD", args.keyStore().reference("password"));
        Map<String, String> volumes = volumes("tmp", "/tmp", "tls", "/tls");
        // The balancer does not ask who the container is, so a key of its own, made at each start
        // and
        // never stored, is all that TLS between them needs.
        Container key =
                Container.running("key", args.settings().images().api())
                        .entryPoint("keytool")
                        .command(
                                "-genkeypair",
                                "-alias",
                                "api",
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=api",
                                "-validity",
                                "3650",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                KEY_STORE,
                                "-storepass:env",
                                "SERVER_SSL_KEY_STORE_PASSWORD")
                        .secrets(
                                Map.of(
                                        "SERVER_SSL_KEY_STORE_PASSWORD",
                                        args.keyStore().reference("password")))
                        .volumes(volumes)
                        .preparing()
                        .build();
        Map<String, Output<String>> environment = new LinkedHashMap<>();
        environment.put("SPRING_APPLICATION_JSON", settings);
        environment.put("AWS_REGION", Output.of(args.region()));
        Container api =
                Container.running("api", args.settings().images().api())
                        .environment(environment)
                        .secrets(secrets)
                        .volumes(volumes)
                        .port(Flow.API)
                        .after("key")
                        .build();
        return new ContainerTask(
                named("api"),
                new ContainerTask.Args(
                        List.of(key, api),
                        1024,
                        2048,
                        List.of(args.reader().arn(), args.keyStore().arn()),
                        args.secretsKeyArn(),
                        args.log().readable(),
                        args.dataKeyArn(),
                        args.profile().logDays(),
                        args.accountId(),
                        args.region()),
                below());
    }

    private static Map<String, Object> apiSettings(String host, String database, String log) {
        return Json.object(
                "spring.datasource.url",
                auditUrl(host, database),
                "spring.datasource.username",
                READER,
                "server.address",
                "0.0.0.0",
                "server.port",
                Flow.API,
                "server.ssl.enabled",
                true,
                "server.ssl.key-store",
                KEY_STORE,
                "server.ssl.key-store-type",
                "PKCS12",
                "daybook.api.evidence",
                log);
    }

    private static Map<String, String> volumes(String... namesAndPaths) {
        Map<String, String> volumes = new LinkedHashMap<>();
        for (int i = 0; i < namesAndPaths.length; i += 2) {
            volumes.put(namesAndPaths[i], namesAndPaths[i + 1]);
        }
        return volumes;
    }

    /** More tasks while the ingest is behind, up to one for each partition. */
    private void scaleOnLag(Args args) {
        Target target = target("ingest", args, 1, args.settings().ingestTasks(), ingest);
        new Policy(
                named("ingest-lag"),
                policy(target)
                        .targetTrackingScalingPolicyConfiguration(
                                PolicyTargetTrackingScalingPolicyConfigurationArgs.builder()
                                        .targetValue(100_000.0)
                                        .scaleOutCooldown(120)
                                        .scaleInCooldown(900)
                                        .customizedMetricSpecification(
                                                PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
                                                        .builder()
                                                        .namespace("AWS/Kafka")
                                                        .metricName("SumOffsetLag")
                                                        .statistic("Maximum")
                                                        .dimensions(
                                                                dimension(
                                                                        "Cluster Name",
                                                                        args.kafka().name()),
                                                                dimension(
                                                                        "Consumer Group",
                                                                        INGEST_GROUP),
                                                                dimension(
                                                                        "Topic",
                                                                        Topics.changes(
                                                                                args.source()
                                                                                        .name())))
                                                        .build())
                                        .build())
                        .build(),
                within());
    }

    private void scaleOnLoad(Args args, Service api) {
        Target target = target("api", args, 2, args.settings().apiTasks(), api);
        new Policy(
                named("api-load"),
                policy(target)
                        .targetTrackingScalingPolicyConfiguration(
                                PolicyTargetTrackingScalingPolicyConfigurationArgs.builder()
                                        .targetValue(60.0)
                                        .scaleOutCooldown(60)
                                        .scaleInCooldown(600)
                                        .predefinedMetricSpecification(
                                                PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
                                                        .builder()
                                                        .predefinedMetricType(
                                                                "ECSServiceAverageCPUUtilization")
                                                        .build())
                                        .build())
                        .build(),
                within());
    }

    private Target target(String word, Args args, int least, int most, Service service) {
        return new Target(
                named(word + "-scale"),
                TargetArgs.builder()
                        .serviceNamespace("ecs")
                        .scalableDimension("ecs:service:DesiredCount")
                        .resourceId(
                                Output.format("service/%s/%s", args.clusterName(), service.name()))
                        .minCapacity(least)
                        .maxCapacity(most)
                        .build(),
                within());
    }

    private static PolicyArgs.Builder policy(Target target) {
        return PolicyArgs.builder()
                .policyType("TargetTrackingScaling")
                .resourceId(target.resourceId())
                .scalableDimension(target.scalableDimension())
                .serviceNamespace(target.serviceNamespace());
    }

    private static
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs
            dimension(String name, String value) {
        return PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs
                .builder()
                .name(name)
                .value(value)
                .build();
    }
}
