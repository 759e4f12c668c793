package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.FreePorts;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The sink while its database is away, and after. */
class DatabaseRestartTest {

    private static final TopicPartition ENTRIES = new TopicPartition("entries", 0);

    @TempDir Path directory;

    @Test
    void theSinkWaitsForTheDatabaseAndGoesOn() throws Exception {
        int port = FreePorts.one();
        Map<String, String> settings;
        AuditDatabase database;
        TaskHarness worker;
        try (EmbeddedPostgres server = start(port)) {
            // Given
            database = AuditDatabase.on(port);
            settings = TaskHarness.settings(database);
            worker = new TaskHarness(settings);
            worker.open(ENTRIES);
            append(worker, 0, 100);
            worker.drain();
            assertThat(worker.figure("DatabaseAvailable")).isEqualTo(true);
        }
        try (worker) {
            // When the server is down
            append(worker, 100, 400);
            assertThat(worker.poll()).isFalse();
            assertThat(worker.poll()).isFalse();

            // Then the task says so, and goes on after the server has come back
            assertThat(worker.figure("DatabaseAvailable")).isEqualTo(false);
            try (EmbeddedPostgres server = start(port)) {
                worker.drain();
                assertThat(worker.figure("DatabaseAvailable")).isEqualTo(true);
                assertThat(
                                database.rows(
                                        "SELECT count(*), count(DISTINCT id), max(sequence) FROM audit.entry"))
                        .containsExactly("400|400|399");
                assertThat(worker.committable()).containsEntry(ENTRIES, 400L);
            }
        }

        // And a task that is started while the server is down waits as well
        try (TaskHarness early = new TaskHarness(settings)) {
            append(early, 0, 401);
            early.open(ENTRIES);
            assertThat(early.poll()).isFalse();
            try (EmbeddedPostgres server = start(port)) {
                early.drain();
                assertThat(database.rows("SELECT count(*), count(DISTINCT id) FROM audit.entry"))
                        .containsExactly("401|401");
            }
        }
    }

    private EmbeddedPostgres start(int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .start();
    }

    private static void append(TaskHarness worker, int from, int to) {
        for (int i = from; i < to; i++) {
            worker.append("entries", 0, TestEntries.entry(i));
        }
    }
}
