package dev.daybook.ingest.topology;

import dev.daybook.contract.Topic;
import dev.daybook.domain.TableCatalog;

import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Lays the topology out: one processor between the change topics and the topics written, and the
 * topic of table definitions read back as a global store. Everything has a name, so that a later
 * version finds what an earlier one left.
 */
final class IngestTopology {

    static final String CHANGES = "changes";
    static final String DECODE = "decode";
    static final String ENTRIES = Topic.ENTRIES.defaultName();
    static final String WATERMARKS = "watermarks";
    static final String TRANSACTIONS = Topic.TRANSACTIONS.defaultName();
    static final String TABLES = Topic.TABLES.defaultName();
    static final String REJECTED = Topic.REJECTED.defaultName();

    /** The newest definition of each table, in every instance. */
    static final StoreHandle<KeyValueStore<String, byte[]>> TABLES_STORE =
            new StoreHandle<>(
                    "table-definitions",
                    Stores.keyValueStoreBuilder(
                                    Stores.inMemoryKeyValueStore("table-definitions"),
                                    Serdes.String(),
                                    Serdes.ByteArray())
                            .withLoggingDisabled());

    /** The records that wait, of one task. */
    static final StoreHandle<KeyValueStore<Bytes, byte[]>> PARKED_STORE =
            new StoreHandle<>(
                    "parked",
                    Stores.keyValueStoreBuilder(
                                    Stores.persistentKeyValueStore("parked"),
                                    Serdes.Bytes(),
                                    Serdes.ByteArray())
                            .withLoggingEnabled(Map.of())
                            .withCachingDisabled());

    static final String TABLES_SOURCE = "table-definitions-source";
    static final String TABLES_UPDATE = "table-definitions-update";

    private IngestTopology() {}

    static void addTo(
            Topology topology,
            TopologySettings settings,
            TableCatalog sourceCatalog,
            PartitionCounts partitionCounts,
            IngestMetrics metrics,
            Replays replays,
            Supplier<Originals> originals,
            Clock clock) {
        ByteArrayDeserializer bytesIn = new ByteArrayDeserializer();
        ByteArraySerializer bytesOut = new ByteArraySerializer();
        topology.addGlobalStore(
                TABLES_STORE.builder(),
                TABLES_SOURCE,
                new StringDeserializer(),
                bytesIn,
                settings.tablesTopic(),
                TABLES_UPDATE,
                StoreUpdate::new);
        if (settings.patterns().isEmpty()) {
            topology.addSource(
                    CHANGES, bytesIn, bytesIn, settings.sources().keySet().toArray(String[]::new));
        } else {
            topology.addSource(CHANGES, bytesIn, bytesIn, everyTopic(settings));
        }
        topology.addProcessor(
                DECODE,
                () ->
                        new ChangeProcessor(
                                settings,
                                sourceCatalog,
                                partitionCounts,
                                metrics,
                                replays,
                                originals.get(),
                                clock),
                CHANGES);
        if (settings.awaitsDefinitions()) {
            topology.addStateStore(PARKED_STORE.builder(), DECODE);
        }
        topology.addSink(ENTRIES, settings.entriesTopic(), bytesOut, bytesOut, DECODE);
        topology.addSink(
                WATERMARKS, settings.entriesTopic(), bytesOut, bytesOut, everyPartition(), DECODE);
        topology.addSink(TRANSACTIONS, settings.transactionsTopic(), bytesOut, bytesOut, DECODE);
        topology.addSink(TABLES, settings.tablesTopic(), bytesOut, bytesOut, DECODE);
        topology.addSink(REJECTED, settings.rejectedTopic(), bytesOut, bytesOut, DECODE);
    }

    /** Returns one pattern of all topics: Kafka Streams takes no topic from two of them. */
    private static Pattern everyTopic(TopologySettings settings) {
        return Pattern.compile(
                Stream.concat(
                                settings.sources().keySet().stream().map(Pattern::quote),
                                settings.patterns().keySet().stream())
                        .map(pattern -> "(?:" + pattern + ")")
                        .sorted()
                        .collect(Collectors.joining("|")));
    }

    /**
     * Writes one record into every partition. Its producer is the one that wrote the entries before
     * it and is idempotent, so each partition gets it after its entries.
     */
    private static StreamPartitioner<byte[], byte[]> everyPartition() {
        return (topic, key, value, partitions) ->
                Optional.of(
                        IntStream.range(0, partitions)
                                .boxed()
                                .collect(Collectors.toUnmodifiableSet()));
    }

    /** Keeps the newest definition of each table. */
    private static final class StoreUpdate extends ContextualProcessor<String, byte[], Void, Void> {

        private @Nullable KeyValueStore<String, byte[]> store;

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            super.init(context);
            store = TABLES_STORE.in(context);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            if (store != null && record.key() != null) {
                store.put(record.key(), record.value());
            }
        }
    }
}
