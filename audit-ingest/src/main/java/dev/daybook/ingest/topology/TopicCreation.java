package dev.daybook.ingest.topology;

import dev.daybook.ingest.IngestProperties;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.config.StreamsBuilderFactoryBean;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Creates the topics that do not exist, before Kafka Streams starts; leaves others as they are. */
final class TopicCreation implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(TopicCreation.class);

    private final IngestProperties settings;
    private final Map<String, Object> adminProperties;
    private volatile boolean running;

    TopicCreation(IngestProperties settings, Map<String, Object> adminProperties) {
        this.settings = settings;
        this.adminProperties = new HashMap<>(adminProperties);
    }

    @Override
    public void start() {
        if (settings.createTopics()) {
            create();
        }
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Returns a phase before that of Kafka Streams, which does not start without its topics. */
    @Override
    public int getPhase() {
        return new StreamsBuilderFactoryBean().getPhase() - 1;
    }

    private void create() {
        adminProperties.put(
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                Math.toIntExact(settings.brokerWait().toMillis()));
        adminProperties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        try (Admin admin = Admin.create(adminProperties)) {
            long seconds = settings.brokerWait().toSeconds() + 5;
            Set<String> there = admin.listTopics().names().get(seconds, TimeUnit.SECONDS);
            List<NewTopic> wanted = topics();
            List<NewTopic> missing = new ArrayList<>(wanted);
            missing.removeIf(topic -> there.contains(topic.name()));
            for (Map.Entry<String, KafkaFuture<Void>> created :
                    admin.createTopics(missing).values().entrySet()) {
                try {
                    created.getValue().get(seconds, TimeUnit.SECONDS);
                    log.info("Created topic {}.", created.getKey());
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            }
            awaitKnown(admin, wanted.stream().map(NewTopic::name).toList(), seconds);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new BrokerUnavailableException(
                    String.valueOf(adminProperties.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)),
                    String.valueOf(cause.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while topics were being created.", e);
        }
    }

    /**
     * Waits until the brokers know of the topics: the controller says that it has created one
     * before they do, and Kafka Streams does not start where it finds no partition.
     */
    private static void awaitKnown(Admin admin, List<String> topics, long seconds)
            throws ExecutionException, TimeoutException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (true) {
            try {
                admin.describeTopics(topics).allTopicNames().get(seconds, TimeUnit.SECONDS);
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
                        || System.nanoTime() > deadline) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    /**
     * Returns what topics and producer let through: an entry is a little larger than the change it
     * is made of.
     */
    static int largestMessage(IngestProperties settings) {
        return Math.toIntExact(settings.maxRecordBytes().toBytes() + 256 * 1024);
    }

    private List<NewTopic> topics() {
        IngestProperties.Topics topics = settings.topics();
        List<NewTopic> all = new ArrayList<>();
        settings.sources().values().stream()
                .filter(source -> source.topicPattern().isEmpty())
                .forEach(
                        source ->
                                all.add(
                                        topic(
                                                source.topic(),
                                                source.partitions(),
                                                topics.entries().retention())));
        all.add(
                topic(
                        topics.entries().name(),
                        topics.entries().partitions(),
                        topics.entries().retention()));
        all.add(
                topic(
                        topics.transactions().name(),
                        topics.transactions().partitions(),
                        topics.transactions().retention()));
        all.add(
                topic(
                        topics.rejected().name(),
                        topics.rejected().partitions(),
                        topics.rejected().retention()));
        all.add(
                new NewTopic(topics.tables().name(), 1, settings.replicationFactor())
                        .configs(
                                Map.of(
                                        TopicConfig.CLEANUP_POLICY_CONFIG,
                                        TopicConfig.CLEANUP_POLICY_COMPACT,
                                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                        Integer.toString(largestMessage(settings)))));
        return all;
    }

    private NewTopic topic(String name, int partitions, Duration retention) {
        return new NewTopic(name, partitions, settings.replicationFactor())
                .configs(
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                TopicConfig.CLEANUP_POLICY_DELETE,
                                TopicConfig.RETENTION_MS_CONFIG,
                                Long.toString(retention.toMillis()),
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                Integer.toString(largestMessage(settings))));
    }
}
