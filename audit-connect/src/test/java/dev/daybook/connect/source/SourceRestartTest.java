package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.FreePorts;
import dev.daybook.connect.source.Worker.Change;
import dev.daybook.source.SourceDatabase;
import dev.daybook.source.SourcePreparation;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A source that goes away and comes back, on a server of its own. */
class SourceRestartTest {

    @TempDir Path directory;

    @Test
    void waitsForTheSourceAndGoesOn() throws Exception {
        int port = FreePorts.one();
        Map<String, String> settings = new HashMap<>();
        settings.put("database.url", "jdbc:postgresql://localhost:" + port + "/postgres");
        settings.put("database.password", SourceDatabase.PASSWORD);
        settings.put("source.name", "restarted");
        settings.put("heartbeat.interval.ms", "100");
        settings.put("status.interval.ms", "50");
        settings.put("reconnect.backoff.ms", "50");
        settings.put("reconnect.backoff.max.ms", "200");
        Path data = directory.resolve("data");
        EmbeddedPostgres first = server(port, data);
        try (Worker worker = prepared(settings, port)) {
            worker.until(c -> c.isData() && c.data().toString().equals("{id=1}"));
            // When
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    first.close();
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            // The server asks whoever reads its WAL to take all of it before it stops.
            while (!closing.isDone()) {
                worker.poll();
            }
            worker.poll();
            EmbeddedPostgres second = server(port, data);
            try {
                run(port, "INSERT INTO t VALUES (2)");
                // Then
                worker.until(c -> c.isData() && c.data().toString().equals("{id=2}"));
                assertThat(worker.of("t").stream().map(Change::identity).distinct()).hasSize(2);
            } finally {
                // First who reads the WAL, or the server waits for it.
                worker.close();
                second.close();
            }
        }
    }

    private static Worker prepared(Map<String, String> settings, int port) throws Exception {
        try (Connection connection = connect(port)) {
            SourcePreparation.run(
                    connection,
                    SourcePreparation.prepareSql("public.*", "", SourceDatabase.PASSWORD));
        }
        Worker worker = new Worker(settings);
        worker.poll();
        run(port, "CREATE TABLE t (id int PRIMARY KEY)");
        run(port, "INSERT INTO t VALUES (1)");
        return worker;
    }

    private static EmbeddedPostgres server(int port, Path data) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setServerConfig("wal_level", "logical")
                .setServerConfig("fsync", "off")
                .start();
    }

    private static Connection connect(int port) throws Exception {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + port + "/postgres", "postgres", "postgres");
    }

    private static void run(int port, String sql) throws Exception {
        try (Connection connection = connect(port);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
