package dev.daybook.local.cli;

import dev.daybook.local.Logs;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.doctor.AuditExamination;
import dev.daybook.local.doctor.DmsExamination;
import dev.daybook.local.doctor.DmsRecordsExamination;
import dev.daybook.local.doctor.DmsTask;
import dev.daybook.local.doctor.InvalidInputException;
import dev.daybook.local.doctor.KafkaExamination;
import dev.daybook.local.doctor.PipelineExamination;
import dev.daybook.local.doctor.Report;
import dev.daybook.local.doctor.SourceExamination;
import dev.daybook.local.doctor.SourceQuestion;
import dev.daybook.local.doctor.TopicNames;
import dev.daybook.local.doctor.UnreachableException;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DiskSpace;
import dev.daybook.local.pipeline.Secrets;
import dev.daybook.local.pipeline.StateFile;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.source.SourcePreparation;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;

@Command(
        name = "doctor",
        description = {
            "Looks for what keeps an audit log from being complete, and says what to do about it.",
            "Without options it examines the pipeline that runs on the data directory; with options,"
                    + " what they name. It changes nothing. Exit code 0 when nothing is wrong, 1 when"
                    + " there are errors, 3 when there are only warnings."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Option(
            names = "--source",
            paramLabel = "URL",
            description =
                    "A source database: postgresql://USER@HOST:PORT/DATABASE, the password in"
                            + " PGPASSWORD.")
    private @Nullable String source;

    @Option(
            names = "--tables",
            paramLabel = "PATTERN",
            description = "Which tables of it (default: those that it is prepared for, else all).")
    private @Nullable String tables;

    @Option(names = "--dms", description = "AWS DMS captures the source, or is to.")
    private boolean dms;

    @Option(
            names = "--dms-task-settings",
            paramLabel = "FILE",
            description =
                    "The task's settings, or the output of aws dms describe-replication-tasks.")
    private @Nullable Path taskSettings;

    @Option(
            names = "--dms-table-mappings",
            paramLabel = "FILE",
            description = "The task's table mappings.")
    private @Nullable Path tableMappings;

    @Option(
            names = "--kafka",
            paramLabel = "BOOTSTRAP",
            description = "The brokers of a deployment, HOST:PORT with commas between.")
    private @Nullable String kafka;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description = "Properties of a Kafka client: how to log in to them.")
    private @Nullable Path kafkaConfig;

    @Option(
            names = "--topic",
            paramLabel = "ROLE=NAME",
            description =
                    "The name of a topic that is not called by its role: changes, entries,"
                            + " transactions, tables, rejected.")
    private Map<String, String> topics = new LinkedHashMap<>();

    @Option(
            names = "--group",
            paramLabel = "NAME",
            defaultValue = KafkaExamination.DEFAULT_GROUP,
            description = "The ingest's application-id (default: ${DEFAULT-VALUE}).")
    private String group = KafkaExamination.DEFAULT_GROUP;

    @Option(
            names = "--audit",
            paramLabel = "URL",
            description = "The audit database of a deployment; daybook_reader is enough.")
    private @Nullable String audit;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Spec private CommandSpec spec;

    private final Report report = new Report();

    @Override
    public Integer call() throws IOException, SQLException {
        // What its clients complain of is said as a finding.
        Logs.silence("org.apache.kafka");
        requireSense();
        try {
            if (source == null
                    && taskSettings == null
                    && tableMappings == null
                    && kafka == null
                    && audit == null) {
                examinePipeline();
            } else {
                examineWhatIsNamed();
            }
        } catch (InvalidInputException e) {
            throw new UserError(e.problem(), e.remedy());
        }
        spec.commandLine().getOut().println(Screen.json(json ? report.json() : report.text()));
        return report.exitCode();
    }

    private void requireSense() {
        if (source == null && tables != null) {
            throw new UserError("--tables narrows --source, which is missing.", "Name it.");
        }
        if (source == null && dms) {
            throw new UserError("--dms says who captures --source, which is missing.", "Name it.");
        }
        if (kafka == null && (kafkaConfig != null || !topics.isEmpty())) {
            throw new UserError(
                    "--kafka-config and --topic are about --kafka, which is missing.", "Name it.");
        }
    }

    // A deployment --------------------------------------------------------------------------------

    private void examineWhatIsNamed() throws SQLException {
        DmsTask task =
                taskSettings == null && tableMappings == null
                        ? null
                        : DmsTask.read(taskSettings, tableMappings);
        if (source != null) {
            DatabaseUrl url = DatabaseUrl.parse(source, System.getenv());
            SourceQuestion question = new SourceQuestion(tables, dms || task != null, false, task);
            try (Connection connection = connect("source", url)) {
                report.add("source", url.toString(), SourceExamination.of(connection, question));
            }
        }
        if (task != null) {
            report.add("dms", task.name(), DmsExamination.of(task));
        }
        KafkaExamination cluster = null;
        if (kafka != null) {
            Map<String, Object> settings = clientSettings();
            settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka);
            try {
                cluster = examineKafka(settings, false);
            } catch (UnreachableException e) {
                throw new UserError(
                        "The brokers " + kafka + " cannot be asked: " + withoutStop(e) + ".",
                        "Check the address, and the login in --kafka-config.");
            }
            report.add("kafka", kafka, cluster.findings());
            if (task != null) {
                examineRecords(settings, cluster, task);
            }
        }
        if (audit != null) {
            DatabaseUrl url = DatabaseUrl.parse(audit, System.getenv());
            try (Connection connection = connect("audit database", url)) {
                report.add("audit", url.toString(), AuditExamination.of(connection, cluster));
            } catch (SQLException e) {
                throw new UserError(
                        "The audit database "
                                + url
                                + " cannot be examined: "
                                + withoutStop(e)
                                + ".",
                        "Log in as daybook_reader, or as a superuser.");
            }
        }
    }

    /** What the records themselves show of the task's settings, and of its endpoint's. */
    private void examineRecords(
            Map<String, Object> settings, KafkaExamination cluster, DmsTask task) {
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 20_000);
        String target = String.join(", ", cluster.changeTopics());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            report.add(
                    "records",
                    target,
                    DmsRecordsExamination.of(consumer, cluster.changeTopics(), task));
        } catch (KafkaException e) {
            report.unreachable(
                    "records",
                    target,
                    "They cannot be read: " + withoutStop(e) + ".",
                    "Let the user of --kafka-config read the change topics.");
        }
    }

    private Map<String, Object> clientSettings() {
        Properties properties = new Properties();
        if (kafkaConfig != null) {
            try (Reader in = Files.newBufferedReader(kafkaConfig)) {
                properties.load(in);
            } catch (IOException | IllegalArgumentException e) {
                throw new UserError(
                        "The file " + kafkaConfig + " cannot be read: " + withoutStop(e) + ".",
                        "It is a file of properties, as Kafka's own tools take with"
                                + " --command-config.");
            }
        }
        Map<String, Object> settings = new LinkedHashMap<>();
        properties.forEach((name, value) -> settings.put(name.toString(), value));
        return settings;
    }

    private KafkaExamination examineKafka(Map<String, Object> settings, boolean oneBroker)
            throws UnreachableException {
        settings.putIfAbsent(AdminClientConfig.CLIENT_ID_CONFIG, "daybook-doctor");
        settings.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 20_000);
        settings.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        try (Admin admin = Admin.create(settings)) {
            return KafkaExamination.of(admin, new TopicNames(topics), group, oneBroker);
        } catch (KafkaException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new UserError(
                    "The settings of the Kafka client are wrong: " + withoutStop(root) + ".",
                    "Put them right in --kafka-config.");
        }
    }

    // The pipeline on this machine ----------------------------------------------------------------

    private void examinePipeline() throws IOException {
        ConnectionInfo connection = data.runningConnection();
        examineSource(connection);
        KafkaExamination cluster = examineBroker(connection);
        examineLog(connection, cluster);
        examineServices(connection);
        report.add(
                "connectors",
                data.directory().toString(),
                PipelineExamination.ofParts(
                        StateFile.read(data.directory(), Clock.systemUTC().instant())));
        DiskSpace space = DiskSpace.of(data.directory());
        report.add(
                "disk",
                data.directory().toString(),
                PipelineExamination.ofDisk(space.isLow(), space.inWords()));
    }

    private void examineSource(ConnectionInfo connection) throws IOException {
        DatabaseUrl url = DatabaseUrl.parse(connection.sourceUrl(), Map.of());
        // The application's role need not be allowed to read what the capture is told.
        DatabaseUrl capture =
                url.user().equals(SourcePreparation.ROLE)
                        ? url
                        : url.as(
                                SourcePreparation.ROLE,
                                new Secrets(data.directory().secrets()).of("source.capture"));
        try (Connection database = connect("source", capture)) {
            report.add(
                    "source",
                    capture.toString(),
                    SourceExamination.of(database, SourceQuestion.ofRunning()));
        } catch (UserError | SQLException e) {
            unreachable("source", capture.toString(), e);
        }
    }

    private @Nullable KafkaExamination examineBroker(ConnectionInfo connection) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, connection.kafka());
        settings.put("security.protocol", "SASL_PLAINTEXT");
        settings.put("sasl.mechanism", "PLAIN");
        settings.put(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
                        + connection.kafkaUser()
                        + "\" password=\""
                        + connection.kafkaPassword()
                        + "\";");
        try {
            KafkaExamination cluster = examineKafka(settings, true);
            report.add("kafka", connection.kafka(), cluster.findings());
            return cluster;
        } catch (UserError | UnreachableException e) {
            unreachable("kafka", connection.kafka(), e);
            return null;
        }
    }

    private void examineLog(ConnectionInfo connection, @Nullable KafkaExamination cluster) {
        DatabaseUrl url = DatabaseUrl.parse(connection.auditUrl(), Map.of());
        try (Connection database = connect("audit database", url)) {
            report.add("audit", url.toString(), AuditExamination.of(database, cluster));
        } catch (UserError | SQLException e) {
            unreachable("audit", url.toString(), e);
        }
    }

    private void examineServices(ConnectionInfo connection) {
        ApiClient client = new ApiClient(connection);
        try {
            report.add(
                    "ingest",
                    connection.ingest(),
                    PipelineExamination.ofIngest(client.health(connection.ingest())));
        } catch (UserError e) {
            unreachable("ingest", connection.ingest(), e);
        }
        try {
            client.get("/coverage");
            report.add("api", connection.api(), List.of());
        } catch (UserError e) {
            unreachable("api", connection.api(), e);
        }
    }

    private void unreachable(String area, String target, Exception reason) {
        report.unreachable(
                area,
                target,
                "It cannot be examined: " + withoutStop(reason) + ".",
                "See logs/ in the data directory; ./daybook stop and ./daybook up start it again.");
    }

    private static Connection connect(String what, DatabaseUrl url) {
        Connection connection = url.connect(what);
        try {
            connection.setReadOnly(true);
        } catch (SQLException e) {
            throw new UserError("The " + what + " " + url + " is gone.", "Try again.");
        }
        return connection;
    }

    /** One line of what went wrong, without the full stop at its end. */
    private static String withoutStop(Throwable e) {
        String message = String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
        return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
    }
}
