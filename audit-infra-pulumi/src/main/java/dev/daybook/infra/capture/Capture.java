package dev.daybook.infra.capture;

import com.pulumi.aws.dms.Endpoint;
import com.pulumi.aws.dms.EndpointArgs;
import com.pulumi.aws.dms.ReplicationConfig;
import com.pulumi.aws.dms.ReplicationConfigArgs;
import com.pulumi.aws.dms.ReplicationInstance;
import com.pulumi.aws.dms.ReplicationInstanceArgs;
import com.pulumi.aws.dms.ReplicationSubnetGroup;
import com.pulumi.aws.dms.ReplicationSubnetGroupArgs;
import com.pulumi.aws.dms.ReplicationTask;
import com.pulumi.aws.dms.ReplicationTaskArgs;
import com.pulumi.aws.dms.inputs.EndpointKafkaSettingsArgs;
import com.pulumi.aws.dms.inputs.EndpointPostgresSettingsArgs;
import com.pulumi.aws.dms.inputs.ReplicationConfigComputeConfigArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.iam.RolePolicyAttachment;
import com.pulumi.aws.iam.RolePolicyAttachmentArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.kafka.KafkaCluster;
import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.settings.Settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The DMS task that turns the source's write-ahead log into records on a topic. */
public final class Capture extends Component {

    /**
     * @param capture what DMS is to be
     * @param source what is captured
     * @param profile how careful to be
     * @param sourceDatabase the database's name
     * @param sourceSecretArn a secret with user name, password, host and port
     * @param sourceSecretKeyArn the key of that secret
     * @param brokers where DMS logs in to Kafka
     * @param kafkaUser its user and password
     * @param topic where changes go
     * @param maxMessageBytes the largest record
     * @param subnets where the replication instance stands
     * @param groupId its security group
     * @param dataKeyArn the key for its storage
     * @param accountId the account
     * @param region the region
     * @param ready what must be there before the task can run
     */
    public record Args(
            Settings.Capture capture,
            Settings.Source source,
            Settings.Profile profile,
            String sourceDatabase,
            Output<String> sourceSecretArn,
            Output<String> sourceSecretKeyArn,
            Output<String> brokers,
            Credential kafkaUser,
            String topic,
            int maxMessageBytes,
            Output<List<String>> subnets,
            Output<String> groupId,
            Output<String> dataKeyArn,
            String accountId,
            String region,
            List<Resource> ready) {}

    /** The role on the source database that DMS logs in as. */
    public static final String SOURCE_USER = "daybook_dms";

    private final Output<String> taskArn;
    private Optional<Output<String>> taskId = Optional.empty();
    private final String instance;

    public Capture(String name, Args args, ComponentResourceOptions options) {
        super("Capture", name, options);
        instance = name;
        List<Resource> needed = new ArrayList<>(args.ready());
        if (args.capture().createAccountRoles()) {
            needed.addAll(accountRoles());
        }
        Endpoint source = source(args);
        Endpoint target = target(args);
        ReplicationSubnetGroup subnets =
                new ReplicationSubnetGroup(
                        named("subnets"),
                        ReplicationSubnetGroupArgs.builder()
                                .replicationSubnetGroupId(named("subnets"))
                                .replicationSubnetGroupDescription("Daybook: private subnets")
                                .subnetIds(args.subnets())
                                .build(),
                        after(needed));
        String settings = TaskSettings.of(args.capture());
        String mappings = TableMappings.mappings(args.source().tables());
        taskArn =
                switch (args.capture().compute()) {
                    case Settings.Compute.Instance size ->
                            onInstance(
                                    size, args, source, target, subnets, settings, mappings,
                                    needed);
                    case Settings.Compute.Serverless size ->
                            serverless(
                                    size, args, source, target, subnets, settings, mappings,
                                    needed);
                };
        registerOutputs(Map.of("taskArn", taskArn));
    }

    public Output<String> taskArn() {
        return taskArn;
    }

    /**
     * Returns the task's identifier, by which events know it; a serverless replication has none.
     */
    public Optional<Output<String>> taskId() {
        return taskId;
    }

    /** Returns the replication instance's identifier, by which metrics and logs know it. */
    public String instance() {
        return instance;
    }

    private Output<String> onInstance(
            Settings.Compute.Instance size,
            Args args,
            Endpoint source,
            Endpoint target,
            ReplicationSubnetGroup subnets,
            String settings,
            String mappings,
            List<Resource> needed) {
        ReplicationInstance replication =
                new ReplicationInstance(
                        named("instance"),
                        ReplicationInstanceArgs.builder()
                                .replicationInstanceId(instance)
                                .replicationInstanceClass(size.instanceClass())
                                .allocatedStorage(size.storageGigabytes())
                                .engineVersion(args.capture().engineVersion())
                                .kmsKeyArn(args.dataKeyArn())
                                .multiAz(args.profile().isProtected())
                                .publiclyAccessible(false)
                                .autoMinorVersionUpgrade(false)
                                .allowMajorVersionUpgrade(false)
                                // Now, and not in the next maintenance window.
                                .applyImmediately(true)
                                .replicationSubnetGroupId(subnets.id())
                                .vpcSecurityGroupIds(Output.all(List.of(args.groupId())))
                                .build(),
                        after(needed));
        ReplicationTask task =
                new ReplicationTask(
                        named("task"),
                        ReplicationTaskArgs.builder()
                                .replicationTaskId(named("task"))
                                .migrationType("full-load-and-cdc")
                                .replicationInstanceArn(replication.replicationInstanceArn())
                                .sourceEndpointArn(source.endpointArn())
                                .targetEndpointArn(target.endpointArn())
                                .replicationTaskSettings(settings)
                                .tableMappings(mappings)
                                .startReplicationTask(args.capture().start())
                                .build(),
                        after(needed));
        taskId = Optional.of(task.replicationTaskId());
        return task.replicationTaskArn();
    }

    private Output<String> serverless(
            Settings.Compute.Serverless size,
            Args args,
            Endpoint source,
            Endpoint target,
            ReplicationSubnetGroup subnets,
            String settings,
            String mappings,
            List<Resource> needed) {
        return new ReplicationConfig(
                        named("replication"),
                        ReplicationConfigArgs.builder()
                                .replicationConfigIdentifier(instance)
                                // DMS names the log after it.
                                .resourceIdentifier(instance)
                                .replicationType("full-load-and-cdc")
                                .sourceEndpointArn(source.endpointArn())
                                .targetEndpointArn(target.endpointArn())
                                .replicationSettings(settings)
                                .tableMappings(mappings)
                                .startReplication(args.capture().start())
                                .computeConfig(
                                        ReplicationConfigComputeConfigArgs.builder()
                                                .replicationSubnetGroupId(subnets.id())
                                                .vpcSecurityGroupIds(
                                                        Output.all(List.of(args.groupId())))
                                                .kmsKeyId(args.dataKeyArn())
                                                .minCapacityUnits(size.minCapacity())
                                                .maxCapacityUnits(size.maxCapacity())
                                                .multiAz(args.profile().isProtected())
                                                .build())
                                .build(),
                        after(needed))
                .arn();
    }

    private Endpoint source(Args args) {
        Role role =
                new Role(
                        named("source-role"),
                        RoleArgs.builder()
                                .description("Lets DMS read the source's password")
                                // DMS takes this role as its service of the region.
                                .assumeRolePolicy(
                                        PolicyDocument.trust(
                                                "dms." + args.region() + ".amazonaws.com"))
                                .build(),
                        within());
        RolePolicy policy =
                new RolePolicy(
                        named("source-policy"),
                        RolePolicyArgs.builder()
                                .role(role.id())
                                .policy(
                                        PolicyDocument.of(
                                                List.of(
                                                        new PolicyDocument.Allow(
                                                                "ReadPassword",
                                                                List.of(
                                                                        "secretsmanager:GetSecretValue",
                                                                        "secretsmanager:DescribeSecret"),
                                                                List.of(args.sourceSecretArn())),
                                                        new PolicyDocument.Allow(
                                                                "DecryptPassword",
                                                                List.of(
                                                                        "kms:Decrypt",
                                                                        "kms:DescribeKey"),
                                                                List.of(
                                                                        args
                                                                                .sourceSecretKeyArn())))))
                                .build(),
                        within());
        return new Endpoint(
                named("source"),
                EndpointArgs.builder()
                        .endpointId(named("source"))
                        .endpointType("source")
                        .engineName("aurora-postgresql")
                        .databaseName(args.sourceDatabase())
                        .secretsManagerArn(args.sourceSecretArn())
                        .secretsManagerAccessRoleArn(role.arn())
                        .sslMode("require")
                        .kmsKeyArn(args.dataKeyArn())
                        // DMS changes no endpoint of a running task.
                        .pauseReplicationTasks(true)
                        .postgresSettings(
                                EndpointPostgresSettingsArgs.builder()
                                        // pglogical gives no full before-images.
                                        .pluginName("test-decoding")
                                        .captureDdls(args.capture().captureDdl())
                                        .ddlArtifactsSchema(TableMappings.DMS_SCHEMA)
                                        // A quiet source holds its log back forever without this.
                                        .heartbeatEnable(true)
                                        .heartbeatFrequency(5)
                                        .heartbeatSchema(TableMappings.DMS_SCHEMA)
                                        .failTasksOnLobTruncation(true)
                                        .mapBooleanAsBoolean(true)
                                        .build())
                        // A numeric without a scale would be rounded to six places.
                        .extraConnectionAttributes("mapUnboundedNumericAsString=true;")
                        .build(),
                after(List.of(policy)));
    }

    private Endpoint target(Args args) {
        return new Endpoint(
                named("target"),
                EndpointArgs.builder()
                        .endpointId(named("target"))
                        .endpointType("target")
                        .engineName("kafka")
                        .kmsKeyArn(args.dataKeyArn())
                        .pauseReplicationTasks(true)
                        .kafkaSettings(
                                EndpointKafkaSettingsArgs.builder()
                                        .broker(args.brokers())
                                        .topic(args.topic())
                                        .securityProtocol("sasl-ssl")
                                        .saslMechanism("scram-sha-512")
                                        .saslUsername(KafkaCluster.DMS_USER)
                                        // DMS takes no reference to a secret for Kafka.
                                        .saslPassword(args.kafkaUser().password())
                                        .messageFormat("json-unformatted")
                                        .messageMaxBytes(args.maxMessageBytes())
                                        .includeTransactionDetails(true)
                                        .includePartitionValue(true)
                                        .partitionIncludeSchemaTable(true)
                                        .includeTableAlterOperations(true)
                                        .includeControlDetails(true)
                                        .includeNullAndEmpty(true)
                                        .build())
                        // The provider has no argument for it; without it DMS rounds a bigint of
                        // more
                        // than 16 digits.
                        .extraConnectionAttributes("useLargeIntegerValue=true;")
                        .build(),
                after(args.ready()));
    }

    /**
     * Returns the two roles that DMS looks up by name, once per account. No condition on the
     * account: AWS documents this trust for them without one.
     */
    private List<Resource> accountRoles() {
        return List.of(
                accountRole("dms-vpc-role", "AmazonDMSVPCManagementRole"),
                accountRole("dms-cloudwatch-logs-role", "AmazonDMSCloudWatchLogsRole"));
    }

    private Resource accountRole(String roleName, String policy) {
        Role role =
                new Role(
                        named(roleName),
                        RoleArgs.builder()
                                .name(roleName)
                                .assumeRolePolicy(PolicyDocument.trust("dms.amazonaws.com"))
                                .build(),
                        within());
        return new RolePolicyAttachment(
                named(roleName + "-policy"),
                RolePolicyAttachmentArgs.builder()
                        .role(role.name())
                        .policyArn("arn:aws:iam::aws:policy/service-role/" + policy)
                        .build(),
                within());
    }
}
