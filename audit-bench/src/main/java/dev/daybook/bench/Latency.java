package dev.daybook.bench;

import dev.daybook.local.pipeline.ConnectionInfo;

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
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
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

    /**
     * Latencies in microseconds.
     *
     * @param micros from a probe's intended start until REST serves it
     * @param stored from a probe's commit until the transaction that stores it begins
     * @param busy the share of the machine's time that was worked, 0 to 1
     * @param stolen the share of it that its host gave to others, 0 to 1
     * @param cores how many cores each stage kept busy
     */
    record Result(
            int load,
            double intended,
            double reached,
            double busy,
            double stolen,
            Map<String, Double> cores,
            Histogram micros,
            Histogram stored) {

        double millis(double percentile) {
            return micros.getValueAtPercentile(percentile) / 1_000.0;
        }

        double storedMillis(double percentile) {
            return stored.getValueAtPercentile(percentile) / 1_000.0;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d %%: p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms over %d probes at"
                            + " %,.0f changes/s; stored after p50 %.1f ms, p99 %.1f ms; %.0f %% of"
                            + " the machine busy, %.0f %% stolen",
                    load,
                    millis(50),
                    millis(90),
                    millis(99),
                    micros.getMaxValue() / 1_000.0,
                    micros.getTotalCount(),
                    reached,
                    storedMillis(50),
                    storedMillis(99),
                    100 * busy,
                    100 * stolen);
        }
    }

    private static final long PROBE_INTERVAL_NANOS = 25_000_000;

    /** What a latency may be too high by; asking without a pause would take a core. */
    private static final long POLL_PAUSE_MILLIS = 10;

    private static final int LOAD_CONNECTIONS = 2;
    private static final int PROBE_CONNECTIONS = 8;
    private static final AtomicLong PROBES = new AtomicLong(1_000_000_000L);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LARGEST_PAGE = 500;

    private static final Pattern NEXT = Pattern.compile("\"next_cursor\":\"([^\"]+)\"");
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
        long firstProbe = PROBES.get() + 1;
        Machine.Times before = Machine.times();
        StageCpu cpuBefore = StageCpu.now(workload);
        long measuredFrom = System.nanoTime();
        Map<String, Long> cpu;
        double nanos;
        long start = System.nanoTime() + 200_000_000;
        long end = start + duration.toNanos();
        CountDownLatch measured = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < LOAD_CONNECTIONS; i++) {
                int lane = i;
                threads.submit(() -> load(lane, changesPerSecond, start, end, changes, measured));
            }
            try {
                probe(threads, start, end, micros);
                cpu = StageCpu.now(workload).since(cpuBefore);
                nanos = System.nanoTime() - measuredFrom;
            } finally {
                measured.countDown();
            }
        }
        Exception failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("A probe failed", failed);
        }
        double reached = changes.get() / (Math.max(System.nanoTime(), end) - start) * 1e9;
        Machine.Times after = Machine.times();
        Histogram stored = new Histogram(TimeUnit.MINUTES.toMicros(5), 3);
        workload.commitToStored(firstProbe, stored);
        Map<String, Double> cores = new TreeMap<>();
        cpu.forEach((stage, used) -> cores.put(stage, used / nanos));
        return new Result(
                load,
                changesPerSecond,
                Math.max(reached, changes.get() / duration.toSeconds()),
                after.busySince(before),
                after.stolenSince(before),
                cores,
                micros,
                stored);
    }

    private void load(
            int lane,
            double changesPerSecond,
            long start,
            long end,
            AtomicLong changes,
            CountDownLatch measured) {
        double interval = 1e9 * Workload.CHANGES_PER_TURN * LOAD_CONNECTIONS / changesPerSecond;
        try (Connection connection = Workload.connect(workload.source())) {
            for (long turn = 0; ; turn++) {
                long intended =
                        start + (long) ((turn + (double) lane / LOAD_CONNECTIONS) * interval);
                if (intended >= end) {
                    // Its server process is asked for what it has used.
                    measured.await();
                    return;
                }
                await(intended);
                workload.change(connection, turn * LOAD_CONNECTIONS + lane);
                changes.addAndGet(Workload.CHANGES_PER_TURN);
            }
        } catch (SQLException | InterruptedException e) {
            failure.compareAndSet(null, e);
        }
    }

    private void probe(ExecutorService threads, long start, long end, Histogram micros)
            throws SQLException, InterruptedException {
        BlockingQueue<Connection> idle = new ArrayBlockingQueue<>(PROBE_CONNECTIONS);
        for (int i = 0; i < PROBE_CONNECTIONS; i++) {
            idle.add(Workload.connect(workload.source()));
        }
        ConcurrentNavigableMap<Long, Long> outstanding = new ConcurrentSkipListMap<>();
        AtomicBoolean sending = new AtomicBoolean(true);
        Phaser inserts = new Phaser(1);
        threads.submit(() -> poll(outstanding, sending, micros));
        for (long intended = start; intended < end; intended += PROBE_INTERVAL_NANOS) {
            await(intended);
            long scheduled = intended;
            long id = PROBES.incrementAndGet();
            outstanding.put(id, scheduled);
            inserts.register();
            threads.submit(
                    () -> {
                        try {
                            Connection connection = idle.take();
                            try {
                                insert(connection, id);
                            } finally {
                                idle.add(connection);
                            }
                        } catch (SQLException | InterruptedException | RuntimeException e) {
                            failure.compareAndSet(null, e);
                        } finally {
                            inserts.arriveAndDeregister();
                        }
                    });
        }
        sending.set(false);
        inserts.arriveAndAwaitAdvance();
        for (int i = 0; i < PROBE_CONNECTIONS; i++) {
            idle.take().close();
        }
    }

    /**
     * Asks REST for the newest probes until all have been seen: one request at a time, and a pause
     * between them, however many are outstanding, so that slowness is measured and not made.
     */
    private void poll(
            ConcurrentNavigableMap<Long, Long> outstanding,
            AtomicBoolean sending,
            Histogram micros) {
        long deadline = 0;
        try {
            while (sending.get() || !outstanding.isEmpty()) {
                Map.Entry<Long, Long> oldest = outstanding.firstEntry();
                if (oldest == null) {
                    Thread.sleep(1);
                    continue;
                }
                // As many as were sent since the oldest that has not been seen, which covers it.
                long wanted = outstanding.lastKey() - oldest.getKey() + 1;
                String cursor = "";
                while (wanted > 0) {
                    String page = page(Math.min(wanted, LARGEST_PAGE), cursor);
                    long now = System.nanoTime();
                    Matcher keys = KEY.matcher(page);
                    while (keys.find()) {
                        Long scheduled = outstanding.remove(Long.valueOf(keys.group(1)));
                        if (scheduled != null) {
                            micros.recordValue((now - scheduled) / 1_000);
                        }
                    }
                    Matcher next = NEXT.matcher(page);
                    cursor = next.find() ? "&cursor=" + next.group(1) : "";
                    wanted = cursor.isEmpty() ? 0 : wanted - LARGEST_PAGE;
                }
                if (!sending.get()) {
                    long now = System.nanoTime();
                    deadline = deadline == 0 ? now + PATIENCE.toNanos() : deadline;
                    if (now > deadline) {
                        throw new IOException(
                                outstanding.size()
                                        + " probes were not readable within "
                                        + PATIENCE.toSeconds()
                                        + " s");
                    }
                }
                Thread.sleep(POLL_PAUSE_MILLIS);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    private String page(long limit, String cursor) throws IOException, InterruptedException {
        HttpResponse<String> response =
                http.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                pipeline.api()
                                                        + "/entries?table=bench.probe&limit="
                                                        + limit
                                                        + cursor))
                                .header("Authorization", "Bearer " + pipeline.apiKey())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 404) {
            // The log has not seen the table yet.
            return "";
        }
        if (response.statusCode() != 200) {
            throw new IOException(
                    "The API answered " + response.statusCode() + ": " + response.body());
        }
        return response.body();
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
