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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** A source that goes away and comes back, on a server of its own. */
class SourceRestartTest {

    @TempDir Path directory;

    @Test
    void waitsForTheSourceAndGoesOn() throws Exception {
        int port = FreePorts.one();
        Map<String, String> settings = settings(port);
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

    /** A copy of the files has the slot as it was then, and knows nothing of what came after. */
    @Test
    void aServerThatWasPutBackToACopyOfItsFilesIsAGap() throws Exception {
        int port = FreePorts.one();
        Path data = directory.resolve("data");
        Path copy = directory.resolve("copy");
        EmbeddedPostgres server = server(port, data);
        Worker worker = prepared(settings(port), port);
        try {
            worker.until(c -> c.isData() && c.data().toString().equals("{id=1}"));
            awaitConfirmed(worker, port);
            stop(server, worker);
            copy(data, copy);
            server = server(port, data);
            run(port, "INSERT INTO t VALUES (2)");
            worker.until(c -> c.isData() && c.data().toString().equals("{id=2}"));
            awaitConfirmed(worker, port);
            stop(server, worker);

            server = server(port, copy);
            Change gap = worker.until(c -> c.operation().equals("gap"));
            worker.until(c -> c.operation().equals("load") && c.table().equals("t"));

            assertThat(gap.json()).contains("source-restored", "put back");
        } finally {
            worker.close();
            server.close();
        }
    }

    /** Waits until the source has written down that all of its changes were taken. */
    private static void awaitConfirmed(Worker worker, int port) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (true) {
            worker.poll();
            try (Connection connection = connect(port);
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    "SELECT max(pg_xact_commit_timestamp(xmin)) <= (SELECT"
                                            + " confirmed_at FROM daybook.capture_slot) FROM t")) {
                row.next();
                if (row.getBoolean(1)) {
                    return;
                }
            }
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    private static void stop(EmbeddedPostgres server, Worker worker) {
        CompletableFuture<Void> closing =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                server.close();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        while (!closing.isDone()) {
            worker.poll();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(
                        file,
                        to.resolve(from.relativize(file)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static Map<String, String> settings(int port) {
        Map<String, String> settings = new HashMap<>();
        settings.put("database.url", "jdbc:postgresql://localhost:" + port + "/postgres");
        settings.put("database.password", SourceDatabase.PASSWORD);
        settings.put("source.name", "restarted");
        settings.put("heartbeat.interval.ms", "100");
        settings.put("status.interval.ms", "50");
        settings.put("reconnect.backoff.ms", "50");
        settings.put("reconnect.backoff.max.ms", "200");
        return settings;
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
                .setServerConfig("track_commit_timestamp", "on")
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
