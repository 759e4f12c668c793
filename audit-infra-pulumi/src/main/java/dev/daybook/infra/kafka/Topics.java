package dev.daybook.infra.kafka;

import dev.daybook.contract.Topic;
import dev.daybook.infra.settings.Settings;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lists the topics of the pipeline. They are made before anything uses them, and the cluster makes
 * none by itself.
 */
public final class Topics {

    public static final String ENTRIES = Topic.ENTRIES.defaultName();
    public static final String TRANSACTIONS = Topic.TRANSACTIONS.defaultName();
    public static final String TABLES = Topic.TABLES.defaultName();
    public static final String REJECTED = Topic.REJECTED.defaultName();
    public static final String SEGMENTS = Topic.SEGMENTS.defaultName();

    /** How long the sealer may stand still before what it has not read is lost. */
    private static final Duration UNSEALED = Duration.ofDays(30);

    /** How much larger an entry may be than the change it is made of, as the ingest has it. */
    private static final int LARGER = 256 * 1024;

    private Topics() {}

    /** How long changes and entries are kept for those who read them. */
    public static final Duration RETENTION = Duration.ofDays(7);

    /** Returns the topic that a source's changes come in. */
    public static String changes(String source) {
        return Topic.changesOf(source);
    }

    /**
     * A topic as it is made.
     *
     * @param name what it is called
     * @param partitions how many
     * @param partitionsKey the setting that says so, or empty where there is a single one
     * @param settings how it differs from the cluster's defaults
     */
    public record Definition(
            String name,
            int partitions,
            Optional<String> partitionsKey,
            Map<String, String> settings) {}

    /**
     * Returns all of them.
     *
     * @param source the source's name
     * @param kafka sizes
     */
    public static List<Definition> all(String source, Settings.Kafka kafka) {
        Optional<String> changes = Optional.of("daybook:changesPartitions");
        Optional<String> entries = Optional.of("daybook:entriesPartitions");
        int largestChange = kafka.maxMessageBytes();
        int largest = largestChange + LARGER;
        return List.of(
                // Changes are kept long enough to read them all again after a fault is found.
                deleting(
                        changes(source),
                        kafka.changesPartitions(),
                        changes,
                        RETENTION,
                        largestChange),
                deleting(ENTRIES, kafka.entriesPartitions(), entries, RETENTION, largest),
                deleting(TRANSACTIONS, kafka.entriesPartitions(), entries, RETENTION, largest),
                compacted(TABLES, largest),
                deleting(REJECTED, 1, Optional.empty(), Duration.ofDays(30), largest),
                // One partition: the sealer reads in the order in which sinks told.
                deleting(SEGMENTS, 1, Optional.empty(), UNSEALED, largest));
    }

    private static Definition deleting(
            String name, int partitions, Optional<String> key, Duration retention, int largest) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cleanup.policy", "delete");
        settings.put("retention.ms", Long.toString(retention.toMillis()));
        settings.put("max.message.bytes", Integer.toString(largest));
        return new Definition(name, partitions, key, settings);
    }

    private static Definition compacted(String name, int largest) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cleanup.policy", "compact");
        settings.put("max.message.bytes", Integer.toString(largest));
        return new Definition(name, 1, Optional.empty(), settings);
    }
}
