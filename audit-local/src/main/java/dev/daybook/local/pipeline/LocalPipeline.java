package dev.daybook.local.pipeline;

import dev.daybook.api.ApiApplication;
import dev.daybook.ingest.IngestApplication;
import dev.daybook.local.OwnerOnly;
import dev.daybook.local.Progress;
import dev.daybook.local.UserError;
import dev.daybook.local.demo.ShopTraffic;
import dev.daybook.local.kafka.ConnectWorker;
import dev.daybook.local.kafka.KafkaBroker;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.local.postgres.PostgresServer;
import dev.daybook.seal.Sealer;

import jakarta.servlet.Filter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

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

    private static final Logger log = LoggerFactory.getLogger(LocalPipeline.class);

    private static final String SOURCE_CONNECTOR = "daybook-source";
    private static final String SINK_CONNECTOR = "daybook-sink";
    static final int CHANGES_PARTITIONS = 2;
    static final int ENTRIES_PARTITIONS = 2;

    private final LocalSettings settings;
    private final Progress progress;
    private final DataDirectoryLock lock;
    private final Secrets secrets;
    private final LoopbackPorts ports;
    private @Nullable PostgresServer database;
    private @Nullable PostgresServer sourceServer;
    private @Nullable KafkaBroker broker;
    private @Nullable SourceDatabase source;
    private @Nullable ConfigurableApplicationContext ingest;
    private @Nullable ConfigurableApplicationContext api;
    private @Nullable ConnectWorker connect;
    private @Nullable Sealer sealer;
    private @Nullable ShopTraffic traffic;
    private volatile boolean capturePaused;
    private volatile boolean sinkSeals = true;

    /** The source of the user's, once something may have been made in it. */
    private volatile @Nullable DatabaseUrl prepared;

    private final boolean keyIsNew;

    private LocalPipeline(LocalSettings settings, Progress progress, DataDirectoryLock lock)
            throws IOException {
        this.settings = settings;
        this.progress = progress;
        this.lock = lock;
        this.secrets = new Secrets(settings.directory().secrets());
        this.keyIsNew = !secrets.has("api.key");
        this.ports = LoopbackPorts.from(settings.port());
    }

    /**
     * Starts everything and returns when the API answers and capture runs.
     *
     * @throws UserError if a setting is wrong; nothing is left running
     */
    public static LocalPipeline start(LocalSettings settings, Progress progress) {
        return start(settings, progress, logs -> {});
    }

    /**
     * Starts everything likewise.
     *
     * @param logging is told the directory of the log files when the data directory is this
     *     process's own
     */
    public static LocalPipeline start(
            LocalSettings settings, Progress progress, Consumer<Path> logging) {
        DataDirectoryLock lock = DataDirectoryLock.take(settings.directory());
        LocalPipeline pipeline = null;
        try {
            stopLeftovers(settings.directory(), progress);
            DiskSpace.of(settings.directory()).requireForStart();
            restrict(settings.directory());
            OwnerOnly.directory(settings.directory().logs());
            logging.accept(settings.directory().logs());
            pipeline = new LocalPipeline(settings, progress, lock);
            // What was written to reach an earlier run leads nowhere from here on.
            Files.deleteIfExists(settings.directory().connection());
            pipeline.startAll();
            return pipeline;
        } catch (IOException | SQLException | RuntimeException | Error e) {
            // An interrupted start must still be able to wait for its parts to stop.
            boolean interrupted = Thread.interrupted();
            if (pipeline != null) {
                pipeline.close();
                DatabaseUrl prepared = pipeline.prepared;
                if (prepared != null) {
                    SourceDatabase.sayWhatStays(prepared, progress);
                }
            } else {
                lock.close();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (e instanceof Error fatal) {
                throw fatal;
            }
            if (e instanceof RuntimeException known) {
                throw known;
            }
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /**
     * Stops the PostgreSQL servers of a run that was killed: they hold the ports and directories
     * that this one needs.
     */
    private static void stopLeftovers(DataDirectory directory, Progress progress)
            throws IOException {
        for (Path server : directory.servers()) {
            if (PostgresServer.stopOn(server)) {
                progress.say("Stopped the PostgreSQL server that an earlier run left on " + server);
            }
        }
    }

    private static void restrict(DataDirectory directory) throws IOException {
        OwnerOnly.everythingIn(directory.root(), Set.copyOf(directory.servers()));
    }

    /** Returns how to reach the running pipeline. */
    public ConnectionInfo connection() {
        String base = "http://127.0.0.1:" + ports.api();
        return new ConnectionInfo(
                base + "/api/v1",
                apiKey(),
                base + "/swagger-ui.html",
                source().url().psqlUrl(),
                auditUrl().psqlUrl(),
                "127.0.0.1:" + ports.kafka(),
                KafkaBroker.USER,
                secrets.of("kafka"),
                "http://127.0.0.1:" + ports.ingest() + "/actuator",
                ProcessHandle.current().pid());
    }

    /** Returns what the capture says of itself. */
    public CaptureStatus capture() {
        return source().status();
    }

    /** Returns how the connectors are. */
    List<PartState> states() {
        ConnectWorker worker = connect;
        if (worker == null) {
            return List.of(
                    PartState.failed("source", "the Connect worker is not running"),
                    PartState.failed("sink", "the Connect worker is not running"));
        }
        List<String> sink = worker.failures(SINK_CONNECTOR);
        List<String> capture = worker.failures(SOURCE_CONNECTOR);
        List<PartState> states =
                new ArrayList<>(
                        List.of(
                                capturePaused
                                        ? PartState.failed(
                                                "source", "paused for want of room on the disk")
                                        : capture.isEmpty()
                                                ? capture().state()
                                                : PartState.failed("source", capture.getFirst()),
                                sink.isEmpty()
                                        ? PartState.working("sink", "running")
                                        : PartState.failed("sink", sink.getFirst())));
        if (sealer != null) {
            states.add(Sealing.state(sealer));
        }
        return states;
    }

    /** Stops reading the source and the demo's writing to it, until {@link #resumeCapture}. */
    synchronized void pauseCapture() {
        capturePaused = true;
        if (traffic != null) {
            quietly("the demo's traffic", traffic::close);
            traffic = null;
        }
        if (connect != null) {
            connect.pause(SOURCE_CONNECTOR);
        }
    }

    synchronized void resumeCapture() {
        capturePaused = false;
        if (connect != null) {
            connect.resume(SOURCE_CONNECTOR);
        }
        startTraffic();
    }

    /** Starts failed tasks of the connectors again. */
    synchronized void restartFailedTasks() {
        if (connect != null) {
            connect.restartFailed(SOURCE_CONNECTOR);
            connect.restartFailed(SINK_CONNECTOR);
        }
    }

    /** Returns whether Kafka has given up, so that nothing more can be captured. */
    boolean brokerHalted() {
        return KafkaBroker.halted();
    }

    /** Returns whether this start made the API's key, which nobody has seen yet. */
    public boolean keyIsNew() {
        return keyIsNew;
    }

    /** Returns the replication slot that this pipeline keeps in the source. */
    public String slot() {
        return source().slot();
    }

    /** Returns what keeps a part from working, one line each; empty when all is well. */
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

    /**
     * Sets whether the sink seals in a pipeline that seals, from the next start of Connect on: for
     * measuring what it costs.
     */
    public void sealFromNextStart(boolean seals) {
        sinkSeals = seals;
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
     * Returns the audit database as the server's superuser: for measuring, not for a part of the
     * pipeline.
     */
    public DatabaseUrl auditAdministrator() {
        return auditUrl().as("postgres", secrets.of("postgres"));
    }

    /** Returns the pipeline's own source likewise; not for one of the user's. */
    public DatabaseUrl sourceAdministrator() {
        return source().url().as("postgres", secrets.of("postgres"));
    }

    /** Stops everything in the order in which data flows, so that what is on its way arrives. */
    @Override
    public synchronized void close() {
        quietly(
                "connection.json",
                () -> {
                    try {
                        Files.deleteIfExists(directory().connection());
                        Files.deleteIfExists(directory().services());
                        StateFile.delete(directory());
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        if (traffic != null) {
            quietly("the demo's traffic", traffic::close);
            traffic = null;
        }
        quietly("Connect", () -> kill(Part.CONNECT));
        if (sealer != null) {
            quietly("the sealer", sealer::close);
            sealer = null;
        }
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
        lock.close();
    }

    private void startAll() throws IOException, SQLException {
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
        if (seals()) {
            // Before the sink, so that the log begins with what was there.
            sealer =
                    Sealing.start(
                            directory(),
                            auditUrl().as(AuditDatabase.SEALER, secrets.of("audit.sealer")),
                            require(broker).clientSettings());
        }
        connect = startConnect();
        source().awaitCapture(this::failures, progress);
        startTraffic();
        ServiceFile.write(directory().services(), source().url(), auditUrl());
        connection().write(directory().connection());
    }

    /** A log that was sealed once stays so: rows without a seal would count as put in. */
    private boolean seals() {
        return settings.seal() || Sealing.isSealed(directory());
    }

    private void startTraffic() {
        if (settings.source() == null && settings.demo() && traffic == null) {
            traffic = ShopTraffic.start(source().url());
        }
    }

    private void startAuditDatabase() throws IOException, SQLException {
        progress.say("Starting PostgreSQL for the audit log");
        PostgresServer server =
                startPostgres(directory().audit(), ports.audit(), ServerSettings.audit());
        database = server;
        progress.say("Migrating the audit database");
        AuditDatabase.prepare(server, secrets, apiKey());
    }

    private void startSource() throws IOException, SQLException {
        if (settings.source() != null) {
            prepared = settings.source();
            source = SourceDatabase.prepare(settings.source(), settings, secrets, progress);
            return;
        }
        progress.say("Starting PostgreSQL for the source");
        PostgresServer server =
                startPostgres(directory().source(), ports.source(), ServerSettings.source());
        sourceServer = server;
        source = SourceDatabase.prepareOwn(server, settings, secrets, progress);
    }

    private PostgresServer startPostgres(Path data, int port, Map<String, String> serverSettings)
            throws IOException {
        return PostgresServer.start(
                cache(),
                data,
                directory().logs().resolve(data.getFileName() + ".log"),
                port,
                secrets.of("postgres"),
                serverSettings);
    }

    private void startBroker() throws IOException {
        progress.say("Starting Kafka");
        broker =
                KafkaBroker.start(
                        directory().kafka(),
                        ports.kafka(),
                        ports.controller(),
                        secrets.of("kafka"));
    }

    private ConfigurableApplicationContext startIngest() {
        Map<String, Object> ingestSettings =
                IngestSettings.of(
                        source().name(),
                        require(broker),
                        auditUrl(),
                        ports.ingest(),
                        directory().streams());
        return IngestApplication.builder(ingestSettings)
                .initializers(
                        (GenericApplicationContext context) ->
                                context.registerBean(Filter.class, () -> new KeyFilter(apiKey())))
                .run();
    }

    private ConfigurableApplicationContext startApi() {
        return ApiApplication.builder(ApiSettings.of(auditUrl(), ports.api(), directory())).run();
    }

    private ConnectWorker startConnect() {
        ConnectWorker worker =
                ConnectWorker.start(require(broker).clientSettings(), directory().connectOffsets());
        connect = worker;
        worker.run(
                SINK_CONNECTOR,
                ConnectorSettings.sink(
                        source().name(),
                        auditUrl().as(AuditDatabase.WRITER, secrets.of("audit.writer")),
                        seals() && sinkSeals ? require(broker).clientSettings() : null));
        worker.run(
                SOURCE_CONNECTOR,
                ConnectorSettings.source(
                        source().name(), source().captureUrl(), settings.tables()));
        return worker;
    }

    private DatabaseUrl auditUrl() {
        return new DatabaseUrl(
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

    private DataDirectory directory() {
        return settings.directory();
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
