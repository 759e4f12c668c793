package dev.daybook.bench;

import dev.daybook.bench.api.ApiBench;
import dev.daybook.bench.codec.Codecs;
import dev.daybook.bench.jvm.WarmUp;
import dev.daybook.local.Logs;
import dev.daybook.local.Progress;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;

import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Measures the whole pipeline on this machine: {@code ./daybook bench}. */
@Command(
        name = "daybook bench",
        description = {
            "Measures the whole pipeline on this machine, on a database of its own:",
            "how fast a backlog drains and what each stage costs, how long a commit takes to be",
            "readable through REST at 30, 50 and 70 %% of that rate, and whether either changes"
                    + " when",
            "ten times as many entries are stored."
        },
        mixinStandardHelpOptions = true,
        subcommands = {ApiBench.class, EvidenceBench.class},
        sortOptions = false)
public final class Bench implements Callable<Integer> {

    @Option(
            names = "--changes",
            defaultValue = "500000",
            description = "Changes in the backlog (default: ${DEFAULT-VALUE}).")
    private int changes = 500_000;

    @Option(
            names = "--latency-seconds",
            defaultValue = "30",
            description = "How long each load is held (default: ${DEFAULT-VALUE}).")
    private int latencySeconds = 30;

    @Option(
            names = "--loads",
            split = ",",
            defaultValue = "30,50,70",
            description = "Loads, in percent of the drained rate (default: ${DEFAULT-VALUE}).")
    private List<Integer> loads = List.of(30, 50, 70);

    @Option(
            names = "--growth",
            defaultValue = "10",
            description =
                    "Repeat with so many times the backlog already stored; 0 leaves that out"
                            + " (default: ${DEFAULT-VALUE}).")
    private int growth = 10;

    @Option(
            names = "--data-dir",
            paramLabel = "D",
            description =
                    "A new directory to work in (default: a temporary one, removed afterwards).")
    private @Nullable Path dataDirectory;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Where the figures are written (default: ${DEFAULT-VALUE}).")
    private Path json = Path.of("bench.json");

    @Option(names = "--no-seal", description = "Do not seal the log.")
    private boolean noSeal;

    @Option(names = "--codecs", description = "Run the JMH benchmarks of the codecs instead.")
    private boolean codecs;

    private Bench() {}

    public static void main(String[] arguments) {
        CommandLine command =
                new CommandLine(new Bench())
                        .setExecutionExceptionHandler(
                                (failure, line, parsed) -> {
                                    if (failure instanceof UserError) {
                                        line.getErr().println("daybook: " + failure.getMessage());
                                    } else {
                                        failure.printStackTrace(line.getErr());
                                    }
                                    return 2;
                                });
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        if (codecs) {
            Codecs.run();
            return 0;
        }
        Path directory =
                dataDirectory == null ? Files.createTempDirectory("daybook-bench") : dataDirectory;
        if (Files.exists(directory.resolve("audit"))) {
            throw new UserError(
                    directory + " holds a pipeline's data already.",
                    "Give --data-dir a new directory.");
        }
        Logs.writeTo(directory.resolve("logs"));
        Report report = new Report(Machine.describe());
        Progress progress = line -> System.err.println("  " + line);
        System.err.println("Measuring on " + report.machine());
        try (LocalPipeline pipeline =
                LocalPipeline.start(
                        new LocalSettings(
                                new DataDirectory(directory), 0, null, "bench.*", false, !noSeal),
                        progress)) {
            ConnectionInfo connection = pipeline.connection();
            try (Workload workload =
                    new Workload(
                            connection,
                            pipeline.sourceAdministrator(),
                            pipeline.auditAdministrator())) {
                workload.createTables();
                warmUp(report, pipeline, workload, progress);
                measure(report, "", pipeline, workload, progress);
                if (growth > 0) {
                    long stored = (long) changes * growth;
                    progress.say(String.format(Locale.ROOT, "Storing %,d more entries", stored));
                    workload.fill(stored);
                    measure(
                            report,
                            String.format(Locale.ROOT, ", %,d entries stored before", stored),
                            pipeline,
                            workload,
                            progress);
                }
            }
            report.memory(Machine.residentBytes(), Machine.peakResidentBytes());
        } finally {
            if (dataDirectory == null) {
                FileSystemUtils.deleteRecursively(directory);
            }
        }
        report.print(System.out);
        Files.writeString(json, report.json());
        System.err.println("Figures written to " + json);
        return 0;
    }

    /**
     * Drains until the JVM's compiler has mostly finished, for a pipeline runs for months: a
     * shorter warm-up measures the compiler.
     */
    private void warmUp(Report report, LocalPipeline pipeline, Workload workload, Progress progress)
            throws IOException, SQLException, InterruptedException {
        double[] rate = {0};
        WarmUp.run(
                turn -> {
                    progress.say("Warming up");
                    Drain.Result drained = new Drain(pipeline, workload).run(changes);
                    progress.say(drained.toString());
                    if (turn == 1) {
                        report.drain(" by a JVM just started", drained);
                    }
                    rate[0] = drained.perSecond();
                },
                progress);
        WarmUp.run(
                turn -> {
                    progress.say("Warming up the API");
                    progress.say(
                            new Latency(pipeline.connection(), workload)
                                    .run(30, rate[0] * 0.3, Duration.ofSeconds(latencySeconds))
                                    .toString());
                },
                progress);
    }

    private void measure(
            Report report,
            String condition,
            LocalPipeline pipeline,
            Workload workload,
            Progress progress)
            throws IOException, SQLException, InterruptedException {
        progress.say(String.format(Locale.ROOT, "Draining %,d changes%s", changes, condition));
        Drain.Result drained = new Drain(pipeline, workload).run(changes);
        report.drain(condition, drained);
        progress.say(drained.toString());
        List<Latency.Result> results = new ArrayList<>();
        for (int load : loads) {
            double rate = drained.perSecond() * load / 100;
            progress.say(
                    String.format(
                            Locale.ROOT,
                            "Latency at %d %% (%,.0f changes/s)%s",
                            load,
                            rate,
                            condition));
            Latency.Result result =
                    new Latency(pipeline.connection(), workload)
                            .run(load, rate, Duration.ofSeconds(latencySeconds));
            progress.say(result.toString());
            results.add(result);
        }
        report.latency(condition, results);
    }
}
