package dev.daybook.infra.database;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicyAttachment;
import com.pulumi.aws.iam.RolePolicyAttachmentArgs;
import com.pulumi.aws.rds.Cluster;
import com.pulumi.aws.rds.ClusterArgs;
import com.pulumi.aws.rds.ClusterInstance;
import com.pulumi.aws.rds.ClusterInstanceArgs;
import com.pulumi.aws.rds.ClusterParameterGroup;
import com.pulumi.aws.rds.ClusterParameterGroupArgs;
import com.pulumi.aws.rds.SubnetGroup;
import com.pulumi.aws.rds.SubnetGroupArgs;
import com.pulumi.aws.rds.inputs.ClusterParameterGroupParameterArgs;
import com.pulumi.aws.rds.inputs.ClusterServerlessv2ScalingConfigurationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.settings.RdsAuthority;
import dev.daybook.infra.settings.Settings;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An Aurora PostgreSQL cluster, either the audited database ({@link Use#SOURCE}) or the audit log.
 * RDS makes and rotates the master user's password; this program never knows it.
 */
public final class AuroraCluster extends Component {

    /** What a cluster is for. */
    public enum Use {
        /** Changes are read from its write-ahead log. */
        SOURCE,
        /** The audit log is in it. */
        AUDIT
    }

    /**
     * @param use what it is for
     * @param database version and size
     * @param profile how careful to be
     * @param subnets where it stands
     * @param groupId its security group
     * @param dataKeyArn the key it is encrypted with
     * @param secretsKeyArn the key of the master user's secret
     * @param accountId the account
     */
    public record Args(
            Use use,
            Settings.Database database,
            Settings.Profile profile,
            Output<List<String>> subnets,
            Output<String> groupId,
            Output<String> dataKeyArn,
            Output<String> secretsKeyArn,
            String accountId) {}

    private final Cluster cluster;
    private final Output<String> masterSecretArn;

    public AuroraCluster(String name, Args args, ComponentResourceOptions options) {
        super("AuroraCluster", name, options);
        Settings.Database database = args.database();
        SubnetGroup subnets =
                new SubnetGroup(
                        named("subnets"),
                        SubnetGroupArgs.builder()
                                .subnetIds(args.subnets())
                                .description("Daybook: private subnets")
                                .build(),
                        within());
        ClusterParameterGroup parameters =
                new ClusterParameterGroup(
                        named("parameters"),
                        ClusterParameterGroupArgs.builder()
                                .family(database.family())
                                .description(
                                        "Daybook: "
                                                + args.use()
                                                        .name()
                                                        .toLowerCase(java.util.Locale.ROOT))
                                .parameters(parameters(args.use()))
                                .build(),
                        within());
        ClusterArgs.Builder builder =
                ClusterArgs.builder()
                        .clusterIdentifier(name)
                        .engine("aurora-postgresql")
                        .engineVersion(database.engineVersion())
                        .databaseName(database.name())
                        .masterUsername("daybook_admin")
                        .manageMasterUserPassword(true)
                        .masterUserSecretKmsKeyId(args.secretsKeyArn())
                        .dbSubnetGroupName(subnets.name())
                        .dbClusterParameterGroupName(parameters.name())
                        .vpcSecurityGroupIds(Output.all(List.of(args.groupId())))
                        .storageEncrypted(true)
                        .kmsKeyId(args.dataKeyArn())
                        .backupRetentionPeriod(args.profile().backupDays())
                        .copyTagsToSnapshot(true)
                        .deletionProtection(args.profile().isProtected())
                        .skipFinalSnapshot(!args.profile().isProtected())
                        .finalSnapshotIdentifier(name + "-final")
                        .enabledCloudwatchLogsExports("postgresql")
                        // Major versions need the slots dropped first (docs/operations.md), so
                        // never on
                        // their own.
                        .allowMajorVersionUpgrade(false)
                        // Now, and not in the next maintenance window.
                        .applyImmediately(true);
        if (database.serverless()) {
            builder.serverlessv2ScalingConfiguration(
                    ClusterServerlessv2ScalingConfigurationArgs.builder()
                            .minCapacity(0.5)
                            .maxCapacity((double) database.maxCapacity())
                            .build());
        }
        // RDS's own choice of a name; made here first, so that it is encrypted and ends some day.
        LogGroup log =
                new LogGroup(
                        named("log"),
                        LogGroupArgs.builder()
                                .name("/aws/rds/cluster/" + name + "/postgresql")
                                .retentionInDays(args.profile().logDays())
                                .kmsKeyId(args.dataKeyArn())
                                .build(),
                        within());
        cluster =
                new Cluster(
                        named("cluster"),
                        builder.build(),
                        CustomResourceOptions.merge(
                                holding(args.profile().isProtected()), after(List.of(log))));
        Role monitoring =
                new Role(
                        named("monitoring"),
                        RoleArgs.builder()
                                .assumeRolePolicy(
                                        PolicyDocument.trust(
                                                "monitoring.rds.amazonaws.com", args.accountId()))
                                .build(),
                        within());
        new RolePolicyAttachment(
                named("monitoring-policy"),
                RolePolicyAttachmentArgs.builder()
                        .role(monitoring.name())
                        .policyArn(
                                "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole")
                        .build(),
                within());
        for (int i = 1; i <= args.profile().databaseInstances(); i++) {
            new ClusterInstance(
                    named("instance-" + i),
                    ClusterInstanceArgs.builder()
                            .clusterIdentifier(cluster.id())
                            .identifier(name + "-" + i)
                            .engine("aurora-postgresql")
                            .engineVersion(database.engineVersion())
                            .instanceClass(database.instanceClass())
                            .publiclyAccessible(false)
                            .caCertIdentifier(RdsAuthority.ID)
                            .autoMinorVersionUpgrade(false)
                            .applyImmediately(true)
                            .copyTagsToSnapshot(true)
                            .performanceInsightsEnabled(true)
                            .performanceInsightsKmsKeyId(args.dataKeyArn())
                            .monitoringInterval(60)
                            .monitoringRoleArn(monitoring.arn())
                            .build(),
                    holding(args.profile().isProtected()));
        }
        masterSecretArn =
                cluster.masterUserSecrets()
                        .applyValue(secrets -> secrets.getFirst().secretArn().orElseThrow());
        registerOutputs(Map.of("endpoint", cluster.endpoint(), "masterSecretArn", masterSecretArn));
    }

    /** Returns the writer's host name. */
    public Output<String> endpoint() {
        return cluster.endpoint();
    }

    /** Returns the identifier, by which metrics know it. */
    public Output<String> identifier() {
        return cluster.clusterIdentifier();
    }

    /** Returns the secret with the master user's name and password, which RDS rotates. */
    public Output<String> masterSecretArn() {
        return masterSecretArn;
    }

    private static List<ClusterParameterGroupParameterArgs> parameters(Use use) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("rds.force_ssl", "1");
        // Who changed the schema or the roles is worth a line in the server's log.
        values.put("log_statement", use == Use.SOURCE ? "ddl" : "none");
        if (use == Use.SOURCE) {
            values.put("rds.logical_replication", "1");
            // One slot for the task, one for its successor during an upgrade, and some for others.
            values.put("max_replication_slots", "10");
            values.put("max_wal_senders", "15");
            // DMS asks for 0, or at least 10 s and less than 5 min.
            values.put("wal_sender_timeout", "60000");
            // An idle transaction of DMS's must not be ended by the server.
            values.put("idle_in_transaction_session_timeout", "0");
        }
        List<ClusterParameterGroupParameterArgs> parameters = new ArrayList<>();
        values.forEach(
                (parameter, value) ->
                        parameters.add(
                                ClusterParameterGroupParameterArgs.builder()
                                        .name(parameter)
                                        .value(value)
                                        .applyMethod("pending-reboot")
                                        .build()));
        return parameters;
    }
}
