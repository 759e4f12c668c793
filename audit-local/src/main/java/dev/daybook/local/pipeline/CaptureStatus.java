package dev.daybook.local.pipeline;

import dev.daybook.contract.JmxName;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Reads what the source connector in this process reports over JMX, as lines for a person. */
public final class CaptureStatus {

    private static final long SAY_EVERY_NANOS = 2_000_000_000L;

    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    private final ObjectName name;
    private boolean loading;
    private @Nullable Long said;
    private String problem = "";

    CaptureStatus(String source) {
        name = JmxName.ofSource(source);
    }

    /**
     * Returns whether changes are being read from the write-ahead log, or the rows that were there
     * before.
     */
    public boolean running() {
        String phase = text("Phase");
        return phase.equals("loading") || phase.equals("streaming");
    }

    /** Returns whether something keeps the capture from going on. */
    boolean stands() {
        return !problem().isEmpty();
    }

    /** Returns what keeps the capture from going on; empty if nothing does. */
    String problem() {
        return text("Problem");
    }

    /** Returns how the capture is: what it does, or what keeps it from that. */
    PartState state() {
        String trouble = text("Problem");
        boolean goesOn = Boolean.TRUE.equals(attribute("Capturing"));
        if (!trouble.isEmpty() && !goesOn) {
            return PartState.failed("source", trouble);
        }
        String phase = text("Phase");
        String beside = trouble.isEmpty() ? "" : ". WARNING: " + trouble;
        return switch (phase) {
            case "streaming" -> PartState.working("source", "streaming" + beside);
            case "loading" -> PartState.working("source", "reading the snapshot" + beside);
            default -> PartState.failed("source", phase.isEmpty() ? "not started" : phase);
        };
    }

    /**
     * Returns a new problem, or how far the load of what was there before is; empty when there is
     * no news.
     */
    public Optional<String> news() {
        String now = text("Problem");
        if (!now.equals(problem)) {
            problem = now;
            return Optional.of(now.isEmpty() ? "The source is captured again" : now);
        }
        return snapshotNews();
    }

    /** Returns how far the snapshot is; empty when there is no news. */
    Optional<String> snapshotNews() {
        String phase = text("Phase");
        if (phase.equals("loading")) {
            long nanos = System.nanoTime();
            if (said != null && nanos - said < SAY_EVERY_NANOS) {
                return Optional.empty();
            }
            said = nanos;
            loading = true;
            String table = text("Table");
            return Optional.of(
                    table.isEmpty()
                            ? "Snapshot: " + text("TablesLeft") + " tables to read"
                            : String.format(
                                    Locale.ROOT,
                                    "Snapshot: %s, %,d rows of about %,d; %s tables to go",
                                    table,
                                    number("TableRowsDone"),
                                    number("TableRowsEstimated"),
                                    text("TablesLeft")));
        }
        if (loading && phase.equals("streaming")) {
            loading = false;
            return Optional.of(
                    String.format(Locale.ROOT, "Snapshot read: %,d rows", number("RowsDone")));
        }
        return Optional.empty();
    }

    private long number(String attribute) {
        return attribute(attribute) instanceof Number number ? number.longValue() : 0;
    }

    private String text(String attribute) {
        Object value = attribute(attribute);
        return value == null ? "" : value.toString();
    }

    private @Nullable Object attribute(String attribute) {
        try {
            return beans.isRegistered(name) ? beans.getAttribute(name, attribute) : null;
        } catch (JMException e) {
            // The task has just gone, and its bean with it.
            return null;
        }
    }
}
