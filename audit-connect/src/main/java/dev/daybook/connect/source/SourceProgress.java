package dev.daybook.connect.source;

import dev.daybook.contract.JmxName;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/** Keeps count of how far a capture is, and shows it over JMX and in the log. */
final class SourceProgress implements SourceProgressMBean, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SourceProgress.class);

    private final String source;
    private final AtomicLong rows = new AtomicLong();
    private final AtomicLong tableRows = new AtomicLong();
    private final AtomicLong tablesDone = new AtomicLong();
    private volatile String table = "";
    private volatile long tableRowsEstimated;
    private volatile long tablesLeft;
    private volatile long changes;
    private volatile long lagBytes = -1;
    private volatile long completeUntilMillis;
    private volatile boolean connected;
    private final Map<Part, String> problems = new EnumMap<>(Part.class);
    private final @Nullable ObjectName name;

    SourceProgress(String source) {
        this.source = source;
        ObjectName registered = null;
        try {
            registered = JmxName.ofSource(source);
            if (ManagementFactory.getPlatformMBeanServer().isRegistered(registered)) {
                // A task that was given up on without being stopped leaves its own behind.
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(registered);
            }
            ManagementFactory.getPlatformMBeanServer()
                    .registerMBean(
                            new StandardMBean(this, SourceProgressMBean.class, false), registered);
        } catch (JMException e) {
            LOG.warn("The progress of {} is not shown over JMX: {}", source, e.getMessage());
        }
        this.name = registered;
    }

    void begin(String tableName, long estimate) {
        tableRows.set(0);
        tableRowsEstimated = estimate;
        table = tableName;
    }

    void rows(long more) {
        rows.addAndGet(more);
        tableRows.addAndGet(more);
    }

    void end() {
        LOG.info("Read {} of {}: {} rows.", table, source, tableRows.get());
        tablesDone.incrementAndGet();
        table = "";
    }

    void tablesLeft(long left) {
        tablesLeft = left;
    }

    void changes(long total) {
        changes = total;
    }

    void lagBytes(long bytes) {
        lagBytes = bytes;
    }

    void completeUntil(long micros) {
        completeUntilMillis = micros / 1000;
    }

    void connected(boolean now) {
        connected = now;
    }

    /** The parts of a capture that may have a problem, each by itself. */
    enum Part {
        STREAM,
        TABLES,
        SNAPSHOT,
        CLOCK
    }

    /** Says what keeps a part from going on; empty when it goes on. */
    void problem(Part part, String sentence) {
        synchronized (problems) {
            if (sentence.isEmpty()) {
                problems.remove(part);
            } else {
                problems.put(part, sentence);
            }
        }
    }

    /** A line for the log, while there is something to say. */
    void log() {
        String current = table;
        if (!current.isEmpty()) {
            LOG.info(
                    "Reading {} of {}: {} rows of about {}; {} tables left.",
                    current,
                    source,
                    tableRows.get(),
                    tableRowsEstimated,
                    tablesLeft);
        }
    }

    @Override
    public String getPhase() {
        return !connected ? "connecting" : tablesLeft > 0 ? "loading" : "streaming";
    }

    @Override
    public String getTable() {
        return table;
    }

    @Override
    public long getTableRowsDone() {
        return tableRows.get();
    }

    @Override
    public long getTableRowsEstimated() {
        return tableRowsEstimated;
    }

    @Override
    public long getTablesDone() {
        return tablesDone.get();
    }

    @Override
    public long getTablesLeft() {
        return tablesLeft;
    }

    @Override
    public long getRowsDone() {
        return rows.get();
    }

    @Override
    public long getChanges() {
        return changes;
    }

    @Override
    public long getLagBytes() {
        return lagBytes;
    }

    @Override
    public long getCompleteUntilMillis() {
        return completeUntilMillis;
    }

    @Override
    public String getProblem() {
        synchronized (problems) {
            return problems.values().stream().findFirst().orElse("");
        }
    }

    @Override
    public boolean isCapturing() {
        synchronized (problems) {
            return connected && problems.keySet().stream().allMatch(part -> part == Part.CLOCK);
        }
    }

    @Override
    public void close() {
        if (name != null) {
            try {
                if (ManagementFactory.getPlatformMBeanServer().isRegistered(name)) {
                    ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
                }
            } catch (JMException e) {
                LOG.debug("Could not take the progress of {} out of JMX.", source, e);
            }
        }
    }
}
