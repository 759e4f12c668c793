package dev.daybook.infra.container;

import com.pulumi.aws.ecs.Service;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.evidence.SealedLog;
import dev.daybook.infra.kafka.KafkaCluster;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.network.Group;
import dev.daybook.infra.network.Network;
import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.security.Credential;
import dev.daybook.infra.settings.Settings;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The sealer on ECS, with an identity of its own: it reads the topic of segments, selects from the
 * audit database, and writes its bucket. It has no right of the sink's or the API's, and they have
 * none of its.
 */
public final class Sealer extends Component {

    /**
     * @param image what runs
     * @param logName the log's name, in every checkpoint
     * @param anchor where checkpoints are kept too, or empty
     * @param clusterArn the ECS cluster
     * @param network where everything stands
     * @param kafka the brokers
     * @param audit the audit database's host
     * @param auditName its name
     * @param user who selects from it
     * @param seed what the sealer's key is made of; it is never renewed, since a log has one key
     * @param log the bucket
     * @param dataKeyArn for logs
     * @param secretsKeyArn for secrets
     * @param logDays how long its own messages are kept
     * @param accountId the account
     * @param region the region
     * @param needed what must be there before: topics, schema, roles
     */
    public record Args(
            String image,
            String logName,
            Optional<Settings.Anchor> anchor,
            Output<String> clusterArn,
            Network network,
            KafkaCluster kafka,
            Output<String> audit,
            String auditName,
            Credential user,
            Credential seed,
            SealedLog log,
            Output<String> dataKeyArn,
            Output<String> secretsKeyArn,
            int logDays,
            String accountId,
            String region,
            List<Resource> needed) {}

    /** The role on the audit database that may select what is sealed. */
    public static final String ROLE = "daybook_sealer";

    /** The service, as metrics know it. */
    public static final String SERVICE = "sealer";

    private final Output<String> logGroup;

    public Sealer(String name, Args args, ComponentResourceOptions options) {
        super("Sealer", name, options);
        ContainerTask task =
                new ContainerTask(
                        named("task"),
                        new ContainerTask.Args(
                                List.of(container(args)),
                                1024,
                                2048,
                                List.of(args.user().arn(), args.seed().arn()),
                                args.secretsKeyArn(),
                                may(args),
                                args.dataKeyArn(),
                                args.logDays(),
                                args.accountId(),
                                args.region()),
                        below());
        logGroup = task.logGroup();
        args.log().writtenBy(task.taskRoleArn());
        Service service =
                new Service(
                        named("service"),
                        task.service(args.clusterArn(), args.network(), Group.SEALER)
                                .name(SERVICE)
                                .desiredCount(1)
                                // Two do no harm, but each would start over from what it finds.
                                .deploymentMinimumHealthyPercent(0)
                                .deploymentMaximumPercent(100)
                                .build(),
                        after(args.needed()));
        registerOutputs(Map.of("sealerService", service.name()));
    }

    /** Returns where the sealer's own messages are. */
    public Output<String> logGroup() {
        return logGroup;
    }

    private static Container container(Args args) {
        Map<String, Output<String>> environment = new LinkedHashMap<>();
        environment.put("DAYBOOK_SEALER_LOG", args.log().url());
        environment.put("DAYBOOK_SEALER_NAME", Output.of(args.logName()));
        environment.put(
                "DAYBOOK_DATABASE_URL",
                args.audit().applyValue(host -> Services.auditUrl(host, args.auditName())));
        environment.put("DAYBOOK_DATABASE_USER", Output.of(ROLE));
        // The task "topics" has made it.
        environment.put("DAYBOOK_SEGMENTS_REPLICATION", Output.of("0"));
        args.anchor()
                .ifPresent(anchor -> environment.put("DAYBOOK_ANCHOR", Output.of(anchor.url())));
        environment.put("AWS_REGION", Output.of(args.region()));
        environment.put("KAFKA_BOOTSTRAP_SERVERS", args.kafka().bootstrapIam());
        KafkaCluster.iamLogin()
                .forEach(
                        (name, value) ->
                                environment.put(
                                        "KAFKA_" + name.toUpperCase(Locale.ROOT).replace('.', '_'),
                                        Output.of(value)));
        Map<String, Output<String>> secrets = new LinkedHashMap<>();
        secrets.put("DAYBOOK_DATABASE_PASSWORD", args.user().reference("password"));
        secrets.put("DAYBOOK_SEALER_SEED", args.seed().reference("password"));
        return Container.running(SERVICE, args.image())
                .environment(environment)
                .secrets(secrets)
                .volumes(Map.of("tmp", "/tmp"))
                .healthCheck("CMD", "/healthcheck")
                .build();
    }

    private static List<PolicyDocument.Allow> may(Args args) {
        KafkaCluster kafka = args.kafka();
        List<PolicyDocument.Allow> may = new ArrayList<>();
        may.add(
                new PolicyDocument.Allow(
                        "Connect",
                        List.of("kafka-cluster:Connect", "kafka-cluster:DescribeCluster"),
                        List.of(kafka.arn())));
        may.add(
                new PolicyDocument.Allow(
                        "ReadSegments",
                        List.of("kafka-cluster:ReadData", "kafka-cluster:DescribeTopic"),
                        List.of(kafka.topicArn(Topics.SEGMENTS))));
        may.addAll(args.log().writable());
        args.anchor()
                .ifPresent(
                        anchor -> {
                            may.add(
                                    new PolicyDocument.Allow(
                                            "AddToAnchor",
                                            List.of(
                                                    "s3:GetObject",
                                                    "s3:PutObject",
                                                    "s3:PutObjectRetention"),
                                            List.of(Output.of(anchor.objects()))));
                            may.add(
                                    new PolicyDocument.Allow(
                                            "AskAnchor",
                                            List.of("s3:ListBucket"),
                                            List.of(Output.of(anchor.bucketArn()))));
                        });
        return may;
    }
}
