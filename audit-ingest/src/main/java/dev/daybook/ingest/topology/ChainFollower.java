package dev.daybook.ingest.topology;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Place;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Follows DMS's chain of records, in which each names the one before it. */
final class ChainFollower extends TopicFollower {

    private final Map<String, String> sources;
    private final Duration patience;
    private final Clock clock;
    private final ChainReader reader = new ChainReader();
    private final Map<String, ChainLinks> chains = new HashMap<>();

    /** Partitions whose earlier records expired before they were read. */
    private final Set<TopicPartition> beginnings = new HashSet<>();

    /**
     * @param clientProperties how to reach the broker
     * @param sources the sources whose chain is followed, by their topic
     * @param patience how long a record is waited for once everything has been read
     */
    ChainFollower(
            Map<String, Object> clientProperties,
            Map<String, String> sources,
            String entriesTopic,
            String applicationId,
            Duration patience,
            Clock clock) {
        super(clientProperties, entriesTopic, applicationId, "chain", clock);
        this.sources = Map.copyOf(sources);
        this.patience = patience;
        this.clock = clock;
    }

    @Override
    boolean isWanted() {
        return !sources.isEmpty();
    }

    @Override
    void subscribe(Consumer<byte[], byte[]> reading, ConsumerRebalanceListener listener) {
        reading.subscribe(sources.keySet(), listener);
    }

    @Override
    void forget() {
        chains.clear();
        beginnings.clear();
    }

    @Override
    void restore(
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> first,
            long now) {
        first.keySet()
                .forEach(
                        partition -> {
                            if (beginsLate(partition, committed, first)) {
                                beginnings.add(partition);
                            }
                        });
        for (String topic : sources.keySet()) {
            OffsetAndMetadata at = committed.get(new TopicPartition(topic, 0));
            chains.put(topic, ChainLinks.of(at == null ? "" : at.metadata(), topic, now));
        }
    }

    @Override
    void read(ConsumerRecord<byte[], byte[]> record, long now) {
        ChainLinks.Link link =
                reader.read(
                        record.value(),
                        new Place(record.topic(), record.partition(), record.offset()));
        ChainLinks chain = chains.get(record.topic());
        if (link != null && chain != null) {
            if (!beginnings.isEmpty()
                    && beginnings.remove(new TopicPartition(record.topic(), record.partition()))) {
                chain.beginWith(link);
            }
            chain.read(link, now);
        }
    }

    @Override
    void commit(Consumer<byte[], byte[]> reading) {
        chains.forEach(
                (topic, chain) ->
                        commit(
                                reading,
                                reading.assignment().stream()
                                        .filter(partition -> partition.topic().equals(topic))
                                        .toList(),
                                new TopicPartition(topic, 0),
                                chain.state()));
    }

    @Override
    void report(Producer<byte[], byte[]> writing, long now) {
        chains.forEach(
                (topic, chain) -> {
                    for (ChainLinks.Broken broken : chain.broken(now, patience)) {
                        String source = sources.get(topic);
                        if (source != null) {
                            write(writing, source, null, gap(topic, broken));
                        }
                    }
                });
    }

    private Decoded.Gap gap(String topic, ChainLinks.Broken broken) {
        ChainLinks.Link after = broken.after();
        ChainLinks.Link before = broken.before();
        String reason =
                "DMS names record "
                        + broken.missing()
                        + " as sent before record "
                        + after.id()
                        + " at "
                        + after.place()
                        + ", and it did not come. See the task's log for that time, and reload the"
                        + " tables that changed then.";
        return new Decoded.Gap(
                null,
                RejectionId.of(
                        Stage.INGEST,
                        topic,
                        after.place().partition(),
                        after.place().offset(),
                        broken.missing().toString()),
                clock.instant(),
                before.committedAt(),
                after.committedAt(),
                before.position(),
                after.position(),
                GapCause.CHAIN_BROKEN.word(),
                reason);
    }
}
