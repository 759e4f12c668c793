package dev.daybook.bench;

import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;

/** A backlog is made while nothing captures; then the whole pipeline works it off. */
final class Drain {

    /**
     * What a drain took.
     *
     * @param changes how many changes the backlog had
     * @param seconds from the start of capture until the last is in the audit log
     * @param cpuNanos CPU time by stage of the pipeline
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

        StageCpu cpuBefore = StageCpu.now(workload);
        Machine.Times timesBefore = Machine.times();
        long began = System.nanoTime();
        pipeline.start(Part.CONNECT);
        while (!workload.isRecorded(marks)) {
            Thread.sleep(POLL_MILLIS);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        double stolen = Machine.times().stolenSince(timesBefore);
        Map<String, Long> cpu = StageCpu.now(workload).since(cpuBefore);
        cpu.keySet().removeAll(StageCpu.NOT_THE_PIPELINE);
        long recorded = workload.recordedChanges() - before;
        if (recorded != changes) {
            throw new IllegalStateException(
                    "The backlog had " + changes + " changes, but " + recorded + " were recorded.");
        }
        return new Result(changes, seconds, cpu, stolen);
    }
}
