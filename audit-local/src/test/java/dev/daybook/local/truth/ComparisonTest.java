package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tests' test: the comparison is content with a flawless log and finds every kind of mistake.
 */
class ComparisonTest {

    private static final int PLACES = 6;
    private static final long SEED = Seeds.first();

    @TempDir static Path directory;

    private static SourceServer source;
    private static Truth truth;
    private static AuditLog log;

    @BeforeAll
    static void work() throws Exception {
        source = SourceServer.start(directory);
        try (Connection connection = source.connect()) {
            Workload.prepare(connection);
            try (var statement = connection.createStatement()) {
                statement.execute("create schema daybook");
                statement.execute(
                        "create function daybook.set_context(text, text, text, jsonb) returns void"
                                + " language sql as ''");
            }
        }
        new Workload(source, SEED).sayWho().start(4, 80).finish();
        try (Connection connection = source.connect()) {
            truth = Oracle.read(connection);
        }
        log = FaithfulLog.of(truth, 60);
    }

    @AfterAll
    static void stop() {
        source.close();
    }

    @Test
    void workloadDoesEverythingItIsThereFor() {
        TreeMap<String, Long> counts =
                truth.changes().stream()
                        .collect(
                                Collectors.groupingBy(
                                        Truth.Change::operation,
                                        TreeMap::new,
                                        Collectors.counting()));
        assertThat(counts).containsOnlyKeys("insert", "update", "delete", "truncate");
        assertThat(truth.changes()).anyMatch(Truth.Change::movesKey);
        assertThat(truth.contexts()).isNotEmpty();
        assertThat(truth.rows().keySet()).anyMatch(table -> table.startsWith("app.t_"));
        assertThat(truth.changes().stream().flatMap(c -> c.shape().keySet().stream()))
                .anyMatch(c -> c.matches("x\\d\\d+"));
    }

    @Test
    void flawlessLogDiffersInNothing() {
        assertThat(Comparison.differences(truth, log)).as(() -> "seed " + SEED).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Mutation.class)
    void mistakeIsFound(Mutation mutation) {
        Random random = new Random(SEED);
        for (int i = 0; i < PLACES; i++) {
            AuditLog wrong = Objects.requireNonNull(mutation.of(log, random), "no place for it");
            List<String> differences = Comparison.differences(truth, wrong);
            assertThat(differences).as("seed %d, %s, place %d", SEED, mutation, i).isNotEmpty();
        }
    }
}
