package dev.daybook.local.pipeline;

import dev.daybook.contract.Topic;
import dev.daybook.local.kafka.KafkaBroker;
import dev.daybook.local.postgres.DatabaseUrl;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Sets up the ingest for one machine: the Spring properties that differ from its defaults. */
final class IngestSettings {

    private IngestSettings() {}

    /**
     * Returns the settings of the ingest.
     *
     * @param audit the audit database, as the role that reads it: rejected records are replayed
     */
    static Map<String, Object> of(
            String source, KafkaBroker broker, DatabaseUrl audit, int port, Path state) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.address", "127.0.0.1");
        settings.put("server.port", port);
        settings.put("management.endpoint.health.show-details", "when-authorized");
        String changes = "daybook.ingest.sources." + source;
        settings.put(changes + ".topic", Topic.changesOf(source));
        settings.put(changes + ".partitions", LocalPipeline.CHANGES_PARTITIONS);
        settings.put("daybook.ingest.topics.entries.partitions", LocalPipeline.ENTRIES_PARTITIONS);
        settings.put("daybook.ingest.linger", KafkaBroker.LINGER);
        settings.put("daybook.ingest.max-record-bytes", KafkaBroker.MAX_MESSAGE_BYTES + "B");
        // Resumes at once after a kill, rather than when the former session has expired.
        settings.put("daybook.ingest.instance-id", "local");
        settings.put("spring.kafka.properties.session.timeout.ms", "10000");
        // The WAL source connector names the keys in each record: no record waits for definitions.
        settings.put("daybook.ingest.definition-wait", "0s");
        settings.put("daybook.ingest.replay.url", audit.jdbcUrl());
        settings.put("daybook.ingest.replay.user", audit.user());
        settings.put("daybook.ingest.replay.password", audit.password());
        settings.put("daybook.ingest.state-dir", state.toString());
        broker.clientSettings()
                .forEach(
                        (name, value) ->
                                settings.put(
                                        name.equals("bootstrap.servers")
                                                ? "spring.kafka.bootstrap-servers"
                                                : "spring.kafka.properties." + name,
                                        value));
        return settings;
    }
}
