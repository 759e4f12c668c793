package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.source.Finding;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A DMS task as it should be has no findings; each fault in it has one. */
class DmsExaminationTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String MAPPINGS =
            """
            {"rules": [
              {"rule-type": "selection", "rule-id": "1", "rule-name": "include-1", "rule-action": "include",
               "object-locator": {"schema-name": "public", "table-name": "%"}},
              {"rule-type": "selection", "rule-id": "2", "rule-name": "include-2", "rule-action": "include",
               "object-locator": {"schema-name": "daybook", "table-name": "transaction[_]context"}},
              {"rule-type": "selection", "rule-id": "3", "rule-name": "exclude-3", "rule-action": "exclude",
               "object-locator": {"schema-name": "%", "table-name": "awsdms%"}}]}
            """;

    @TempDir Path directory;

    @Test
    void aTaskAsItShouldBe() throws IOException {
        assertThat(examine(description(good(), MAPPINGS))).isEmpty();
        assertThat(DmsExamination.of(DmsTask.read(write("s", good().toString()), null))).isEmpty();
    }

    @Test
    void settingsAndMappingsInFilesOfTheirOwn() throws IOException {
        DmsTask task = DmsTask.read(write("s", good().toString()), write("m", MAPPINGS));

        assertThat(DmsExamination.of(task)).isEmpty();
        assertThat(task.lobKilobytes()).isEqualTo(256);
        assertThat(task.includes("public", "orders")).isTrue();
        assertThat(task.includes("public", "awsdms_heartbeat")).isFalse();
        assertThat(task.includes("daybook", "transactionXcontext")).isFalse();
    }

    @Test
    void serverlessIsDescribedInOtherWords() throws IOException {
        ObjectNode config = JSON.createObjectNode();
        config.put("ReplicationConfigIdentifier", "shop");
        config.put("ReplicationType", "full-load-and-cdc");
        config.put("ReplicationSettings", good().toString());
        config.put("TableMappings", MAPPINGS);
        ObjectNode document = JSON.createObjectNode();
        document.putArray("ReplicationConfigs").add(config);

        DmsTask task = DmsTask.read(write("c", document.toString()), null);

        assertThat(task.name()).isEqualTo("shop");
        assertThat(DmsExamination.of(task)).isEmpty();
    }

    static Stream<Recommendations.Setting> settings() {
        return Recommendations.read().settings().stream();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void eachSettingIsLookedAt(Recommendations.Setting setting) throws IOException {
        String[] path = setting.name().split("\\.", -1);
        ObjectNode settings = good();
        ObjectNode section = (ObjectNode) settings.path(path[0]);
        JsonNode value = section.path(path[1]);
        if (value.isBoolean()) {
            section.put(path[1], !value.asBoolean());
        } else if (value.isNumber()) {
            // Of a least number, less; of any other, another.
            section.put(path[1], setting.atLeast() != null ? value.asInt() - 1 : value.asInt() + 1);
        } else {
            section.put(path[1], "SOMETHING_ELSE");
        }

        assertThat(examine(description(settings, MAPPINGS)))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.code()).isEqualTo("dms-setting");
                            assertThat(finding.object()).isEqualTo(setting.name());
                            assertThat(finding.severity()).isEqualTo(setting.severity());
                            assertThat(finding.remedy()).contains(setting.wanted());
                        });
    }

    @Test
    void whatIsNotSetIsWhatDmsTakes() throws IOException {
        ObjectNode settings = good();
        ((ObjectNode) settings.path("ErrorBehavior")).remove("DataErrorPolicy");
        ((ObjectNode) settings.path("ErrorBehavior")).remove("ApplyErrorEscalationCount");

        assertThat(examine(description(settings, MAPPINGS)))
                .singleElement()
                .satisfies(
                        finding -> {
                            assertThat(finding.object()).isEqualTo("ErrorBehavior.DataErrorPolicy");
                            assertThat(finding.evidence()).contains("DMS then takes LOG_ERROR");
                        });
    }

    @Test
    void theTasksState() throws IOException {
        ObjectNode description = description(good(), MAPPINGS);
        ObjectNode task = (ObjectNode) description.path("ReplicationTasks").get(0);
        task.put("MigrationType", "full-load");
        task.put("Status", "failed");
        task.put("LastFailureMessage", "the slot is gone");
        task.putObject("ReplicationTaskStats").put("TablesErrored", 2);

        assertThat(examine(description))
                .extracting(Finding::code)
                .containsExactlyInAnyOrder(
                        "dms-migration-type", "dms-task-status", "dms-tables-errored");
        assertThat(examine(description))
                .anySatisfy(finding -> assertThat(finding.evidence()).contains("the slot is gone"));
    }

    record Mapping(String code, String rules) {}

    static Stream<Mapping> mappings() {
        return Stream.of(
                new Mapping("dms-mapping-none", "[]"),
                new Mapping("dms-mapping-context", without(1)),
                new Mapping(
                        "dms-mapping-filter",
                        changed(0, "\"filters\": [{\"column-name\": \"id\"}]")),
                new Mapping(
                        "dms-mapping-transformation",
                        with(
                                """
                                {"rule-type": "transformation", "rule-id": "9", "rule-name": "t",
                                 "rule-action": "remove-column", "rule-target": "column",
                                 "object-locator": {"schema-name": "public", "table-name": "orders",
                                                    "column-name": "note"}}
                                """)),
                new Mapping(
                        "dms-mapping-transformation",
                        with(
                                """
                                {"rule-type": "transformation", "rule-id": "9", "rule-name": "t",
                                 "rule-action": "add-before-image-columns", "rule-target": "column",
                                 "object-locator": {"schema-name": "public", "table-name": "%"}}
                                """)),
                new Mapping(
                        "dms-mapping-object",
                        with(
                                """
                                {"rule-type": "object-mapping", "rule-id": "9", "rule-name": "o",
                                 "rule-action": "map-record-to-document",
                                 "object-locator": {"schema-name": "public", "table-name": "orders"}}
                                """)));
    }

    @ParameterizedTest
    @MethodSource("mappings")
    void eachFaultOfMappingsIsFound(Mapping mapping) throws IOException {
        assertThat(examine(description(good(), "{\"rules\": " + mapping.rules() + "}")))
                .extracting(Finding::code)
                .containsExactly(mapping.code());
    }

    @Test
    void dmssOwnTablesAreFound() throws IOException {
        assertThat(examine(description(good(), "{\"rules\": " + without(2) + "}")))
                .extracting(Finding::code, Finding::object)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(
                                "dms-mapping-artifact", "awsdms_ddl_audit"),
                        org.assertj.core.groups.Tuple.tuple(
                                "dms-mapping-artifact", "awsdms_heartbeat"));
    }

    @Test
    void aFileThatIsSomethingElse() throws IOException {
        assertThatThrownBy(() -> DmsTask.read(write("x", "{"), null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is not JSON");
        assertThatThrownBy(() -> DmsTask.read(write("x", "{\"a\": 1}"), null))
                .hasMessageContaining("holds no settings of a DMS task");
        assertThatThrownBy(() -> DmsTask.read(null, write("x", "{\"a\": 1}")))
                .hasMessageContaining("holds no table mappings");
        assertThatThrownBy(() -> DmsTask.read(write("x", "{\"ReplicationTasks\": [{}, {}]}"), null))
                .hasMessageContaining("describes 2 tasks");
        assertThatThrownBy(
                        () ->
                                DmsTask.read(
                                        write(
                                                "x",
                                                "{\"ReplicationTasks\": [{\"ReplicationTaskSettings\":"
                                                        + " \"{\"}]}"),
                                        null))
                .hasMessageContaining("the string ReplicationTaskSettings is not JSON");
        assertThatThrownBy(() -> DmsTask.read(directory.resolve("nothing"), null))
                .hasMessageContaining("cannot be read");
    }

    private List<Finding> examine(ObjectNode description) throws IOException {
        return DmsExamination.of(DmsTask.read(write("d", description.toString()), null));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name + ".json"), text);
    }

    /** Settings as they are recommended. */
    private static ObjectNode good() throws IOException {
        ObjectNode settings = JSON.createObjectNode();
        for (JsonNode setting : resource().path("dms")) {
            String[] path = setting.path("name").asString().split("\\.", -1);
            settings.withObject("/" + path[0])
                    .set(
                            path[1],
                            setting.has("atLeast")
                                    ? setting.path("atLeast")
                                    : setting.path("value"));
        }
        return settings;
    }

    private static JsonNode resource() throws IOException {
        try (var in = Recommendations.class.getResourceAsStream("recommendations.json")) {
            return JSON.readTree(in);
        }
    }

    /** As {@code aws dms describe-replication-tasks} prints it. */
    private static ObjectNode description(ObjectNode settings, String mappings) {
        ObjectNode document = JSON.createObjectNode();
        document.putArray("ReplicationTasks")
                .addObject()
                .put("ReplicationTaskIdentifier", "shop")
                .put("MigrationType", "full-load-and-cdc")
                .put("Status", "running")
                .put("ReplicationTaskSettings", settings.toString())
                .put("TableMappings", mappings);
        return document;
    }

    private static ArrayNode rules() {
        return (ArrayNode) JSON.readTree(MAPPINGS).path("rules");
    }

    private static String without(int rule) {
        ArrayNode rules = rules();
        rules.remove(rule);
        return rules.toString();
    }

    private static String with(String rule) {
        return rules().add(JSON.readTree(rule)).toString();
    }

    private static String changed(int rule, String member) {
        String text = rules().get(rule).toString();
        ArrayNode rules = rules();
        rules.set(rule, JSON.readTree(text.substring(0, text.length() - 1) + ", " + member + "}"));
        return rules.toString();
    }
}
