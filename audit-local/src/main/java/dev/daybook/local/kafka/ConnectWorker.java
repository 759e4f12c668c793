package dev.daybook.local.kafka;

import dev.daybook.local.UserError;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.connector.policy.NoneConnectorClientConfigOverridePolicy;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.Worker;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.apache.kafka.connect.runtime.standalone.StandaloneHerder;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A Kafka Connect worker in this process: the real runtime, without its REST server. */
public final class ConnectWorker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ConnectWorker.class);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final StandaloneHerder herder;

    private ConnectWorker(StandaloneHerder herder) {
        this.herder = herder;
    }

    /**
     * Starts the one worker of a machine. Its one sink task takes its partitions back at once after
     * a kill, rather than when the session of its predecessor has run out.
     *
     * @param client the settings every Kafka client needs
     * @param offsets the file that keeps source connectors' offsets
     */
    public static ConnectWorker start(Map<String, String> client, Path offsets) {
        return start(client, offsets, Map.of("consumer.group.instance.id", "daybook-local"));
    }

    /**
     * Starts a worker, whose sink tasks may share partitions with those of others.
     *
     * @param client the settings every Kafka client needs
     * @param offsets the file that keeps source connectors' offsets
     * @param more settings of the worker beside
     */
    public static ConnectWorker start(
            Map<String, String> client, Path offsets, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(client);
        for (String role : List.of("producer.", "consumer.", "admin.")) {
            client.forEach((name, value) -> settings.put(role + name, value));
        }
        settings.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
        settings.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        settings.put("offset.storage.file.filename", offsets.toString());
        settings.put("offset.flush.interval.ms", "1000");
        // The plugins are on the class path, as services.
        settings.put("plugin.discovery", "service_load");
        settings.put("producer.compression.type", "lz4");
        settings.put("producer.batch.size", Integer.toString(256 << 10));
        settings.put("producer.linger.ms", Long.toString(KafkaBroker.LINGER.toMillis()));
        settings.put("producer.buffer.memory", Integer.toString(48 << 20));
        settings.put("producer.max.request.size", Integer.toString(KafkaBroker.MAX_MESSAGE_BYTES));
        settings.put("consumer.session.timeout.ms", "10000");
        settings.put("consumer.max.poll.records", "10000");
        settings.put("consumer.fetch.min.bytes", "1");
        settings.put("consumer.fetch.max.wait.ms", "500");
        settings.put("consumer.max.partition.fetch.bytes", Integer.toString(4 << 20));
        settings.put("consumer.auto.offset.reset", "earliest");
        settings.putAll(more);

        Plugins plugins = new Plugins(settings);
        // The plugins' loader is for Connect: whatever this thread starts later, such as Spring's
        // proxies of interfaces that are not public, needs its own again.
        ClassLoader own = plugins.compareAndSwapWithDelegatingLoader();
        try {
            StandaloneConfig config = new StandaloneConfig(settings);
            var overrides = new NoneConnectorClientConfigOverridePolicy();
            Worker worker =
                    new Worker(
                            "daybook-local",
                            Time.SYSTEM,
                            plugins,
                            config,
                            new DurableOffsets(offsets),
                            overrides);
            StandaloneHerder herder = new StandaloneHerder(worker, "daybook-local", overrides);
            herder.start();
            herder.ready();
            return new ConnectWorker(herder);
        } finally {
            Plugins.compareAndSwapLoaders(own);
        }
    }

    /** Starts a connector, or changes its settings; returns when its tasks have been made. */
    public void run(String name, Map<String, String> settings) {
        CompletableFuture<ConnectorInfo> done = new CompletableFuture<>();
        Map<String, String> named = new HashMap<>(settings);
        named.put("name", name);
        herder.putConnectorConfig(
                name,
                named,
                true,
                (Throwable failure, Herder.Created<ConnectorInfo> created) -> {
                    if (failure != null) {
                        done.completeExceptionally(failure);
                    } else {
                        done.complete(created.result());
                    }
                });
        try {
            done.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while starting connector " + name, e);
        } catch (ExecutionException e) {
            throw new UserError(
                    "Connector " + name + " did not start: " + rootMessage(e),
                    "Correct the setting it names.");
        } catch (TimeoutException e) {
            throw new IllegalStateException("Connector " + name + " did not start in time", e);
        }
    }

    /** Returns what is wrong with a connector or its tasks; empty when all run. */
    public List<String> failures(String connector) {
        ConnectorStateInfo status = herder.connectorStatus(connector);
        List<String> failures = new ArrayList<>();
        if (status.connector().state().equals("FAILED")) {
            failures.add(firstLine(status.connector().trace()));
        }
        for (ConnectorStateInfo.TaskState task : status.tasks()) {
            if (task.state().equals("FAILED")) {
                failures.add(firstLine(task.trace()));
            }
        }
        return failures;
    }

    /** Stops a connector's tasks until {@link #resume}; what it has read is delivered. */
    public void pause(String connector) {
        herder.pauseConnector(connector);
    }

    /** Lets a connector go on after {@link #pause}. */
    public void resume(String connector) {
        herder.resumeConnector(connector);
    }

    /** Starts a connector's failed tasks again. */
    public void restartFailed(String connector) {
        for (ConnectorStateInfo.TaskState task : herder.connectorStatus(connector).tasks()) {
            if (task.state().equals("FAILED")) {
                herder.restartTask(
                        new ConnectorTaskId(connector, task.id()),
                        (failure, ignored) -> {
                            if (failure != null) {
                                log.warn("Could not restart a task of {}", connector, failure);
                            }
                        });
            }
        }
    }

    @Override
    public void close() {
        herder.stop();
    }

    /** A trace's last cause says most; its first line is enough for a person. */
    private static String firstLine(String trace) {
        int cause = trace.lastIndexOf("Caused by: ");
        String from = cause < 0 ? trace : trace.substring(cause + "Caused by: ".length());
        int end = from.indexOf('\n');
        String line = end < 0 ? from : from.substring(0, end);
        int colon = line.indexOf(": ");
        return colon > 0 && line.substring(0, colon).matches("[\\w.$]+")
                ? line.substring(colon + 2)
                : line;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
