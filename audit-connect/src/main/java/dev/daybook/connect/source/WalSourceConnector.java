package dev.daybook.connect.source;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

import java.util.List;
import java.util.Map;

/**
 * Captures a PostgreSQL database's changes from its WAL and writes them as AWS DMS would
 * (docs/reference/contracts.md). One task per source: a replication slot has one reader.
 */
public final class WalSourceConnector extends SourceConnector {

    private Map<String, String> settings = Map.of();

    @Override
    public void start(Map<String, String> properties) {
        settings = Map.copyOf(properties);
        // Wrong settings are said here, before a task is made of them.
        new WalSourceConfig(settings);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return WalSourceTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return List.of(settings);
    }

    @Override
    public void stop() {}

    @Override
    public ConfigDef config() {
        return WalSourceConfig.DEFINITION;
    }

    @Override
    public String version() {
        return Version.text();
    }
}
