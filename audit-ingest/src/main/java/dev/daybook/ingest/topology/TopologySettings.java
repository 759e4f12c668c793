package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.domain.ActorColumns;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.Redaction;
import dev.daybook.ingest.IngestProperties;
import dev.daybook.ingest.Secret;
import dev.daybook.ingest.change.WireFormat;
import dev.daybook.ingest.debezium.DebeziumFormat;
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
 * @param patterns the sources whose topics a regular expression names, by that expression
 * @param keys configured keys by table
 * @param largestMessage what topics and producer let through
 */
record TopologySettings(
        Map<String, Source> sources,
        Map<String, Source> patterns,
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
        patterns = Map.copyOf(patterns);
        keys = Map.copyOf(keys);
        actorColumns = List.copyOf(actorColumns);
        redactionRules = List.copyOf(redactionRules);
    }

    static TopologySettings of(IngestProperties properties) {
        int maxRecordBytes = Math.toIntExact(properties.maxRecordBytes().toBytes());
        Map<String, Source> sources = new HashMap<>();
        Map<String, Source> patterns = new HashMap<>();
        properties
                .sources()
                .forEach(
                        (name, source) -> {
                            Source settings = Source.of(name, source, maxRecordBytes);
                            if (source.topicPattern().isEmpty()) {
                                sources.put(source.topic(), settings);
                            } else {
                                patterns.put(source.topicPattern(), settings);
                            }
                        });
        Map<TableName, List<String>> keys = new HashMap<>();
        properties
                .keys()
                .forEach(
                        (table, columns) -> keys.put(TableName.parse(table), List.copyOf(columns)));
        IngestProperties.Topics topics = properties.topics();
        return new TopologySettings(
                sources,
                patterns,
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

    /**
     * Returns how much of a rejected record is kept.
     *
     * @param table its table, or null if that is not known
     */
    Rejection.Kept kept(@Nullable TableName table) {
        return Redaction.mayTouch(redactionRules, table)
                ? Rejection.Kept.NOTHING
                : rejectedValues ? Rejection.Kept.ALL : Rejection.Kept.NO_VALUE;
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
                                                        tables,
                                                        new NamePattern(column),
                                                        action,
                                                        rule.name())));
            }
        }
        return rules;
    }

    /** Returns the source of a topic, or null if it is no source's, or that of several patterns. */
    @Nullable Source source(String topic) {
        Source named = sources.get(topic);
        if (named != null) {
            return named;
        }
        List<Source> matching =
                patterns.entrySet().stream()
                        .filter(pattern -> topic.matches(pattern.getKey()))
                        .map(Map.Entry::getValue)
                        .toList();
        return matching.size() == 1 ? matching.getFirst() : null;
    }

    /** Returns whether changes may come whose table something else has to define. */
    boolean awaitsDefinitions() {
        return definitionWait.isPositive()
                && sources.values().stream().anyMatch(source -> source.debezium() == null);
    }

    /**
     * A source of changes.
     *
     * @param dms how its records are read in DMS's format
     * @param debezium how its records are read, if they are Debezium's; null if they are not
     */
    record Source(
            String name,
            int partitions,
            boolean fullIdentity,
            DmsFormat dms,
            @Nullable DebeziumFormat debezium) {

        /** A source in DMS's format. */
        Source(String name, int partitions, boolean fullIdentity, DmsFormat dms) {
            this(name, partitions, fullIdentity, dms, null);
        }

        private static Source of(String name, IngestProperties.Source source, int maxRecordBytes) {
            TableName contextTable = TableName.parse(source.contextTable());
            return new Source(
                    name,
                    source.partitions(),
                    source.fullIdentity(),
                    new DmsFormat(
                            source.beforeImageMembers(),
                            source.beforeImagePrefix(),
                            contextTable,
                            source.controlSchema(),
                            maxRecordBytes),
                    source.format() == WireFormat.DEBEZIUM
                            ? new DebeziumFormat(
                                    source.unavailableValue(),
                                    contextTable,
                                    source.fullIdentity(),
                                    maxRecordBytes)
                            : null);
        }
    }
}
