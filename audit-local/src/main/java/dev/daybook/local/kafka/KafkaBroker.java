package dev.daybook.local.kafka;

import dev.daybook.local.OwnerOnly;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** A Kafka broker and its controller in this process: KRaft, loopback only, SASL required. */
public final class KafkaBroker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KafkaBroker.class);

    /** The largest record on the wire: a little above what the source connector lets through. */
    public static final int MAX_MESSAGE_BYTES = 40 << 20;

    /**
     * How long a producer waits to fill its batch, on each of a record's two ways through the
     * broker. A request costs processor time that on one machine every other part wants too.
     */
    public static final Duration LINGER = Duration.ofMillis(10);

    /** The one user, whose password every client gives. */
    public static final String USER = "daybook";

    private final Path directory;
    private final int port;
    private final int controllerPort;
    private final String password;
    private static final AtomicBoolean HALTED = new AtomicBoolean();

    private @Nullable KafkaRaftServer server;

    private KafkaBroker(Path directory, int port, int controllerPort, String password) {
        this.directory = directory;
        this.port = port;
        this.controllerPort = controllerPort;
        this.password = password;
    }

    public static KafkaBroker start(Path directory, int port, int controllerPort, String password)
            throws IOException {
        KafkaBroker broker = new KafkaBroker(directory, port, controllerPort, password);
        broker.start();
        return broker;
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    String user() {
        return USER;
    }

    /** Returns what any Kafka client needs to connect. */
    public Map<String, String> clientSettings() {
        return Map.of(
                "bootstrap.servers",
                bootstrapServers(),
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                clientLogin());
    }

    /** Returns whether Kafka has given up since the last start: it could not write, as a rule. */
    public static boolean halted() {
        return HALTED.get();
    }

    /** Kafka would end the whole process where it gives up, and leave PostgreSQL's behind. */
    private static void surviveHalts() {
        HALTED.set(false);
        Exit.Procedure procedure =
                (code, message) -> {
                    log.error("Kafka gives up with code {}: {}", code, message);
                    HALTED.set(true);
                    throw new IllegalStateException("Kafka has given up.");
                };
        Exit.setHaltProcedure(procedure);
        Exit.setExitProcedure(procedure);
    }

    public void start() throws IOException {
        surviveHalts();
        Files.createDirectories(directory);
        format();
        KafkaRaftServer starting =
                new KafkaRaftServer(KafkaConfig.fromProps(properties()), Time.SYSTEM);
        server = starting;
        starting.startup();
    }

    @Override
    public void close() {
        KafkaRaftServer running = server;
        if (running != null) {
            server = null;
            running.shutdown();
            running.awaitShutdown();
        }
    }

    private void format() throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(said, true, StandardCharsets.UTF_8))
                    .setClusterId(clusterId())
                    .setNodeId(1)
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(directory.toString())
                    .addDirectory(directory.toString())
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setIgnoreFormatted(true)
                    .run();
        } catch (Exception e) {
            throw new IOException(
                    "Kafka's directory " + directory + " could not be prepared: " + said, e);
        }
    }

    private String clusterId() throws IOException {
        Path file = directory.resolveSibling("kafka-cluster-id");
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        String id = Uuid.randomUuid().toString();
        OwnerOnly.write(file, id.getBytes(StandardCharsets.US_ASCII));
        return id;
    }

    private java.util.Properties properties() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("node.id", 1);
        settings.put("process.roles", "broker,controller");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "CLIENT");
        settings.put(
                "listeners",
                "CLIENT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.put("advertised.listeners", "CLIENT://127.0.0.1:" + port);
        settings.put(
                "listener.security.protocol.map",
                "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        settings.put("sasl.mechanism.controller.protocol", "PLAIN");
        settings.put("listener.name.client.plain.sasl.jaas.config", serverLogin());
        settings.put("listener.name.controller.plain.sasl.jaas.config", serverLogin());
        settings.put("log.dirs", directory.toString());
        settings.put("auto.create.topics.enable", false);
        settings.put("group.initial.rebalance.delay.ms", 0);
        // One broker: nothing to replicate to.
        settings.put("offsets.topic.replication.factor", 1);
        settings.put("transaction.state.log.replication.factor", 1);
        settings.put("transaction.state.log.min.isr", 1);
        settings.put("share.coordinator.state.topic.replication.factor", 1);
        settings.put("share.coordinator.state.topic.min.isr", 1);
        // Sized for a laptop: the defaults are for a machine of Kafka's own.
        settings.put("offsets.topic.num.partitions", 1);
        settings.put("transaction.state.log.num.partitions", 1);
        settings.put("num.network.threads", 2);
        settings.put("num.io.threads", 2);
        settings.put("background.threads", 2);
        settings.put("num.recovery.threads.per.data.dir", 1);
        settings.put("log.cleaner.dedupe.buffer.size", 4 << 20);
        settings.put("log.cleaner.io.buffer.size", 1 << 18);
        settings.put("log.index.size.max.bytes", 1 << 20);
        settings.put("log.segment.bytes", 128 << 20);
        settings.put("message.max.bytes", MAX_MESSAGE_BYTES);
        settings.put("replica.fetch.max.bytes", MAX_MESSAGE_BYTES);
        settings.put("controlled.shutdown.enable", false);
        // After a kill, the broker registers again only when its former session has run out.
        settings.put("broker.session.timeout.ms", 3_000);
        settings.put("broker.heartbeat.interval.ms", 500);
        java.util.Properties properties = new java.util.Properties();
        settings.forEach((name, value) -> properties.setProperty(name, value.toString()));
        return properties;
    }

    private String clientLogin() {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
                + USER
                + "\" password=\""
                + password
                + "\";";
    }

    private String serverLogin() {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
                + USER
                + "\" password=\""
                + password
                + "\" user_"
                + USER
                + "=\""
                + password
                + "\";";
    }
}
