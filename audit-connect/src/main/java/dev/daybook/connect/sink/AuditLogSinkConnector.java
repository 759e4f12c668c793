package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the topics entries, transactions and rejected to the audit database.
 *
 * <p>Keys are strings or bytes, values bytes: {@code StringConverter} and {@code
 * ByteArrayConverter}.
 */
public final class AuditLogSinkConnector extends SinkConnector {

    private Map<String, String> settings = Map.of();

    @Override
    public void start(Map<String, String> settings) {
        new SinkConfig(settings).sinkName();
        this.settings = new HashMap<>(settings);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return AuditLogSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        List<Map<String, String>> tasks = new ArrayList<>();
        for (int i = 0; i < maxTasks; i++) {
            Map<String, String> task = new HashMap<>(settings);
            task.put(SinkConfig.TASK_NUMBER, Integer.toString(i));
            tasks.add(task);
        }
        return tasks;
    }

    /**
     * Makes {@code PATCH} and {@code DELETE /connectors/<name>/offsets} work on the offsets that
     * count, which are the database's. Reading again is harmless: an entry that is stored already
     * is left out.
     */
    @Override
    public boolean alterOffsets(
            Map<String, String> settings, Map<TopicPartition, @Nullable Long> offsets) {
        SinkConfig config = new SinkConfig(settings);
        Clock clock = Clock.systemUTC();
        try (AuditWriter writer = new AuditWriter(config, new Rejections(clock), clock, null)) {
            writer.alter(offsets);
            return true;
        } catch (SQLException e) {
            throw new ConnectException(
                    "The offsets in audit.sink_offset cannot be changed: " + e.getMessage(), e);
        }
    }

    @Override
    public void stop() {
        settings = Map.of();
    }

    @Override
    public ConfigDef config() {
        return SinkConfig.DEFINITION;
    }

    @Override
    public String version() {
        return SinkVersion.text();
    }
}
