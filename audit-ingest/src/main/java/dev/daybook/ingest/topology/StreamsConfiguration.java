package dev.daybook.ingest.topology;

import dev.daybook.domain.TableCatalog;
import dev.daybook.ingest.IngestProperties;
import dev.daybook.ingest.change.ReplayRequests;
import dev.daybook.ingest.change.WireFormat;

import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.config.KafkaStreamsInfrastructureCustomizer;
import org.springframework.kafka.config.StreamsBuilderFactoryBean;
import org.springframework.kafka.streams.KafkaStreamsMicrometerListener;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/** Runs the topology in the application's life cycle. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(KafkaProperties.class)
class StreamsConfiguration {

    @Bean
    IngestMetrics ingestMetrics(MeterRegistry registry, Clock clock) {
        return new IngestMetrics(registry, clock);
    }

    @Bean
    TopicCreation topicCreation(IngestProperties ingest, KafkaProperties kafka) {
        return new TopicCreation(ingest, kafka.buildAdminProperties());
    }

    @Bean
    ThreadReplacement threadReplacement(IngestMetrics metrics, Clock clock) {
        return new ThreadReplacement(metrics, clock);
    }

    @Bean
    StreamsBuilderFactoryBean ingestStreams(
            IngestProperties ingest,
            KafkaProperties kafka,
            ObjectProvider<TableCatalog> sourceCatalog,
            ThreadReplacement threadReplacement,
            IngestMetrics metrics,
            MeterRegistry registry,
            Replays replays,
            Clock clock) {
        Properties properties = new Properties();
        properties.putAll(streamsProperties(ingest, kafka));
        StreamsBuilderFactoryBean streams = new StreamsBuilderFactoryBean();
        streams.setStreamsConfiguration(properties);
        TopologySettings settings = TopologySettings.of(ingest);
        TableCatalog catalog = sourceCatalog.getIfAvailable(() -> (source, table) -> null);
        PartitionCounts partitionCounts =
                new TopicPartitionCounts(kafka.buildAdminProperties(), clock);
        streams.setInfrastructureCustomizer(
                new KafkaStreamsInfrastructureCustomizer() {
                    @Override
                    public void configureTopology(Topology topology) {
                        IngestTopology.addTo(
                                topology,
                                settings,
                                catalog,
                                partitionCounts,
                                metrics,
                                replays,
                                () -> new KafkaOriginals(kafka.buildStreamsProperties()),
                                clock);
                    }
                });
        streams.setStreamsUncaughtExceptionHandler(threadReplacement);
        streams.addListener(new KafkaStreamsMicrometerListener(registry));
        return streams;
    }

    @Bean
    Replays replays() {
        return new Replays();
    }

    @Bean
    ReplayFeed replayFeed(
            ObjectProvider<ReplayRequests> requests,
            KafkaProperties kafka,
            Replays replays,
            StreamsBuilderFactoryBean streams,
            Clock clock) {
        return new ReplayFeed(
                requests.getIfAvailable(),
                kafka.buildStreamsProperties(),
                replays,
                () -> {
                    KafkaStreams running = streams.getKafkaStreams();
                    return running != null && running.state() == KafkaStreams.State.RUNNING;
                },
                clock);
    }

    @Bean
    ChainFollower chainFollower(IngestProperties ingest, KafkaProperties kafka, Clock clock) {
        Map<String, String> sources = new HashMap<>();
        ingest.sources()
                .forEach(
                        (name, source) -> {
                            if (source.followChain() && source.format() == WireFormat.DMS) {
                                sources.put(source.topic(), name);
                            }
                        });
        return new ChainFollower(
                kafka.buildStreamsProperties(),
                sources,
                ingest.topics().entries().name(),
                ingest.applicationId(),
                ingest.chainWait(),
                clock);
    }

    @Bean
    TransactionFollower transactionFollower(
            IngestProperties ingest, KafkaProperties kafka, Clock clock) {
        List<IngestProperties.Source> followed =
                ingest.sources().values().stream()
                        .filter(IngestProperties.Source::followChain)
                        .filter(source -> source.format() == WireFormat.DEBEZIUM)
                        .toList();
        TopologySettings settings = TopologySettings.of(ingest);
        return new TransactionFollower(
                kafka.buildStreamsProperties(),
                followed.stream()
                        .map(IngestProperties.Source::topic)
                        .filter(topic -> !topic.isEmpty())
                        .toList(),
                followed.stream()
                        .map(IngestProperties.Source::topicPattern)
                        .filter(pattern -> !pattern.isEmpty())
                        .toList(),
                topic -> {
                    TopologySettings.Source source = settings.source(topic);
                    return source == null ? null : source.name();
                },
                ingest.topics().entries().name(),
                ingest.applicationId(),
                ingest.chainWait(),
                clock);
    }

    @Bean
    SelfReports selfReports(
            IngestProperties ingest,
            KafkaProperties kafka,
            @Qualifier("streamsHealthIndicator") StreamsHealth health,
            Clock clock) {
        String named = ingest.instanceId();
        return new SelfReports(
                kafka.buildStreamsProperties(),
                ingest.topics().entries().name(),
                ingest.applicationId() + "/" + (named == null ? UUID.randomUUID() : named),
                health,
                clock);
    }

    @Bean
    StreamsHealth streamsHealthIndicator(
            StreamsBuilderFactoryBean streams, ThreadReplacement threads) {
        return new StreamsHealth(streams, threads, false);
    }

    @Bean
    StreamsHealth streamsAliveHealthIndicator(
            StreamsBuilderFactoryBean streams, ThreadReplacement threads) {
        return new StreamsHealth(streams, threads, true);
    }

    /** Returns our defaults, then what the user set for Kafka Streams, then what must be so. */
    static Map<String, Object> streamsProperties(IngestProperties ingest, KafkaProperties kafka) {
        Map<String, Object> properties = new HashMap<>();
        int maxBytes = TopicCreation.largestMessage(ingest);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, ingest.commitInterval().toMillis());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, ingest.threads());
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) ingest.replicationFactor());
        // Nothing is joined, so no partition need wait for another.
        properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1L);
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG),
                ingest.linger().toMillis());
        // While one request is on its way the next one fills, so that batches grow with the load.
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION),
                1);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), maxBytes);
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG),
                Math.max(32L << 20, 2L * maxBytes));
        properties.put(
                StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2_000);
        // A killed instance's partitions wait this long for another; see instance-id for a restart.
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
        if (ingest.sources().values().stream()
                .anyMatch(source -> !source.topicPattern().isEmpty())) {
            // How long a new topic of a pattern goes unseen.
            properties.put(
                    StreamsConfig.mainConsumerPrefix(ConsumerConfig.METADATA_MAX_AGE_CONFIG),
                    30_000);
        }
        if (ingest.instanceId() != null) {
            properties.put(
                    StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
                    ingest.instanceId());
        }
        if (ingest.stateDir() != null) {
            properties.put(StreamsConfig.STATE_DIR_CONFIG, ingest.stateDir());
        }

        properties.putAll(kafka.buildStreamsProperties());

        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, ingest.applicationId());
        properties.put(
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                switch (ingest.guarantee()) {
                    case AT_LEAST_ONCE -> StreamsConfig.AT_LEAST_ONCE;
                    case EXACTLY_ONCE -> StreamsConfig.EXACTLY_ONCE_V2;
                });
        properties.put(
                StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, TooLargeToRejected.class);
        TopologySettings settings = TopologySettings.of(ingest);
        properties.put(
                TooLargeToRejected.SETTINGS,
                new TooLargeToRejected.Settings(
                        ingest.topics().rejected().name(),
                        topic -> {
                            TopologySettings.Source source = settings.source(topic);
                            return source == null ? null : source.name();
                        },
                        settings.kept(null),
                        maxBytes));
        return properties;
    }
}
