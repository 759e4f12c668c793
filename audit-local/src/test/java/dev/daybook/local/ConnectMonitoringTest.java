package dev.daybook.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.sink.SinkStatisticsMXBean;
import dev.daybook.connect.source.SourceProgressMBean;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The dashboard and the alert rules of the connectors ask for metrics and labels that the rules of
 * the JMX exporter make of the connectors' MBeans.
 */
class ConnectMonitoringTest {

    private static final Path FILES = Path.of("..", "docs", "monitoring");
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern METRIC = Pattern.compile("\\bdaybook_[a-z_]+");
    private static final Pattern LABEL =
            Pattern.compile("([a-z_]+)(?:=~|!=|!~|=)\"|by \\(([a-z_, ]+)\\)");

    private static JsonNode yaml(String file) throws IOException {
        return JSON.valueToTree(new Yaml().<Object>load(Files.readString(FILES.resolve(file))));
    }

    @Test
    void everyAlertAndEveryPanelAsksForWhatTheConnectorsReport() throws IOException {
        // Given
        Map<String, Set<String>> known = new HashMap<>();
        JsonNode exporter = yaml("connect-jmx-exporter.yaml").get("rules");
        exported(exporter, "type=sink, name=\"x\", task=0", SinkStatisticsMXBean.class, known);
        exported(exporter, "type=source, name=\"x\"", SourceProgressMBean.class, known);

        // When
        List<String> expressions = new ArrayList<>();
        for (JsonNode rule : yaml("connect-alerts.yaml").at("/groups/0/rules")) {
            expressions.add(rule.get("expr").asString());
            assertThat(rule.at("/annotations/summary").asString()).isNotEmpty();
            assertThat(rule.at("/annotations/description").asString()).isNotEmpty();
            assertThat(rule.at("/labels/severity").asString()).isIn("page", "ticket");
        }
        for (JsonNode panel :
                JSON.readTree(Files.readString(FILES.resolve("connect-dashboard.json")))
                        .get("panels")) {
            panel.get("targets").forEach(target -> expressions.add(target.get("expr").asString()));
        }

        // Then
        Set<String> asked = new HashSet<>();
        for (String expression : expressions) {
            Set<String> labels = new HashSet<>();
            int metrics = 0;
            for (Matcher metric = METRIC.matcher(expression); metric.find(); metrics++) {
                assertThat(known).as(expression).containsKey(metric.group());
                labels.addAll(known.getOrDefault(metric.group(), Set.of()));
                asked.add(metric.group());
            }
            assertThat(metrics).as(expression).isPositive();
            for (Matcher label = LABEL.matcher(expression); label.find(); ) {
                String names = label.group(1) == null ? label.group(2) : label.group(1);
                assertThat(labels).as(expression).contains(names.split(", "));
            }
        }
        assertThat(asked).as("every figure of the connectors is shown").isEqualTo(known.keySet());
    }

    /** Adds the metrics, and their labels, that the exporter's rules make of an MBean. */
    private static void exported(
            JsonNode rules, String properties, Class<?> bean, Map<String, Set<String>> known) {
        for (Method getter : bean.getMethods()) {
            String attribute =
                    getter.getName()
                            .replaceFirst("^(get|is)", "")
                            .replaceAll("(?<=.)([A-Z])", "_$1")
                            .toLowerCase(Locale.ROOT);
            String value =
                    getter.getReturnType() == String.class
                            ? "It fails."
                            : getter.getReturnType() == boolean.class ? "true" : "-1";
            String line = "dev.daybook<" + properties + "><>" + attribute + ": " + value;
            for (JsonNode rule : rules) {
                Matcher matcher =
                        Pattern.compile("^.*(?:" + rule.get("pattern").asString() + ").*$")
                                .matcher(line);
                if (matcher.matches()) {
                    String name = rule.get("name").asString();
                    for (int i = 1; i <= matcher.groupCount(); i++) {
                        name = name.replace("$" + i, matcher.group(i));
                    }
                    known.put(name, Set.copyOf(rule.get("labels").propertyNames()));
                    break;
                }
            }
        }
    }
}
