package dev.daybook.bench;

import dev.daybook.local.ConnectionInfo;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a commit takes to be readable through REST, under an open-loop load.
 *
 * <p>Load and probes follow a schedule that does not wait for the pipeline; each probe is timed
 * from the moment at which it was to be sent, so that a stall is counted against every probe it
 * delays.
 */
final class Latency {

    /** Latencies in microseconds, from a probe's intended start until REST serves it. */
    record Result(int load, double intended, double reached, Histogram micros) {

        double millis(double percentile) {
            return micros.getValueAtPercentile(percentile) / 1_000.0;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d %%: p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms over %d probes at"
                            + " %,.0f changes/s",
                    load,
                    millis(50),
                    millis(90),
                    millis(99),
                    micros.getMaxValue() / 1_000.0,
                    micros.getTotalCount(),
                    reached);
        }
    }

    private static final int CHANGES_PER_TRANSACTION = 20;
    private static final long PROBE_INTERVAL_NANOS = 25_000_000;
    private static final int LOAD_CONNECTIONS = 2;
    private static final AtomicLong PROBES = new AtomicLong(1_000_000_000L);

    private final ConnectionInfo pipeline;
    private final Workload workload;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    Latency(ConnectionInfo pipeline, Workload workload) {
        this.pipeline = pipeline;
        this.workload = workload;
    }

    Result run(int load, double changesPerSecond, Duration duration)
            throws SQLException, InterruptedException {
        Histogram micros = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(5), 3);
        AtomicLong changes = new AtomicLong();
        long start = System.nanoTime() + 200_000_000;
        long end = start + duration.toNanos();
        CountDownLatch loadDone = new CountDownLatch(LOAD_CONNECTIONS);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < LOAD_CONNECTIONS; i++) {
                int lane = i;
                threads.submit(() -> load(lane, changesPerSecond, start, end, changes, loadDone));
            }
            probe(threads, start, end, micros);
            loadDone.await();
        }
        Exception failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("A probe failed", failed);
        }
        double reached = changes.get() / (Math.max(System.nanoTime(), end) - start) * 1e9;
        return new Result(
                load,
                changesPerSecond,
                Math.max(reached, changes.get() / duration.toSeconds()),
                micros);
    }

    private void load(
            int lane,
            double changesPerSecond,
            long start,
            long end,
            AtomicLong changes,
            CountDownLatch done) {
        double interval = 1e9 * CHANGES_PER_TRANSACTION * LOAD_CONNECTIONS / changesPerSecond;
        try (Connection connection = Workload.connect(workload.source())) {
            for (long turn = 0; ; turn++) {
                long intended =
                        start + (long) ((turn + (double) lane / LOAD_CONNECTIONS) * interval);
                if (intended >= end) {
                    return;
                }
                await(intended);
                workload.change(
                        connection, CHANGES_PER_TRANSACTION, turn * LOAD_CONNECTIONS + lane);
                changes.addAndGet(CHANGES_PER_TRANSACTION);
            }
        } catch (SQLException e) {
            failure.compareAndSet(null, e);
        } finally {
            done.countDown();
        }
    }

    private void probe(ExecutorService threads, long start, long end, Histogram micros) {
        ConcurrentLinkedQueue<Connection> idle = new ConcurrentLinkedQueue<>();
        for (long intended = start; intended < end; intended += PROBE_INTERVAL_NANOS) {
            await(intended);
            long scheduled = intended;
            threads.submit(
                    () -> {
                        try {
                            long id = PROBES.incrementAndGet();
                            Connection connection = idle.poll();
                            if (connection == null) {
                                connection = Workload.connect(workload.source());
                            }
                            insert(connection, id);
                            idle.add(connection);
                            awaitReadable(id);
                            micros.recordValue((System.nanoTime() - scheduled) / 1_000);
                        } catch (SQLException
                                | IOException
                                | InterruptedException
                                | RuntimeException e) {
                            failure.compareAndSet(null, e);
                        }
                    });
        }
    }

    private static void insert(Connection connection, long id) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO bench.probe VALUES (?, ?)")) {
            insert.setLong(1, id);
            insert.setLong(2, System.nanoTime());
            insert.executeUpdate();
        }
    }

    private void awaitReadable(long id) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        pipeline.api()
                                                + "/entities/bench.probe/"
                                                + id
                                                + "/history?limit=1"))
                        .header("Authorization", "Bearer " + pipeline.apiKey())
                        .build();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200 && response.body().contains("\"operation\"")) {
                return;
            }
            if (response.statusCode() >= 500 || response.statusCode() == 401) {
                throw new IOException(
                        "The API answered " + response.statusCode() + ": " + response.body());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("Probe " + id + " was not readable within 60 s");
            }
            Thread.sleep(2);
        }
    }

    private static void await(long moment) {
        long left;
        while ((left = moment - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
    }
}
