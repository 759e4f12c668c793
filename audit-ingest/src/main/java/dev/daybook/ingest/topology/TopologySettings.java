package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.domain.ActorColumns;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.Redaction;
import dev.daybook.ingest.IngestProperties;
import dev.daybook.ingest.Secret;
import dev.daybook.ingest.dms.DmsFormat;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds what the topology needs of the settings, in the types it works with.
 *
 * @param sources the sources by topic
 * @param keys configured keys by table
 * @param largestMessage what topics and producer let through
 */
record TopologySettings(
        Map<String, Source> sources,
        Map<TableName, List<String>> keys,
        Duration definitionWait,
        List<ActorColumns.Column> actorColumns,
        List<Redaction.Rule> redactionRules,
        @Nullable Secret redactionKey,
        boolean rejectedValues,
        int largestMessage,
        String entriesTopic,
        String transactionsTopic,
        String tablesTopic,
        String rejectedTopic) {

    TopologySettings {
        sources = Map.copyOf(sources);
        keys = Map.copyOf(keys);
        actorColumns = List.copyOf(actorColumns);
        redactionRules = List.copyOf(redactionRules);
    }

    static TopologySettings of(IngestProperties properties) {
        int maxRecordBytes = Math.toIntExact(properties.maxRecordBytes().toBytes());
        Map<String, Source> sources = new HashMap<>();
        properties
                .sources()
                .forEach(
                        (name, source) ->
                                sources.put(
                                        source.topic(),
                                        new Source(
                                                name,
                                                source.partitions(),
                                                source.fullIdentity(),
                                                new DmsFormat(
                                                        source.beforeImageMembers(),
                                                        source.beforeImagePrefix(),
                                                        TableName.parse(source.contextTable()),
                                                        source.controlSchema(),
                                                        maxRecordBytes))));
        Map<TableName, List<String>> keys = new HashMap<>();
        properties
                .keys()
                .forEach(
                        (table, columns) -> keys.put(TableName.parse(table), List.copyOf(columns)));
        IngestProperties.Topics topics = properties.topics();
        return new TopologySettings(
                sources,
                keys,
                properties.definitionWait(),
                properties.actorColumns().stream().map(ActorColumns.Column::parse).toList(),
                redactionRules(properties),
                properties.redactionKey(),
                properties.rejectedValues(),
                TopicCreation.largestMessage(properties),
                topics.entries().name(),
                topics.transactions().name(),
                topics.tables().name(),
                topics.rejected().name());
    }

    /** Returns redaction as the settings say; one for each thread. */
    Redaction redaction() {
        return new Redaction(
                redactionRules,
                redactionKey == null
                        ? null
                        : redactionKey.value().getBytes(StandardCharsets.UTF_8));
    }

    private static List<Redaction.Rule> redactionRules(IngestProperties properties) {
        List<Redaction.Rule> rules = new ArrayList<>();
        for (IngestProperties.RedactionRule rule : properties.redaction()) {
            Redaction.Action action = rule.action();
            if (action != null) {
                NamePattern tables = new NamePattern(rule.tables());
                rule.columns()
                        .forEach(
                                column ->
                                        rules.add(
                                                new Redaction.Rule(
                                                        tables, new NamePattern(column), action)));
            }
        }
        return rules;
    }

    /** A source of changes. */
    record Source(String name, int partitions, boolean fullIdentity, DmsFormat format) {}
}
