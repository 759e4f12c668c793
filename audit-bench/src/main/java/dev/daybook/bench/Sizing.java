package dev.daybook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a pipeline for a number of changes a second needs, from what a change was measured to cost.
 * The measurement is the first table of stages in {@code docs/benchmarks.md}; everything else that
 * is assumed is a constant here, with its reason. {@code docs/scaling.md} shows what this prints.
 *
 * <p>It needs nothing but the JDK, so that {@code bin/snippets} can run it as a single file.
 */
final class Sizing {

    /** How much of a processor is planned for: what is left catches up after an interruption. */
    static final double UTILISATION = 0.5;

    /** Copies of each record on a cluster; the measurement had one. */
    static final int REPLICAS = 3;

    /** How long changes and entries are kept in Kafka, as the topics of the cloud pipeline are. */
    static final int KAFKA_DAYS = 7;

    /** An update of the benchmark's table under REPLICA IDENTITY FULL, as JSON, not compressed. */
    static final int CHANGE_BYTES = 723;

    /** The entry of that update, as JSON, not compressed. */
    static final int ENTRY_BYTES = 663;

    /**
     * That entry in {@code audit.entry}: 100,000 of them took 512 bytes each in the table and 154
     * in its indexes, on PostgreSQL 18. docs/scaling.md says how to measure your own.
     */
    static final int ROW_BYTES = 667;

    /** The most that an Aurora volume holds, in TiB. */
    static final int VOLUME_TEBIBYTES = 128;

    /** The rates that the page goes through, in changes a second. */
    static final List<Integer> RATES = List.of(1_000, 10_000, 100_000, 1_000_000);

    /** Processors of the sizes that brokers and databases come in. */
    private static final List<Integer> SIZES = List.of(2, 4, 8, 16, 32, 64);

    /** Where a broker stops being made larger, and further ones are added. */
    private static final int LARGEST_BROKER = 16;

    private static final int ZONES = 3;

    /** The stages that run in a JVM, and so have a share in its compiler's and collector's work. */
    private static final Set<String> IN_JVM = Set.of("ingest", "broker", "capture", "sink client");

    private static final String OVERHEAD = "JIT, GC, other";
    private static final String INSERT = "PostgreSQL insert";
    private static final String SENDER = "WAL sender";

    private static final Path BENCHMARKS = Path.of("docs", "benchmarks.md");
    private static final Path PAGE = Path.of("docs", "scaling.md");

    private final Map<String, Double> threads;
    private final double overhead;
    private final Map<String, Double> micros;

    /**
     * @param threads what each stage's own threads took a change, in µs
     * @param overhead what no stage's threads took
     */
    private Sizing(Map<String, Double> threads, double overhead) {
        this.threads = threads;
        this.overhead = overhead;
        micros = new LinkedHashMap<>();
        threads.forEach(
                (stage, took) ->
                        micros.put(
                                stage,
                                IN_JVM.contains(stage)
                                        ? took * (1 + overhead / threadsInJvm())
                                        : took));
    }

    private double threadsInJvm() {
        return IN_JVM.stream().mapToDouble(stage -> threads.getOrDefault(stage, 0.0)).sum();
    }

    /** With {@code --write} puts the results into the page; without, prints them. */
    public static void main(String[] arguments) throws IOException {
        Sizing sizing = measured(Path.of("").resolve(BENCHMARKS));
        if (List.of(arguments).contains("--write")) {
            String page = Files.readString(PAGE);
            String written = sizing.into(page);
            if (!written.equals(page)) {
                Files.writeString(PAGE, written);
                System.out.println("Written: " + PAGE);
            }
        } else {
            sizing.tables().forEach((name, text) -> System.out.println(name + "\n\n" + text));
        }
    }

    /**
     * Reads the cost of a change by stage.
     *
     * @param benchmarks the page with the table "| stage | µs | share |"
     */
    static Sizing measured(Path benchmarks) throws IOException {
        Map<String, Double> stages = new LinkedHashMap<>();
        boolean within = false;
        for (String line : Files.readAllLines(benchmarks)) {
            if (line.startsWith("| stage | µs |")) {
                within = true;
            } else if (within && !line.startsWith("|")) {
                break;
            } else if (within && !line.startsWith("|---")) {
                String[] cells = line.split("\\|", -1);
                try {
                    stages.put(cells[1].strip(), Double.parseDouble(cells[2].strip()));
                } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                    throw new IllegalStateException(
                            benchmarks + " has \"" + line + "\", which is no stage with its µs.",
                            e);
                }
            }
        }
        for (String stage : List.of("ingest", "broker", "capture", "sink client", INSERT, SENDER)) {
            if (!stages.containsKey(stage)) {
                throw new IllegalStateException(
                        benchmarks
                                + " does not say what the stage \""
                                + stage
                                + "\" costs: its first table of stages must have a line for it.");
            }
        }
        double overhead = stages.getOrDefault(OVERHEAD, 0.0);
        stages.remove(OVERHEAD);
        return new Sizing(stages, overhead);
    }

    /** Returns what a stage costs a change, its share of compiler and collector included, in µs. */
    double micros(String stage) {
        Double found = micros.get(stage);
        if (found == null) {
            throw new IllegalArgumentException("No stage " + stage + " was measured.");
        }
        return found;
    }

    double totalMicros() {
        return micros.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Processors that a stage needs at a rate, with room left as {@link #UTILISATION} says. */
    double processors(String stage, double rate) {
        int copies = stage.equals("broker") ? REPLICAS : 1;
        return rate * micros(stage) * copies / 1e6 / UTILISATION;
    }

    /**
     * Returns what one thread that does a stage by itself can do, at full use, in changes a second.
     */
    double mostPerThread(String stage) {
        return 1e6 / micros(stage);
    }

    /** A sink's task sends a batch and waits for the database, so both follow each other. */
    double mostPerSinkTask() {
        return 1e6 / (micros("sink client") + micros(INSERT));
    }

    /** One slot is read by one task; its slower half is the limit. */
    double mostPerSource() {
        return Math.min(mostPerThread("capture"), mostPerThread(SENDER));
    }

    /** Ingest threads, and so tasks of one processor each. */
    int ingestThreads(double rate) {
        return ceiling(processors("ingest", rate));
    }

    int sinkTasks(double rate) {
        return ceiling(rate / (mostPerSinkTask() * UTILISATION));
    }

    /** Sources, each with a slot of its own, that the rate has to be spread over. */
    int sources(double rate) {
        return ceiling(rate / (mostPerSource() * UTILISATION));
    }

    /** Partitions are as many as those who read them, in fours, and never fewer than four. */
    static int partitions(int readers) {
        return Math.max(4, (readers + 3) / 4 * 4);
    }

    /**
     * Brokers of a size.
     *
     * @param count a multiple of the zones
     * @param processors of each
     */
    record Brokers(int count, int processors) {}

    Brokers brokers(double rate) {
        double needed = processors("broker", rate);
        for (int size : SIZES) {
            if (size <= LARGEST_BROKER && ZONES * size >= needed) {
                return new Brokers(ZONES, size);
            }
        }
        int count = ceiling(needed / LARGEST_BROKER);
        return new Brokers((count + ZONES - 1) / ZONES * ZONES, LARGEST_BROKER);
    }

    /** Processors of the audit database's writer, as its sizes go. */
    int auditWriter(double rate) {
        double needed = processors(INSERT, rate);
        return SIZES.stream().filter(size -> size >= needed).findFirst().orElse(ceiling(needed));
    }

    /** Returns what the topics hold, all copies, in bytes. */
    static double kafkaBytes(double rate) {
        return rate * 86_400 * KAFKA_DAYS * (CHANGE_BYTES + ENTRY_BYTES) * REPLICAS;
    }

    /** Returns what a month of thirty days adds to the audit database, in bytes. */
    static double auditBytesPerMonth(double rate) {
        return rate * 86_400 * 30 * ROW_BYTES;
    }

    /** After how many days an Aurora volume is full. */
    static double daysUntilFull(double rate) {
        return VOLUME_TEBIBYTES * Math.pow(1024, 4) / (rate * 86_400 * ROW_BYTES);
    }

    /**
     * How an interruption goes.
     *
     * @param backlogSeconds the most that waited, in seconds of the mean rate
     * @param recoverySeconds from the end of the interruption until nothing waited; -1 if that did
     *     not come within two days
     */
    record Recovery(double backlogSeconds, int recoverySeconds) {}

    /**
     * Lets a stage stand still for a while and then catch up, second by second, while the source
     * goes on with a day's curve around its mean: a sine, at its highest at noon.
     *
     * @param capacity what the stage can do, as a multiple of the mean rate
     * @param swing how far the curve goes above and below the mean: 0.8 for 180 % at noon
     * @param begin when the interruption begins, in seconds after midnight
     * @param length how long it is, in seconds
     */
    static Recovery interruption(double capacity, double swing, int begin, int length) {
        double waiting = 0;
        double most = 0;
        for (int at = begin; at < begin + length + 2 * 86_400; at++) {
            double arriving = 1 - swing * Math.cos(2 * Math.PI * at / 86_400);
            double leaving = at < begin + length ? 0 : capacity;
            waiting = Math.max(0, waiting + arriving - leaving);
            most = Math.max(most, waiting);
            if (at >= begin + length && waiting == 0) {
                return new Recovery(most, at - begin - length + 1);
            }
        }
        return new Recovery(most, -1);
    }

    /** Returns what the page shows, by the name of the place where it stands. */
    Map<String, String> tables() {
        Map<String, String> tables = new LinkedHashMap<>();
        tables.put("costs", costs());
        tables.put("limits", limits());
        tables.put("processors", byRate(processorRows()));
        tables.put("parts", byRate(partRows()));
        tables.put("storage", byRate(storageRows()));
        tables.put("interruptions", interruptions());
        return tables;
    }

    /** Returns the page with the results in their places. */
    String into(String page) {
        String written = page;
        for (Map.Entry<String, String> table : tables().entrySet()) {
            String begin = "<!-- begin generated by Sizing: " + table.getKey() + " -->\n";
            String end = "<!-- end generated by Sizing: " + table.getKey() + " -->";
            int from = written.indexOf(begin);
            int to = written.indexOf(end);
            if (from < 0 || to < from) {
                throw new IllegalStateException(
                        "The page has no place for \""
                                + table.getKey()
                                + "\": it needs the lines "
                                + begin.strip()
                                + " and "
                                + end
                                + ".");
            }
            written =
                    written.substring(0, from + begin.length())
                            + "\n"
                            + table.getValue()
                            + "\n"
                            + written.substring(to);
        }
        return written;
    }

    private String costs() {
        StringBuilder table = new StringBuilder("| stage | µs of CPU a change |\n|---|---|\n");
        micros.forEach(
                (stage, cost) ->
                        table.append("| ")
                                .append(stage)
                                .append(" | ")
                                .append(one(cost))
                                .append(" |\n"));
        table.append("| together | ").append(one(totalMicros())).append(" |\n");
        double ingest = threads.getOrDefault("ingest", 0.0);
        return table.append(
                        String.format(
                                Locale.ROOT,
                                "%nAn example: the ingest's threads took %.1f µs of the %.1f µs of all"
                                        + " JVM stages, and so bear %.1f / %.1f of the%n%.1f µs beside"
                                        + " them: %.1f + %.1f = %.1f µs.%n",
                                ingest,
                                threadsInJvm(),
                                ingest,
                                threadsInJvm(),
                                overhead,
                                ingest,
                                micros("ingest") - ingest,
                                micros("ingest")))
                .toString();
    }

    private String limits() {
        return "| one … | at full use, changes/s | planned for |\n|---|---|---|\n"
                + limit("slot and its WAL sender", mostPerThread(SENDER))
                + limit("WAL source connector", mostPerThread("capture"))
                + limit("ingest thread, and so partition of changes", mostPerThread("ingest"))
                + limit("sink task, and so partition of entries", mostPerSinkTask());
    }

    private static String limit(String what, double most) {
        return "| " + what + " | " + count(most) + " | " + count(most * UTILISATION) + " |\n";
    }

    private Map<String, Function<Double, String>> processorRows() {
        Map<String, Function<Double, String>> rows = new LinkedHashMap<>();
        for (String stage : micros.keySet()) {
            rows.put(
                    stage + (stage.equals("broker") ? ", × " + REPLICAS : ""),
                    rate -> some(processors(stage, rate)));
        }
        return rows;
    }

    private Map<String, Function<Double, String>> partRows() {
        Map<String, Function<Double, String>> rows = new LinkedHashMap<>();
        rows.put("sources (slots)", rate -> count(sources(rate)));
        rows.put(
                "brokers × vCPU",
                rate -> brokers(rate).count() + " × " + brokers(rate).processors());
        rows.put("partitions of changes", rate -> count(partitions(ingestThreads(rate))));
        rows.put("ingest tasks of 1 vCPU", rate -> count(ingestThreads(rate)));
        rows.put("partitions of entries", rate -> count(partitions(sinkTasks(rate))));
        rows.put("sink tasks", rate -> count(sinkTasks(rate)));
        rows.put("vCPU of the audit writer", rate -> count(auditWriter(rate)));
        return rows;
    }

    private static Map<String, Function<Double, String>> storageRows() {
        Map<String, Function<Double, String>> rows = new LinkedHashMap<>();
        rows.put("into the brokers, MB/s", rate -> some(rate * (CHANGE_BYTES + ENTRY_BYTES) / 1e6));
        rows.put(
                "Kafka, " + KAFKA_DAYS + " days, " + REPLICAS + " copies",
                rate -> bytes(kafkaBytes(rate)));
        rows.put("Kafka, 1 day", rate -> bytes(kafkaBytes(rate) / KAFKA_DAYS));
        rows.put("audit database, a month", rate -> bytes(auditBytesPerMonth(rate)));
        rows.put(VOLUME_TEBIBYTES + " TiB are full after, days", rate -> some(daysUntilFull(rate)));
        return rows;
    }

    private static String byRate(Map<String, Function<Double, String>> rows) {
        StringBuilder table =
                new StringBuilder("| changes/s | ")
                        .append(
                                RATES.stream()
                                        .map(Sizing::count)
                                        .collect(Collectors.joining(" | ")))
                        .append(" |\n|---|")
                        .append("---|".repeat(RATES.size()))
                        .append('\n');
        rows.forEach(
                (name, cell) -> {
                    List<String> cells = new ArrayList<>();
                    RATES.forEach(rate -> cells.add(cell.apply(rate.doubleValue())));
                    table.append("| ")
                            .append(name)
                            .append(" | ")
                            .append(String.join(" | ", cells))
                            .append(" |\n");
                });
        return table.toString();
    }

    private static String interruptions() {
        StringBuilder table =
                new StringBuilder(
                        "| capacity / mean rate | the day's curve | an hour's standstill from | waits at"
                                + " most | caught up after |\n|---|---|---|---|---|\n");
        for (double capacity : new double[] {2.0, 3.6}) {
            for (double swing : new double[] {0, 0.8}) {
                for (int hour : swing == 0 ? new int[] {11} : new int[] {2, 11}) {
                    Recovery recovery = interruption(capacity, swing, hour * 3600, 3600);
                    table.append(
                            String.format(
                                    Locale.ROOT,
                                    "| %.1f | %s | %02d:00 | %.1f h of the mean | %s |%n",
                                    capacity,
                                    swing == 0 ? "flat" : "20 to 180 %",
                                    hour,
                                    recovery.backlogSeconds() / 3600,
                                    hours(recovery.recoverySeconds())));
                }
            }
        }
        return table.toString();
    }

    private static String hours(int seconds) {
        return seconds < 0
                ? "never"
                : String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds % 3600 / 60);
    }

    private static int ceiling(double value) {
        return (int) Math.ceil(value);
    }

    private static String count(double value) {
        return String.format(Locale.ROOT, "%,d", (long) value);
    }

    private static String one(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** Two digits that say something. */
    private static String some(double value) {
        return value >= 10
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, value >= 1 ? "%.1f" : "%.2f", value);
    }

    private static String bytes(double bytes) {
        double gigabytes = bytes / 1e9;
        return gigabytes < 1_000
                ? some(gigabytes) + " GB"
                : gigabytes < 1e6 ? some(gigabytes / 1e3) + " TB" : some(gigabytes / 1e6) + " PB";
    }
}
