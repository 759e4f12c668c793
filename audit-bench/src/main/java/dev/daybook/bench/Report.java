package dev.daybook.bench;

import tools.jackson.databind.json.JsonMapper;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** The figures of one run. */
final class Report {

    private final String machine;
    private final List<String> lines = new ArrayList<>();
    private final List<Map<String, Object>> runs = new ArrayList<>();
    private final Map<String, Object> json = new LinkedHashMap<>();

    Report(String machine) {
        this.machine = machine;
        json.put("machine", machine);
        json.put("runs", runs);
    }

    String machine() {
        return machine;
    }

    void drain(String condition, Drain.Result result) {
        lines.add(
                String.format(
                        Locale.ROOT,
                        "Drain of %,d changes%s: %s",
                        result.changes(),
                        condition,
                        result));
        Map<String, Object> stages = new LinkedHashMap<>();
        for (String stage : result.cpuNanos().keySet()) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "  %-18s %6.1f µs  %4.0f %%",
                            stage,
                            result.microsPerChange(stage),
                            100 * result.microsPerChange(stage) / result.microsPerChange()));
            stages.put(stage, result.microsPerChange(stage));
        }
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("condition", condition.replaceFirst("^,? ", ""));
        run.put("changes", result.changes());
        run.put("changes_per_second", result.perSecond());
        run.put("stolen", result.stolen());
        run.put("cpu_micros_per_change", result.microsPerChange());
        run.put("cpu_micros_per_change_by_stage", stages);
        runs.add(run);
    }

    void latency(String condition, List<Latency.Result> results) {
        lines.add("Commit to readable through REST" + condition + ", from the intended start:");
        lines.add(
                "  load   changes/s    p50 ms    p90 ms    p99 ms  p99.9 ms    max ms"
                        + "  stored p50  stored p99    busy  stolen");
        List<Map<String, Object>> loads = new ArrayList<>();
        for (Latency.Result result : results) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "  %3d %%  %,9.0f  %8.1f  %8.1f  %8.1f  %8.1f  %8.1f"
                                    + "  %10.1f  %10.1f  %4.0f %%  %4.0f %%",
                            result.load(),
                            result.reached(),
                            result.millis(50),
                            result.millis(90),
                            result.millis(99),
                            result.millis(99.9),
                            result.micros().getMaxValue() / 1_000.0,
                            result.storedMillis(50),
                            result.storedMillis(99),
                            100 * result.busy(),
                            100 * result.stolen()));
            Map<String, Object> load = new LinkedHashMap<>();
            load.put("load_percent", result.load());
            load.put("changes_per_second_intended", result.intended());
            load.put("changes_per_second", result.reached());
            load.put("stolen", result.stolen());
            load.put("busy", result.busy());
            load.put("cores_by_stage", result.cores());
            load.put("stored_p50_ms", result.storedMillis(50));
            load.put("stored_p99_ms", result.storedMillis(99));
            load.put("probes", result.micros().getTotalCount());
            for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
                load.put(
                        "p"
                                + String.format(Locale.ROOT, "%s", percentile)
                                        .replaceFirst("\\.0$", "")
                                + "_ms",
                        result.millis(percentile));
            }
            loads.add(load);
        }
        lines.add("Cores kept busy by each stage:");
        for (String stage : new TreeSet<>(results.getFirst().cores().keySet())) {
            StringBuilder line = new StringBuilder(String.format("  %-22s", stage));
            for (Latency.Result result : results) {
                line.append(
                        String.format(
                                Locale.ROOT,
                                "  %3d %%: %4.2f",
                                result.load(),
                                result.cores().getOrDefault(stage, 0.0)));
            }
            lines.add(line.toString());
        }
        runs.getLast().put("latency", loads);
    }

    void memory(long resident, long peak) {
        lines.add(
                String.format(
                        Locale.ROOT,
                        "Resident memory of the JVM: %,d MiB at the end, %,d MiB at its peak",
                        resident >> 20,
                        peak >> 20));
        json.put("resident_bytes", resident);
        json.put("peak_resident_bytes", peak);
    }

    void print(PrintStream out) {
        out.println(machine);
        lines.forEach(out::println);
    }

    String json() {
        return JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(json)
                + "\n";
    }
}
