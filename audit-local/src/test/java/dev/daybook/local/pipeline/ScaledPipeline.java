package dev.daybook.local.pipeline;

import dev.daybook.contract.SinkSetting;
import dev.daybook.contract.Topic;
import dev.daybook.ingest.IngestApplication;
import dev.daybook.local.FreePorts;
import dev.daybook.local.Progress;
import dev.daybook.local.kafka.ConnectWorker;
import dev.daybook.local.kafka.KafkaBroker;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.local.postgres.PostgresServer;
import dev.daybook.seal.Sealer;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;

import tools.jackson.databind.json.JsonMapper;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A pipeline whose ingest runs as several instances and whose sink as several workers of two tasks
 * each, every one a process of its own, which can be added, asked to stop, and killed with SIGKILL.
 * Broker, source connector, sealer and audit database are one each.
 */
public final class ScaledPipeline implements AutoCloseable {

    /** Of the change topic, and of the topic of entries. */
    public static final int PARTITIONS = 4;

    private static final String SINK = "daybook-sink";

    private static final Path MODULE_CLASSES = Path.of("target", "classes");

    /** The classes of this build, and the libraries. */
    private static final String CLASSES =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    private final Path directory;
    private final PostgresServer audit;
    private final KafkaBroker broker;
    private final SourceDatabase source;
    private final Secrets secrets;
    private final ConnectWorker capture;
    private final Sealer sealer;
    private final Deque<Process> ingests = new ArrayDeque<>();
    private final Deque<Process> sinks = new ArrayDeque<>();
    private int started;

    /**
     * @param source the database to audit, a superuser's URL
     * @param tables which tables
     */
    public ScaledPipeline(Path directory, DatabaseUrl source, String tables)
            throws IOException, SQLException, InterruptedException, ExecutionException {
        this.directory = directory;
        Files.createDirectories(directory);
        secrets = new Secrets(directory.resolve("secrets.properties"));
        audit =
                PostgresServer.start(
                        Path.of(System.getProperty("user.home"), ".cache", "daybook"),
                        directory.resolve("audit"),
                        directory.resolve("audit.log"),
                        FreePorts.one(),
                        secrets.of("postgres"),
                        ServerSettings.audit());
        AuditDatabase.prepare(audit, secrets, "dbk_" + secrets.of("api.key"));
        this.source =
                SourceDatabase.prepare(
                        source,
                        new LocalSettings(directory, 0, source, tables, false),
                        secrets,
                        Progress.silent());
        int[] ports = FreePorts.distinct(2);
        broker =
                KafkaBroker.start(
                        directory.resolve("kafka"), ports[0], ports[1], secrets.of("kafka"));
        String name = this.source.name();
        createTopics(
                new NewTopic(Topic.changesOf(name), PARTITIONS, (short) 1),
                new NewTopic(Topic.ENTRIES.defaultName(), PARTITIONS, (short) 1),
                new NewTopic(Topic.TRANSACTIONS.defaultName(), PARTITIONS, (short) 1),
                new NewTopic(Topic.REJECTED.defaultName(), 1, (short) 1));
        sealer =
                Sealing.start(
                        new DataDirectory(directory),
                        reader().as(AuditDatabase.SEALER, secrets.of("audit.sealer")),
                        broker.clientSettings());
        capture =
                ConnectWorker.start(broker.clientSettings(), directory.resolve("connect-offsets"));
        Map<String, String> settings =
                new HashMap<>(ConnectorSettings.source(name, this.source.captureUrl(), tables));
        settings.put("topic.partitions", Integer.toString(PARTITIONS));
        capture.run("daybook-source", settings);
    }

    private Admin admin() {
        return Admin.create(new HashMap<String, Object>(broker.clientSettings()));
    }

    private void createTopics(NewTopic... topics) throws InterruptedException, ExecutionException {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(topics)).all().get();
        }
    }

    /** Returns the audit database for reading, a URL with its password. */
    public String auditUrl() {
        return reader().psqlUrl();
    }

    private DatabaseUrl reader() {
        return new DatabaseUrl(
                "127.0.0.1",
                audit.port(),
                AuditDatabase.NAME,
                AuditDatabase.READER,
                secrets.of("audit.reader"),
                "");
    }

    /** Starts one more instance of the ingest. */
    public void addIngest() throws IOException {
        addIngest(CLASSES);
    }

    /**
     * Starts one more instance of the ingest as an earlier build had it, with the libraries of
     * today.
     *
     * @param build where that build was compiled, a folder with the modules
     */
    public void addEarlierIngest(Path build) throws IOException {
        List<String> classes = new ArrayList<>();
        for (String entry : CLASSES.split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isRegularFile(path)) {
                classes.add(entry);
            } else if (path.endsWith(MODULE_CLASSES)) {
                Path earlier =
                        build.resolve(path.getName(path.getNameCount() - 3))
                                .resolve(MODULE_CLASSES);
                if (Files.isDirectory(earlier)) {
                    classes.add(earlier.toString());
                }
            }
        }
        addIngest(String.join(File.pathSeparator, classes));
    }

    private void addIngest(String classes) throws IOException {
        int number = started++;
        Map<String, Object> settings =
                IngestSettings.of(
                        source.name(), broker, reader(), 0, directory.resolve("streams-" + number));
        settings.put("daybook.ingest.sources." + source.name() + ".partitions", PARTITIONS);
        settings.put("daybook.ingest.topics.entries.partitions", PARTITIONS);
        settings.put("daybook.ingest.instance-id", "i" + number);
        settings.put("daybook.ingest.commit-interval", "200ms");
        settings.put("spring.kafka.properties.session.timeout.ms", "6000");
        settings.replaceAll((key, value) -> value.toString());
        Map<String, String> environment =
                Map.of("SPRING_APPLICATION_JSON", JsonMapper.shared().writeValueAsString(settings));
        ingests.addLast(start("ingest-" + number, classes, IngestApplication.class, environment));
    }

    /** Starts one more worker with two tasks of the sink. */
    public void addSink() throws IOException {
        int number = started++;
        Map<String, String> settings =
                new HashMap<>(
                        ConnectorSettings.sink(
                                source.name(),
                                new DatabaseUrl(
                                        "127.0.0.1",
                                        audit.port(),
                                        AuditDatabase.NAME,
                                        AuditDatabase.WRITER,
                                        secrets.of("audit.writer"),
                                        ""),
                                broker.clientSettings()));
        settings.put("tasks.max", "2");
        settings.put(SinkSetting.ENTRIES_PARTITIONS, Integer.toString(PARTITIONS));
        Properties file = new Properties();
        settings.forEach((key, value) -> file.setProperty(SinkWorker.CONNECTOR + key, value));
        broker.clientSettings()
                .forEach((key, value) -> file.setProperty(SinkWorker.CLIENT + key, value));
        Path path = directory.resolve("sink-" + number + ".properties");
        try (OutputStream out = Files.newOutputStream(path)) {
            file.store(out, null);
        }
        sinks.addLast(
                start(
                        "sink-" + number,
                        CLASSES,
                        SinkWorker.class,
                        Map.of(),
                        SINK,
                        path.toString()));
    }

    private Process start(
            String name,
            String classes,
            Class<?> main,
            Map<String, String> environment,
            String... arguments)
            throws IOException {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                classes,
                                main.getName()));
        line.addAll(List.of(arguments));
        ProcessBuilder process =
                new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        directory.resolve(name + ".log").toFile()));
        process.environment().putAll(environment);
        return process.start();
    }

    /** Kills the instance that runs longest. */
    public void killIngest() throws InterruptedException {
        ingests.removeFirst().destroyForcibly().waitFor();
    }

    /** Kills the worker that runs longest. */
    public void killSink() throws InterruptedException {
        sinks.removeFirst().destroyForcibly().waitFor();
    }

    /** Asks the instance that runs longest to stop, and waits for it. */
    public void stopIngest() throws InterruptedException {
        stop(ingests.removeFirst());
    }

    /** Asks the worker that runs longest to stop, and waits for it. */
    public void stopSink() throws InterruptedException {
        stop(sinks.removeFirst());
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("It does not stop when asked to.");
        }
    }

    /** Waits until so many instances and tasks have partitions. */
    public void awaitShared(int instances, int tasks)
            throws InterruptedException, ExecutionException {
        long deadline =
                System.nanoTime()
                        + TimeUnit.SECONDS.toNanos(Integer.getInteger("daybook.arrival", 180));
        try (Admin admin = admin()) {
            List<Integer> seen = List.of();
            while (!seen.equals(List.of(instances, tasks))) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError(
                            "Instances and tasks with partitions: " + seen + ". " + this);
                }
                TimeUnit.MILLISECONDS.sleep(200);
                seen =
                        List.of(
                                withPartitions(admin, "daybook-ingest"),
                                withPartitions(admin, "connect-" + SINK));
            }
        }
    }

    private static int withPartitions(Admin admin, String group)
            throws InterruptedException, ExecutionException {
        try {
            int members = 0;
            for (MemberDescription member :
                    admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group)
                            .get()
                            .members()) {
                members += member.assignment().topicPartitions().isEmpty() ? 0 : 1;
            }
            return members;
        } catch (ExecutionException notYet) {
            return 0;
        }
    }

    /** Returns the ends of what the processes wrote. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("source: " + capture.failures("daybook-source"));
        for (int number = 0; number < started; number++) {
            for (String what : new String[] {"ingest-", "sink-"}) {
                Path log = directory.resolve(what + number + ".log");
                try {
                    if (Files.exists(log)) {
                        List<String> lines = Files.readAllLines(log);
                        out.append("\n").append(log.getFileName()).append(": ");
                        out.append(lines.subList(Math.max(0, lines.size() - 5), lines.size()));
                    }
                } catch (IOException e) {
                    out.append(e);
                }
            }
        }
        return out.toString();
    }

    @Override
    public void close() {
        ingests.forEach(Process::destroyForcibly);
        sinks.forEach(Process::destroyForcibly);
        capture.close();
        sealer.close();
        broker.close();
        audit.close();
    }
}
