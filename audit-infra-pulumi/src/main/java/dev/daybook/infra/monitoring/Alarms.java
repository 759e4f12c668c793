package dev.daybook.infra.monitoring;

import com.pulumi.aws.cloudwatch.CompositeAlarm;
import com.pulumi.aws.cloudwatch.CompositeAlarmArgs;
import com.pulumi.aws.cloudwatch.Dashboard;
import com.pulumi.aws.cloudwatch.DashboardArgs;
import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogMetricFilter;
import com.pulumi.aws.cloudwatch.LogMetricFilterArgs;
import com.pulumi.aws.cloudwatch.MetricAlarm;
import com.pulumi.aws.cloudwatch.MetricAlarmArgs;
import com.pulumi.aws.cloudwatch.inputs.LogMetricFilterMetricTransformationArgs;
import com.pulumi.aws.cloudwatch.inputs.MetricAlarmMetricQueryArgs;
import com.pulumi.aws.cloudwatch.inputs.MetricAlarmMetricQueryMetricArgs;
import com.pulumi.core.Output;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.Json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Creates alarms that notify one topic, and a dashboard with the figure of each. */
final class Alarms {

    /** Figures of this program's own, made from logs. */
    private static final String NAMESPACE = "Daybook";

    private final Component owner;
    private final Output<String> topicArn;
    private final String region;
    private final List<Output<Map<String, Object>>> widgets = new ArrayList<>();

    /**
     * @param owner the component that the alarms belong to
     * @param topicArn who is told
     * @param region the region
     */
    Alarms(Component owner, Output<String> topicArn, String region) {
        this.owner = owner;
        this.topicArn = topicArn;
        this.region = region;
    }

    /** Returns who is told. */
    Output<String> topicArn() {
        return topicArn;
    }

    /** Creates a dashboard of what was watched so far; returns its name. */
    Output<String> dashboard() {
        return new Dashboard(
                        owner.named("dashboard"),
                        DashboardArgs.builder()
                                .dashboardName(owner.name())
                                .dashboardBody(
                                        Output.all(widgets)
                                                .applyValue(
                                                        all ->
                                                                Json.text(
                                                                        Json.object(
                                                                                "widgets", all))))
                                .build(),
                        owner.within())
                .dashboardName();
    }

    /** Creates an alarm that is raised while any of others is. */
    void anyOf(String word, List<MetricAlarm> alarms, String description) {
        new CompositeAlarm(
                owner.named(word),
                CompositeAlarmArgs.builder()
                        .alarmName(owner.named(word))
                        .alarmDescription(description)
                        .alarmRule(
                                Output.all(alarms.stream().map(MetricAlarm::name).toList())
                                        .applyValue(
                                                names ->
                                                        names.stream()
                                                                .map("ALARM(\"%s\")"::formatted)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                " OR "))))
                        .alarmActions(Output.all(List.of(topicArn)))
                        .okActions(Output.all(List.of(topicArn)))
                        .build(),
                owner.within());
    }

    MetricAlarm fromLog(LogGroup log, String word, String pattern, String description) {
        return fromLog(log.name(), word, pattern, 1, description);
    }

    /**
     * Creates an alarm that is raised when a message has come in each of so many minutes.
     *
     * @param logGroup where messages are
     * @param pattern which, as CloudWatch's filters write it
     */
    MetricAlarm fromLog(
            Output<String> logGroup, String word, String pattern, int minutes, String description) {
        new LogMetricFilter(
                owner.named(word + "-filter"),
                LogMetricFilterArgs.builder()
                        .name(owner.named(word))
                        .logGroupName(logGroup)
                        .pattern(pattern)
                        .metricTransformation(
                                LogMetricFilterMetricTransformationArgs.builder()
                                        .namespace(NAMESPACE)
                                        .name(owner.named(word))
                                        .value("1")
                                        .defaultValue("0")
                                        .build())
                        .build(),
                owner.within());
        return metric(
                word,
                new Metric(NAMESPACE, owner.named(word), Map.of(), "Sum"),
                Threshold.above(0).lasting(minutes),
                description);
    }

    /** Returns a figure that each of the three brokers has of its own. */
    MetricAlarm perBroker(
            String word,
            String cluster,
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
            dimensions.put("Cluster Name", cluster);
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
                        owner.named(word),
                        MetricAlarmArgs.builder()
                                .name(owner.named(word))
                                .alarmDescription(description)
                                .comparisonOperator("GreaterThanThreshold")
                                .threshold(threshold)
                                .evaluationPeriods(minutes)
                                .treatMissingData("notBreaching")
                                .metricQueries(queries)
                                .alarmActions(Output.all(List.of(topicArn)))
                                .okActions(Output.all(List.of(topicArn)))
                                .build(),
                        owner.within());
        widgets.add(Output.of(widget(word, lines, "Average")));
        return alarm;
    }

    MetricAlarm metric(String word, Metric metric, Threshold threshold, String description) {
        MetricAlarmArgs.Builder builder =
                MetricAlarmArgs.builder()
                        .name(owner.named(word))
                        .alarmDescription(description)
                        .namespace(metric.namespace())
                        .metricName(metric.name())
                        .statistic(metric.statistic())
                        .period(60)
                        .comparisonOperator(threshold.comparison())
                        .threshold(threshold.value())
                        .evaluationPeriods(threshold.minutes())
                        .treatMissingData(threshold.missing() ? "breaching" : "notBreaching")
                        .alarmActions(Output.all(List.of(topicArn)))
                        .okActions(Output.all(List.of(topicArn)));
        Output<Map<String, String>> dimensions = metric.resolved();
        if (!metric.dimensions().isEmpty()) {
            builder.dimensions(dimensions);
        }
        MetricAlarm alarm = new MetricAlarm(owner.named(word), builder.build(), owner.within());
        widgets.add(
                dimensions.applyValue(
                        all ->
                                widget(
                                        word,
                                        List.of(line(metric.namespace(), metric.name(), all)),
                                        metric.statistic())));
        return alarm;
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

    private Map<String, Object> widget(String word, List<Object> lines, String statistic) {
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
                        region,
                        "stat",
                        statistic,
                        "period",
                        60,
                        "view",
                        "timeSeries",
                        "metrics",
                        lines));
    }
}
