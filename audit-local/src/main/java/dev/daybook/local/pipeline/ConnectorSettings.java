package dev.daybook.local.pipeline;

import dev.daybook.contract.SinkSetting;
import dev.daybook.contract.SourceSetting;
import dev.daybook.contract.Topic;
import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Sets up the two connectors for one machine. */
final class ConnectorSettings {

    private ConnectorSettings() {}

    /**
     * Returns the settings of the audit log sink.
     *
     * @param source the source whose log it is
     * @param audit the database, as the role that writes
     * @param segments the settings of the producer of segments; null: what is stored is not sealed
     */
    static Map<String, String> sink(
            String source, DatabaseUrl audit, @Nullable Map<String, String> segments) {
        Map<String, String> settings = new HashMap<>();
        settings.put("tasks.max", "1");
        settings.put("connector.class", SinkSetting.CONNECTOR);
        settings.put(
                "topics",
                Stream.of(Topic.ENTRIES, Topic.TRANSACTIONS, Topic.REJECTED)
                        .map(Topic::defaultName)
                        .collect(Collectors.joining(",")));
        settings.put(
                SinkSetting.ENTRIES_PARTITIONS, Integer.toString(LocalPipeline.ENTRIES_PARTITIONS));
        settings.put(SinkSetting.SOURCES, source);
        settings.put(SinkSetting.DATABASE_URL, audit.jdbcUrl());
        settings.put(SinkSetting.DATABASE_USER, audit.user());
        settings.put(SinkSetting.DATABASE_PASSWORD, audit.password());
        if (segments != null) {
            settings.put(SinkSetting.SEAL, "true");
            segments.forEach(
                    (name, value) ->
                            settings.put(SinkSetting.SEGMENTS_PRODUCER_PREFIX + name, value));
        }
        return settings;
    }

    /**
     * Returns the settings of the WAL source.
     *
     * @param source the source's name in topics and entries
     * @param capture the database, as the role that captures
     * @param tables which tables
     */
    static Map<String, String> source(String source, DatabaseUrl capture, String tables) {
        Map<String, String> settings = new HashMap<>();
        settings.put("tasks.max", "1");
        settings.put("connector.class", SourceSetting.CONNECTOR);
        settings.put(SourceSetting.DATABASE_URL, capture.jdbcUrl());
        settings.put(SourceSetting.DATABASE_USER, capture.user());
        settings.put(SourceSetting.DATABASE_PASSWORD, capture.password());
        settings.put(SourceSetting.SOURCE_NAME, source);
        settings.put(SourceSetting.TOPIC, Topic.changesOf(source));
        settings.put(
                SourceSetting.TOPIC_PARTITIONS, Integer.toString(LocalPipeline.CHANGES_PARTITIONS));
        settings.put(SourceSetting.REJECTED_TOPIC, Topic.REJECTED.defaultName());
        settings.put(SourceSetting.TABLES, tables);
        return settings;
    }
}
