package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the doctor measures a deployment by: {@code recommendations.json}. The cloud program's tests
 * hold it to what the program deploys.
 *
 * @param settings of a DMS task
 * @param topics of the pipeline
 * @param replicationFactor of every topic, at least
 * @param minInsyncReplicas of every topic, at least
 * @param maxMessageBytes of every topic that records travel in, at least
 */
record Recommendations(
        List<Setting> settings,
        List<Topic> topics,
        int replicationFactor,
        int minInsyncReplicas,
        long maxMessageBytes) {

    /**
     * A setting of a DMS task.
     *
     * @param name section and setting, with a dot between
     * @param good the values that are right; empty where there is a least one instead
     * @param atLeast the least value that is right, or null
     * @param severity of another value
     * @param byDefault what DMS takes where the setting is missing; null where that is not
     *     documented
     * @param why half a sentence
     */
    record Setting(
            String name,
            List<String> good,
            @Nullable Long atLeast,
            Finding.Severity severity,
            @Nullable String byDefault,
            String why) {

        boolean accepts(String value) {
            if (atLeast == null) {
                return good.contains(value);
            }
            return value.matches("\\d{1,18}") && Long.parseLong(value) >= atLeast;
        }

        /** Returns the value to set, for a remedy. */
        String wanted() {
            return atLeast == null ? good.getFirst() : atLeast + " or more";
        }
    }

    /**
     * A topic.
     *
     * @param role what it is for: {@code changes}, {@code entries} and so on
     * @param cleanup its cleanup policy
     * @param retention how long records are kept; null where that is not a matter of time
     * @param partitions how many, exactly; null for any number
     */
    record Topic(
            String role,
            String cleanup,
            @Nullable Duration retention,
            @Nullable Integer partitions) {}

    static Recommendations read() {
        JsonNode document;
        try (InputStream in = Recommendations.class.getResourceAsStream("recommendations.json")) {
            if (in == null) {
                throw new IllegalStateException("The artifact lacks recommendations.json.");
            }
            document = JsonMapper.builder().build().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Setting> settings = new ArrayList<>();
        for (JsonNode node : document.path("dms")) {
            List<String> good = new ArrayList<>();
            if (node.has("value")) {
                good.add(node.path("value").asString());
            }
            node.path("alsoGood").forEach(value -> good.add(value.asString()));
            settings.add(
                    new Setting(
                            node.path("name").asString(),
                            List.copyOf(good),
                            node.has("atLeast") ? node.path("atLeast").asLong() : null,
                            Finding.Severity.valueOf(
                                    node.path("severity").asString().toUpperCase(Locale.ROOT)),
                            node.has("default") ? node.path("default").asString() : null,
                            node.path("why").asString()));
        }
        List<Topic> topics = new ArrayList<>();
        for (JsonNode node : document.path("topics")) {
            topics.add(
                    new Topic(
                            node.path("role").asString(),
                            node.path("cleanup").asString(),
                            node.has("retentionDays")
                                    ? Duration.ofDays(node.path("retentionDays").asLong())
                                    : null,
                            node.has("partitions") ? node.path("partitions").asInt() : null));
        }
        JsonNode kafka = document.path("kafka");
        return new Recommendations(
                List.copyOf(settings),
                List.copyOf(topics),
                kafka.path("replicationFactor").asInt(),
                kafka.path("minInsyncReplicas").asInt(),
                kafka.path("maxMessageBytes").asLong());
    }
}
