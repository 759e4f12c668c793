package dev.daybook.local.pipeline;

import dev.daybook.contract.Topic;
import dev.daybook.local.postgres.DatabaseUrl;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Sets up the two connectors for one machine. */
final class ConnectorSettings {

    private ConnectorSettings() {}

    /** Returns the settings of the audit log sink. */
    static Map<String, String> sink(DatabaseUrl audit) {
        Map<String, String> settings = login(audit);
        settings.put("connector.class", "dev.daybook.connect.sink.AuditLogSinkConnector");
        settings.put(
                "topics",
                Stream.of(Topic.ENTRIES, Topic.TRANSACTIONS, Topic.REJECTED)
                        .map(Topic::defaultName)
                        .collect(Collectors.joining(",")));
        settings.put("entries.partitions", Integer.toString(LocalPipeline.ENTRIES_PARTITIONS));
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
        Map<String, String> settings = login(capture);
        settings.put("connector.class", "dev.daybook.connect.source.WalSourceConnector");
        settings.put("source.name", source);
        settings.put("topic", Topic.changesOf(source));
        settings.put("topic.partitions", Integer.toString(LocalPipeline.CHANGES_PARTITIONS));
        settings.put("rejected.topic", Topic.REJECTED.defaultName());
        settings.put("tables", tables);
        return settings;
    }

    private static Map<String, String> login(DatabaseUrl database) {
        Map<String, String> settings = new HashMap<>();
        settings.put("tasks.max", "1");
        settings.put("database.url", database.jdbcUrl());
        settings.put("database.user", database.user());
        settings.put("database.password", database.password());
        return settings;
    }
}
