package dev.daybook.infra.monitoring;

import com.pulumi.aws.sns.Topic;
import com.pulumi.aws.sns.TopicArgs;
import com.pulumi.aws.sns.TopicPolicy;
import com.pulumi.aws.sns.TopicPolicyArgs;
import com.pulumi.aws.sns.TopicSubscription;
import com.pulumi.aws.sns.TopicSubscriptionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;
import dev.daybook.infra.resource.PolicyDocument;
import dev.daybook.infra.settings.Settings;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Creates alarms, a dashboard of the same figures, and a budget; all of them tell one address. */
public final class Monitoring extends Component {

    /**
     * @param stack the stack, by whose tag costs are summed
     * @param operations who is told, what a month may cost
     * @param kafkaName the Kafka cluster
     * @param sourceCluster the source's cluster identifier
     * @param auditCluster the audit database's
     * @param source the source's name
     * @param captureInstance the replication instance, or the serverless replication
     * @param captureTask the task on the instance, or empty for a serverless replication
     * @param taskArn the task
     * @param connector the connector's name
     * @param connectorGroup the group it reads with
     * @param ecsCluster the ECS cluster's name
     * @param balancer the balancer as metrics know it
     * @param targets the API's targets as metrics know them
     * @param sealerLog where the sealer's messages are
     * @param dataKeyArn for the topic and logs
     * @param logDays how long the task's log is kept
     * @param accountId the account
     * @param region the region
     */
    public record Args(
            String stack,
            Settings.Operations operations,
            String kafkaName,
            Output<String> sourceCluster,
            Output<String> auditCluster,
            String source,
            String captureInstance,
            Optional<Output<String>> captureTask,
            Output<String> taskArn,
            String connector,
            String connectorGroup,
            String ecsCluster,
            Output<String> balancer,
            Output<String> targets,
            Output<String> sealerLog,
            Output<String> dataKeyArn,
            int logDays,
            String accountId,
            String region) {

        boolean serverless() {
            return captureTask.isEmpty();
        }
    }

    private final Output<String> dashboardName;

    public Monitoring(String name, Args args, ComponentResourceOptions options) {
        super("Monitoring", name, options);
        Alarms alarms = new Alarms(this, topic(args), args.region());
        new AlarmCatalog(this, alarms).declare(args);
        dashboardName = alarms.dashboard();
        MonthlyBudget.declare(this, args.stack(), args.operations());
        registerOutputs(Map.of("topicArn", alarms.topicArn(), "dashboard", dashboardName));
    }

    public Output<String> dashboardName() {
        return dashboardName;
    }

    private Output<String> topic(Args args) {
        Topic topic =
                new Topic(
                        named("topic"),
                        TopicArgs.builder().name(name()).kmsMasterKeyId(args.dataKeyArn()).build(),
                        within());
        TopicPolicy policy =
                new TopicPolicy(
                        named("topic-policy"),
                        TopicPolicyArgs.builder()
                                .arn(topic.arn())
                                .policy(
                                        topic.arn()
                                                .applyValue(
                                                        arn -> publishers(arn, args.accountId())))
                                .build(),
                        within());
        new TopicSubscription(
                named("email"),
                TopicSubscriptionArgs.builder()
                        .topic(topic.arn())
                        .protocol("email")
                        .endpoint(args.operations().alarmEmail())
                        .build(),
                within());
        // Whoever publishes waits for the policy that lets it.
        return policy.arn();
    }

    /**
     * DMS is not documented to say on whose behalf it publishes, and asks at once whether it may: a
     * condition on the account would fail the subscription.
     */
    private static String publishers(String topicArn, String accountId) {
        Map<String, Object> alarms = publisher("Alarms", "cloudwatch.amazonaws.com", topicArn);
        alarms.put(
                "Condition",
                Json.object("StringEquals", Json.object("aws:SourceAccount", accountId)));
        return PolicyDocument.document(
                List.of(alarms, publisher("CaptureEvents", "dms.amazonaws.com", topicArn)));
    }

    private static Map<String, Object> publisher(String sid, String service, String topicArn) {
        return Json.object(
                "Sid",
                sid,
                "Effect",
                "Allow",
                "Principal",
                Json.object("Service", service),
                "Action",
                "sns:Publish",
                "Resource",
                topicArn);
    }
}
