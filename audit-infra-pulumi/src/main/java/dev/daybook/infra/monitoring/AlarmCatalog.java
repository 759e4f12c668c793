package dev.daybook.infra.monitoring;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.cloudwatch.MetricAlarm;
import com.pulumi.aws.dms.EventSubscription;
import com.pulumi.aws.dms.EventSubscriptionArgs;
import com.pulumi.core.Output;

import dev.daybook.infra.container.Sealer;
import dev.daybook.infra.container.Services;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.resource.Component;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lists what is watched, area by area: the figure, its limit, and what the alarm says to do. */
final class AlarmCatalog {

    private static final double GIBIBYTE = 1024.0 * 1024 * 1024;

    private final Component owner;
    private final Alarms alarms;

    /** The alarms that say that a change is missing in the log, or soon will be. */
    private final List<MetricAlarm> gaps = new ArrayList<>();

    AlarmCatalog(Component owner, Alarms alarms) {
        this.owner = owner;
        this.alarms = alarms;
    }

    /** Declares all of them. */
    void declare(Monitoring.Args args) {
        source(args);
        capture(args);
        kafka(args);
        sink(args);
        services(args);
        sealer(args);
        audit(args);
        gaps();
    }

    private void source(Monitoring.Args args) {
        Map<String, Output<String>> writer = new LinkedHashMap<>();
        writer.put("DBClusterIdentifier", args.sourceCluster());
        writer.put("Role", Output.of("WRITER"));
        // The log that a slot holds back fills the source's storage: the one way in which the audit
        // can
        // harm what it audits.
        alarms.metric(
                "slot-lag",
                new Metric("AWS/RDS", "OldestReplicationSlotLag", writer, "Maximum"),
                Threshold.above(5 * GIBIBYTE).lasting(10),
                "The source keeps more than 5 GiB of log for a slot that nobody reads: see that the task"
                        + " runs; drop the slot if it is gone for good (docs/guide/troubleshooting.md)");
        alarms.metric(
                "source-log-disk",
                new Metric("AWS/RDS", "TransactionLogsDiskUsage", writer, "Maximum"),
                Threshold.above(20 * GIBIBYTE).lasting(10),
                "The source's write-ahead log takes more than 20 GiB");
    }

    private void capture(Monitoring.Args args) {
        Output<String> task =
                args.taskArn().applyValue(arn -> arn.substring(arn.lastIndexOf(':') + 1));
        Map<String, Output<String>> running = new LinkedHashMap<>();
        if (!args.serverless()) {
            running.put("ReplicationInstanceIdentifier", Output.of(args.captureInstance()));
        }
        running.put("ReplicationTaskIdentifier", task);
        alarms.metric(
                "capture-source-latency",
                new Metric("AWS/DMS", "CDCLatencySource", running, "Maximum"),
                Threshold.above(300).lasting(10).orMissing(),
                "DMS reads the source more than five minutes late, or has stopped: look at the task's log");
        alarms.metric(
                "capture-target-latency",
                new Metric("AWS/DMS", "CDCLatencyTarget", running, "Maximum"),
                Threshold.above(300).lasting(10),
                "DMS writes to Kafka more than five minutes late");
        if (!args.serverless()) {
            Map<String, Output<String>> instance = new LinkedHashMap<>();
            instance.put("ReplicationInstanceIdentifier", Output.of(args.captureInstance()));
            alarms.metric(
                    "capture-storage",
                    new Metric("AWS/DMS", "FreeStorageSpace", instance, "Minimum"),
                    Threshold.below(10 * GIBIBYTE).lasting(10),
                    "The replication instance has less than 10 GiB left; long transactions are kept there");
        }
        LogGroup log =
                new LogGroup(
                        owner.named("capture-log"),
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
                        owner.within());
        alarms.fromLog(log, "capture-errors", "?\"]E:\"", "DMS logs errors");
        gaps.add(
                alarms.fromLog(
                        log,
                        "capture-suspended",
                        "?suspended ?\"Table error\"",
                        "DMS has put a table aside: its changes are missing from now on"));
        // Events are a task's on an instance; a serverless replication sends none.
        args.captureTask()
                .ifPresent(
                        id ->
                                new EventSubscription(
                                        owner.named("capture-events"),
                                        EventSubscriptionArgs.builder()
                                                .name(owner.named("capture-events"))
                                                .sourceType("replication-task")
                                                .sourceIds(Output.all(List.of(id)))
                                                .eventCategories(
                                                        "failure", "state change", "deletion")
                                                .snsTopicArn(alarms.topicArn())
                                                .enabled(true)
                                                .build(),
                                        owner.within()));
    }

    private void kafka(Monitoring.Args args) {
        alarms.metric(
                "ingest-lag",
                lag(args, Services.INGEST_GROUP, Topics.changes(args.source())),
                Threshold.above(300).lasting(10),
                "The ingest is more than five minutes behind");
        alarms.metric(
                "sink-lag",
                lag(args, args.connectorGroup(), Topics.ENTRIES),
                Threshold.above(300).lasting(10),
                "The sink is more than five minutes behind");
        gaps.add(
                alarms.metric(
                        "ingest-expiry",
                        lag(args, Services.INGEST_GROUP, Topics.changes(args.source())),
                        Threshold.above(halfOfRetention()).lasting(10),
                        "Changes wait for the ingest for half as long as Kafka keeps them; after the"
                                + " other half they are lost"));
        for (String topic : List.of(Topics.ENTRIES, Topics.TRANSACTIONS)) {
            gaps.add(
                    alarms.metric(
                            "sink-expiry-" + topic,
                            lag(args, args.connectorGroup(), topic),
                            Threshold.above(halfOfRetention()).lasting(10),
                            "The topic "
                                    + topic
                                    + " waits for the sink for half as long as Kafka keeps it; after"
                                    + " the other half it is lost"));
        }
        alarms.perBroker(
                "kafka-storage",
                args.kafkaName(),
                "KafkaDataLogsDiskUsed",
                Map.of(),
                "MAX",
                75,
                5,
                "A broker's storage is three quarters full");
        // Any at all, and at once: one change that DMS could not deliver is one rejected record.
        gaps.add(
                alarms.perBroker(
                        "rejected",
                        args.kafkaName(),
                        "MessagesInPerSec",
                        Map.of("Topic", Topics.REJECTED),
                        "SUM",
                        0,
                        1,
                        "Changes are being rejected; GET /api/v1/rejected says which and why"));
        Map<String, Output<String>> cluster = new LinkedHashMap<>();
        cluster.put("Cluster Name", Output.of(args.kafkaName()));
        alarms.metric(
                "kafka-offline",
                new Metric("AWS/Kafka", "OfflinePartitionsCount", cluster, "Maximum"),
                Threshold.above(0).lasting(5),
                "Partitions have no leader");
        alarms.metric(
                "kafka-controller",
                new Metric("AWS/Kafka", "ActiveControllerCount", cluster, "Sum"),
                Threshold.below(1).lasting(5),
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
        alarms.anyOf(
                "gaps",
                gaps,
                "The audit log has a gap, or is about to have one"
                        + " (docs/guide/troubleshooting.md)");
    }

    private void sink(Monitoring.Args args) {
        Map<String, Output<String>> connector = new LinkedHashMap<>();
        connector.put("ConnectorName", Output.of(args.connector()));
        alarms.metric(
                "sink-errored",
                new Metric("AWS/KafkaConnect", "ErroredTaskCount", connector, "Maximum"),
                Threshold.above(0).lasting(5),
                "A task of the sink has stopped with an error: look at the workers' log");
        alarms.metric(
                "sink-running",
                new Metric("AWS/KafkaConnect", "RunningTaskCount", connector, "Minimum"),
                Threshold.below(1).lasting(5).orMissing(),
                "No task of the sink runs");
    }

    private void services(Monitoring.Args args) {
        for (String service : List.of("ingest", "api", Sealer.SERVICE)) {
            Map<String, Output<String>> tasks = new LinkedHashMap<>();
            tasks.put("ClusterName", Output.of(args.ecsCluster()));
            tasks.put("ServiceName", Output.of(service));
            alarms.metric(
                    service + "-running",
                    new Metric("ECS/ContainerInsights", "RunningTaskCount", tasks, "Minimum"),
                    Threshold.below(1).lasting(5).orMissing(),
                    "No task of the service " + service + " runs");
        }
        Map<String, Output<String>> balancer = new LinkedHashMap<>();
        balancer.put("LoadBalancer", args.balancer());
        alarms.metric(
                "api-errors",
                new Metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, "Sum"),
                Threshold.above(10).lasting(5),
                "The API answers with errors");
        Map<String, Output<String>> targets = new LinkedHashMap<>();
        targets.put("LoadBalancer", args.balancer());
        targets.put("TargetGroup", args.targets());
        alarms.metric(
                "api-unhealthy",
                new Metric("AWS/ApplicationELB", "UnHealthyHostCount", targets, "Maximum"),
                Threshold.above(0).lasting(10),
                "A task of the API is not well");
    }

    /**
     * What docs/monitoring/sealer-alerts.yaml watches by figures, by the sealer's messages: a
     * container has no other way out for them. That it runs at all is watched with the services.
     */
    private void sealer(Monitoring.Args args) {
        alarms.fromLog(
                args.sealerLog(),
                "log-broken",
                "\"against the seal: BROKEN\"",
                1,
                "The audit log is not what was sealed: the sealer's messages name what; keep the"
                        + " database and the log's bucket as they are (docs/evidence/README.md)");
        alarms.fromLog(
                args.sealerLog(),
                "log-unverified",
                "?\"against the seal: INCONCLUSIVE\" ?\"Verification by schedule failed\"",
                1,
                "The audit log was not verified, or not with certainty");
        alarms.fromLog(
                args.sealerLog(),
                "not-sealed",
                "\"Sealing failed\"",
                3,
                "What is recorded is not sealed; nothing is lost while the topic "
                        + Topics.SEGMENTS
                        + " keeps it");
        alarms.fromLog(
                args.sealerLog(),
                "not-anchored",
                "\"was not added to the anchor\"",
                15,
                "No checkpoint was anchored for 15 minutes: whoever has the sealer's key could"
                        + " rewrite the log back to the last one");
    }

    private void audit(Monitoring.Args args) {
        Map<String, Output<String>> writer = new LinkedHashMap<>();
        writer.put("DBClusterIdentifier", args.auditCluster());
        writer.put("Role", Output.of("WRITER"));
        alarms.metric(
                "audit-cpu",
                new Metric("AWS/RDS", "CPUUtilization", writer, "Average"),
                Threshold.above(85).lasting(15),
                "The audit database's writer is busy");
        alarms.metric(
                "audit-local-storage",
                new Metric("AWS/RDS", "FreeLocalStorage", writer, "Minimum"),
                Threshold.below(5 * GIBIBYTE).lasting(10),
                "The audit database's writer has little room for temporary files");
    }

    private static Metric lag(Monitoring.Args args, String group, String topic) {
        Map<String, Output<String>> dimensions = new LinkedHashMap<>();
        dimensions.put("Cluster Name", Output.of(args.kafkaName()));
        dimensions.put("Consumer Group", Output.of(group));
        dimensions.put("Topic", Output.of(topic));
        return new Metric("AWS/Kafka", "EstimatedMaxTimeLag", dimensions, "Maximum");
    }
}
