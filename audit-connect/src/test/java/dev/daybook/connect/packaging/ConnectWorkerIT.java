package dev.daybook.connect.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.daybook.connect.FreePorts;
import dev.daybook.connect.sink.AuditDatabase;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The plugin zip on MSK Connect's software: a Connect 3.7 worker under Java 17, each in a process
 * of its own, plugins found by their service files alone.
 */
class ConnectWorkerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(180);

    @TempDir Path directory;

    private String rest = "";

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void entriesBecomeRowsOnAnOldWorkerUnderJava17AndWhatExpiredWhileItStoodStillIsAGap()
            throws Exception {
        // Given
        Optional<Path> java = java17();
        assumeTrue(
                java.isPresent(),
                "Skipped: no Java 17 found in Maven's own JVM, JAVA17_HOME, JAVA_HOME_17_X64 or"
                        + " /usr/lib/jvm; install one, or name it in JAVA17_HOME.");
        Path plugins = unzip(Path.of(System.getProperty("daybook.plugin")));
        AuditDatabase database = AuditDatabase.create();
        String broker = startBroker(java.get());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker))) {
            await("the topics", () -> createTopics(admin), present -> present);

            // When
            Process worker = startWorker(java.get(), broker, plugins, database);
            produce(broker);

            // Then
            await(
                    "the rows",
                    () ->
                            database.rows(
                                    "SELECT (SELECT count(*) FROM audit.entry), (SELECT count(*) FROM"
                                            + " audit.rejected), (SELECT count(*) FROM audit.watermark)"),
                    List.of("2|1|1")::equals);
            assertThat(
                            database.rows(
                                    "SELECT source, entity_key, after FROM audit.entry ORDER BY 2"))
                    .containsExactly("shop|42|{\"id\":42}", "shop|43|{\"id\":43}");
            assertThat(get(rest + "/connector-plugins"))
                    .contains("dev.daybook.connect.sink.AuditLogSinkConnector")
                    .contains("dev.daybook.connect.source.WalSourceConnector");
            assertThat(get(rest + "/connectors/audit-log/status"))
                    .contains("RUNNING")
                    .doesNotContain("FAILED");
            await(
                    "the consumer group's offsets",
                    () ->
                            admin.listConsumerGroupOffsets("connect-audit-log")
                                    .partitionsToOffsetAndMetadata()
                                    .get()
                                    .get(new TopicPartition("entries", 0)),
                    offset -> offset != null && offset.offset() == 3);

            // When it stands still while records expire, and transactions leave their markers
            worker.destroy();
            assertThat(worker.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            processes.remove(worker);
            produceMore(broker);
            admin.deleteRecords(
                            Map.of(
                                    new TopicPartition("entries", 0),
                                    RecordsToDelete.beforeOffset(5)))
                    .all()
                    .get(60, TimeUnit.SECONDS);
            startWorker(java.get(), broker, plugins, database);

            // Then
            await(
                    "what came meanwhile",
                    () -> database.rows("SELECT entity_key FROM audit.entry ORDER BY 1"),
                    List.of("42", "43", "46", "50", "51", "52", "53")::equals);
            assertThat(
                            database.rows(
                                    "SELECT source, cause, topic, partition, from_offset, to_offset,"
                                            + " from_time FROM audit.gap"))
                    .containsExactly("shop|expired|entries|0|3|5|2026-11-22 09:30:01+00");
        }
    }

    /**
     * Whether the topics are there; the broker may have made them although its answer came late.
     */
    private static boolean createTopics(Admin admin) throws Exception {
        List<NewTopic> wanted =
                List.of(
                        new NewTopic("entries", 2, (short) 1),
                        new NewTopic("transactions", 1, (short) 1),
                        new NewTopic("rejected", 1, (short) 1));
        Set<String> present = admin.listTopics().names().get(30, TimeUnit.SECONDS);
        if (wanted.stream().allMatch(topic -> present.contains(topic.name()))) {
            return true;
        }
        admin.createTopics(wanted).all().get(60, TimeUnit.SECONDS);
        return true;
    }

    private void produce(String broker) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(entry(0, 42));
            producer.send(entry(1, 43));
            producer.send(
                    new ProducerRecord<>(
                            "entries", 0, "key".getBytes(StandardCharsets.UTF_8), null));
            ProducerRecord<byte[], byte[]> watermark =
                    new ProducerRecord<>(
                            "entries",
                            0,
                            null,
                            """
                            {"source":"shop","changes_partition":0,"changes_partitions":1,
                             "complete_until":"2026-11-22T09:30:01.000000Z","position":null}\
                            """
                                    .getBytes(StandardCharsets.UTF_8));
            watermark
                    .headers()
                    .add("daybook.kind", "watermark".getBytes(StandardCharsets.US_ASCII));
            producer.send(watermark);
        }
    }

    /** Three entries to partition 0; two transactions of two to partition 1. */
    private static void produceMore(String broker) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker, "transactional.id", "test"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.initTransactions();
            for (int number = 50; number < 54; number += 2) {
                producer.beginTransaction();
                producer.send(entry(1, number));
                producer.send(entry(1, number + 1));
                producer.commitTransaction();
            }
        }
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (int number = 44; number < 47; number++) {
                producer.send(entry(0, number));
            }
        }
    }

    private static ProducerRecord<byte[], byte[]> entry(int partition, int number) {
        return new ProducerRecord<>(
                "entries",
                partition,
                ("shop\u001Fpublic.t\u001F" + number).getBytes(StandardCharsets.UTF_8),
                """
                {"id":"01a20297-4e38-8001-8000-0000000000%1$d",
                 "committed_at":"2026-11-22T09:30:00.120001Z","source":"shop",
                 "table_name":"public.t","entity_key":"%1$d","operation":"insert","sequence":1,
                 "after":{"id":%1$d}}\
                """
                        .formatted(number)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private String startBroker(Path java) throws Exception {
        int[] ports = FreePorts.distinct(2);
        int port = ports[0];
        int controller = ports[1];
        Path settings =
                Files.writeString(
                        directory.resolve("broker.properties"),
                        """
                        process.roles=broker,controller
                        node.id=1
                        controller.quorum.voters=1@localhost:%2$d
                        listeners=PLAINTEXT://localhost:%1$d,CONTROLLER://localhost:%2$d
                        advertised.listeners=PLAINTEXT://localhost:%1$d
                        controller.listener.names=CONTROLLER
                        log.dirs=%3$s
                        offsets.topic.replication.factor=1
                        offsets.topic.num.partitions=1
                        transaction.state.log.replication.factor=1
                        transaction.state.log.min.isr=1
                        transaction.state.log.num.partitions=1
                        group.initial.rebalance.delay.ms=0
                        auto.create.topics.enable=false
                        """
                                .formatted(port, controller, directory.resolve("log")));
        Process format =
                start(
                        java,
                        "format",
                        "kafka.tools.StorageTool",
                        "format",
                        "-t",
                        "daybookdaybookdaybookA",
                        "-c",
                        settings.toString());
        assertThat(format.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        start(java, "broker", "kafka.Kafka", settings.toString());
        return "localhost:" + port;
    }

    private Process startWorker(Path java, String broker, Path plugins, AuditDatabase database)
            throws IOException {
        rest = "http://localhost:" + FreePorts.one();
        Path worker =
                Files.writeString(
                        directory.resolve("worker.properties"),
                        """
                        bootstrap.servers=%s
                        key.converter=org.apache.kafka.connect.storage.StringConverter
                        value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
                        offset.storage.file.filename=%s
                        offset.flush.interval.ms=500
                        plugin.path=%s
                        plugin.discovery=service_load
                        listeners=%s
                        """
                                .formatted(broker, directory.resolve("offsets"), plugins, rest));
        Path sink =
                Files.writeString(
                        directory.resolve("sink.properties"),
                        """
                        name=audit-log
                        connector.class=dev.daybook.connect.sink.AuditLogSinkConnector
                        tasks.max=1
                        topics=entries,transactions,rejected
                        entries.partitions=2
                        database.url=%s
                        database.user=daybook_writer
                        database.password=%s
                        """
                                .formatted(database.url(), AuditDatabase.PASSWORD));
        return start(
                java,
                "worker",
                "org.apache.kafka.connect.cli.ConnectStandalone",
                worker.toString(),
                sink.toString());
    }

    private Process start(Path java, String name, String main, String... arguments)
            throws IOException {
        Path libraries = Path.of(System.getProperty("daybook.connect"));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                java.toString(),
                                "-Xmx256m",
                                "-cp",
                                libraries.resolve("*").toString(),
                                main));
        command.addAll(List.of(arguments));
        // The output is kept beside the test's own report, for when it fails.
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                libraries
                                        .resolveSibling("connect-worker-it-" + name + ".log")
                                        .toFile())
                        .start();
        processes.add(process);
        return process;
    }

    private Path unzip(Path zip) throws IOException {
        Path plugins = Files.createDirectory(directory.resolve("plugins"));
        List<String> jars = new ArrayList<>();
        try (ZipInputStream input = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry; (entry = input.getNextEntry()) != null; ) {
                Path target = plugins.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(input, target);
                    jars.add(target.getFileName().toString().replaceAll("-[0-9].*", ""));
                }
            }
        }
        assertThat(jars).contains("audit-connect", "postgresql", "jackson-core");
        return plugins;
    }

    private static Optional<Path> java17() throws IOException {
        List<Path> homes = new ArrayList<>();
        for (String home :
                new String[] {
                    System.getProperty("daybook.maven.java.home"),
                    System.getenv("JAVA17_HOME"),
                    System.getenv("JAVA_HOME_17_X64")
                }) {
            if (home != null) {
                homes.add(Path.of(home));
            }
        }
        Path installed = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(installed)) {
            try (Stream<Path> found = Files.list(installed)) {
                found.sorted().forEach(homes::add);
            }
        }
        for (Path home : homes) {
            Path release = home.resolve("release");
            Path java = home.resolve("bin").resolve("java");
            if (Files.isExecutable(java)
                    && Files.isReadable(release)
                    && Files.readString(release).contains("JAVA_VERSION=\"17.")) {
                return Optional.of(java);
            }
        }
        return Optional.empty();
    }

    private static String get(String url) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url)).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Asks until the answer is the wanted one; a failing question is asked again. */
    private <T> void await(String what, Callable<T> question, Predicate<T> wanted)
            throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Object last = null;
        while (System.nanoTime() < deadline) {
            try {
                T answer = question.call();
                if (wanted.test(answer)) {
                    return;
                }
                last = answer;
            } catch (Exception e) {
                last = e;
            }
            for (Process process : processes) {
                if (!process.isAlive() && process.exitValue() != 0) {
                    throw new AssertionError(
                            "A process ended with "
                                    + process.exitValue()
                                    + " while waiting for "
                                    + what
                                    + "; see target/connect-worker-it-*.log.");
                }
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new AssertionError(
                "No "
                        + what
                        + " within "
                        + PATIENCE
                        + "; last answer: "
                        + last
                        + "; see target/connect-worker-it-*.log.");
    }
}
