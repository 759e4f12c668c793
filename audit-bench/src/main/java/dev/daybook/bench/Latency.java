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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern KEY = Pattern.compile("\"key\":\"(\\d+)\"");

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
        Map<String, Long> outstanding = new ConcurrentHashMap<>();
        AtomicBoolean sending = new AtomicBoolean(true);
        threads.submit(() -> poll(outstanding, sending, micros));
        for (long intended = start; intended < end; intended += PROBE_INTERVAL_NANOS) {
            await(intended);
            long scheduled = intended;
            long id = PROBES.incrementAndGet();
            outstanding.put(Long.toString(id), scheduled);
            threads.submit(
                    () -> {
                        try {
                            Connection connection = idle.poll();
                            if (connection == null) {
                                connection = Workload.connect(workload.source());
                            }
                            insert(connection, id);
                            idle.add(connection);
                        } catch (SQLException | RuntimeException e) {
                            failure.compareAndSet(null, e);
                        }
                    });
        }
        sending.set(false);
    }

    /**
     * Asks REST for the newest probes until all have been seen: one request at a time, however many
     * are outstanding, so that slowness is measured and not made.
     */
    private void poll(Map<String, Long> outstanding, AtomicBoolean sending, Histogram micros) {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(pipeline.api() + "/entries?table=bench.probe&limit=200"))
                        .header("Authorization", "Bearer " + pipeline.apiKey())
                        .build();
        long deadline = 0;
        try {
            while (sending.get() || !outstanding.isEmpty()) {
                HttpResponse<String> response =
                        http.send(request, HttpResponse.BodyHandlers.ofString());
                long now = System.nanoTime();
                if (response.statusCode() != 200) {
                    throw new IOException(
                            "The API answered " + response.statusCode() + ": " + response.body());
                }
                Matcher keys = KEY.matcher(response.body());
                while (keys.find()) {
                    Long scheduled = outstanding.remove(keys.group(1));
                    if (scheduled != null) {
                        micros.recordValue((now - scheduled) / 1_000);
                    }
                }
                if (!sending.get()) {
                    deadline = deadline == 0 ? now + TimeUnit.SECONDS.toNanos(60) : deadline;
                    if (now > deadline) {
                        throw new IOException(
                                outstanding.size() + " probes were not readable within 60 s");
                    }
                }
                Thread.sleep(3);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure.compareAndSet(null, e);
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

    private static void await(long moment) {
        long left;
        while ((left = moment - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
    }
}
