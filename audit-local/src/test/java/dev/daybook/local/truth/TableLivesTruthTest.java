package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.Progress;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.source.TableLives;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Tables live, over the whole pipeline, while each part of it is killed and started again. What
 * triggers saw of each row is in the audit log under the name that the table had, or was committed
 * within a gap that the log names.
 */
class TableLivesTruthTest {

    private static final Logger LOG = LoggerFactory.getLogger(TableLivesTruthTest.class);

    /** How far the lives have to come between one disturbance and the next. */
    private static final int BREATH = 15;

    private static final int PAUSE_MILLIS = 80;

    /** In milliseconds, how long what is left to mend may take. */
    private static final long PATIENCE = 90_000;

    @TempDir Path directory;

    static LongStream seeds() {
        return Seeds.all(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatHappenedIsInTheLogUnderItsNameOrWithinAGap(long seed) throws Exception {
        try (SourceServer source = SourceServer.start(directory)) {
            TableLives lives =
                    new TableLives(new Random(seed), source::connect, "daybook_postgres");
            lives.begin();
            try (LocalPipeline pipeline = pipeline(source);
                    Claims claims = new Claims(() -> pipeline.connection().auditUrl())) {
                try (Living living = new Living(lives, seed)) {
                    List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
                    faults.remove(Fault.API);
                    Random random = new Random(seed);
                    Collections.shuffle(faults, random);
                    living.await(random.nextInt(BREATH));
                    for (Fault fault : faults) {
                        lives.note(fault.toString());
                        fault.strike(source, pipeline);
                        if (fault.isOfTheSource()) {
                            TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
                        } else {
                            living.await(random.nextInt(2 * BREATH));
                        }
                        fault.mend(source, pipeline);
                        lives.note(fault + " mended");
                        living.await(BREATH);
                    }
                }
                lives.end();
                settle(source, claims, () -> lives.story() + "; " + pipeline.failures());
                List<String> differences = new ArrayList<>();
                LivesComparison comparison;
                LastStates states;
                try (Connection connection = source.connect();
                        Connection audit = claims.connect()) {
                    LivesComparison.Source truth = LivesComparison.Source.read(connection, lives);
                    LivesComparison.Log log = LivesComparison.Log.read(audit);
                    comparison = LivesComparison.of(truth, log, claims.made());
                    differences.addAll(comparison.differences());
                    differences.addAll(claims.broken(log.entries()));
                    states = LastStates.of(connection, truth, pipeline.connection());
                    differences.addAll(states.differences());
                }
                LOG.info("Seed {}: {}; rows {}.", seed, comparison, states);
                String report =
                        Comparison.report(seed, differences)
                                + "\ndone: "
                                + lives.story()
                                + "\ngaps: "
                                + comparison.gapsText()
                                + "\nfailures: "
                                + pipeline.failures();
                if (!differences.isEmpty()) {
                    // Of many seeds, the others take a while.
                    LOG.warn("Seed {}: {}", seed, report);
                }
                assertThat(differences).as("%s", report).isEmpty();
                Sealed.requireIntact(
                        directory.resolve("data"), pipeline.connection().auditUrl(), lives::story);
            }
        }
    }

    /** Has tables live until it is closed. */
    private static final class Living implements AutoCloseable {

        private final AtomicInteger steps = new AtomicInteger();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private volatile boolean over;

        Living(TableLives lives, long seed) {
            Random pauses = new Random(seed);
            Thread.ofVirtual()
                    .name("lives")
                    .start(
                            () -> {
                                try {
                                    while (!over) {
                                        lives.step();
                                        steps.incrementAndGet();
                                        TimeUnit.MILLISECONDS.sleep(
                                                pauses.nextInt(2 * PAUSE_MILLIS));
                                    }
                                    end.complete(null);
                                } catch (Throwable e) {
                                    end.completeExceptionally(e);
                                }
                            });
        }

        /** Waits until so many more steps have been taken. */
        void await(int more) throws Exception {
            int wanted = steps.get() + more;
            while (steps.get() < wanted) {
                if (end.isDone()) {
                    end.get();
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }

        @Override
        public void close() throws Exception {
            over = true;
            end.get(PATIENCE, TimeUnit.MILLISECONDS);
        }
    }

    /** Waits until everything that is committed is in the log, and nothing is left to mend. */
    private static void settle(SourceServer source, Claims claims, Supplier<String> circumstances)
            throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE);
        do {
            while (!leftToMend(source).isEmpty()) {
                assertThat(System.nanoTime())
                        .as("%s is left to mend. %s", leftToMend(source), circumstances.get())
                        .isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(100);
            }
            claims.await(now(source), circumstances);
        } while (!leftToMend(source).isEmpty());
    }

    /**
     * What the capture has not noticed yet: an altered publication, an end of a gap, or what became
     * of tables while the event trigger was off.
     */
    private static String leftToMend(SourceServer source) throws SQLException {
        try (Connection connection = source.connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT concat_ws(', ', daybook.unverified(),
                                    (SELECT string_agg(concat_ws(' ', 'a gap of', g.table_name), ', ')
                                     FROM daybook.gap g WHERE (g.over OR g.ends_behind IS NOT NULL) AND g.to_at IS NULL),
                                    (SELECT string_agg(concat_ws(' ', g.table_name, 'by its name'), ', ')
                                     FROM daybook.gap g LEFT JOIN pg_class c ON c.oid = g.relid
                                     WHERE g.relid IS NOT NULL AND NOT g.over
                                         AND g.table_name IS DISTINCT FROM 'public.' || c.relname),
                                    (SELECT string_agg(k.table_name || ' as it is', ', ')
                                     FROM daybook.captured_table k
                                     WHERE k.state IS DISTINCT FROM daybook.state_of(k.relid)),
                                    (SELECT string_agg(c.relname || ' at all', ', ') FROM pg_class c
                                     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
                                         AND c.relpersistence = 'p' AND NOT c.relispartition
                                         AND NOT EXISTS (SELECT FROM daybook.captured_table k WHERE k.relid = c.oid)))\
                                """)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Instant now(SourceServer source) throws SQLException {
        try (Connection connection = source.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
        }
    }

    private LocalPipeline pipeline(SourceServer source) {
        return LocalPipeline.start(
                new LocalSettings(
                        directory.resolve("data"),
                        0,
                        DatabaseUrl.parse(source.url(), Map.of()),
                        "public.*",
                        false),
                Progress.silent());
    }
}
