package dev.daybook.connect.source;

import dev.daybook.source.Remedy;
import dev.daybook.source.SourceConnections;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Watches a source beside its stream, on a thread and a connection of its own: observes it for the
 * heartbeats, makes the publications follow the tables, tells the definitions that the stream
 * lacks, finds tables to load and notes those that are loaded.
 */
final class SourceWatcher {

    private static final Logger LOG = LoggerFactory.getLogger(SourceWatcher.class);

    private final SourceConnections connections;
    private final WalSourceConfig config;
    private final Loads loads;
    private final Gaps gaps;
    private final Queue<CompleteUntil.Observation> observations;
    private final SourceProgress progress;
    private final CountDownLatch stopped;
    private final Thread thread;

    private volatile @Nullable Connection connection;
    private @Nullable String lastOutcomes;

    /** The fingerprint under which there was nothing to do. */
    private @Nullable String alignedFingerprint;

    /** The source's clock when the publications were last as they are to be. */
    private long verified = Long.MIN_VALUE;

    /** The source's clock when every table was last captured that is to be. */
    private long aligned = Long.MIN_VALUE;

    /** Whether definitions of tables may be left that the stream does not have. */
    private boolean undefined = true;

    /** Why changes may be missing that no gap is noted of; empty if none are. */
    private String unverified = "";

    SourceWatcher(
            SourceConnections connections,
            WalSourceConfig config,
            Loads loads,
            Gaps gaps,
            Queue<CompleteUntil.Observation> observations,
            SourceProgress progress,
            CountDownLatch stopped) {
        this.connections = connections;
        this.config = config;
        this.loads = loads;
        this.gaps = gaps;
        this.observations = observations;
        this.progress = progress;
        this.stopped = stopped;
        this.thread = new Thread(this::run, "daybook-watch-" + config.sourceName());
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        long refreshNanos = TimeUnit.MILLISECONDS.toNanos(config.tablesRefreshMillis());
        long lastRefresh = System.nanoTime() - refreshNanos;
        boolean reported = false;
        try {
            while (!stopped.await(config.heartbeatMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    Connection current = connection;
                    if (current == null) {
                        current = connections.open();
                        connection = current;
                    }
                    SourceState state = new SourceState(current, config.slotName());
                    if (undefined) {
                        undefined = state.defineTables();
                    }
                    // In this order: what was missed, or had to be loaded, before the
                    // observation's clock was read is noted and asked for before the observation
                    // is there to be claimed from.
                    CompleteUntil.Observation observation = state.observe();
                    String found = Objects.requireNonNullElse(state.unverified(), "");
                    boolean mended = !found.isEmpty();
                    if (System.nanoTime() - lastRefresh >= refreshNanos
                            || !found.isEmpty() && unverified.isEmpty()) {
                        lastRefresh = System.nanoTime();
                        refresh(state, observation.clock(), !found.isEmpty());
                        if (!found.isEmpty()) {
                            found = Objects.requireNonNullElse(state.unverified(), "");
                        }
                    }
                    unverified = found;
                    progress.problem(SourceProgress.Part.TABLES, found);
                    SourceGaps noted = new SourceGaps(current, config.slotName());
                    loads.noteFailures(noted);
                    gaps.look(noted);
                    loads.request(state.loads());
                    if (found.isEmpty()) {
                        verified = observation.clock();
                        if (!mended) {
                            observations.add(observation);
                        } // else what was told of it is in the WAL behind this observation.
                    }
                    loads.noteServed(state);
                    loads.giveWay(state);
                    reported = false;
                } catch (SQLException e) {
                    close();
                    if (stopped.getCount() > 0 && !reported) {
                        reported = true;
                        String remedy = Remedy.of(e);
                        String why = remedy == null ? Remedy.oneLine(e) : remedy;
                        progress.problem(SourceProgress.Part.TABLES, "Table check failed: " + why);
                        LOG.warn(
                                "Table check of source {} failed; retrying: {}",
                                config.sourceName(),
                                why);
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("Interrupted.", e);
        } finally {
            close();
        }
    }

    private void refresh(SourceState state, long clock, boolean altered) throws SQLException {
        String fingerprint = state.fingerprint();
        if (altered || !fingerprint.equals(alignedFingerprint)) {
            state.seen(verified, aligned);
            // What could not be done is retried, and logged once as long as it fails the same way.
            String outcomes = String.join("; ", state.align());
            if (!outcomes.isEmpty() && !outcomes.equals(lastOutcomes)) {
                LOG.info("Tables of {}: {}", config.sourceName(), outcomes);
            }
            lastOutcomes = outcomes;
            alignedFingerprint = outcomes.isEmpty() ? fingerprint : null;
        }
        aligned = clock;
        progress.lagBytes(state.lagBytes());
        progress.log();
    }

    private void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("Closing a connection failed.", e);
            }
        }
    }

    void stop() {
        thread.interrupt();
        close();
    }
}
