package dev.daybook.local.truth;

import dev.daybook.local.Progress;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * The audit log equals the truth: a random workload goes through the whole pipeline and the log is
 * compared with what the oracle's triggers saw, undisturbed, and while each part is killed and
 * started again.
 */
class TruthTest {

    private static final int CONNECTIONS = 4;

    /** How far the workload has to come between one disturbance and the next. */
    private static final int BREATH = 30;

    @TempDir Path directory;

    static LongStream seeds() {
        return Seeds.all(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void logIsTheTruth(long seed) throws Exception {
        try (SourceServer source = source()) {
            Workload workload = new Workload(source, seed).start(CONNECTIONS, 120);
            // The capture begins in the middle of the work.
            workload.awaitCommitted(60);
            try (LocalPipeline pipeline = pipeline(source);
                    Audited audited = new Audited(source, () -> pipeline.connection().auditUrl())) {
                workload.sayWho();
                workload.finish();
                audited.compare(seed, () -> workload + "; failures: " + pipeline.failures());
                requireIntact(pipeline, workload::toString);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void logIsTheTruthWhateverIsKilled(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> story = Collections.synchronizedList(new ArrayList<>());
        try (SourceServer source = source()) {
            Workload workload = new Workload(source, seed).pausing(5_000).start(CONNECTIONS, 60);
            workload.awaitCommitted(30);
            try (LocalPipeline pipeline = pipeline(source);
                    Audited audited = new Audited(source, () -> pipeline.connection().auditUrl())) {
                workload.sayWho();
                workload.awaitCommitted(workload.committed() + BREATH);
                List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
                Collections.shuffle(faults, random);
                for (Fault fault : faults) {
                    story.add(fault + " after " + workload.committed());
                    fault.strike(source, pipeline);
                    if (fault.isOfTheSource()) {
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
                    } else {
                        workload.awaitCommitted(workload.committed() + random.nextInt(2 * BREATH));
                    }
                    fault.mend(source, pipeline);
                    workload.awaitCommitted(workload.committed() + random.nextInt(2 * BREATH));
                }
                workload.finish();
                audited.compare(
                        seed, () -> workload + "; " + story + "; failures: " + pipeline.failures());
                requireIntact(pipeline, () -> workload + "; " + story);
            }
        }
    }

    private void requireIntact(LocalPipeline pipeline, Supplier<String> circumstances)
            throws Exception {
        Sealed.requireIntact(
                directory.resolve("data"), pipeline.connection().auditUrl(), circumstances);
    }

    private SourceServer source() throws Exception {
        SourceServer source = SourceServer.start(directory);
        try (Connection connection = source.connect()) {
            Workload.prepare(connection);
        }
        return source;
    }

    private LocalPipeline pipeline(SourceServer source) {
        return LocalPipeline.start(
                new LocalSettings(
                        directory.resolve("data"),
                        0,
                        DatabaseUrl.parse(source.url(), Map.of()),
                        "app.*",
                        false),
                Progress.silent());
    }
}
