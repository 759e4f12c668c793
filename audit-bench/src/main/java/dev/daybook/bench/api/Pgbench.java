package dev.daybook.bench.api;

import dev.daybook.local.UserError;
import dev.daybook.local.postgres.DatabaseUrl;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs pgbench with a script. */
final class Pgbench {

    private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");

    private final DatabaseUrl database;
    private final Path directory;
    private final int connections;

    Pgbench(DatabaseUrl database, Path directory, int connections) {
        this.database = database;
        this.directory = directory;
        this.connections = connections;
    }

    /**
     * Runs the script for some seconds.
     *
     * @param rate how many times a second it is begun; 0 for as often as it can
     */
    Measured run(String script, int seconds, double rate) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory(directory, "pgbench");
        Path file = Files.writeString(work.resolve("script.sql"), script);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "pgbench",
                                "--no-vacuum",
                                "--protocol=prepared",
                                "--client=" + connections,
                                "--jobs=1",
                                "--time=" + seconds,
                                "--log",
                                "--log-prefix=" + work.resolve("log"),
                                "--file=" + file));
        if (rate > 0) {
            command.add("--rate=" + rate);
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PGHOST", database.host());
        builder.environment().put("PGPORT", Integer.toString(database.port()));
        builder.environment().put("PGDATABASE", database.database());
        builder.environment().put("PGUSER", database.user());
        builder.environment().put("PGPASSWORD", database.password());
        // As the API's connections have it.
        builder.environment().put("PGOPTIONS", "-c jit=off -c max_parallel_workers_per_gather=0");
        Cpu before = Cpu.now();
        Process process = start(builder);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher found = RATE.matcher(said);
        if (process.waitFor() != 0 || !found.find()) {
            throw new IllegalStateException("pgbench failed:\n" + said);
        }
        Cpu used = Cpu.now().since(before);
        Histogram micros = latencies(work);
        return new Measured(
                Double.parseDouble(found.group(1)),
                micros,
                0,
                used.postgres() / 1e3 / micros.getTotalCount());
    }

    private static Process start(ProcessBuilder builder) throws IOException {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UserError(
                    "pgbench is not on the PATH.",
                    "Install PostgreSQL's client programs (Debian: postgresql-contrib).");
        }
    }

    /** The third column is a transaction's time from when it was to begin, in microseconds. */
    private static Histogram latencies(Path work) throws IOException {
        Histogram micros = new Histogram(3);
        try (Stream<Path> files = Files.list(work)) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().startsWith("log")).toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    lines.forEach(line -> micros.recordValue(time(line)));
                }
            }
        }
        return micros;
    }

    private static long time(String line) {
        return Long.parseLong(line.split(" ", 4)[2]);
    }
}
