package dev.daybook.infra.sink;

import com.pulumi.asset.FileAsset;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.mskconnect.Connector;
import com.pulumi.aws.mskconnect.ConnectorArgs;
import com.pulumi.aws.mskconnect.CustomPlugin;
import com.pulumi.aws.mskconnect.CustomPluginArgs;
import com.pulumi.aws.mskconnect.WorkerConfiguration;
import com.pulumi.aws.mskconnect.WorkerConfigurationArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorCapacityArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorCapacityAutoscalingArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorCapacityAutoscalingScaleInPolicyArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorCapacityAutoscalingScaleOutPolicyArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorKafkaClusterApacheKafkaClusterArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorKafkaClusterApacheKafkaClusterVpcArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorKafkaClusterArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorKafkaClusterClientAuthenticationArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorKafkaClusterEncryptionInTransitArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorLogDeliveryArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorLogDeliveryWorkerLogDeliveryArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorLogDeliveryWorkerLogDeliveryCloudwatchLogsArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorPluginArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorPluginCustomPluginArgs;
import com.pulumi.aws.mskconnect.inputs.ConnectorWorkerConfigurationArgs;
import com.pulumi.aws.mskconnect.inputs.CustomPluginLocationArgs;
import com.pulumi.aws.mskconnect.inputs.CustomPluginLocationS3Args;
import com.pulumi.aws.s3.BucketObjectv2;
import com.pulumi.aws.s3.BucketObjectv2Args;
import com.pulumi.aws.s3.BucketV2;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.contract.SinkSetting;
import dev.daybook.infra.kafka.KafkaCluster;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.resource.PrivateBucket;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.settings.PluginFile;
import dev.daybook.infra.settings.Settings;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** MSK Connect with the audit log sink: from the topics into the audit database. */
public final class SinkConnector extends Component {

    /**
     * @param sink the plugin and its size
     * @param source the name of what is audited
     * @param kafka where entries are
     * @param partitions of the topic of entries
     * @param database where the log is
     * @param databaseName its name
     * @param writer who writes it
     * @param writerSecretName the secret's name, which the worker looks up
     * @param profile how careful to be
     * @param subnets where the workers stand
     * @param groupId their security group
     * @param dataKeyArn for objects and logs
     * @param secretsKeyArn for the password
     * @param accountId the account
     * @param region the region
     * @param needed what must be there before: topics, schema, roles
     */
    public record Args(
            Settings.Sink sink,
            String source,
            KafkaCluster kafka,
            int partitions,
            Output<String> database,
            String databaseName,
            Credential writer,
            String writerSecretName,
            Settings.Profile profile,
            Output<List<String>> subnets,
            Output<String> groupId,
            Output<String> dataKeyArn,
            Output<String> secretsKeyArn,
            String accountId,
            String region,
            List<Resource> needed) {}

    /** The role on the audit database that may insert. */
    public static final String WRITER = "daybook_writer";

    private final String connectorName;

    public SinkConnector(String name, Args args, ComponentResourceOptions options) {
        super("SinkConnector", name, options);
        connectorName = name;
        String digest = args.sink().plugin().digest();
        CustomPlugin plugin = plugin(args, digest);
        WorkerConfiguration workers =
                new WorkerConfiguration(
                        named("workers"),
                        WorkerConfigurationArgs.builder()
                                .description("Converters, and passwords from Secrets Manager")
                                .propertiesFileContent(
                                        Base64.getEncoder()
                                                .encodeToString(
                                                        workerProperties(args.region())
                                                                .getBytes(StandardCharsets.UTF_8)))
                                .build(),
                        within());
        LogGroup log =
                new LogGroup(
                        named("log"),
                        LogGroupArgs.builder()
                                .name("/" + name + "/workers")
                                .retentionInDays(args.profile().logDays())
                                .kmsKeyId(args.dataKeyArn())
                                .build(),
                        within());
        Role role =
                new Role(
                        named("role"),
                        RoleArgs.builder()
                                .description("What the audit log sink may do")
                                .assumeRolePolicy(
                                        PolicyDocument.trust(
                                                "kafkaconnect.amazonaws.com", args.accountId()))
                                .build(),
                        within());
        RolePolicy policy =
                new RolePolicy(
                        named("policy"),
                        RolePolicyArgs.builder()
                                .role(role.id())
                                .policy(PolicyDocument.of(may(args)))
                                .build(),
                        within());
        List<Resource> needed = new ArrayList<>(args.needed());
        needed.add(policy);
        Connector connector =
                new Connector(
                        named("connector"),
                        ConnectorArgs.builder()
                                .name(name)
                                .description("Writes the audit log")
                                .kafkaconnectVersion(args.sink().connectVersion())
                                .connectorConfiguration(configuration(args))
                                .capacity(
                                        ConnectorCapacityArgs.builder()
                                                .autoscaling(
                                                        ConnectorCapacityAutoscalingArgs.builder()
                                                                .mcuCount(1)
                                                                .minWorkerCount(1)
                                                                .maxWorkerCount(
                                                                        args.sink().workers())
                                                                .scaleInPolicy(
                                                                        ConnectorCapacityAutoscalingScaleInPolicyArgs
                                                                                .builder()
                                                                                .cpuUtilizationPercentage(
                                                                                        20)
                                                                                .build())
                                                                .scaleOutPolicy(
                                                                        ConnectorCapacityAutoscalingScaleOutPolicyArgs
                                                                                .builder()
                                                                                .cpuUtilizationPercentage(
                                                                                        70)
                                                                                .build())
                                                                .build())
                                                .build())
                                .kafkaCluster(
                                        ConnectorKafkaClusterArgs.builder()
                                                .apacheKafkaCluster(
                                                        ConnectorKafkaClusterApacheKafkaClusterArgs
                                                                .builder()
                                                                .bootstrapServers(
                                                                        args.kafka().bootstrapIam())
                                                                .vpc(
                                                                        ConnectorKafkaClusterApacheKafkaClusterVpcArgs
                                                                                .builder()
                                                                                .subnets(
                                                                                        args
                                                                                                .subnets())
                                                                                .securityGroups(
                                                                                        Output.all(
                                                                                                List
                                                                                                        .of(
                                                                                                                args
                                                                                                                        .groupId())))
                                                                                .build())
                                                                .build())
                                                .build())
                                .kafkaClusterClientAuthentication(
                                        ConnectorKafkaClusterClientAuthenticationArgs.builder()
                                                .authenticationType("IAM")
                                                .build())
                                .kafkaClusterEncryptionInTransit(
                                        ConnectorKafkaClusterEncryptionInTransitArgs.builder()
                                                .encryptionType("TLS")
                                                .build())
                                .plugins(
                                        ConnectorPluginArgs.builder()
                                                .customPlugin(
                                                        ConnectorPluginCustomPluginArgs.builder()
                                                                .arn(plugin.arn())
                                                                .revision(plugin.latestRevision())
                                                                .build())
                                                .build())
                                .workerConfiguration(
                                        ConnectorWorkerConfigurationArgs.builder()
                                                .arn(workers.arn())
                                                .revision(workers.latestRevision())
                                                .build())
                                .serviceExecutionRoleArn(role.arn())
                                .logDelivery(
                                        ConnectorLogDeliveryArgs.builder()
                                                .workerLogDelivery(
                                                        ConnectorLogDeliveryWorkerLogDeliveryArgs
                                                                .builder()
                                                                .cloudwatchLogs(
                                                                        ConnectorLogDeliveryWorkerLogDeliveryCloudwatchLogsArgs
                                                                                .builder()
                                                                                .enabled(true)
                                                                                .logGroup(
                                                                                        log.name())
                                                                                .build())
                                                                .build())
                                                .build())
                                .build(),
                        after(needed));
        registerOutputs(Map.of("connectorArn", connector.arn(), "pluginArn", plugin.arn()));
    }

    /** Returns the connector's name, by which metrics know it. */
    public String connectorName() {
        return connectorName;
    }

    /** Returns the consumer group that Connect reads with. */
    public String group() {
        return "connect-" + connectorName;
    }

    /**
     * Returns a JDBC URL of Aurora's: the server must prove to be the one it is called, by a
     * certificate of the one authority that its instances are signed by. That authority's
     * certificate travels in the plugin.
     */
    static Output<String> jdbcUrl(Output<String> host, String database) {
        return Output.format(
                "jdbc:postgresql://%s:5432/%s?sslmode=verify-full"
                        + "&sslfactory=org.postgresql.ssl.SingleCertValidatingFactory"
                        + "&sslfactoryarg=classpath:"
                        + PluginFile.AUTHORITY_FILE,
                host,
                database);
    }

    private Output<Map<String, String>> configuration(Args args) {
        Map<String, Output<String>> settings = new LinkedHashMap<>();
        settings.put("connector.class", Output.of(SinkSetting.CONNECTOR));
        // With capacity that scales, MSK Connect puts two tasks for each unit in its place; this
        // is the most that could have work.
        settings.put("tasks.max", Output.of(Integer.toString(args.partitions())));
        settings.put(
                "topics",
                Output.of(String.join(",", Topics.ENTRIES, Topics.TRANSACTIONS, Topics.REJECTED)));
        settings.put(SinkSetting.ENTRIES_TOPIC, Output.of(Topics.ENTRIES));
        settings.put(
                SinkSetting.ENTRIES_PARTITIONS, Output.of(Integer.toString(args.partitions())));
        settings.put(SinkSetting.SOURCES, Output.of(args.source()));
        settings.put(SinkSetting.TRANSACTIONS_TOPIC, Output.of(Topics.TRANSACTIONS));
        settings.put(SinkSetting.REJECTED_TOPIC, Output.of(Topics.REJECTED));
        settings.put(SinkSetting.DATABASE_URL, jdbcUrl(args.database(), args.databaseName()));
        settings.put(SinkSetting.DATABASE_USER, Output.of(WRITER));
        // The worker reads it when it starts a task. No setting of the sink's, the version below is
        // there
        // to change when the password does, which starts the tasks anew.
        settings.put(
                SinkSetting.DATABASE_PASSWORD,
                Output.of("${secretsmanager:" + args.writerSecretName() + ":password}"));
        settings.put("database.password.version", args.writer().versionId());
        seals(settings, args);
        settings.put(
                "key.converter", Output.of("org.apache.kafka.connect.storage.StringConverter"));
        settings.put(
                "value.converter",
                Output.of("org.apache.kafka.connect.converters.ByteArrayConverter"));
        var builder = Output.<String>mapBuilder();
        settings.forEach((key, value) -> builder.put(key, value));
        return builder.build();
    }

    /** What is stored is sealed: the sink tells the sealer before it commits. */
    private static void seals(Map<String, Output<String>> settings, Args args) {
        String producer = SinkSetting.SEGMENTS_PRODUCER_PREFIX;
        settings.put(SinkSetting.SEAL, Output.of("true"));
        settings.put(SinkSetting.SEGMENTS_TOPIC, Output.of(Topics.SEGMENTS));
        settings.put(producer + "bootstrap.servers", args.kafka().bootstrapIam());
        KafkaCluster.iamLogin()
                .forEach((name, value) -> settings.put(producer + name, Output.of(value)));
    }

    private static String workerProperties(String region) {
        return """
        key.converter=org.apache.kafka.connect.storage.StringConverter
        value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
        config.providers=secretsmanager
        config.providers.secretsmanager.class=%s
        config.providers.secretsmanager.param.region=%s
        """
                .formatted(PluginFile.CONFIG_PROVIDER, region);
    }

    private List<PolicyDocument.Allow> may(Args args) {
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
                        "WriteSegments",
                        List.of("kafka-cluster:WriteData", "kafka-cluster:DescribeTopic"),
                        List.of(kafka.topicArn(Topics.SEGMENTS))),
                new PolicyDocument.Allow(
                        "ReadEntries",
                        List.of("kafka-cluster:ReadData", "kafka-cluster:DescribeTopic"),
                        List.of(
                                kafka.topicArn(Topics.ENTRIES),
                                kafka.topicArn(Topics.TRANSACTIONS),
                                kafka.topicArn(Topics.REJECTED))),
                new PolicyDocument.Allow(
                        "OwnGroup",
                        List.of("kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"),
                        List.of(kafka.groupArn(group()))),
                // MSK Connect names its own topics and groups, and does not say how they end.
                new PolicyDocument.Allow(
                        "ConnectTopics",
                        List.of(
                                "kafka-cluster:CreateTopic",
                                "kafka-cluster:DescribeTopic",
                                "kafka-cluster:ReadData",
                                "kafka-cluster:WriteData"),
                        List.of(kafka.topicArn("__amazon_msk_connect_*"))),
                new PolicyDocument.Allow(
                        "ConnectGroups",
                        List.of("kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"),
                        List.of(kafka.groupArn("__amazon_msk_connect_*"))),
                new PolicyDocument.Allow(
                        "ReadPassword",
                        List.of("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"),
                        List.of(args.writer().arn())),
                new PolicyDocument.Allow(
                        "DecryptPassword", List.of("kms:Decrypt"), List.of(args.secretsKeyArn())));
    }

    private CustomPlugin plugin(Args args, String digest) {
        PrivateBucket plugins =
                PrivateBucket.of(
                        this,
                        "plugins",
                        !args.profile().isProtected(),
                        args.dataKeyArn(),
                        within());
        plugins.refuse(this, "plugins-policy", Output.of(List.of()));
        BucketV2 bucket = plugins.bucket();
        BucketObjectv2 object =
                new BucketObjectv2(
                        named("plugin-object"),
                        BucketObjectv2Args.builder()
                                .bucket(bucket.id())
                                .key("audit-connect-" + digest + ".zip")
                                .source(new FileAsset(args.sink().plugin().file()))
                                .serverSideEncryption("aws:kms")
                                .kmsKeyId(args.dataKeyArn())
                                .build(),
                        after(List.of(plugins.versions())));
        // A plugin cannot be changed, only replaced, and the object's key changes with its content.
        // Named by Pulumi, so that the new one is there before the old connector goes.
        return new CustomPlugin(
                named("plugin"),
                CustomPluginArgs.builder()
                        .contentType("ZIP")
                        .location(
                                CustomPluginLocationArgs.builder()
                                        .s3(
                                                CustomPluginLocationS3Args.builder()
                                                        .bucketArn(bucket.arn())
                                                        .fileKey(object.key())
                                                        .objectVersion(object.versionId())
                                                        .build())
                                        .build())
                        .build(),
                within());
    }
}
