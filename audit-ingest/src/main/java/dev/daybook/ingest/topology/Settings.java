package dev.daybook.ingest.topology;

import dev.daybook.domain.TableId;
import dev.daybook.ingest.IngestProperties;
import dev.daybook.ingest.dms.DmsFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the topology needs of the settings, in the types it works with.
 *
 * @param sources the sources by topic
 * @param keys configured keys by table
 */
record Settings(
        Map<String, Source> sources,
        Map<TableId, List<String>> keys,
        int maxRecordBytes,
        String entriesTopic,
        String transactionsTopic,
        String tablesTopic,
        String rejectedTopic) {

    Settings {
        sources = Map.copyOf(sources);
        keys = Map.copyOf(keys);
    }

    static Settings of(IngestProperties properties) {
        int maxRecordBytes = Math.toIntExact(properties.maxRecordBytes().toBytes());
        Map<String, Source> sources = new HashMap<>();
        properties.sources().forEach((name, source) -> sources.put(
                source.topic(),
                new Source(
                        name,
                        source.partitions(),
                        source.fullIdentity(),
                        new DmsFormat(
                                source.beforeImageMembers(),
                                source.beforeImagePrefix(),
                                TableId.parse(source.contextTable()),
                                maxRecordBytes))));
        Map<TableId, List<String>> keys = new HashMap<>();
        properties.keys().forEach((table, columns) -> keys.put(TableId.parse(table), List.copyOf(columns)));
        IngestProperties.Topics topics = properties.topics();
        return new Settings(
                sources,
                keys,
                maxRecordBytes,
                topics.entries().name(),
                topics.transactions().name(),
                topics.tables().name(),
                topics.rejected().name());
    }

    /** A source of changes. */
    record Source(String name, int partitions, boolean fullIdentity, DmsFormat format) {}
}
