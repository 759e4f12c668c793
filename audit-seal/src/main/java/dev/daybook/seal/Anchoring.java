package dev.daybook.seal;

import dev.daybook.evidence.Anchored;
import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.Receipts;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Adds the newest checkpoint to each anchor when it is due, in a thread of its own: an anchor that
 * fails or hangs is loud and in nobody's way.
 */
final class Anchoring implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Anchoring.class);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final SealerSettings settings;
    private final Clock clock;
    private final Consumer<UnaryOperator<SealerState>> state;
    private final Thread thread;

    /** When each anchor is due next, by the monotonic clock. */
    private final Map<Anchor, Long> due = new HashMap<>();

    private final Map<Anchor, Long> sizes = new HashMap<>();
    private volatile boolean closed;

    Anchoring(SealerSettings settings, Clock clock, Consumer<UnaryOperator<SealerState>> state) {
        this.settings = settings;
        this.clock = clock;
        this.state = state;
        this.thread = new Thread(this::run, "daybook-anchors");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!closed) {
            for (Anchor anchor : settings.anchors()) {
                Long next = due.get(anchor);
                if (next == null || System.nanoTime() - next >= 0) {
                    due.put(anchor, System.nanoTime() + add(anchor).toNanos());
                }
            }
            try {
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                closed = true;
            }
        }
    }

    /** Adds the newest checkpoint, if there is one; returns after what pause to do so again. */
    private Duration add(Anchor anchor) {
        try {
            byte[] bytes = settings.store().read(EvidenceLog.CHECKPOINT).orElse(null);
            if (bytes == null) {
                return Duration.ZERO;
            }
            String note = new String(bytes, StandardCharsets.UTF_8);
            long size = Checkpoint.open(note, settings.signer().key()).size();
            if (sizes.getOrDefault(anchor, -1L) < size) {
                anchor.add(note);
                sizes.put(anchor, size);
                keep(note);
            }
            note(size);
            state.accept(now -> now.anchored(size, clock.instant(), anchor.toString()));
            return anchor.interval();
        } catch (IOException | RuntimeException e) {
            LOG.error("The checkpoint was not added to the anchor {}: {}", anchor, e.getMessage());
            state.accept(now -> now.notAnchored(anchor.toString(), String.valueOf(e.getMessage())));
            return AGAIN;
        }
    }

    /** Keeps beside the log how far an anchor knows it, for those who read the log alone. */
    private void note(long size) throws IOException {
        Optional<byte[]> before = settings.store().read(Anchored.FILE);
        if (before.isEmpty() || Anchored.parse(before.get()).leaves() <= size) {
            Anchored now = new Anchored(size, LogTime.micros(clock.instant()));
            settings.store().replace(Anchored.FILE, before, now.toBytes());
        }
    }

    /** Keeps what an anchor took beside the log, for packs. */
    private void keep(String note) throws IOException {
        Optional<byte[]> before = settings.store().read(Receipts.FILE);
        Receipts kept = before.map(Receipts::parse).orElse(Receipts.NONE);
        settings.store().replace(Receipts.FILE, before, kept.with(note).toBytes());
    }

    /** Stops, with the last checkpoint in the anchors that get one each minute. */
    @Override
    public void close() {
        closed = true;
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Anchor anchor : settings.anchors()) {
            if (anchor.interval().compareTo(AGAIN) <= 0) {
                add(anchor);
            }
        }
    }
}
