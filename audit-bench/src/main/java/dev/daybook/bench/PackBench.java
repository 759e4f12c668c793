package dev.daybook.bench;

import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.DataDirectory;
import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.pack.LogFiles;
import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;

import org.HdrHistogram.Histogram;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures packs: of one row with many changes, made and checked, and of single entries by REST.
 */
final class PackBench {

    private static final String VERIFIER = "daybook-verifier.jar";
    private static final int CHANGES = 10_000;
    private static final int ROUNDS = 3;
    private static final int ENTRIES = 300;

    private final LocalPipeline pipeline;
    private final Workload workload;
    private final Path directory;

    PackBench(LocalPipeline pipeline, Workload workload, Path directory) {
        this.pipeline = pipeline;
        this.workload = workload;
        this.directory = directory;
    }

    void run() throws IOException, SQLException, InterruptedException {
        changeOneRow();
        Path pack = directory.resolve("row.zip");
        Path jar = directory.resolve(VERIFIER);
        try (InputStream in = PackBench.class.getResourceAsStream("/" + VERIFIER)) {
            if (in == null) {
                throw new IOException("The verifier is not in this build.");
            }
            Files.copy(in, jar, StandardCopyOption.REPLACE_EXISTING);
        }
        PackMaker.Made made = make(pack);
        while (made.unsealed() > 0 || made.entries() < CHANGES) {
            Thread.sleep(500);
            made = make(pack);
        }
        List<Double> making = new ArrayList<>();
        List<Double> checking = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            long began = System.nanoTime();
            made = make(pack);
            making.add((System.nanoTime() - began) / 1e9);
            began = System.nanoTime();
            check(jar, pack, made.key());
            checking.add((System.nanoTime() - began) / 1e9);
        }
        EvidenceBench.say(
                "A pack of %,d entries and %,d other rows, %,d bytes: made in %.2f s, checked in %.2f s with the start of its JVM"
                        + " (medians of %d).",
                made.entries(),
                made.others(),
                Files.size(pack),
                EvidenceBench.median(making),
                EvidenceBench.median(checking),
                ROUNDS);
        singleEntries();
    }

    /** Has one row changed, each time by another transaction that says who. */
    private void changeOneRow() throws SQLException, InterruptedException {
        try (Connection source = Workload.connect(workload.source());
                Statement statement = source.createStatement()) {
            statement.execute(
                    "INSERT INTO bench.orders (id, customer, status, total) VALUES (-1, 1, 'new', 0)");
            statement.execute(
                    """
                    DO $$ BEGIN
                      FOR i IN 1..%d LOOP
                        PERFORM daybook.set_context('user-' || i, 'because');
                        UPDATE bench.orders SET total = i WHERE id = -1;
                        COMMIT;
                      END LOOP;
                    END $$"""
                            .formatted(CHANGES));
        }
        try (Connection audit = Workload.connect(pipeline.auditAdministrator());
                Statement statement = audit.createStatement()) {
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
            while (true) {
                try (ResultSet row =
                        statement.executeQuery(
                                "SELECT count(*) FROM audit.entry WHERE table_name = 'bench.orders' AND entity_key = '-1'")) {
                    row.next();
                    if (row.getLong(1) > CHANGES) {
                        return;
                    }
                }
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("The row's changes did not arrive in 5 min.");
                }
                Thread.sleep(500);
            }
        }
    }

    private PackMaker.Made make(Path pack) throws IOException, SQLException {
        try (Connection audit = Workload.connect(pipeline.auditAdministrator());
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(pack), 1 << 16)) {
            audit.setAutoCommit(false);
            audit.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            return PackMaker.make(
                    audit,
                    LogFiles.in(Sealing.log(new DataDirectory(directory))),
                    List.of(),
                    new PackRequest(null, null, "bench.orders", "-1", false, null, null),
                    out);
        } catch (PackProblem e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private static void check(Path jar, Path pack, String key)
            throws IOException, InterruptedException {
        Process verifier =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-jar",
                                jar.toString(),
                                pack.toString(),
                                "--key",
                                key)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (verifier.waitFor() != 0) {
            throw new IllegalStateException("The pack was refused.");
        }
    }

    /** Asks for packs of single entries, each of which holds the entry's inclusion proof. */
    private void singleEntries() throws IOException, SQLException, InterruptedException {
        List<String> ids = new ArrayList<>();
        long all;
        try (Connection audit = Workload.connect(pipeline.auditAdministrator());
                Statement statement = audit.createStatement()) {
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT id FROM audit.entry TABLESAMPLE BERNOULLI (5) WHERE place IS NOT NULL ORDER BY random() LIMIT "
                                    + ENTRIES)) {
                while (rows.next()) {
                    ids.add(rows.getString(1));
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM audit.entry")) {
                row.next();
                all = row.getLong(1);
            }
        }
        ConnectionInfo connection = pipeline.connection();
        Histogram micros = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < ids.size(); i++) {
                long began = System.nanoTime();
                HttpResponse<byte[]> response =
                        client.send(
                                HttpRequest.newBuilder(
                                                URI.create(
                                                        connection.api()
                                                                + "/evidence/entries/"
                                                                + ids.get(i)))
                                        .header("X-API-Key", connection.apiKey())
                                        .build(),
                                HttpResponse.BodyHandlers.ofByteArray());
                if (response.statusCode() != 200) {
                    throw new IllegalStateException("The API answers " + response.statusCode());
                }
                if (i >= ids.size() / 3) {
                    // Before that the API's code is still being compiled.
                    micros.recordValue((System.nanoTime() - began) / 1_000);
                }
            }
        }
        EvidenceBench.say(
                "An entry's pack by REST, with its inclusion proof, of %,d entries: p50 %.1f ms, p99 %.1f ms.",
                all, micros.getValueAtPercentile(50) / 1e3, micros.getValueAtPercentile(99) / 1e3);
    }
}
