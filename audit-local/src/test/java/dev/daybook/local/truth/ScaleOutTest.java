package dev.daybook.local.truth;

import dev.daybook.contract.TableChange;
import dev.daybook.local.pipeline.ScaledPipeline;
import dev.daybook.local.postgres.DatabaseUrl;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Three instances of the ingest and four tasks of the sink share the partitions. Some are killed,
 * some are stopped, others are added while the work goes on: the log is the truth, nothing is lost,
 * doubled or misordered, and what it says of its completeness holds.
 *
 * <p>{@code -Ddaybook.scale.rounds=N} runs more rounds. {@code -Ddaybook.scale.earlier=FOLDER}
 * begins with three instances of the build that was compiled there, which instances of this one
 * replace in the same group, one after another.
 */
class ScaleOutTest {

    private static final int ROUNDS = Integer.getInteger("daybook.scale.rounds", 1);

    private static final @Nullable String EARLIER = System.getProperty("daybook.scale.earlier");

    @TempDir Path directory;

    static LongStream seeds() {
        return Seeds.all(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void logIsTheTruthWhoeverComesAndGoes(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> story = new ArrayList<>();
        try (SourceServer source = SourceServer.start(directory)) {
            try (Connection connection = source.connect()) {
                Workload.prepare(connection);
            }
            Workload workload = new Workload(source, seed).pausing(10_000).start(3, 40);
            workload.awaitCommitted(20);
            try (ScaledPipeline pipeline =
                            new ScaledPipeline(
                                    directory.resolve("data"),
                                    DatabaseUrl.parse(source.url(), Map.of()),
                                    "app.*");
                    Audited audited = new Audited(source, pipeline::auditUrl)) {
                for (int i = 0; i < 3; i++) {
                    if (EARLIER == null) {
                        pipeline.addIngest();
                    } else {
                        pipeline.addEarlierIngest(Path.of(EARLIER));
                    }
                }
                pipeline.addSink();
                pipeline.addSink();
                workload.sayWho();
                pipeline.awaitShared(3, 4);
                for (int round = 0; round < ROUNDS; round++) {
                    story.add("round " + round + " after " + workload.committed());
                    pipeline.killIngest();
                    more(workload, random);
                    pipeline.killSink();
                    more(workload, random);
                    pipeline.addIngest();
                    pipeline.addSink();
                    more(workload, random);
                    pipeline.stopIngest();
                    if (round > 0) {
                        pipeline.stopSink();
                        pipeline.addSink();
                    }
                    more(workload, random);
                    pipeline.addIngest();
                    pipeline.awaitShared(3, 4);
                }
                workload.finish();
                if (EARLIER != null) {
                    // Which a build before it records as it does any table's rows.
                    audited.leave("daybook." + TableChange.SOURCE_TABLE);
                }
                audited.compare(seed, () -> workload + "; " + story + "; " + pipeline);
                Sealed.requireIntact(
                        directory.resolve("data"),
                        pipeline.auditUrl(),
                        () -> workload + "; " + story + "; " + pipeline);
            }
        }
    }

    private static void more(Workload workload, Random random) throws Exception {
        workload.awaitCommitted(workload.committed() + 5 + random.nextInt(20));
    }
}
