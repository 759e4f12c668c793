package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.change.ReplayRequest;
import dev.daybook.ingest.change.ReplayRequests;

import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Looks for rejected records that are to be replayed, finds the original of each and hands it to
 * the stream threads. A request is looked for until it has an outcome, so a process that dies loses
 * none; one that is replayed twice becomes the same entry.
 */
final class ReplayFeed implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ReplayFeed.class);

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(10);

    /** After that time a request without an outcome is taken for lost. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final int MOST_AT_ONCE = 500;

    private final @Nullable ReplayRequests requests;
    private final Map<String, Object> clientProperties;
    private final Replays replays;
    private final BooleanSupplier working;
    private final Clock clock;

    /** When each request was handed on that may have no outcome yet. */
    private final Map<UUID, Instant> handedOn = new HashMap<>();

    private @Nullable Thread thread;

    /**
     * @param requests null where nothing is replayed
     * @param clientProperties how to reach the broker
     * @param working whether the stream threads take what is handed to them
     */
    ReplayFeed(
            @Nullable ReplayRequests requests,
            Map<String, Object> clientProperties,
            Replays replays,
            BooleanSupplier working,
            Clock clock) {
        this.requests = requests;
        this.clientProperties = Map.copyOf(clientProperties);
        this.replays = replays;
        this.working = working;
        this.clock = clock;
    }

    @Override
    public synchronized void start() {
        ReplayRequests asked = requests;
        if (asked != null) {
            thread = Thread.ofPlatform().name("daybook-replay").daemon().start(() -> run(asked));
        }
    }

    private void run(ReplayRequests asked) {
        Duration pause = INTERVAL;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(pause);
                pause = INTERVAL;
                if (working.getAsBoolean()) {
                    Instant lost = clock.instant().minus(PATIENCE);
                    handedOn.values().removeIf(at -> at.isBefore(lost));
                    handOn(asked.open(Set.copyOf(handedOn.keySet()), MOST_AT_ONCE));
                }
            } catch (InterruptedException stop) {
                return;
            } catch (SQLException | RuntimeException e) {
                log.warn(
                        "Rejected records cannot be replayed ({}); another attempt in {} s: check"
                                + " daybook.ingest.replay.* and the brokers.",
                        e.getMessage(),
                        PAUSE.toSeconds());
                pause = PAUSE;
            }
        }
    }

    private void handOn(List<ReplayRequest> due) throws InterruptedException {
        if (due.isEmpty()) {
            return;
        }
        try (Originals originals = new KafkaOriginals(clientProperties)) {
            for (ReplayRequest request : due) {
                handedOn.put(request.id(), clock.instant());
                try {
                    replays.put(new Replays.Replay(request, original(originals, request)));
                } catch (KafkaException e) {
                    log.warn(
                            "Record {} cannot be read to be replayed; another attempt in {} s",
                            request.place(),
                            PATIENCE.toSeconds(),
                            e);
                }
            }
        }
    }

    /** Returns the record as it is kept, else as it stands in its topic, or null. */
    private static @Nullable Incoming original(Originals originals, ReplayRequest request) {
        Incoming kept = request.kept();
        Place place = request.place();
        if (kept != null || place == null) {
            return kept;
        }
        Incoming found = originals.read(place);
        return found != null && request.isOf(found) ? found : null;
    }

    @Override
    public synchronized void stop() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            thread = null;
        }
        replays.clear();
    }

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }
}
