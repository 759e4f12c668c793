package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The dashboard and the alert rules ask for metrics and labels that the ingest has. */
class MonitoringTest {

    private static final Path FILES = Path.of("..", "docs", "monitoring");
    private static final Pattern METRIC = Pattern.compile("\\bdaybook_[a-z_]+");
    private static final Pattern GROUPING = Pattern.compile("by \\(([a-z_, ]+)\\)");
    private static final Pattern SELECTOR = Pattern.compile("([a-z_]+)(?:=~|!=|!~|=)\"");
    private static final Pattern SAMPLE =
            Pattern.compile("^(daybook_[a-z_]+)(?:\\{([^}]*)})? ", Pattern.MULTILINE);

    private final Map<String, Set<String>> labels = labelsByMetric();

    @Test
    void everyAlertAsksForWhatTheIngestCounts() throws IOException {
        JsonNode rules =
                TopologyFixture.JSON
                        .valueToTree(
                                new Yaml()
                                        .<Object>load(
                                                Files.readString(
                                                        FILES.resolve("ingest-alerts.yaml"))))
                        .at("/groups/0/rules");
        assertThat(rules.size()).isPositive();
        for (JsonNode rule : rules) {
            exists(rule.get("expr").asString());
            assertThat(rule.at("/annotations/summary").asString()).isNotEmpty();
            assertThat(rule.at("/annotations/description").asString()).isNotEmpty();
            assertThat(rule.at("/labels/severity").asString()).isIn("page", "ticket");
        }
    }

    @Test
    void everyPanelAsksForWhatTheIngestCounts() throws IOException {
        JsonNode dashboard =
                TopologyFixture.JSON.readTree(
                        Files.readString(FILES.resolve("ingest-dashboard.json")));
        Set<String> shown = new HashSet<>();
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                shown.addAll(exists(target.get("expr").asString()));
            }
        }
        assertThat(shown).as("every metric of the ingest has a panel").isEqualTo(labels.keySet());
    }

    /** Returns the metrics that an expression asks for, all of which exist. */
    private List<String> exists(String expression) {
        List<String> metrics = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (Matcher metric = METRIC.matcher(expression); metric.find(); ) {
            assertThat(labels).as(expression).containsKey(metric.group());
            metrics.add(metric.group());
            known.addAll(labels.getOrDefault(metric.group(), Set.of()));
        }
        assertThat(metrics).as(expression).isNotEmpty();
        for (Matcher grouping = GROUPING.matcher(expression); grouping.find(); ) {
            assertThat(known).as(expression).contains(grouping.group(1).split(", "));
        }
        for (Matcher selector = SELECTOR.matcher(expression); selector.find(); ) {
            assertThat(known).as(expression).contains(selector.group(1));
        }
        return metrics;
    }

    /** Returns the labels of each metric, as the ingest exposes them once each was counted. */
    private static Map<String, Set<String>> labelsByMetric() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        IngestMetrics metrics = new IngestMetrics(registry, Clock.systemUTC());
        IngestMetrics.OfSource source = metrics.of("shop");
        source.outcome("insert");
        source.rejected("not-json");
        source.keyless("key-not-sent");
        source.degraded("transaction-id");
        source.replayed("update");
        source.change(Instant.EPOCH);
        metrics.threadFailed();
        Map<String, Set<String>> labels = new HashMap<>();
        for (Matcher sample = SAMPLE.matcher(registry.scrape()); sample.find(); ) {
            Set<String> names = new HashSet<>();
            if (sample.group(2) != null) {
                for (Matcher label = SELECTOR.matcher(sample.group(2)); label.find(); ) {
                    names.add(label.group(1));
                }
            }
            labels.put(sample.group(1), names);
        }
        return labels;
    }
}
