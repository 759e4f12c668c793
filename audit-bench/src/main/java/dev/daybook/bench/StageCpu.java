package dev.daybook.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The CPU time that each stage has used so far: threads of this process are told apart by name,
 * PostgreSQL's processes by what the server says that they do.
 */
final class StageCpu {

    private static final String OTHER = "JIT, GC, other";

    static final String LOAD = "load and probes";
    static final String READ = "PostgreSQL read";
    static final String REST = "REST";
    static final String BACKGROUND = "PostgreSQL background";

    /** Stages that are no part of what a change costs on its way into the log. */
    static final Set<String> NOT_THE_PIPELINE = Set.of(LOAD, READ, REST, BACKGROUND);

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Map<Long, Long> threads = new HashMap<>();
    private final Map<Long, String> threadStages = new HashMap<>();
    private final Map<Long, Long> servers = new HashMap<>();
    private final Map<Long, String> serverStages;
    private final long process;

    private StageCpu(Map<Long, String> serverStages) {
        this.serverStages = serverStages;
        process =
                ((com.sun.management.OperatingSystemMXBean)
                                ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime();
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null) {
                threads.put(
                        thread.getThreadId(),
                        Math.max(0, THREADS.getThreadCpuTime(thread.getThreadId())));
                threadStages.put(thread.getThreadId(), stageOf(thread.getThreadName()));
            }
        }
        serverStages.keySet().forEach(pid -> servers.put(pid, Machine.cpuNanos(pid)));
    }

    static StageCpu now(Workload workload) throws SQLException {
        return new StageCpu(workload.serverProcesses());
    }

    /**
     * Nanoseconds by stage since then. What a thread used that has ended is not its stage's but
     * with the compiler's and the collector's; a server process that has ended is left out.
     */
    Map<String, Long> since(StageCpu before) {
        Map<String, Long> stages = new TreeMap<>();
        threads.forEach(
                (id, nanos) ->
                        stages.merge(
                                threadStages.getOrDefault(id, OTHER),
                                nanos - before.threads.getOrDefault(id, 0L),
                                Long::sum));
        stages.remove(OTHER);
        long claimed = stages.values().stream().mapToLong(Long::longValue).sum();
        Map<String, Long> result = new LinkedHashMap<>(stages);
        result.put(OTHER, Math.max(0, process - before.process - claimed));
        servers.forEach(
                (pid, nanos) ->
                        result.merge(
                                serverStages.getOrDefault(pid, OTHER),
                                nanos - before.servers.getOrDefault(pid, 0L),
                                Long::sum));
        return result;
    }

    /** Returns the stage a thread works for, by its name. */
    private static String stageOf(String thread) {
        if (thread.contains("daybook-source")) {
            return "capture";
        }
        if (thread.contains("daybook-sink") || thread.contains("daybook-segments")) {
            return "sink client";
        }
        if (thread.contains("daybook-sealer")) {
            return "sealer";
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
        if (thread.startsWith("http-nio")) {
            return REST;
        }
        if (thread.startsWith("HttpClient") || thread.startsWith("ForkJoinPool")) {
            return LOAD;
        }
        return OTHER;
    }
}
