package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import dev.daybook.infra.kafka.Topics;
import dev.daybook.infra.settings.Settings;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What the doctor recommends is what this program deploys. */
class RecommendationsTest {

    /**
     * Sizes, which everyone chooses for themselves; and what has no bearing on what is recorded.
     */
    private static final Set<String> CHOSEN =
            Set.of(
                    "TargetMetadata.ParallelApplyThreads",
                    "FullLoadSettings.MaxFullLoadSubTasks",
                    "FullLoadSettings.TransactionConsistencyTimeout",
                    "ChangeProcessingTuning.MemoryLimitTotal",
                    "ChangeProcessingTuning.MemoryKeepTime",
                    "ChangeProcessingTuning.StatementCacheSize",
                    "ErrorBehavior.RecoverableErrorInterval",
                    "ErrorBehavior.RecoverableErrorThrottling",
                    "ErrorBehavior.RecoverableErrorThrottlingMax");

    private static final JsonObject RECOMMENDED = read();

    private static final JsonObject DEPLOYED =
            JsonParser.parseString(
                            Runs.prod()
                                    .named("daybook-prod-capture-task")
                                    .text("replicationTaskSettings"))
                    .getAsJsonObject();

    @Test
    void everySettingThatIsRecommendedIsDeployed() {
        for (JsonElement element : RECOMMENDED.getAsJsonArray("dms")) {
            JsonObject recommended = element.getAsJsonObject();
            String name = recommended.get("name").getAsString();
            String[] path = name.split("\\.", -1);
            JsonElement deployed = DEPLOYED.getAsJsonObject(path[0]).get(path[1]);
            if (recommended.has("atLeast")) {
                assertThat(deployed.getAsLong())
                        .as(name)
                        .isGreaterThanOrEqualTo(recommended.get("atLeast").getAsLong());
            } else {
                assertThat(deployed).as(name).isEqualTo(recommended.get("value"));
            }
        }
    }

    @Test
    void everySettingThatIsDeployedIsRecommendedOrAMatterOfSize() {
        Set<String> recommended = new TreeSet<>(CHOSEN);
        RECOMMENDED
                .getAsJsonArray("dms")
                .forEach(
                        setting ->
                                assertThat(
                                                recommended.add(
                                                        setting.getAsJsonObject()
                                                                .get("name")
                                                                .getAsString()))
                                        .isTrue());
        Set<String> deployed = new TreeSet<>();
        DEPLOYED.entrySet()
                .forEach(
                        section ->
                                section.getValue()
                                        .getAsJsonObject()
                                        .keySet()
                                        .forEach(
                                                name ->
                                                        deployed.add(
                                                                section.getKey() + "." + name)));
        assertThat(recommended).isEqualTo(deployed);
    }

    @Test
    void topicsAreDeployedAsTheyAreRecommended() {
        JsonObject kafka = RECOMMENDED.getAsJsonObject("kafka");
        int maxMessageBytes = kafka.get("maxMessageBytes").getAsInt();
        Map<String, Topics.Definition> deployed = new java.util.HashMap<>();
        Topics.all(
                        "shop",
                        new Settings.Kafka("3.9.x", "kafka.m7g.large", 200, 4, 8, maxMessageBytes))
                .forEach(
                        topic ->
                                deployed.put(
                                        topic.name().startsWith("changes.")
                                                ? "changes"
                                                : topic.name(),
                                        topic));
        // The doctor examines what the log is made of; this one is the sealer's.
        assertThat(deployed.remove("segments")).isNotNull();
        assertThat(RECOMMENDED.getAsJsonArray("topics")).hasSameSizeAs(deployed.keySet());
        for (JsonElement element : RECOMMENDED.getAsJsonArray("topics")) {
            JsonObject recommended = element.getAsJsonObject();
            Topics.Definition topic = deployed.get(recommended.get("role").getAsString());
            assertThat(topic.settings())
                    .containsEntry("cleanup.policy", recommended.get("cleanup").getAsString());
            if (recommended.has("retentionDays")) {
                assertThat(topic.settings())
                        .containsEntry(
                                "retention.ms",
                                Long.toString(
                                        Duration.ofDays(
                                                        recommended
                                                                .get("retentionDays")
                                                                .getAsLong())
                                                .toMillis()));
            }
            // An entry is a little larger than the change it is made of.
            assertThat(Integer.parseInt(topic.settings().get("max.message.bytes")))
                    .isBetween(maxMessageBytes, maxMessageBytes + 256 * 1024);
            if (recommended.has("partitions")) {
                assertThat(topic.partitions()).isEqualTo(recommended.get("partitions").getAsInt());
            }
        }
        String broker = Runs.prod().one("msk/configuration:Configuration").text("serverProperties");
        assertThat(broker)
                .contains(
                        "message.max.bytes=" + maxMessageBytes + "\n",
                        "default.replication.factor="
                                + kafka.get("replicationFactor").getAsInt()
                                + "\n",
                        "min.insync.replicas=" + kafka.get("minInsyncReplicas").getAsInt() + "\n");
    }

    private static JsonObject read() {
        Path file =
                Path.of("../audit-local/src/main/resources/dev/daybook/local/doctor")
                        .resolve("recommendations.json");
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
