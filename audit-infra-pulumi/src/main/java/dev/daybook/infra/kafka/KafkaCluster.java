package dev.daybook.infra.kafka;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.msk.Cluster;
import com.pulumi.aws.msk.ClusterArgs;
import com.pulumi.aws.msk.Configuration;
import com.pulumi.aws.msk.ConfigurationArgs;
import com.pulumi.aws.msk.ScramSecretAssociation;
import com.pulumi.aws.msk.ScramSecretAssociationArgs;
import com.pulumi.aws.msk.inputs.ClusterBrokerNodeGroupInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterBrokerNodeGroupInfoConnectivityInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterBrokerNodeGroupInfoConnectivityInfoPublicAccessArgs;
import com.pulumi.aws.msk.inputs.ClusterBrokerNodeGroupInfoStorageInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterBrokerNodeGroupInfoStorageInfoEbsStorageInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterClientAuthenticationArgs;
import com.pulumi.aws.msk.inputs.ClusterClientAuthenticationSaslArgs;
import com.pulumi.aws.msk.inputs.ClusterConfigurationInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterEncryptionInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterEncryptionInfoEncryptionInTransitArgs;
import com.pulumi.aws.msk.inputs.ClusterLoggingInfoArgs;
import com.pulumi.aws.msk.inputs.ClusterLoggingInfoBrokerLogsArgs;
import com.pulumi.aws.msk.inputs.ClusterLoggingInfoBrokerLogsCloudwatchLogsArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.settings.Settings;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The MSK cluster: a broker in each zone, TLS only, and two ways to log in. SASL/SCRAM is there
 * because DMS knows no other; everything else uses IAM, because MSK Connect knows no other. Whoever
 * logs in with a password may do what an ACL says and nothing else.
 */
public final class KafkaCluster extends Component {

    /**
     * @param kafka sizes
     * @param profile how careful to be
     * @param subnets the brokers'
     * @param groupId the brokers' security group
     * @param dataKeyArn for what is stored
     * @param secretsKeyArn for the password
     * @param credentialGeneration of the password
     * @param inspection access from outside, or empty
     */
    public record Args(
            Settings.Kafka kafka,
            Settings.Profile profile,
            Output<List<String>> subnets,
            Output<String> groupId,
            Output<String> dataKeyArn,
            Output<String> secretsKeyArn,
            int credentialGeneration,
            Optional<Settings.Inspection> inspection) {}

    /** The user that DMS logs in as. */
    public static final String DMS_USER = "daybook-dms";

    private final Cluster cluster;
    private final Credential dms;
    private final ScramSecretAssociation association;

    public KafkaCluster(String name, Args args, ComponentResourceOptions options) {
        super("KafkaCluster", name, options);
        Settings.Kafka kafka = args.kafka();
        // Named by Pulumi, so that a new one is there before the cluster changes to it, and the old
        // one is deleted after.
        Configuration configuration =
                new Configuration(
                        named("configuration"),
                        ConfigurationArgs.builder()
                                .kafkaVersions(kafka.version())
                                .serverProperties(serverProperties(kafka))
                                .build(),
                        within());
        LogGroup log =
                new LogGroup(
                        named("log"),
                        LogGroupArgs.builder()
                                .name("/" + name + "/brokers")
                                .retentionInDays(args.profile().logDays())
                                .kmsKeyId(args.dataKeyArn())
                                .build(),
                        within());
        cluster =
                new Cluster(
                        named("cluster"),
                        ClusterArgs.builder()
                                .clusterName(name)
                                .kafkaVersion(kafka.version())
                                .numberOfBrokerNodes(3)
                                .brokerNodeGroupInfo(brokers(args))
                                .clientAuthentication(
                                        ClusterClientAuthenticationArgs.builder()
                                                .sasl(
                                                        ClusterClientAuthenticationSaslArgs
                                                                .builder()
                                                                .scram(true)
                                                                .iam(true)
                                                                .build())
                                                .unauthenticated(false)
                                                .build())
                                .encryptionInfo(
                                        ClusterEncryptionInfoArgs.builder()
                                                .encryptionAtRestKmsKeyArn(args.dataKeyArn())
                                                .encryptionInTransit(
                                                        ClusterEncryptionInfoEncryptionInTransitArgs
                                                                .builder()
                                                                .clientBroker("TLS")
                                                                .inCluster(true)
                                                                .build())
                                                .build())
                                .configurationInfo(
                                        ClusterConfigurationInfoArgs.builder()
                                                .arn(configuration.arn())
                                                .revision(configuration.latestRevision())
                                                .build())
                                // Lag by group and topic, and rates by topic, are what the alarms
                                // watch.
                                .enhancedMonitoring("PER_TOPIC_PER_BROKER")
                                .loggingInfo(
                                        ClusterLoggingInfoArgs.builder()
                                                .brokerLogs(
                                                        ClusterLoggingInfoBrokerLogsArgs.builder()
                                                                .cloudwatchLogs(
                                                                        ClusterLoggingInfoBrokerLogsCloudwatchLogsArgs
                                                                                .builder()
                                                                                .enabled(true)
                                                                                .logGroup(
                                                                                        log.name())
                                                                                .build())
                                                                .build())
                                                .build())
                                .build(),
                        holding(args.profile().isProtected()));
        dms =
                new Credential(
                        named("dms"),
                        new Credential.Args(
                                "AmazonMSK_" + name + "-dms",
                                "What DMS logs in to Kafka with",
                                DMS_USER,
                                Map.of(),
                                args.credentialGeneration(),
                                args.secretsKeyArn(),
                                args.profile().secretRecoveryDays()),
                        below());
        // MSK gives the secret the policy by which its brokers read it.
        association =
                new ScramSecretAssociation(
                        named("scram"),
                        ScramSecretAssociationArgs.builder()
                                .clusterArn(cluster.arn())
                                .secretArnLists(Output.all(List.of(dms.arn())))
                                .build(),
                        within());
        registerOutputs(
                Map.of(
                        "clusterArn", cluster.arn(),
                        "bootstrapBrokersIam", cluster.bootstrapBrokersSaslIam(),
                        "bootstrapBrokersScram", cluster.bootstrapBrokersSaslScram()));
    }

    public Output<String> arn() {
        return cluster.arn();
    }

    /** Returns how clients log in that use IAM, in an order that stays. */
    public static Map<String, String> iamLogin() {
        Map<String, String> settings = new TreeMap<>();
        settings.put("security.protocol", "SASL_SSL");
        settings.put("sasl.mechanism", "AWS_MSK_IAM");
        settings.put("sasl.jaas.config", "software.amazon.msk.auth.iam.IAMLoginModule required;");
        settings.put(
                "sasl.client.callback.handler.class",
                "software.amazon.msk.auth.iam.IAMClientCallbackHandler");
        return settings;
    }

    /** Returns where those log in that use IAM. */
    public Output<String> bootstrapIam() {
        return cluster.bootstrapBrokersSaslIam();
    }

    /** Returns where DMS logs in. */
    public Output<String> bootstrapScram() {
        return cluster.bootstrapBrokersSaslScram();
    }

    /** Returns where one logs in from outside while an inspection is on. */
    public Output<String> bootstrapPublicIam() {
        return cluster.bootstrapBrokersPublicSaslIam();
    }

    /** DMS's user and password. */
    public Credential dms() {
        return dms;
    }

    /** Returns what must be there before DMS can log in. */
    public Resource scramReady() {
        return association;
    }

    /** Returns the name policies know a topic by; it may end in {@code *}. */
    public Output<String> topicArn(String topic) {
        return within("topic", topic);
    }

    /** Returns the name policies know a consumer group by. */
    public Output<String> groupArn(String group) {
        return within("group", group);
    }

    /** Returns the name policies know a producer's transactions by. */
    public Output<String> transactionArn(String id) {
        return within("transactional-id", id);
    }

    private Output<String> within(String kind, String word) {
        return cluster.arn()
                .applyValue(arn -> arn.replace(":cluster/", ":" + kind + "/") + "/" + word);
    }

    private static ClusterBrokerNodeGroupInfoArgs brokers(Args args) {
        return ClusterBrokerNodeGroupInfoArgs.builder()
                .instanceType(args.kafka().instanceType())
                .clientSubnets(args.subnets())
                .securityGroups(Output.all(List.of(args.groupId())))
                .storageInfo(
                        ClusterBrokerNodeGroupInfoStorageInfoArgs.builder()
                                .ebsStorageInfo(
                                        ClusterBrokerNodeGroupInfoStorageInfoEbsStorageInfoArgs
                                                .builder()
                                                .volumeSize(args.kafka().storageGigabytes())
                                                .build())
                                .build())
                .connectivityInfo(
                        ClusterBrokerNodeGroupInfoConnectivityInfoArgs.builder()
                                .publicAccess(
                                        ClusterBrokerNodeGroupInfoConnectivityInfoPublicAccessArgs
                                                .builder()
                                                .type(
                                                        args.inspection().isPresent()
                                                                ? "SERVICE_PROVIDED_EIPS"
                                                                : "DISABLED")
                                                .build())
                                .build())
                .build();
    }

    private static String serverProperties(Settings.Kafka kafka) {
        return """
        auto.create.topics.enable=false
        allow.everyone.if.no.acl.found=false
        default.replication.factor=3
        min.insync.replicas=2
        offsets.topic.replication.factor=3
        transaction.state.log.replication.factor=3
        transaction.state.log.min.isr=2
        unclean.leader.election.enable=false
        message.max.bytes=%1$d
        replica.fetch.max.bytes=%1$d
        """
                .formatted(kafka.maxMessageBytes());
    }
}
