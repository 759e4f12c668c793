package dev.daybook.bench;

import dev.daybook.local.LocalPipeline;
import dev.daybook.local.LocalPipeline.Part;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A backlog is made while nothing captures; then the whole pipeline works it off. */
final class Drain {

    /**
     * What a drain took.
     *
     * @param changes how many changes the backlog had
     * @param seconds from the start of capture until the last is in the audit log
     * @param cpuNanos CPU time by stage; "other threads" is what no stage claims
     * @param stolen the share of the machine's time that its host gave to others, 0 to 1
     */
    record Result(long changes, double seconds, Map<String, Long> cpuNanos, double stolen) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%,.0f changes/s, %.1f µs of CPU per change, %.0f %% of the machine's time"
                            + " stolen",
                    perSecond(),
                    microsPerChange(),
                    100 * stolen);
        }

        double perSecond() {
            return changes / seconds;
        }

        double microsPerChange(String stage) {
            return cpuNanos.getOrDefault(stage, 0L) / 1_000.0 / changes;
        }

        double microsPerChange() {
            return cpuNanos.values().stream().mapToLong(Long::longValue).sum() / 1_000.0 / changes;
        }
    }

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long POLL_MILLIS = 20;
    private static long marks;

    private final LocalPipeline pipeline;
    private final Workload workload;

    Drain(LocalPipeline pipeline, Workload workload) {
        this.pipeline = pipeline;
        this.workload = workload;
    }

    Result run(long atLeast) throws SQLException, IOException, InterruptedException {
        // What was changed before is not part of the backlog.
        workload.mark(++marks);
        while (!workload.isRecorded(marks)) {
            Thread.sleep(POLL_MILLIS);
        }
        long before = workload.recordedChanges();
        pipeline.kill(Part.CONNECT);
        long changes = workload.makeChanges(atLeast);
        workload.mark(++marks);

        Map<String, Long> cpuBefore = threadCpu();
        long processBefore = processCpu();
        Machine.Times timesBefore = Machine.times();
        long began = System.nanoTime();
        pipeline.start(Part.CONNECT);
        Map<String, Long> servers = Map.of();
        while (!workload.isRecorded(marks)) {
            if (servers.size() < 2) {
                servers = workload.serverProcesses();
            }
            Thread.sleep(POLL_MILLIS);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        double stolen = Machine.times().stolenSince(timesBefore);

        Map<String, Long> cpu = new LinkedHashMap<>();
        long claimed = 0;
        for (Map.Entry<String, Long> stage : threadCpu().entrySet()) {
            long used = stage.getValue() - cpuBefore.getOrDefault(stage.getKey(), 0L);
            cpu.put(stage.getKey(), used);
            claimed += used;
        }
        // Compiler and collector threads, and threads that ended, belong to no stage.
        cpu.put("JIT, GC, other", Math.max(0, processCpu() - processBefore - claimed));
        servers.forEach((name, pid) -> cpu.put(name, Machine.cpuNanos(pid)));
        long recorded = workload.recordedChanges() - before;
        if (recorded != changes) {
            throw new IllegalStateException(
                    "The backlog had " + changes + " changes, but " + recorded + " were recorded.");
        }
        return new Result(changes, seconds, cpu, stolen);
    }

    private static long processCpu() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static Map<String, Long> threadCpu() {
        Map<String, Long> byStage = new TreeMap<>();
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null) {
                long nanos = THREADS.getThreadCpuTime(thread.getThreadId());
                byStage.merge(stageOf(thread.getThreadName()), Math.max(0, nanos), Long::sum);
            }
        }
        byStage.remove("");
        return byStage;
    }

    /** The stage a thread works for, by its name; empty for threads that work for none. */
    private static String stageOf(String thread) {
        if (thread.contains("daybook-source")) {
            return "capture";
        }
        if (thread.contains("daybook-sink")) {
            return "sink client";
        }
        if (thread.contains("StreamThread") || thread.contains("daybook-ingest")) {
            return "ingest";
        }
        if (thread.startsWith("data-plane-kafka")
                || thread.startsWith("kafka-")
                || thread.contains("ReplicaFetcher")
                || thread.contains("group-coordinator")) {
            return "broker";
        }
        return "";
    }
}
