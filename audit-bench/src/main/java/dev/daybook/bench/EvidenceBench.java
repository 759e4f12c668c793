package dev.daybook.bench;

import dev.daybook.bench.jvm.WarmUp;
import dev.daybook.evidence.Bundle;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Policy;
import dev.daybook.evidence.Segment;
import dev.daybook.local.Logs;
import dev.daybook.local.Progress;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Verification;

import org.HdrHistogram.Histogram;
import org.springframework.util.FileSystemUtils;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Measures what sealing costs and what verifying takes: {@code ./daybook bench evidence}. */
@Command(
        name = "evidence",
        description = {
            "Measures what sealing costs: drains with and without it, alternating, in one process;",
            "a lone entry's time from commit to readable, with and without; the time from commit to",
            "sealed at half load; the rates of verification and of sealing; bytes an entry; a pack of 10,000",
            "entries, made and checked; an entry's pack with its inclusion proof by REST."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class EvidenceBench implements Callable<Integer> {

    @Option(
            names = "--changes",
            defaultValue = "200000",
            description = "Changes in each backlog (default: ${DEFAULT-VALUE}).")
    private int changes = 200_000;

    @Option(
            names = "--pairs",
            defaultValue = "6",
            description = {
                "Drains with sealing, and as many without; even, so that each comes first as often",
                "(default: ${DEFAULT-VALUE})."
            })
    private int pairs = 6;

    @Option(
            names = "--probes",
            defaultValue = "200",
            description =
                    "Lone entries with sealing, and as many without (default: ${DEFAULT-VALUE}).")
    private int probes = 200;

    @Option(
            names = "--seconds",
            defaultValue = "30",
            description =
                    "How long the half load is held; 0 leaves it out (default: ${DEFAULT-VALUE}).")
    private int seconds = 30;

    private final Progress progress = line -> System.err.println("  " + line);

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        Path directory = Files.createTempDirectory("daybook-bench");
        Logs.writeTo(directory.resolve("logs"));
        System.err.println("Measuring on " + Machine.describe());
        try (LocalPipeline pipeline =
                        LocalPipeline.start(
                                new LocalSettings(directory, 0, null, "bench.*", false), progress);
                Workload workload =
                        new Workload(
                                pipeline.connection(),
                                pipeline.sourceAdministrator(),
                                pipeline.auditAdministrator())) {
            workload.createTables();
            WarmUp.run(turn -> drain(pipeline, workload, turn % 2 == 0), progress);
            double rate = drains(pipeline, workload);
            loneEntries(pipeline, workload);
            if (seconds > 0) {
                sealedAfter(pipeline, workload, directory, rate / 2);
            }
            verification(pipeline, directory);
            bytes(pipeline, directory);
            SealingRate.run(pipeline, directory);
            new PackBench(pipeline, workload, directory).run();
        } finally {
            FileSystemUtils.deleteRecursively(directory);
        }
        return 0;
    }

    private Drain.Result drain(LocalPipeline pipeline, Workload workload, boolean seal)
            throws IOException, SQLException, InterruptedException {
        pipeline.sealFromNextStart(seal);
        Drain.Result drained = new Drain(pipeline, workload).run(changes);
        progress.say((seal ? "sealing: " : "without: ") + drained);
        return drained;
    }

    /** Returns the median rate of the drains that sealed. */
    private double drains(LocalPipeline pipeline, Workload workload)
            throws IOException, SQLException, InterruptedException {
        List<Double> cpu = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        List<Double> sealedRates = new ArrayList<>();
        Map<String, Double> more = new TreeMap<>();
        double with = 0;
        double without = 0;
        for (int i = 0; i < pairs; i++) {
            Drain.Result first = drain(pipeline, workload, i % 2 == 0);
            Drain.Result second = drain(pipeline, workload, i % 2 != 0);
            Drain.Result sealed = i % 2 == 0 ? first : second;
            Drain.Result plain = i % 2 == 0 ? second : first;
            cpu.add(plain.microsPerChange() / sealed.microsPerChange());
            rates.add(sealed.perSecond() / plain.perSecond());
            sealedRates.add(sealed.perSecond());
            with += sealed.microsPerChange() / pairs;
            without += plain.microsPerChange() / pairs;
            sealed.cpuNanos()
                    .keySet()
                    .forEach(
                            stage ->
                                    more.merge(
                                            stage,
                                            (sealed.microsPerChange(stage)
                                                            - plain.microsPerChange(stage))
                                                    / pairs,
                                            Double::sum));
        }
        say(
                "Drain of %,d changes, %d pairs: with sealing ÷ without %.3f in CPU (%.1f and %.1f µs a change; median of the pairs"
                        + " %.3f), %.3f in changes/s (median).",
                changes, pairs, without / with, with, without, median(cpu), median(rates));
        more.forEach((stage, micros) -> say("  %-18s %+6.2f µs a change", stage, micros));
        return median(sealedRates);
    }

    private void loneEntries(LocalPipeline pipeline, Workload workload)
            throws IOException, SQLException, InterruptedException {
        Histogram sealed = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
        Histogram plain = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
        for (int turn = 0; turn < 4; turn++) {
            boolean seal = turn % 2 == 0;
            pipeline.kill(Part.CONNECT);
            pipeline.sealFromNextStart(seal);
            pipeline.start(Part.CONNECT);
            try (Connection source = Workload.connect(workload.source());
                    Connection audit =
                            Workload.connect(
                                    DatabaseUrl.parse(
                                            pipeline.connection().auditUrl(), Map.of()))) {
                LoneEntry lone = new LoneEntry(source, audit);
                lone.run(20);
                (seal ? sealed : plain).add(lone.run(probes / 2));
            }
        }
        for (double percentile : new double[] {50, 90, 99}) {
            double with = sealed.getValueAtPercentile(percentile) / 1_000.0;
            double without = plain.getValueAtPercentile(percentile) / 1_000.0;
            say(
                    "A lone entry, commit to readable, p%.0f: %.2f ms with sealing, %.2f without, %+.2f.",
                    percentile, with, without, with - without);
        }
    }

    /** Compares the commit of each entry with the clock of the leaf that sealed it. */
    private void sealedAfter(LocalPipeline pipeline, Workload workload, Path directory, double rate)
            throws IOException, SQLException, InterruptedException {
        pipeline.kill(Part.CONNECT);
        pipeline.sealFromNextStart(true);
        pipeline.start(Part.CONNECT);
        new Latency(pipeline.connection(), workload).run(50, rate, Duration.ofSeconds(5));
        long from = System.currentTimeMillis();
        Latency.Result result =
                new Latency(pipeline.connection(), workload)
                        .run(50, rate, Duration.ofSeconds(seconds));
        Thread.sleep(5_000);
        TreeMap<Long, Long> sealed = sealedPlaces(Sealing.log(new DataDirectory(directory)));
        Histogram micros = new Histogram(TimeUnit.HOURS.toMicros(1), 3);
        try (Connection audit = Workload.connect(pipeline.auditAdministrator());
                Statement statement = audit.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT place, (extract(epoch FROM committed_at) * 1000000)::int8 FROM audit.entry"
                                        + " WHERE place IS NOT NULL AND committed_at >= to_timestamp("
                                        + from / 1_000.0
                                        + ")")) {
            while (rows.next()) {
                Map.Entry<Long, Long> segment = sealed.floorEntry(rows.getLong(1));
                if (segment != null) {
                    micros.recordValue(Math.max(0, segment.getValue() - rows.getLong(2)));
                }
            }
        }
        say(
                "Commit to sealed at half load (%,.0f changes/s): p50 %.2f s, p99 %.2f s, of %,d entries; commit to readable p50 %.1f ms.",
                result.reached(),
                micros.getValueAtPercentile(50) / 1e6,
                micros.getValueAtPercentile(99) / 1e6,
                micros.getTotalCount(),
                result.millis(50));
    }

    /** Returns when the leaves were made that list the segments, by the segments' first places. */
    private static TreeMap<Long, Long> sealedPlaces(Path log) throws IOException {
        TreeMap<Long, Long> sealed = new TreeMap<>();
        try (Stream<Path> files = Files.walk(log.resolve("tile/entries"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                for (byte[] bytes : Bundle.entries(Files.readAllBytes(file))) {
                    LogLeaf leaf = LogLeaf.parse(bytes);
                    if (leaf.content() instanceof LogLeaf.Segments segments) {
                        for (byte[] header : segments.segments()) {
                            Segment segment = Segment.parse(header);
                            sealed.put(Place.of(segment.stream(), segment.first()), leaf.at());
                        }
                    }
                }
            }
        }
        return sealed;
    }

    private void verification(LocalPipeline pipeline, Path directory)
            throws IOException, SQLException {
        DataDirectory data = new DataDirectory(directory);
        DatabaseUrl audit = pipeline.auditAdministrator();
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        Verification verification =
                new Verification(
                        new DirectoryStore(Sealing.log(data)),
                        Policy.parse(Files.readString(Sealing.policy(data))),
                        List.of(),
                        Duration.ofSeconds(60));
        long began = System.nanoTime();
        long cpu = threadNanos();
        long rows = verification.run(audit.jdbcUrl(), user, compared -> {}).verified();
        double took = (System.nanoTime() - began) / 1e9;
        double used = (threadNanos() - cpu) / 1e9;
        say(
                "Verification of %,d rows: %.1f s, %,.0f rows/s; %.1f s of its thread's CPU, %,.0f rows/s a core.",
                rows, took, rows / took, used, rows / used);
    }

    private static long threadNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void bytes(LocalPipeline pipeline, Path directory)
            throws IOException, SQLException {
        long log;
        Path place = Sealing.log(new DataDirectory(directory));
        try (Stream<Path> files = Files.walk(place)) {
            log =
                    files.map(Path::toFile)
                            .filter(java.io.File::isFile)
                            .mapToLong(f -> f.length())
                            .sum();
        }
        try (Connection audit = Workload.connect(pipeline.auditAdministrator());
                Statement statement = audit.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT count(*), avg(pg_column_size(place) + pg_column_size(seed)),
                                  pg_total_relation_size('audit.segment') FROM audit.entry WHERE place IS NOT NULL""")) {
            row.next();
            long rows = row.getLong(1);
            say(
                    "Bytes an entry in the audit database: %.1f in its row, %.1f in segments; in the log %.1f.",
                    row.getDouble(2), row.getDouble(3) / rows, (double) log / rows);
        }
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static void say(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }
}
