package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import dev.daybook.contract.SinkSetting;
import dev.daybook.infra.capture.TableMappings;
import dev.daybook.infra.container.Sealer;
import dev.daybook.infra.container.Services;
import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.settings.PluginFile;
import dev.daybook.infra.settings.Settings;
import dev.daybook.infra.sink.SinkConnector;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this program calls things is what the applications call them: read from their own files, the
 * ingest's properties, the sink's settings and the contracts between the parts.
 */
class DefaultsTest {

    private static final String INGEST =
            read("audit-ingest/src/main/java/dev/daybook/ingest/IngestProperties.java");
    private static final String SINK =
            read("audit-contract/src/main/java/dev/daybook/contract/SinkSetting.java")
                    + read("audit-connect/src/main/java/dev/daybook/connect/sink/SinkConfig.java");
    private static final String SEGMENTS =
            read("audit-seal/src/main/java/dev/daybook/seal/SegmentsTopic.java");
    private static final String CONTRACTS = read("docs/reference/contracts.md");

    @Test
    void topicsAreCalledAsTheContractSays() {
        for (String topic :
                List.of(
                        Topics.ENTRIES,
                        Topics.TRANSACTIONS,
                        Topics.TABLES,
                        Topics.REJECTED,
                        Topics.SEGMENTS)) {
            assertThat(CONTRACTS).contains("| `" + topic + "`");
        }
        assertThat(CONTRACTS).contains("| `changes.<source>` |");
        assertThat(Topics.changes("<source>")).isEqualTo("changes.<source>");
    }

    @Test
    void topicsAreKeptAsLongAsTheIngestWould() {
        for (Topics.Definition topic : Topics.all("shop", sizes())) {
            String retention = topic.settings().get("retention.ms");
            if (topic.name().equals(Topics.SEGMENTS)) {
                assertThat(SEGMENTS).contains("RETENTION = Duration.ofDays(30);");
                assertThat(Long.parseLong(String.valueOf(retention)))
                        .isEqualTo(Duration.ofDays(30).toMillis());
            } else if (retention != null && !topic.name().startsWith("changes.")) {
                String type =
                        topic.name().substring(0, 1).toUpperCase(Locale.ROOT)
                                + topic.name().substring(1);
                String days = defaultOf(INGEST, "record " + type + "(", "Duration retention");
                assertThat(Long.parseLong(retention) / 86_400_000 + "d")
                        .as(topic.name())
                        .isEqualTo(days);
            }
        }
    }

    @Test
    void theGroupIsTheIngestsApplication() {
        assertThat(defaultOf(INGEST, "record IngestProperties(", "String applicationId"))
                .isEqualTo(Services.INGEST_GROUP);
    }

    @Test
    void theGroupOfTheChainIsTheIngests() {
        assertThat(
                        read(
                                "audit-ingest/src/main/java/dev/daybook/ingest/topology/ChainFollower.java"))
                .contains("applicationId, \"chain\", ");
        assertThat(
                        read(
                                "audit-ingest/src/main/java/dev/daybook/ingest/topology/TopicFollower.java"))
                .contains("this.group = applicationId + \"-\" + name;");
        assertThat(Services.CHAIN_GROUP).isEqualTo(Services.INGEST_GROUP + "-chain");
        assertThat(springSettings("ingest", "ingest").keySet())
                .anyMatch(setting -> setting.endsWith(".follow-chain"));
        assertThat(Runs.dev().named("daybook-dev-services-ingest-task-policy").text("policy"))
                .contains("/" + Services.CHAIN_GROUP + "\"");
    }

    @Test
    void theIngestLooksForContextsWhereTheSourceHasThem() {
        assertThat(defaultOf(INGEST, "record Source(", "String contextTable"))
                .isEqualTo(TableMappings.CONTEXT_SCHEMA + "." + TableMappings.CONTEXT_TABLE);
    }

    @Test
    void theIngestKnowsEverySettingItIsGiven() {
        JsonObject settings = springSettings("ingest", "ingest");
        List<String> ours = new ArrayList<>();
        for (String key : settings.keySet()) {
            if (key.startsWith("daybook.ingest.")) {
                ours.add(camel(key.substring(key.lastIndexOf('.') + 1)));
            } else {
                assertThat(key).startsWith("spring.kafka.");
            }
        }
        assertThat(ours).isNotEmpty();
        for (String setting : ours) {
            assertThat(INGEST).containsPattern("\\b" + setting + "[,)]");
        }
    }

    @Test
    void theSinkKnowsEverySettingItIsGiven() {
        Declared connector = Runs.prod().named("daybook-prod-sink-connector");
        JsonObject known = new JsonObject();
        for (Field setting : SinkSetting.class.getFields()) {
            try {
                known.addProperty((String) setting.get(null), true);
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        // Connect's own, and the one that is there only to change.
        for (String key :
                List.of(
                        "connector.class",
                        "tasks.max",
                        "topics",
                        "key.converter",
                        "value.converter",
                        "database.password.version")) {
            known.addProperty(key, true);
        }
        assertThat(
                        Declared.plain(connector.at("connectorConfiguration").orElseThrow())
                                .getStructValue()
                                .getFieldsMap()
                                .keySet()
                                .stream()
                                // What Kafka's own clients are told is theirs to know.
                                .map(key -> key.replaceFirst("^(segments\\.producer\\.).*", "$1")))
                .isSubsetOf(known.keySet());
        assertThat(SINK).contains("\"" + SinkConnector.WRITER + "\"");
        assertThat(CONTRACTS).contains(SinkSetting.CONNECTOR);
        assertThat(CONTRACTS)
                .contains(
                        "Both connectors are used with `StringConverter` keys and `ByteArrayConverter` values.");
    }

    @Test
    void theWorkerReadsPasswordsWithWhatThePluginHas() {
        assertThat(
                        read(
                                "audit-connect-aws/src/main/resources/META-INF/services/org.apache.kafka.common.config.provider.ConfigProvider"))
                .isEqualTo(PluginFile.CONFIG_PROVIDER + "\n");
        assertThat(
                        new String(
                                Base64.getDecoder()
                                        .decode(
                                                Runs.prod()
                                                        .named("daybook-prod-sink-workers")
                                                        .text("propertiesFileContent")),
                                StandardCharsets.UTF_8))
                .contains("config.providers.secretsmanager.class=" + PluginFile.CONFIG_PROVIDER);
    }

    @Test
    void theMigrationsKnowEverySettingTheyAreGiven() {
        String settings =
                read("audit-migrations/src/main/java/dev/daybook/migrations/Settings.java");
        String commands =
                read("audit-migrations/src/main/java/dev/daybook/migrations/Migrations.java");
        for (String task : List.of("migrations", "preparation")) {
            JsonObject container =
                    JsonParser.parseString(
                                    Runs.dev()
                                            .named("daybook-dev-" + task + "-task-definition")
                                            .text("containerDefinitions"))
                            .getAsJsonArray()
                            .get(0)
                            .getAsJsonObject();
            List<String> given = new ArrayList<>();
            for (String kind : List.of("environment", "secrets")) {
                container
                        .getAsJsonArray(kind)
                        .forEach(it -> given.add(it.getAsJsonObject().get("name").getAsString()));
            }
            assertThat(given).contains("DAYBOOK_DATABASE_URL", "DAYBOOK_DATABASE_PASSWORD");
            for (String name : given) {
                assertThat(settings).contains("\"" + name + "\"");
            }
            String command = container.getAsJsonArray("command").get(0).getAsString();
            assertThat(commands).contains("case \"" + command + "\"");
        }
    }

    @Test
    void rolesAreTheMigrations() {
        String migrations = read("db/migrations/V1__audit_log.sql");

        assertThat(migrations)
                .contains("'" + SinkConnector.WRITER + "'", "'" + Services.READER + "'");
        assertThat(CONTRACTS)
                .contains("`" + SinkConnector.WRITER + "`", "`" + Services.READER + "`");
    }

    @Test
    void theSealerKnowsEverySettingItIsGiven() {
        String settings =
                read("audit-seal/src/main/java/dev/daybook/seal/SealerEnvironment.java")
                        + read("audit-seal/src/main/java/dev/daybook/seal/Anchors.java");
        JsonObject container = container("daybook-prod-sealer-task-definition");
        List<String> given = new ArrayList<>();
        for (String kind : List.of("environment", "secrets")) {
            container
                    .getAsJsonArray(kind)
                    .forEach(it -> given.add(it.getAsJsonObject().get("name").getAsString()));
        }
        assertThat(given)
                .contains("DAYBOOK_SEALER_LOG", "DAYBOOK_SEALER_SEED", "DAYBOOK_DATABASE_URL");
        for (String name : given) {
            if (!name.matches("AWS_REGION|KAFKA_(BOOTSTRAP|SECURITY|SASL)_.*")) {
                assertThat(settings).contains("\"" + name + "\"");
            }
        }
        assertThat(settings).contains("\"" + Sealer.ROLE + "\"");
        assertThat(read("db/migrations/V17__sealer.sql")).contains(Sealer.ROLE);
    }

    /** The alarms look for messages, which are written elsewhere. */
    @Test
    void theSealerWritesTheMessagesThatAlarmsLookFor() {
        String sealer =
                read("audit-seal/src/main/java/dev/daybook/seal/Sealer.java")
                        + read("audit-seal/src/main/java/dev/daybook/seal/Anchoring.java")
                        + read(
                                "audit-seal/src/main/java/dev/daybook/seal/ScheduledVerification.java");
        List<String> looked = new ArrayList<>();
        for (String alarm : List.of("log-broken", "log-unverified", "not-sealed", "not-anchored")) {
            Matcher words =
                    Pattern.compile("\"([^\"]+)\"")
                            .matcher(
                                    Runs.prod()
                                            .named("daybook-prod-monitoring-" + alarm + "-filter")
                                            .text("pattern"));
            while (words.find()) {
                looked.add(words.group(1));
            }
        }
        assertThat(looked).hasSize(5);
        for (String words : looked) {
            assertThat(sealer).contains(words.replaceFirst(": (BROKEN|INCONCLUSIVE)$", ": {}"));
        }
        assertThat(read("audit-seal/src/main/java/dev/daybook/seal/Report.java"))
                .contains("BROKEN", "INCONCLUSIVE");
    }

    @Test
    void theContextTableIsTheSources() {
        assertThat(read("db/source/prepare.sql"))
                .contains(
                        "CREATE TABLE IF NOT EXISTS "
                                + TableMappings.CONTEXT_SCHEMA
                                + "."
                                + TableMappings.CONTEXT_TABLE);
    }

    private static JsonObject container(String definition) {
        return JsonParser.parseString(Runs.prod().named(definition).text("containerDefinitions"))
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
    }

    /** The settings a container is given as Spring reads them. */
    private static JsonObject springSettings(String task, String container) {
        for (var element :
                JsonParser.parseString(
                                Runs.prod()
                                        .named("daybook-prod-services-" + task + "-definition")
                                        .text("containerDefinitions"))
                        .getAsJsonArray()) {
            if (element.getAsJsonObject().get("name").getAsString().equals(container)) {
                for (var variable : element.getAsJsonObject().getAsJsonArray("environment")) {
                    if (variable.getAsJsonObject()
                            .get("name")
                            .getAsString()
                            .equals("SPRING_APPLICATION_JSON")) {
                        return JsonParser.parseString(
                                        variable.getAsJsonObject().get("value").getAsString())
                                .getAsJsonObject();
                    }
                }
            }
        }
        throw new AssertionError(container + " has no settings.");
    }

    private static Settings.Kafka sizes() {
        return new Settings.Kafka("3.9.x", "kafka.m7g.large", 100, 4, 8, 1 << 20);
    }

    /** The value of a component's @DefaultValue in a record of a properties class. */
    private static String defaultOf(String source, String record, String component) {
        int start = source.indexOf(record);
        assertThat(start).as("%s is there", record).isNotNegative();
        Matcher matcher =
                Pattern.compile(
                                "@DefaultValue\\(\"([^\"]*)\"\\)\\s+"
                                        + Pattern.quote(component)
                                        + "\\b")
                        .matcher(source.substring(start));
        assertThat(matcher.find()).as("%s has a default for %s", record, component).isTrue();
        return matcher.group(1);
    }

    private static String camel(String kebab) {
        StringBuilder camel = new StringBuilder();
        for (String word : kebab.split("-", -1)) {
            camel.append(
                    camel.isEmpty()
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return camel.toString();
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of("..").resolve(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
