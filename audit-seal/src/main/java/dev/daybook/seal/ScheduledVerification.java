package dev.daybook.seal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Verifies the whole log by a schedule, in a thread of its own, and keeps what it found. */
final class ScheduledVerification implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledVerification.class);

    /** The line of the last verification, in the log's store. */
    static final String FILE = "verified";

    private static final int MOST_LINES = 20;
    private static final Duration FIRST = Duration.ofMinutes(10);
    private static final Duration AGAIN = Duration.ofMinutes(1);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final SealerSettings settings;
    private final Clock clock;
    private final Consumer<Result> told;
    private final Thread thread;
    private volatile boolean closed;

    /** What was found, and in how many leaves. */
    record Result(SealerState.Verified verified, long leaves) {}

    ScheduledVerification(SealerSettings settings, Clock clock, Consumer<Result> told) {
        this.settings = settings;
        this.clock = clock;
        this.told = told;
        this.thread = new Thread(this::run, "daybook-verifier");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Returns what the last verification of a log found; empty if there was none. */
    static Optional<SealerState.Verified> last(LogStore store) throws IOException {
        return store.read(FILE)
                .map(
                        bytes ->
                                SealerState.Verified.parse(
                                        new String(bytes, StandardCharsets.UTF_8)));
    }

    private void run() {
        Instant began = clock.instant();
        while (!closed) {
            try {
                Instant last = last(settings.store()).map(SealerState.Verified::at).orElse(null);
                Duration pause = settings.verifyEvery();
                if (last == null && pause.compareTo(FIRST) > 0) {
                    pause = FIRST;
                }
                // A clock that was set back must not hold the next one off.
                Duration since =
                        Duration.between(last == null ? began : last, clock.instant()).abs();
                if (since.compareTo(pause) >= 0) {
                    verify();
                }
            } catch (IOException | SQLException | RuntimeException e) {
                Duration again =
                        AGAIN.compareTo(settings.verifyEvery()) < 0
                                ? AGAIN
                                : settings.verifyEvery();
                LOG.warn(
                        "Verification by schedule failed; retrying in {} s: {}",
                        again.toSeconds(),
                        e.getMessage());
                LOG.debug("Verification by schedule failed", e);
                sleep(again);
            }
            sleep(LOOK);
        }
    }

    private void verify() throws IOException, SQLException {
        List<String> outside = new ArrayList<>();
        for (Anchor anchor : settings.anchors()) {
            outside.addAll(anchor.checkpoints());
        }
        Report report =
                new Verification(settings.store(), settings.signer().key(), outside, WAIT)
                        .run(settings.databaseUrl(), settings.database(), rows -> {});
        long findings = report.findings().size() + report.unsure().size();
        SealerState.Verified verified =
                new SealerState.Verified(
                        clock.instant(), report.outcome(), report.verified(), findings);
        if (report.outcome() == Report.Outcome.INTACT) {
            LOG.info("Verified {} rows against the seal: intact", report.verified());
        } else {
            LOG.error(
                    "Verified {} rows against the seal: {}, {} findings; ./daybook verify lists all",
                    report.verified(),
                    report.outcome(),
                    findings);
            report.findings().stream()
                    .limit(MOST_LINES)
                    .forEach(finding -> LOG.error("{}", finding.inWords()));
            report.unsure().forEach(LOG::error);
        }
        settings.store()
                .replace(
                        FILE,
                        settings.store().read(FILE),
                        verified.line().getBytes(StandardCharsets.UTF_8));
        told.accept(new Result(verified, report.leaves()));
    }

    private void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    @Override
    public void close() {
        closed = true;
        if (thread.getState() == Thread.State.NEW) {
            // The schedule says never.
            return;
        }
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
