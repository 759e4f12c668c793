package dev.daybook.bench.api;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU time used so far, in nanoseconds. It says what an answer costs on a machine that others use
 * too.
 *
 * @param process this process: API, ingest, Kafka, and the benchmark itself
 * @param postgres the PostgreSQL servers that it has started, with sessions that have ended
 */
record Cpu(long process, long postgres) {

    /** Linux counts in hundredths of a second, whatever its clock does. */
    private static final long TICK_NANOS = 10_000_000;

    static Cpu now() {
        long ticks =
                ProcessHandle.current().descendants().mapToLong(child -> ticks(child.pid())).sum();
        return new Cpu(
                ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                        .getProcessCpuTime(),
                ticks * TICK_NANOS);
    }

    static long ofThisThread() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    Cpu since(Cpu earlier) {
        return new Cpu(process - earlier.process, postgres - earlier.postgres);
    }

    /** Returns what a process has used, and its children that have ended; see proc(5). */
    private static long ticks(long process) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process), "stat"));
            String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
            if (!name.equals("postgres")) {
                return 0;
            }
            // The third field, the state, follows the name; the 14th to 17th are times.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = 0;
            for (int field = 14; field <= 17; field++) {
                ticks += Long.parseLong(fields[field - 3]);
            }
            return ticks;
        } catch (IOException e) {
            return 0; // It has ended: its parent counts it.
        }
    }
}
