package dev.daybook.local;

import dev.daybook.api.ApiApplication;
import dev.daybook.ingest.IngestApplication;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The whole pipeline in one process: a Kafka broker, a Connect worker with both plugins, the ingest
 * and the API, and PostgreSQL as children. Source and audit log have a server each, as everywhere
 * else: a server's WAL sender reads what all its databases write, so in one server it would read
 * the audit log's every entry again.
 */
public final class LocalPipeline implements AutoCloseable {

    /** The parts, in the order in which they start. */
    public enum Part {
        /** The audit database. */
        DATABASE,
        BROKER,
        INGEST,
        API,
        CONNECT
    }

    /** The largest record on the wire: a little above what the source connector lets through. */
    static final int MAX_MESSAGE_BYTES = 40 << 20;

    /**
     * How long a record waits for company on each of its two ways through the broker. A request
     * costs processor time that on one machine everything else wants too.
     */
    static final Duration LINGER = Duration.ofMillis(10);

    private static final Logger log = LoggerFactory.getLogger(LocalPipeline.class);

    /** The directories of the PostgreSQL servers, below the data directory. */
    static final String AUDIT_DIRECTORY = "audit";

    static final String SOURCE_DIRECTORY = "source";

    private static final String LOCK = "lock";
    private static final String SOURCE_CONNECTOR = "daybook-source";
    private static final String SINK_CONNECTOR = "daybook-sink";
    private static final int CHANGES_PARTITIONS = 2;
    private static final int ENTRIES_PARTITIONS = 2;

    private final LocalSettings settings;
    private final Progress progress;
    private final FileChannel lockChannel;
    private final Secrets secrets;
    private final Ports ports;
    private @Nullable PostgresServer database;
    private @Nullable PostgresServer sourceServer;
    private @Nullable KafkaBroker broker;
    private @Nullable SourceDatabase source;
    private @Nullable ConfigurableApplicationContext ingest;
    private @Nullable ConfigurableApplicationContext api;
    private @Nullable ConnectWorker connect;
    private @Nullable ShopTraffic traffic;

    private LocalPipeline(LocalSettings settings, Progress progress, FileChannel lockChannel)
            throws IOException {
        this.settings = settings;
        this.progress = progress;
        this.lockChannel = lockChannel;
        this.secrets = new Secrets(settings.dataDirectory().resolve("secrets.properties"));
        this.ports = Ports.from(settings.port());
    }

    /**
     * Starts everything and returns when the API answers and capture runs.
     *
     * @throws UserError if a setting is wrong; nothing is left running
     */
    public static LocalPipeline start(LocalSettings settings, Progress progress) {
        FileChannel lock = lock(settings.dataDirectory());
        LocalPipeline pipeline = null;
        try {
            Files.deleteIfExists(settings.connectionFile());
            pipeline = new LocalPipeline(settings, progress, lock);
            pipeline.startAll();
            return pipeline;
        } catch (IOException | SQLException | RuntimeException e) {
            // An interrupted start must still be able to wait for its parts to stop.
            boolean interrupted = Thread.interrupted();
            if (pipeline != null) {
                pipeline.close();
            } else {
                release(lock);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw e instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(e.getMessage(), e);
        }
    }

    /** How to reach the running pipeline. */
    public ConnectionInfo connection() {
        String base = "http://127.0.0.1:" + ports.api();
        return new ConnectionInfo(
                base + "/api/v1",
                apiKey(),
                base + "/swagger-ui.html",
                source().url().psqlUrl(),
                auditUrl().psqlUrl(),
                "127.0.0.1:" + ports.kafka(),
                "daybook",
                secrets.of("kafka"),
                "http://127.0.0.1:" + ports.ingest() + "/actuator",
                ProcessHandle.current().pid());
    }

    /** What the capture says of itself. */
    CaptureStatus capture() {
        return source().status();
    }

    /** What keeps a part from working, one line each; empty when all is well. */
    public List<String> failures() {
        ConnectWorker worker = connect;
        if (worker == null) {
            return List.of("The Connect worker is not running.");
        }
        return java.util.stream.Stream.of(SOURCE_CONNECTOR, SINK_CONNECTOR)
                .flatMap(name -> worker.failures(name).stream())
                .toList();
    }

    /** Ends a part as abruptly as can be done from within the process. */
    public synchronized void kill(Part part) {
        switch (part) {
            case DATABASE -> {
                if (database != null) {
                    database.kill();
                }
            }
            case BROKER -> {
                if (broker != null) {
                    broker.close();
                }
            }
            case INGEST -> ingest = closed(ingest);
            case API -> api = closed(api);
            case CONNECT -> {
                if (connect != null) {
                    connect.close();
                    connect = null;
                }
            }
        }
    }

    /** Starts a part again after {@link #kill}. */
    public synchronized void start(Part part) throws IOException {
        switch (part) {
            case DATABASE -> require(database).start();
            case BROKER -> require(broker).start();
            case INGEST -> ingest = startIngest();
            case API -> api = startApi();
            case CONNECT -> connect = startConnect();
        }
    }

    /**
     * The audit database as the server's superuser: for measuring, not for a part of the pipeline.
     */
    public SourceUrl auditAdministrator() {
        return auditUrl().as("postgres", secrets.of("postgres"));
    }

    /** The pipeline's own source likewise; not for one of the user's. */
    public SourceUrl sourceAdministrator() {
        return source().url().as("postgres", secrets.of("postgres"));
    }

    /** Stops everything in the order in which data flows, so that what is on its way arrives. */
    @Override
    public synchronized void close() {
        quietly(
                "connection.json",
                () -> {
                    try {
                        Files.deleteIfExists(settings.connectionFile());
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        if (traffic != null) {
            quietly("the demo's traffic", traffic::close);
            traffic = null;
        }
        quietly("Connect", () -> kill(Part.CONNECT));
        quietly("the ingest", () -> kill(Part.INGEST));
        quietly("the API", () -> kill(Part.API));
        if (broker != null) {
            quietly("Kafka", broker::close);
            broker = null;
        }
        if (sourceServer != null) {
            quietly("the source database", sourceServer::close);
            sourceServer = null;
        }
        if (database != null) {
            quietly("the audit database", database::close);
            database = null;
        }
        release(lockChannel);
    }

    private void startAll() throws IOException, SQLException {
        Files.createDirectories(settings.logs());
        try (ExecutorService parallel = Executors.newFixedThreadPool(3)) {
            CompletableFuture<@Nullable Void> audit =
                    CompletableFuture.runAsync(unchecked(this::startAuditDatabase), parallel);
            CompletableFuture<@Nullable Void> audited =
                    CompletableFuture.runAsync(unchecked(this::startSource), parallel);
            CompletableFuture<@Nullable Void> kafka =
                    CompletableFuture.runAsync(unchecked(this::startBroker), parallel);
            await(audited, audit, kafka);
            progress.say("Starting the ingest and the API");
            CompletableFuture<@Nullable Void> ingestStarts =
                    CompletableFuture.runAsync(() -> ingest = startIngest(), parallel);
            CompletableFuture<@Nullable Void> apiStarts =
                    CompletableFuture.runAsync(() -> api = startApi(), parallel);
            await(ingestStarts, apiStarts);
        }
        progress.say("Starting capture of " + source().url());
        connect = startConnect();
        source().awaitCapture(this::failures, progress);
        if (settings.source() == null && settings.demo()) {
            traffic = ShopTraffic.start(source().url());
        }
        connection().write(settings.connectionFile());
    }

    private void startAuditDatabase() throws IOException, SQLException {
        progress.say("Starting PostgreSQL for the audit log");
        PostgresServer server =
                startPostgres(AUDIT_DIRECTORY, ports.audit(), Map.of("shared_buffers", "256MB"));
        database = server;
        progress.say("Migrating the audit database");
        AuditDatabase.prepare(server, secrets, apiKey());
    }

    private void startSource() throws IOException, SQLException {
        if (settings.source() != null) {
            source = SourceDatabase.prepare(settings.source(), settings, secrets, progress);
            return;
        }
        progress.say("Starting PostgreSQL for the source");
        PostgresServer server =
                startPostgres(
                        SOURCE_DIRECTORY,
                        ports.source(),
                        Map.of(
                                "wal_level", "logical",
                                // A capture that stands still is not to fill the disk.
                                "max_slot_wal_keep_size", "20GB"));
        sourceServer = server;
        source = SourceDatabase.prepareOwn(server, settings, secrets, progress);
    }

    private PostgresServer startPostgres(String directory, int port, Map<String, String> more)
            throws IOException {
        Map<String, String> server = new HashMap<>(more);
        server.put("max_wal_size", "4GB");
        server.put("checkpoint_timeout", "15min");
        server.put("max_connections", "100");
        server.put("timezone", "UTC");
        server.put("log_timezone", "UTC");
        return PostgresServer.start(
                cache(),
                settings.dataDirectory().resolve(directory),
                settings.logs().resolve(directory + ".log"),
                port,
                secrets.of("postgres"),
                server);
    }

    private void startBroker() throws IOException {
        progress.say("Starting Kafka");
        broker =
                KafkaBroker.start(
                        settings.dataDirectory().resolve("kafka"),
                        ports.kafka(),
                        ports.controller(),
                        secrets.of("kafka"));
    }

    private ConfigurableApplicationContext startIngest() {
        Map<String, Object> overrides = new HashMap<>();
        overrides.put("server.address", "127.0.0.1");
        overrides.put("server.port", ports.ingest());
        String changes = "daybook.ingest.sources." + source().name();
        overrides.put(changes + ".topic", "changes." + source().name());
        overrides.put(changes + ".partitions", CHANGES_PARTITIONS);
        overrides.put("daybook.ingest.topics.entries.partitions", ENTRIES_PARTITIONS);
        overrides.put("daybook.ingest.linger", LINGER);
        overrides.put("daybook.ingest.max-record-bytes", MAX_MESSAGE_BYTES + "B");
        // Back at work at once after a kill, rather than when the former session has run out.
        overrides.put("daybook.ingest.instance-id", "local");
        // Our own connector names the keys in each record, so nothing waits for definitions.
        overrides.put("daybook.ingest.definition-wait", "0s");
        overrides.put("spring.kafka.properties.session.timeout.ms", "10000");
        overrides.put(
                "daybook.ingest.state-dir", settings.dataDirectory().resolve("streams").toString());
        require(broker)
                .clientSettings()
                .forEach(
                        (name, value) ->
                                overrides.put(
                                        name.equals("bootstrap.servers")
                                                ? "spring.kafka.bootstrap-servers"
                                                : "spring.kafka.properties." + name,
                                        value));
        return IngestApplication.builder(overrides).run();
    }

    private ConfigurableApplicationContext startApi() {
        Map<String, Object> overrides = new HashMap<>();
        overrides.put("server.address", "127.0.0.1");
        overrides.put("server.port", ports.api());
        overrides.put("spring.datasource.url", auditUrl().jdbcUrl());
        overrides.put("spring.datasource.username", AuditDatabase.READER);
        overrides.put("spring.datasource.password", secrets.of("audit.reader"));
        return ApiApplication.builder(overrides).run();
    }

    private ConnectWorker startConnect() {
        ConnectWorker worker =
                ConnectWorker.start(
                        require(broker).clientSettings(),
                        settings.dataDirectory().resolve("connect-offsets"));
        connect = worker;
        Map<String, String> sink = new HashMap<>();
        sink.put("connector.class", "dev.daybook.connect.sink.AuditLogSinkConnector");
        sink.put("tasks.max", "1");
        sink.put("topics", "entries,transactions,rejected");
        sink.put("entries.partitions", Integer.toString(ENTRIES_PARTITIONS));
        sink.put("database.url", auditUrl().jdbcUrl());
        sink.put("database.user", AuditDatabase.WRITER);
        sink.put("database.password", secrets.of("audit.writer"));
        worker.run(SINK_CONNECTOR, sink);

        Map<String, String> capture = new HashMap<>();
        capture.put("connector.class", "dev.daybook.connect.source.WalSourceConnector");
        capture.put("tasks.max", "1");
        capture.put("source.name", source().name());
        capture.put("topic", "changes." + source().name());
        capture.put("topic.partitions", Integer.toString(CHANGES_PARTITIONS));
        capture.put("rejected.topic", "rejected");
        capture.put("tables", settings.tables());
        capture.putAll(source().captureSettings());
        worker.run(SOURCE_CONNECTOR, capture);
        return worker;
    }

    private SourceUrl auditUrl() {
        return new SourceUrl(
                "127.0.0.1",
                ports.audit(),
                AuditDatabase.NAME,
                AuditDatabase.READER,
                secrets.of("audit.reader"),
                "");
    }

    private String apiKey() {
        return "dbk_" + secrets.of("api.key");
    }

    private SourceDatabase source() {
        return require(source);
    }

    /** PostgreSQL's programs are shared by all data directories of a user. */
    private static Path cache() {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path home = Path.of(System.getProperty("user.home"));
        return (configured == null || configured.isBlank()
                        ? home.resolve(".cache")
                        : Path.of(configured))
                .resolve("daybook");
    }

    private static FileChannel lock(Path dataDirectory) {
        try {
            OwnerOnly.directory(dataDirectory);
            FileChannel channel =
                    FileChannel.open(
                            dataDirectory.resolve(LOCK),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new UserError(
                        "Another ./daybook up runs on " + dataDirectory + ".",
                        "Stop it with ./daybook stop, or choose another --data-dir.");
            }
            channel.truncate(0);
            channel.write(
                    StandardCharsets.US_ASCII.encode(Long.toString(ProcessHandle.current().pid())));
            return channel;
        } catch (java.nio.channels.OverlappingFileLockException e) {
            throw new UserError(
                    "This process already runs a pipeline on " + dataDirectory + ".",
                    "Close it first.");
        } catch (IOException e) {
            throw new UserError(
                    "The data directory "
                            + dataDirectory
                            + " cannot be written: "
                            + e.getMessage()
                            + ".",
                    "Choose another with --data-dir.");
        }
    }

    /**
     * The process that runs a pipeline on a data directory: the one that holds its lock, ready or
     * not. Empty if there is none.
     */
    static Optional<ProcessHandle> runningOn(Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(LOCK);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock free = channel.tryLock()) {
            if (free != null) {
                return Optional.empty();
            }
            String holder = Files.readString(file);
            if (holder.isEmpty()) {
                throw new UserError(
                        "A ./daybook up begins on " + dataDirectory + " right now.", "Try again.");
            }
            return ProcessHandle.of(Long.parseLong(holder));
        }
    }

    private static void release(FileChannel lockChannel) {
        try {
            lockChannel.close();
        } catch (IOException e) {
            log.warn("The data directory's lock could not be released", e);
        }
    }

    private static @Nullable ConfigurableApplicationContext closed(
            @Nullable ConfigurableApplicationContext context) {
        if (context != null) {
            context.close();
        }
        return null;
    }

    private static void quietly(String what, Runnable stop) {
        try {
            stop.run();
        } catch (RuntimeException e) {
            log.warn("Stopping {} failed", what, e);
        }
    }

    private static <T> T require(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("The pipeline has not started that part.");
        }
        return part;
    }

    private interface Step {
        void run() throws IOException, SQLException;
    }

    private static Runnable unchecked(Step step) {
        return () -> {
            try {
                step.run();
            } catch (IOException | SQLException e) {
                throw new CompletionException(e);
            }
        };
    }

    private static void await(CompletableFuture<?>... futures) throws IOException, SQLException {
        try {
            CompletableFuture.allOf(futures).join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException known -> throw known;
                case IOException known -> throw known;
                case SQLException known -> throw known;
                case null, default -> throw e;
            }
        }
    }
}
