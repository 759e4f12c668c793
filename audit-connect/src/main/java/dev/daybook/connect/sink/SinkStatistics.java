package dev.daybook.connect.sink;

import dev.daybook.contract.JmxName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Counts what a task does, and gives it to JMX. */
final class SinkStatistics implements SinkStatisticsMXBean {

    private static final Logger LOG = LoggerFactory.getLogger(SinkStatistics.class);

    private final ObjectName name;
    private final AtomicLong rows = new AtomicLong();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong duplicates = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();
    private final AtomicLong collisions = new AtomicLong();
    private final AtomicLong gaps = new AtomicLong();
    private volatile long lastStoreMicros;
    private volatile long lagMillis;
    private volatile String databaseFailure = "";

    private SinkStatistics(ObjectName name) {
        this.name = name;
    }

    static SinkStatistics register(String sink, int task) {
        try {
            SinkStatistics statistics = new SinkStatistics(JmxName.ofSink(sink, task));
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            // A task that hangs may not have stopped when its successor starts in the same worker.
            if (server.isRegistered(statistics.name)) {
                server.unregisterMBean(statistics.name);
            }
            server.registerMBean(statistics, statistics.name);
            return statistics;
        } catch (JMException e) {
            throw new IllegalStateException("The sink's statistics cannot be registered.", e);
        }
    }

    void unregister() {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            if (server.isRegistered(name)) {
                server.unregisterMBean(name);
            }
        } catch (JMException e) {
            LOG.debug("The sink's statistics cannot be unregistered", e);
        }
    }

    /**
     * Counts a batch.
     *
     * @param unreadable records of it that were rejected before they came to the database
     */
    void stored(
            List<Row> stored,
            int unreadable,
            AuditWriter.Outcome.Stored outcome,
            long nanos,
            Instant now) {
        batches.incrementAndGet();
        rows.addAndGet(stored.size());
        duplicates.addAndGet(outcome.duplicates());
        rejected.addAndGet(unreadable + outcome.rejected());
        collisions.addAndGet(outcome.collisions());
        lastStoreMicros = nanos / 1_000;
        long newest = Long.MIN_VALUE;
        for (Row row : stored) {
            if (row instanceof Row.Entry entry) {
                newest = Math.max(newest, entry.committedAt());
            } else if (row instanceof Row.Gap || row instanceof Row.ReportedGap) {
                gaps.incrementAndGet();
            }
        }
        if (newest != Long.MIN_VALUE) {
            lagMillis =
                    Duration.between(Instant.EPOCH.plus(newest, ChronoUnit.MICROS), now).toMillis();
        }
    }

    /** Notes why the database did not answer; empty if it did. */
    void databaseFailure(String why) {
        databaseFailure = why;
    }

    @Override
    public long getRows() {
        return rows.get();
    }

    @Override
    public long getBatches() {
        return batches.get();
    }

    @Override
    public long getDuplicates() {
        return duplicates.get();
    }

    @Override
    public long getRejected() {
        return rejected.get();
    }

    @Override
    public long getCollisions() {
        return collisions.get();
    }

    @Override
    public long getGaps() {
        return gaps.get();
    }

    @Override
    public long getLastStoreMicros() {
        return lastStoreMicros;
    }

    @Override
    public long getLagMillis() {
        return lagMillis;
    }

    @Override
    public boolean isDatabaseAvailable() {
        return databaseFailure.isEmpty();
    }

    @Override
    public String getDatabaseFailure() {
        return databaseFailure;
    }
}
