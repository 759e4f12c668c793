package dev.daybook.infra.kafka;

import dev.daybook.infra.settings.Settings;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The topics of the pipeline. Names are the applications' own defaults, which {@code DefaultsTest}
 * holds them to; they are made before anything uses them, and the cluster makes none by itself.
 */
public final class Topics {

    public static final String ENTRIES = "entries";
    public static final String TRANSACTIONS = "transactions";
    public static final String TABLES = "tables";
    public static final String REJECTED = "rejected";

    private Topics() {}

    /** How long changes and entries are kept for those who read them. */
    public static final Duration RETENTION = Duration.ofDays(7);

    /** The topic that a source's changes come in. */
    public static String changes(String source) {
        return "changes." + source;
    }

    /**
     * A topic.
     *
     * @param name what it is called
     * @param partitions how many
     * @param settings how it differs from the cluster's defaults
     */
    public record Topic(String name, int partitions, Map<String, String> settings) {}

    /**
     * All of them.
     *
     * @param source the source's name
     * @param kafka sizes
     */
    public static List<Topic> all(String source, Settings.Kafka kafka) {
        return List.of(
                // Changes are kept long enough to read them all again after a fault is found.
                deleting(changes(source), kafka.changesPartitions(), RETENTION, kafka),
                deleting(ENTRIES, kafka.entriesPartitions(), RETENTION, kafka),
                deleting(TRANSACTIONS, kafka.entriesPartitions(), RETENTION, kafka),
                new Topic(TABLES, 1, Map.of("cleanup.policy", "compact")),
                deleting(REJECTED, 1, Duration.ofDays(30), kafka));
    }

    private static Topic deleting(
            String name, int partitions, Duration retention, Settings.Kafka kafka) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cleanup.policy", "delete");
        settings.put("retention.ms", Long.toString(retention.toMillis()));
        settings.put("max.message.bytes", Integer.toString(kafka.maxMessageBytes()));
        return new Topic(name, partitions, settings);
    }
}
