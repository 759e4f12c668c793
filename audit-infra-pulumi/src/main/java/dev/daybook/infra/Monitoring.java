package dev.daybook.infra;

import com.pulumi.aws.budgets.Budget;
import com.pulumi.aws.budgets.BudgetArgs;
import com.pulumi.aws.budgets.inputs.BudgetCostFilterArgs;
import com.pulumi.aws.budgets.inputs.BudgetNotificationArgs;
import com.pulumi.aws.cloudwatch.CompositeAlarm;
import com.pulumi.aws.cloudwatch.CompositeAlarmArgs;
import com.pulumi.aws.cloudwatch.Dashboard;
import com.pulumi.aws.cloudwatch.DashboardArgs;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.cloudwatch.LogMetricFilter;
import com.pulumi.aws.cloudwatch.LogMetricFilterArgs;
import com.pulumi.aws.cloudwatch.MetricAlarm;
import com.pulumi.aws.cloudwatch.MetricAlarmArgs;
import com.pulumi.aws.cloudwatch.inputs.LogMetricFilterMetricTransformationArgs;
import com.pulumi.aws.cloudwatch.inputs.MetricAlarmMetricQueryArgs;
import com.pulumi.aws.cloudwatch.inputs.MetricAlarmMetricQueryMetricArgs;
import com.pulumi.aws.dms.EventSubscription;
import com.pulumi.aws.dms.EventSubscriptionArgs;
import com.pulumi.aws.sns.Topic;
import com.pulumi.aws.sns.TopicArgs;
import com.pulumi.aws.sns.TopicPolicy;
import com.pulumi.aws.sns.TopicPolicyArgs;
import com.pulumi.aws.sns.TopicSubscription;
import com.pulumi.aws.sns.TopicSubscriptionArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Alarms, a dashboard of the same figures, and a budget; all of them tell one address. */
final class Monitoring extends Part {

    /**
     * @param operations who is told, what a month may cost
     * @param kafkaName the Kafka cluster
     * @param sourceCluster the source's cluster identifier
     * @param auditCluster the audit database's
     * @param source the source's name
     * @param captureInstance the replication instance, or the serverless replication
     * @param serverless whether it is the latter
     * @param taskArn the task
     * @param connector the connector's name
     * @param connectorGroup the group it reads with
     * @param ecsCluster the ECS cluster's name
     * @param balancer the balancer as metrics know it
     * @param targets the API's targets as metrics know them
     * @param dataKeyArn for the topic and logs
     * @param logDays how long the task's log is kept
     * @param accountId the account
     * @param region the region
     */
    record Args(
            Settings.Operations operations,
            String kafkaName,
            Output<String> sourceCluster,
            Output<String> auditCluster,
            String source,
            String captureInstance,
            boolean serverless,
            Output<String> taskArn,
            String connector,
            String connectorGroup,
            String ecsCluster,
            Output<String> balancer,
            Output<String> targets,
            Output<String> dataKeyArn,
            int logDays,
            String accountId,
            String region) {}

    private static final double GIBIBYTE = 1024.0 * 1024 * 1024;

    /** Figures of this program's own, made from logs. */
    private static final String NAMESPACE = "Daybook";

    private final Output<String> topicArn;
    private final Output<String> dashboardName;
    private final List<Output<Map<String, Object>>> widgets = new ArrayList<>();

    /** The alarms that say that a change is missing in the log, or soon will be. */
    private final List<MetricAlarm> gaps = new ArrayList<>();

    Monitoring(String name, Args args, ComponentResourceOptions options) {
        super("Monitoring", name, options);
        topicArn = topic(args);
        source(args);
        capture(args);
        kafka(args);
        sink(args);
        services(args);
        audit(args);
        gaps();
        dashboardName =
                new Dashboard(
                                named("dashboard"),
                                DashboardArgs.builder()
                                        .dashboardName(name)
                                        .dashboardBody(
                                                Output.all(widgets)
                                                        .applyValue(
                                                                all ->
                                                                        Json.text(
                                                                                Json.object(
                                                                                        "widgets",
                                                                                        all))))
                                        .build(),
                                within())
                        .dashboardName();
        budget(args);
        registerOutputs(Map.of("topicArn", topicArn, "dashboard", dashboardName));
    }

    Output<String> dashboardName() {
        return dashboardName;
    }

    private void source(Args args) {
        Map<String, Output<String>> writer = dimensions();
        writer.put("DBClusterIdentifier", args.sourceCluster());
        writer.put("Role", Output.of("WRITER"));
        // The log that a slot holds back fills the source's storage: the one way in which the audit
        // can
        // harm what it audits.
        alarm(
                args,
                "slot-lag",
                new Metric("AWS/RDS", "OldestReplicationSlotLag", writer, "Maximum"),
                Above.than(5 * GIBIBYTE).lasting(10),
                "The source keeps more than 5 GiB of log for a slot that nobody reads: see that the task"
                        + " runs; drop the slot if it is gone for good (docs/guide/troubleshooting.md)");
        alarm(
                args,
                "source-log-disk",
                new Metric("AWS/RDS", "TransactionLogsDiskUsage", writer, "Maximum"),
                Above.than(20 * GIBIBYTE).lasting(10),
                "The source's write-ahead log takes more than 20 GiB");
    }

    private void capture(Args args) {
        Output<String> task =
                args.taskArn().applyValue(arn -> arn.substring(arn.lastIndexOf(':') + 1));
        Map<String, Output<String>> running = dimensions();
        if (!args.serverless()) {
            running.put("ReplicationInstanceIdentifier", Output.of(args.captureInstance()));
        }
        running.put("ReplicationTaskIdentifier", task);
        alarm(
                args,
                "capture-source-latency",
                new Metric("AWS/DMS", "CDCLatencySource", running, "Maximum"),
                Above.than(300).lasting(10).orMissing(),
                "DMS reads the source more than five minutes late, or has stopped: look at the task's log");
        alarm(
                args,
                "capture-target-latency",
                new Metric("AWS/DMS", "CDCLatencyTarget", running, "Maximum"),
                Above.than(300).lasting(10),
                "DMS writes to Kafka more than five minutes late");
        if (!args.serverless()) {
            Map<String, Output<String>> instance = dimensions();
            instance.put("ReplicationInstanceIdentifier", Output.of(args.captureInstance()));
            alarm(
                    args,
                    "capture-storage",
                    new Metric("AWS/DMS", "FreeStorageSpace", instance, "Minimum"),
                    Below.than(10 * GIBIBYTE).lasting(10),
                    "The replication instance has less than 10 GiB left; long transactions are kept there");
        }
        LogGroup log =
                new LogGroup(
                        named("capture-log"),
                        LogGroupArgs.builder()
                                // DMS's own choice of a name; made here first, so that it ends some
                                // day.
                                .name(
                                        args.serverless()
                                                ? "dms-serverless-replication-"
                                                        + args.captureInstance()
                                                : "dms-tasks-" + args.captureInstance())
                                .retentionInDays(args.logDays())
                                .kmsKeyId(args.dataKeyArn())
                                .build(),
                        within());
        fromLog(args, log, "capture-errors", "?\"]E:\"", "DMS logs errors");
        gaps.add(
                fromLog(
                        args,
                        log,
                        "capture-suspended",
                        "?suspended ?\"Table error\"",
                        "DMS has put a table aside: its changes are missing from now on"));
        new EventSubscription(
                named("capture-events"),
                EventSubscriptionArgs.builder()
                        .name(named("capture-events"))
                        .sourceType("replication-task")
                        .eventCategories("failure", "state change", "deletion")
                        .snsTopicArn(topicArn)
                        .enabled(true)
                        .build(),
                within());
    }

    private void kafka(Args args) {
        alarm(
                args,
                "ingest-lag",
                lag(args, Services.INGEST_GROUP, Topics.changes(args.source())),
                Above.than(300).lasting(10),
                "The ingest is more than five minutes behind");
        alarm(
                args,
                "sink-lag",
                lag(args, args.connectorGroup(), Topics.ENTRIES),
                Above.than(300).lasting(10),
                "The sink is more than five minutes behind");
        gaps.add(
                alarm(
                        args,
                        "ingest-expiry",
                        lag(args, Services.INGEST_GROUP, Topics.changes(args.source())),
                        Above.than(halfOfRetention()).lasting(10),
                        "Changes wait for the ingest for half as long as Kafka keeps them; after the"
                                + " other half they are lost"));
        for (String topic : List.of(Topics.ENTRIES, Topics.TRANSACTIONS)) {
            gaps.add(
                    alarm(
                            args,
                            "sink-expiry-" + topic,
                            lag(args, args.connectorGroup(), topic),
                            Above.than(halfOfRetention()).lasting(10),
                            "The topic "
                                    + topic
                                    + " waits for the sink for half as long as Kafka keeps it; after"
                                    + " the other half it is lost"));
        }
        perBroker(
                args,
                "kafka-storage",
                "KafkaDataLogsDiskUsed",
                Map.of(),
                "MAX",
                75,
                5,
                "A broker's storage is three quarters full");
        // Any at all, and at once: one change that DMS could not deliver is one rejected record.
        gaps.add(
                perBroker(
                        args,
                        "rejected",
                        "MessagesInPerSec",
                        Map.of("Topic", Topics.REJECTED),
                        "SUM",
                        0,
                        1,
                        "Changes are being rejected; GET /api/v1/rejected says which and why"));
        Map<String, Output<String>> cluster = dimensions();
        cluster.put("Cluster Name", Output.of(args.kafkaName()));
        alarm(
                args,
                "kafka-offline",
                new Metric("AWS/Kafka", "OfflinePartitionsCount", cluster, "Maximum"),
                Above.than(0).lasting(5),
                "Partitions have no leader");
        alarm(
                args,
                "kafka-controller",
                new Metric("AWS/Kafka", "ActiveControllerCount", cluster, "Sum"),
                Below.than(1).lasting(5),
                "The cluster has no controller");
    }

    private static double halfOfRetention() {
        return Topics.RETENTION.toSeconds() / 2.0;
    }

    /**
     * One alarm for the one thing that an audit log may not have. Its causes are watched where AWS
     * measures them: a table that DMS put aside, a change that it or the ingest could not make an
     * entry of, and changes that Kafka is about to delete unread. How far the log is complete is
     * measured in the log itself, and {@code /api/v1/coverage} says it.
     */
    private void gaps() {
        List<Output<String>> names = gaps.stream().map(MetricAlarm::name).toList();
        new CompositeAlarm(
                named("gaps"),
                CompositeAlarmArgs.builder()
                        .alarmName(named("gaps"))
                        .alarmDescription(
                                "The audit log has a gap, or is about to have one"
                                        + " (docs/guide/troubleshooting.md)")
                        .alarmRule(
                                Output.all(names)
                                        .applyValue(
                                                all ->
                                                        all.stream()
                                                                .map(
                                                                        name ->
                                                                                "ALARM(\""
                                                                                        + name
                                                                                        + "\")")
                                                                .collect(
                                                                        Collectors.joining(
                                                                                " OR "))))
                        .alarmActions(Output.all(List.of(topicArn)))
                        .okActions(Output.all(List.of(topicArn)))
                        .build(),
                within());
    }

    private void sink(Args args) {
        Map<String, Output<String>> connector = dimensions();
        connector.put("ConnectorName", Output.of(args.connector()));
        alarm(
                args,
                "sink-errored",
                new Metric("AWS/KafkaConnect", "ErroredTaskCount", connector, "Maximum"),
                Above.than(0).lasting(5),
                "A task of the sink has stopped with an error: look at the workers' log");
        alarm(
                args,
                "sink-running",
                new Metric("AWS/KafkaConnect", "RunningTaskCount", connector, "Minimum"),
                Below.than(1).lasting(5).orMissing(),
                "No task of the sink runs");
    }

    private void services(Args args) {
        for (String service : List.of("ingest", "api")) {
            Map<String, Output<String>> tasks = dimensions();
            tasks.put("ClusterName", Output.of(args.ecsCluster()));
            tasks.put("ServiceName", Output.of(service));
            alarm(
                    args,
                    service + "-running",
                    new Metric("ECS/ContainerInsights", "RunningTaskCount", tasks, "Minimum"),
                    Below.than(1).lasting(5).orMissing(),
                    "No task of the service " + service + " runs");
        }
        Map<String, Output<String>> balancer = dimensions();
        balancer.put("LoadBalancer", args.balancer());
        alarm(
                args,
                "api-errors",
                new Metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, "Sum"),
                Above.than(10).lasting(5),
                "The API answers with errors");
        Map<String, Output<String>> targets = dimensions();
        targets.put("LoadBalancer", args.balancer());
        targets.put("TargetGroup", args.targets());
        alarm(
                args,
                "api-unhealthy",
                new Metric("AWS/ApplicationELB", "UnHealthyHostCount", targets, "Maximum"),
                Above.than(0).lasting(10),
                "A task of the API is not well");
    }

    private void audit(Args args) {
        Map<String, Output<String>> writer = dimensions();
        writer.put("DBClusterIdentifier", args.auditCluster());
        writer.put("Role", Output.of("WRITER"));
        alarm(
                args,
                "audit-cpu",
                new Metric("AWS/RDS", "CPUUtilization", writer, "Average"),
                Above.than(85).lasting(15),
                "The audit database's writer is busy");
        alarm(
                args,
                "audit-local-storage",
                new Metric("AWS/RDS", "FreeLocalStorage", writer, "Minimum"),
                Below.than(5 * GIBIBYTE).lasting(10),
                "The audit database's writer has little room for temporary files");
    }

    private Output<String> topic(Args args) {
        Topic topic =
                new Topic(
                        named("topic"),
                        TopicArgs.builder().name(name()).kmsMasterKeyId(args.dataKeyArn()).build(),
                        within());
        new TopicPolicy(
                named("topic-policy"),
                TopicPolicyArgs.builder()
                        .arn(topic.arn())
                        .policy(topic.arn().applyValue(arn -> publishers(arn, args.accountId())))
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
        return topic.arn();
    }

    private static String publishers(String topicArn, String accountId) {
        return PolicyDocument.document(
                List.of(
                        Json.object(
                                "Sid",
                                "AlarmsAndEvents",
                                "Effect",
                                "Allow",
                                "Principal",
                                Json.object(
                                        "Service",
                                        List.of(
                                                "cloudwatch.amazonaws.com",
                                                "budgets.amazonaws.com",
                                                "dms.amazonaws.com")),
                                "Action",
                                "sns:Publish",
                                "Resource",
                                topicArn,
                                "Condition",
                                Json.object(
                                        "StringEquals",
                                        Json.object("aws:SourceAccount", accountId)))));
    }

    private void budget(Args args) {
        List<BudgetNotificationArgs> notifications = new ArrayList<>();
        notifications.add(notification(args, "ACTUAL", 80));
        notifications.add(notification(args, "FORECASTED", 100));
        new Budget(
                named("budget"),
                BudgetArgs.builder()
                        .name(name())
                        .budgetType("COST")
                        .limitAmount(Integer.toString(args.operations().monthlyBudget()))
                        .limitUnit("USD")
                        .timeUnit("MONTHLY")
                        .costFilters(
                                BudgetCostFilterArgs.builder()
                                        .name("TagKeyValue")
                                        .values(
                                                "user:"
                                                        + Tags.STACK
                                                        + "$"
                                                        + name().replace("-monitoring", ""))
                                        .build())
                        .notifications(notifications)
                        .build(),
                within());
    }

    private BudgetNotificationArgs notification(Args args, String type, double percent) {
        return BudgetNotificationArgs.builder()
                .comparisonOperator("GREATER_THAN")
                .notificationType(type)
                .threshold(percent)
                .thresholdType("PERCENTAGE")
                .subscriberEmailAddresses(args.operations().alarmEmail())
                .build();
    }

    private static Metric lag(Args args, String group, String topic) {
        Map<String, Output<String>> dimensions = dimensions();
        dimensions.put("Cluster Name", Output.of(args.kafkaName()));
        dimensions.put("Consumer Group", Output.of(group));
        dimensions.put("Topic", Output.of(topic));
        return new Metric("AWS/Kafka", "EstimatedMaxTimeLag", dimensions, "Maximum");
    }

    private MetricAlarm fromLog(
            Args args, LogGroup log, String word, String pattern, String description) {
        new LogMetricFilter(
                named(word + "-filter"),
                LogMetricFilterArgs.builder()
                        .name(named(word))
                        .logGroupName(log.name())
                        .pattern(pattern)
                        .metricTransformation(
                                LogMetricFilterMetricTransformationArgs.builder()
                                        .namespace(NAMESPACE)
                                        .name(named(word))
                                        .value("1")
                                        .defaultValue("0")
                                        .build())
                        .build(),
                within());
        return alarm(
                args,
                word,
                new Metric(NAMESPACE, named(word), dimensions(), "Sum"),
                Above.than(0).lasting(1),
                description);
    }

    /** A figure that each of the three brokers has of its own. */
    private MetricAlarm perBroker(
            Args args,
            String word,
            String metric,
            Map<String, String> more,
            String function,
            double threshold,
            int minutes,
            String description) {
        List<MetricAlarmMetricQueryArgs> queries = new ArrayList<>();
        List<Object> lines = new ArrayList<>();
        for (int broker = 1; broker <= 3; broker++) {
            Map<String, String> dimensions = new LinkedHashMap<>();
            dimensions.put("Cluster Name", args.kafkaName());
            dimensions.put("Broker ID", Integer.toString(broker));
            dimensions.putAll(more);
            queries.add(
                    MetricAlarmMetricQueryArgs.builder()
                            .id("b" + broker)
                            .returnData(false)
                            .metric(
                                    MetricAlarmMetricQueryMetricArgs.builder()
                                            .namespace("AWS/Kafka")
                                            .metricName(metric)
                                            .dimensions(dimensions)
                                            .period(60)
                                            .stat("Average")
                                            .build())
                            .build());
            lines.add(line("AWS/Kafka", metric, dimensions));
        }
        queries.add(
                MetricAlarmMetricQueryArgs.builder()
                        .id("all")
                        .expression(function + "([b1,b2,b3])")
                        .label(description)
                        .returnData(true)
                        .build());
        MetricAlarm alarm =
                new MetricAlarm(
                        named(word),
                        MetricAlarmArgs.builder()
                                .name(named(word))
                                .alarmDescription(description)
                                .comparisonOperator("GreaterThanThreshold")
                                .threshold(threshold)
                                .evaluationPeriods(minutes)
                                .treatMissingData("notBreaching")
                                .metricQueries(queries)
                                .alarmActions(Output.all(List.of(topicArn)))
                                .okActions(Output.all(List.of(topicArn)))
                                .build(),
                        within());
        widgets.add(Output.of(widget(args, word, lines, "Average")));
        return alarm;
    }

    private MetricAlarm alarm(
            Args args, String word, Metric metric, Rule rule, String description) {
        MetricAlarmArgs.Builder builder =
                MetricAlarmArgs.builder()
                        .name(named(word))
                        .alarmDescription(description)
                        .namespace(metric.namespace())
                        .metricName(metric.name())
                        .statistic(metric.statistic())
                        .period(60)
                        .comparisonOperator(rule.comparison())
                        .threshold(rule.threshold())
                        .evaluationPeriods(rule.minutes())
                        .treatMissingData(rule.missing() ? "breaching" : "notBreaching")
                        .alarmActions(Output.all(List.of(topicArn)))
                        .okActions(Output.all(List.of(topicArn)));
        Output<Map<String, String>> dimensions = metric.resolved();
        if (!metric.dimensions().isEmpty()) {
            builder.dimensions(dimensions);
        }
        MetricAlarm alarm = new MetricAlarm(named(word), builder.build(), within());
        widgets.add(
                dimensions.applyValue(
                        all ->
                                widget(
                                        args,
                                        word,
                                        List.of(line(metric.namespace(), metric.name(), all)),
                                        metric.statistic())));
        return alarm;
    }

    private static Map<String, Output<String>> dimensions() {
        return new LinkedHashMap<>();
    }

    private static Object line(String namespace, String metric, Map<String, String> dimensions) {
        List<Object> line = new ArrayList<>(List.of(namespace, metric));
        dimensions.forEach(
                (name, value) -> {
                    line.add(name);
                    line.add(value);
                });
        return line;
    }

    private static Map<String, Object> widget(
            Args args, String word, List<Object> lines, String statistic) {
        return Json.object(
                "type",
                "metric",
                "width",
                8,
                "height",
                6,
                "properties",
                Json.object(
                        "title",
                        word,
                        "region",
                        args.region(),
                        "stat",
                        statistic,
                        "period",
                        60,
                        "view",
                        "timeSeries",
                        "metrics",
                        lines));
    }

    private record Metric(
            String namespace,
            String name,
            Map<String, Output<String>> dimensions,
            String statistic) {

        Output<Map<String, String>> resolved() {
            List<String> names = List.copyOf(dimensions.keySet());
            return Output.all(List.copyOf(dimensions.values()))
                    .applyValue(
                            values -> {
                                Map<String, String> resolved = new LinkedHashMap<>();
                                for (int i = 0; i < names.size(); i++) {
                                    resolved.put(names.get(i), values.get(i));
                                }
                                return resolved;
                            });
        }
    }

    /** When an alarm is raised: for how many minutes, and whether silence counts as well. */
    private record Rule(String comparison, double threshold, int minutes, boolean missing) {
        Rule lasting(int minutes) {
            return new Rule(comparison, threshold, minutes, missing);
        }

        Rule orMissing() {
            return new Rule(comparison, threshold, minutes, true);
        }
    }

    private static final class Above {
        private Above() {}

        static Rule than(double threshold) {
            return new Rule("GreaterThanThreshold", threshold, 1, false);
        }
    }

    private static final class Below {
        private Below() {}

        static Rule than(double threshold) {
            return new Rule("LessThanThreshold", threshold, 1, false);
        }
    }
}
