package dev.daybook.bench.api;

import dev.daybook.local.pipeline.ConnectionInfo;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Asks the API over a number of connections, as pgbench asks the database. */
final class Client {

    private final ConnectionInfo pipeline;
    private final int connections;

    Client(ConnectionInfo pipeline, int connections) {
        this.pipeline = pipeline;
        this.connections = connections;
    }

    /** Returns a connection of its own. */
    HttpConnection connect() {
        return new HttpConnection(pipeline);
    }

    /** Asks as often as the connections can. */
    Measured closedLoop(Operation operation, int seconds) throws InterruptedException {
        return measure(operation, seconds, 0);
    }

    /**
     * Asks on a schedule that does not wait for answers; each answer is timed from the moment at
     * which the question was to be asked.
     */
    Measured openLoop(Operation operation, double rate, int seconds) throws InterruptedException {
        return measure(operation, seconds, rate);
    }

    private Measured measure(Operation operation, int seconds, double rate)
            throws InterruptedException {
        Histogram micros = new ConcurrentHistogram(3);
        AtomicLong asked = new AtomicLong();
        AtomicLong asking = new AtomicLong();
        Cpu before = Cpu.now();
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            var loops =
                    IntStream.range(0, connections)
                            .<Future<?>>mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> {
                                                        loop(
                                                                operation, begin, end, rate, asked,
                                                                micros);
                                                        asking.addAndGet(Cpu.ofThisThread());
                                                    }))
                            .toList();
            for (Future<?> loop : loops) {
                loop.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        long count = micros.getTotalCount();
        Cpu used = Cpu.now().since(before);
        return new Measured(
                count * 1e9 / (System.nanoTime() - begin),
                micros,
                (used.process() - asking.get()) / 1e3 / count,
                used.postgres() / 1e3 / count);
    }

    private void loop(
            Operation operation,
            long begin,
            long end,
            double rate,
            AtomicLong asked,
            Histogram micros) {
        try (HttpConnection connection = connect()) {
            while (true) {
                long start = System.nanoTime();
                if (rate > 0) {
                    start = begin + (long) (asked.getAndIncrement() * 1e9 / rate);
                    for (long left = start - System.nanoTime();
                            left > 0 && start < end;
                            left = start - System.nanoTime()) {
                        LockSupport.parkNanos(left);
                    }
                }
                if (start - end >= 0) {
                    return;
                }
                connection.answered(
                        operation
                                .path()
                                .apply(
                                        ThreadLocalRandom.current().nextLong(operation.choices())
                                                + 1));
                micros.recordValue((System.nanoTime() - start) / 1_000);
            }
        }
    }
}
