package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import dev.daybook.infra.capture.TableMappings;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The DMS task is what the ingest can read without loss, in words that DMS knows. */
class DmsSettingsTest {

    private static final JsonObject SETTINGS =
            JsonParser.parseString(
                            Runs.prod()
                                    .named("daybook-prod-capture-task")
                                    .text("replicationTaskSettings"))
                    .getAsJsonObject();

    @Test
    void theSettingsAreOnesThatDmsDocuments() {
        assertThat(faults(SETTINGS)).isEmpty();
    }

    @Test
    void aSettingThatDmsDoesNotKnowIsCaught() {
        JsonObject settings = SETTINGS.deepCopy();
        settings.getAsJsonObject("ErrorBehavior").addProperty("DataErrorPolicy", "STOP");
        settings.getAsJsonObject("TargetMetadata").addProperty("LobMaxsize", 32);
        settings.getAsJsonObject("FullLoadSettings").addProperty("MaxFullLoadSubTasks", 50);
        settings.addProperty("Speed", "fast");

        assertThat(faults(settings))
                .containsExactlyInAnyOrder(
                        "ErrorBehavior.DataErrorPolicy is \"STOP\"",
                        "TargetMetadata.LobMaxsize is not a setting",
                        "FullLoadSettings.MaxFullLoadSubTasks is 50",
                        "Speed is not a section");
    }

    @Test
    void whatCannotBeCarriedStopsTheTask() {
        JsonObject errors = SETTINGS.getAsJsonObject("ErrorBehavior");

        errors.entrySet().stream()
                .filter(setting -> setting.getKey().endsWith("Policy"))
                .forEach(
                        setting ->
                                assertThat(setting.getValue().getAsString())
                                        .as(setting.getKey())
                                        .isEqualTo("STOP_TASK"));
        assertThat(errors.get("FailOnNoTablesCaptured").getAsBoolean()).isTrue();
        assertThat(errors.get("ApplyErrorFailOnTruncationDdl").getAsBoolean()).isTrue();
        assertThat(
                        SETTINGS.getAsJsonObject("TargetMetadata")
                                .get("BatchApplyEnabled")
                                .getAsBoolean())
                .isFalse();
        assertThat(SETTINGS.getAsJsonObject("TargetMetadata").get("FullLobMode").getAsBoolean())
                .isFalse();
    }

    /** With less, ten minutes without brokers stop the task for good. */
    @Test
    void whatPassesByItselfIsRetriedForAMonth() {
        JsonObject errors = SETTINGS.getAsJsonObject("ErrorBehavior");

        assertThat(errors.get("RecoverableErrorStopRetryAfterThrottlingMax").getAsBoolean())
                .isFalse();
        assertThat(
                        errors.get("RecoverableErrorCount").getAsLong()
                                * errors.get("RecoverableErrorThrottlingMax").getAsLong())
                .isGreaterThan(30L * 86_400);
    }

    @Test
    void beforeImagesAreWhole() {
        JsonObject images = SETTINGS.getAsJsonObject("BeforeImageSettings");

        assertThat(images.get("EnableBeforeImage").getAsBoolean()).isTrue();
        assertThat(images.get("ColumnFilter").getAsString()).isEqualTo("all");
    }

    @Test
    void theTargetEndpointAsksForEverythingTheFormatCanCarry() {
        Declared target = Runs.prod().named("daybook-prod-capture-target");

        for (String flag :
                List.of(
                        "includeTransactionDetails",
                        "includePartitionValue",
                        "partitionIncludeSchemaTable",
                        "includeTableAlterOperations",
                        "includeControlDetails",
                        "includeNullAndEmpty")) {
            assertThat(target.yes("kafkaSettings." + flag)).as(flag).isTrue();
        }
        assertThat(target.text("kafkaSettings.messageFormat")).isEqualTo("json-unformatted");
        assertThat(target.text("kafkaSettings.saslMechanism")).isEqualTo("scram-sha-512");
        assertThat(target.text("kafkaSettings.topic")).isEqualTo("changes.shop");
        assertThat(target.secret("kafkaSettings.saslPassword") || target.secret("kafkaSettings"))
                .isTrue();
        assertThat(target.text("extraConnectionAttributes")).contains("useLargeIntegerValue=true");
    }

    @Test
    void aRecordFitsTheTopicAndTheBroker() {
        double endpoint =
                Runs.prod()
                        .named("daybook-prod-capture-target")
                        .number("kafkaSettings.messageMaxBytes");
        int lob = SETTINGS.getAsJsonObject("TargetMetadata").get("LobMaxSize").getAsInt() * 1024;
        String broker = Runs.prod().one("msk/configuration:Configuration").text("serverProperties");
        String topics =
                Runs.prod()
                        .named("daybook-prod-topics-task-definition")
                        .text("containerDefinitions");

        assertThat((double) lob).isLessThan(endpoint);
        assertThat(broker).contains("message.max.bytes=" + (long) endpoint + "\n");
        assertThat(topics).contains("max.message.bytes=" + (long) endpoint);
    }

    @Test
    void theSourceEndpointKeepsItsArtifactsToItself() {
        Declared source = Runs.prod().named("daybook-prod-capture-source");

        assertThat(source.text("postgresSettings.pluginName")).isEqualTo("test-decoding");
        assertThat(source.yes("postgresSettings.mapBooleanAsBoolean")).isTrue();
        assertThat(source.yes("postgresSettings.failTasksOnLobTruncation")).isTrue();
        assertThat(source.yes("postgresSettings.heartbeatEnable")).isTrue();
        assertThat(source.text("postgresSettings.heartbeatSchema")).isEqualTo("daybook_dms");
        assertThat(source.text("postgresSettings.ddlArtifactsSchema")).isEqualTo("daybook_dms");
        assertThat(excluded("daybook_dms", "awsdms_heartbeat")).isTrue();
        assertThat(excluded("public", "awsdms_ddl_audit")).isTrue();
        assertThat(excluded("public", "orders")).isFalse();
    }

    @Test
    void theMappingsAreRulesThatDmsKnows() {
        List<String> ids = new ArrayList<>();
        for (JsonElement element : rules()) {
            JsonObject rule = element.getAsJsonObject();
            assertThat(rule.keySet())
                    .containsExactlyInAnyOrder(
                            "rule-type", "rule-id", "rule-name", "object-locator", "rule-action");
            assertThat(rule.get("rule-type").getAsString()).isEqualTo("selection");
            assertThat(rule.get("rule-action").getAsString()).isIn("include", "exclude");
            assertThat(rule.getAsJsonObject("object-locator").keySet())
                    .containsExactlyInAnyOrder("schema-name", "table-name");
            ids.add(rule.get("rule-id").getAsString());
        }
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(included("public", "orders")).isTrue();
        assertThat(included("billing", "invoice")).isTrue();
        assertThat(included("daybook", "transaction_context")).isTrue();
        assertThat(included("daybook", "table_change")).isTrue();
        assertThat(included("hr", "salary")).isFalse();
    }

    @Test
    void underscoresAreMeantAsThemselves() {
        assertThat(TableMappings.mappings(List.of("my_app.order_line")))
                .contains("my[_]app", "order[_]line");
    }

    @Test
    void serverlessHasTheSameSettings() {
        Declared serverless = Runs.other().one("dms/replicationConfig:ReplicationConfig");

        assertThat(JsonParser.parseString(serverless.text("replicationSettings")))
                .isEqualTo(SETTINGS);
        assertThat(serverless.yes("startReplication")).isTrue();
        assertThat(Runs.prod().named("daybook-prod-capture-task").yes("startReplicationTask"))
                .isFalse();
    }

    // DMS's documentation, as a table
    // -----------------------------------------------------------------

    /** What each setting may be, read from the table beside this test. */
    private static final Map<String, String> DOCUMENTED = documented();

    private static Map<String, String> documented() {
        try (InputStream in = DmsSettingsTest.class.getResourceAsStream("/dms-task-settings.txt")) {
            Map<String, String> documented = new LinkedHashMap<>();
            assertThat(in).isNotNull();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(
                            line -> {
                                int space = line.indexOf(' ');
                                documented.put(
                                        line.substring(0, space), line.substring(space).strip());
                            });
            return documented;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> faults(JsonObject settings) {
        List<String> faults = new ArrayList<>();
        settings.entrySet()
                .forEach(
                        section -> {
                            String prefix = section.getKey() + ".";
                            if (DOCUMENTED.keySet().stream()
                                    .noneMatch(key -> key.startsWith(prefix))) {
                                faults.add(section.getKey() + " is not a section");
                                return;
                            }
                            section.getValue()
                                    .getAsJsonObject()
                                    .entrySet()
                                    .forEach(
                                            setting -> {
                                                String key = prefix + setting.getKey();
                                                String values = DOCUMENTED.get(key);
                                                if (values == null) {
                                                    faults.add(key + " is not a setting");
                                                } else if (!allowed(
                                                        values, setting.getValue().toString())) {
                                                    faults.add(key + " is " + setting.getValue());
                                                }
                                            });
                        });
        return faults;
    }

    private static boolean allowed(String values, String json) {
        if (values.equals("boolean")) {
            return json.equals("true") || json.equals("false");
        }
        if (values.equals("text")) {
            return json.startsWith("\"");
        }
        if (values.contains("..")) {
            long number = Long.parseLong(json);
            int dots = values.indexOf("..");
            return number >= Long.parseLong(values.substring(0, dots))
                    && number <= Long.parseLong(values.substring(dots + 2));
        }
        return List.of(values.split("\\|", -1)).contains(json.replace("\"", ""));
    }

    private static Iterable<JsonElement> rules() {
        return JsonParser.parseString(
                        Runs.prod().named("daybook-prod-capture-task").text("tableMappings"))
                .getAsJsonObject()
                .getAsJsonArray("rules");
    }

    private static boolean included(String schema, String table) {
        return matches("include", schema, table) && !excluded(schema, table);
    }

    private static boolean excluded(String schema, String table) {
        return matches("exclude", schema, table);
    }

    private static boolean matches(String action, String schema, String table) {
        for (JsonElement element : rules()) {
            JsonObject rule = element.getAsJsonObject();
            JsonObject locator = rule.getAsJsonObject("object-locator");
            if (rule.get("rule-action").getAsString().equals(action)
                    && like(locator.get("schema-name").getAsString(), schema)
                    && like(locator.get("table-name").getAsString(), table)) {
                return true;
            }
        }
        return false;
    }

    private static boolean like(String pattern, String name) {
        return name.matches(
                pattern.replace("[_]", "\u0001")
                        .replace("_", ".")
                        .replace("\u0001", "_")
                        .replace("%", ".*"));
    }
}
