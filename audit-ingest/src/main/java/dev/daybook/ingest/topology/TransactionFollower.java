package dev.daybook.ingest.topology;

import dev.daybook.contract.GapCause;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.Quote;
import dev.daybook.contract.RejectionId;
import dev.daybook.contract.Stage;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.topology.TransactionReader.Told;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Holds Debezium's transactions to the counts in their ENDs. */
final class TransactionFollower extends TopicFollower {

    private final List<String> topics;
    private final List<String> patterns;
    private final Function<String, @Nullable String> sourceOf;
    private final Duration patience;
    private final Clock clock;
    private final TransactionReader reader = new TransactionReader();
    private final Map<String, TransactionCounts> counts = new HashMap<>();

    /**
     * @param clientProperties how to reach the broker
     * @param topics the sources' topics
     * @param patterns regular expressions of the topics of other sources
     * @param sourceOf returns the source of a topic, or null
     * @param patience how long a change is waited for once everything has been read
     */
    TransactionFollower(
            Map<String, Object> clientProperties,
            List<String> topics,
            List<String> patterns,
            Function<String, @Nullable String> sourceOf,
            String entriesTopic,
            String applicationId,
            Duration patience,
            Clock clock) {
        super(clientProperties, entriesTopic, applicationId, "counts", clock);
        this.topics = List.copyOf(topics);
        this.patterns = List.copyOf(patterns);
        this.sourceOf = sourceOf;
        this.patience = patience;
        this.clock = clock;
    }

    @Override
    boolean isWanted() {
        return !topics.isEmpty() || !patterns.isEmpty();
    }

    @Override
    void subscribe(Consumer<byte[], byte[]> reading, ConsumerRebalanceListener listener) {
        if (patterns.isEmpty()) {
            reading.subscribe(topics, listener);
        } else {
            reading.subscribe(
                    Pattern.compile(
                            Stream.concat(topics.stream().map(Pattern::quote), patterns.stream())
                                    .collect(Collectors.joining(")|(?:", "(?:", ")"))),
                    listener);
        }
    }

    @Override
    void forget() {
        counts.clear();
    }

    @Override
    void restore(
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> beginnings,
            long now) {
        Map<String, String> states = new HashMap<>();
        committed.forEach(
                (partition, offset) -> {
                    String source = sourceOf.apply(partition.topic());
                    if (source != null && !offset.metadata().isEmpty()) {
                        states.put(source, offset.metadata());
                    }
                });
        beginnings.keySet().stream()
                .map(partition -> sourceOf.apply(partition.topic()))
                .distinct()
                .forEach(
                        source -> {
                            if (source != null) {
                                counts.put(
                                        source,
                                        TransactionCounts.of(states.getOrDefault(source, ""), now));
                            }
                        });
        beginnings.keySet().stream()
                .filter(partition -> beginsLate(partition, committed, beginnings))
                .map(partition -> counts(partition.topic()))
                .forEach(
                        late -> {
                            if (late != null) {
                                late.expiredBefore(now);
                            }
                        });
    }

    private @Nullable TransactionCounts counts(String topic) {
        String source = sourceOf.apply(topic);
        return source == null ? null : counts.get(source);
    }

    @Override
    void read(ConsumerRecord<byte[], byte[]> record, long now) {
        TransactionCounts held = counts(record.topic());
        if (held == null) {
            return;
        }
        switch (reader.read(record.value())) {
            case Told.Change change -> held.read(change, now);
            case Told.End end ->
                    held.read(
                            end,
                            new Place(record.topic(), record.partition(), record.offset()),
                            record.timestamp(),
                            now);
            case null -> {}
        }
    }

    @Override
    void commit(Consumer<byte[], byte[]> reading) {
        Map<String, List<TopicPartition>> partitions = new HashMap<>();
        for (TopicPartition partition : reading.assignment()) {
            String source = sourceOf.apply(partition.topic());
            if (source != null) {
                partitions.computeIfAbsent(source, name -> new ArrayList<>()).add(partition);
            }
        }
        partitions.forEach(
                (source, all) -> {
                    TransactionCounts held = counts.get(source);
                    if (held != null) {
                        all.sort(
                                Comparator.comparing(TopicPartition::topic)
                                        .thenComparing(TopicPartition::partition));
                        commit(reading, all, all.getFirst(), held.state());
                    }
                });
    }

    @Override
    void report(Producer<byte[], byte[]> writing, long now) {
        counts.forEach(
                (source, held) ->
                        held.missing(now, patience)
                                .forEach(
                                        missing ->
                                                write(
                                                        writing,
                                                        source,
                                                        missing.table(),
                                                        gap(missing))));
    }

    private Decoded.Gap gap(TransactionCounts.Missing missing) {
        Place end = missing.end();
        return new Decoded.Gap(
                missing.table(),
                RejectionId.of(
                        Stage.INGEST,
                        end.topic(),
                        end.partition(),
                        end.offset(),
                        missing.table().toString()),
                clock.instant(),
                missing.from(),
                missing.to(),
                null,
                Lsn.wide(missing.position()),
                GapCause.CHAIN_BROKEN.word(),
                "Debezium counts "
                        + missing.counted()
                        + " changes of "
                        + Quote.of(missing.table().toString())
                        + " in transaction "
                        + missing.transaction()
                        + " (END at "
                        + end
                        + "), and "
                        + missing.came()
                        + " came. See the connector's log for that time, and have the table read"
                        + " again.");
    }
}
