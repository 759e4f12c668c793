package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The dashboard and the alert rules ask for metrics and labels that the API has. */
class ApiMonitoringTest {

    private static final Path FILES = Path.of("..", "docs", "monitoring");
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern METRIC =
            Pattern.compile("\\b(?:http_server|hikaricp|jvm|process)_[a-z_]+");
    private static final Pattern LABEL =
            Pattern.compile("([a-z_]+)(?:=~|!=|!~|=)\"|by \\(([a-z_, ]+)\\)");
    private static final Pattern SAMPLE =
            Pattern.compile("^([a-z_]+)(?:\\{([^}]*)})? ", Pattern.MULTILINE);

    private final ApiFixture api = ApiFixture.shared();

    @Test
    void everyAlertAndEveryPanelAsksForWhatTheApiCounts() throws IOException {
        // Given
        api.json("/api/v1/entries?limit=1");
        Map<String, Set<String>> known = new HashMap<>();
        String scraped = api.get("/actuator/prometheus").body();
        for (Matcher sample = SAMPLE.matcher(scraped); sample.find(); ) {
            Set<String> labels = known.computeIfAbsent(sample.group(1), name -> new HashSet<>());
            if (sample.group(2) != null) {
                labels.addAll(labels(sample.group(2)));
            }
        }

        // When
        List<String> expressions = new ArrayList<>();
        JsonNode rules =
                JSON.valueToTree(
                                new Yaml()
                                        .<Object>load(
                                                Files.readString(FILES.resolve("api-alerts.yaml"))))
                        .at("/groups/0/rules");
        for (JsonNode rule : rules) {
            expressions.add(rule.get("expr").asString());
            assertThat(rule.at("/annotations/summary").asString()).isNotEmpty();
            assertThat(rule.at("/annotations/description").asString()).isNotEmpty();
            assertThat(rule.at("/labels/severity").asString()).isIn("page", "ticket");
        }
        for (JsonNode panel :
                JSON.readTree(Files.readString(FILES.resolve("api-dashboard.json")))
                        .get("panels")) {
            panel.get("targets").forEach(target -> expressions.add(target.get("expr").asString()));
        }

        // Then
        assertThat(expressions).hasSizeGreaterThan(10);
        for (String expression : expressions) {
            Set<String> labels = new HashSet<>();
            int metrics = 0;
            for (Matcher metric = METRIC.matcher(expression); metric.find(); metrics++) {
                assertThat(known).as(expression).containsKey(metric.group());
                labels.addAll(known.getOrDefault(metric.group(), Set.of()));
            }
            assertThat(metrics).as(expression).isPositive();
            assertThat(labels).as(expression).containsAll(labels(expression));
        }
    }

    private static List<String> labels(String text) {
        List<String> labels = new ArrayList<>();
        for (Matcher label = LABEL.matcher(text); label.find(); ) {
            String names = label.group(1) == null ? label.group(2) : label.group(1);
            labels.addAll(List.of(names.split(", ")));
        }
        return labels;
    }
}
