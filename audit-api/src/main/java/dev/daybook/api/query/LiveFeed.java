package dev.daybook.api.query;

import dev.daybook.contract.WireTime;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.Timeline;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The newest entries that nothing can overtake any more, read once for all who listen.
 *
 * <p>Entries become visible in the order in which sink tasks commit, which is not that of the
 * source's commits. Up to the moment until which the log is complete there is everything, so what
 * lies between two such moments is given out in order of commit time and id, once: a place in that
 * order says what a listener has had, over reconnections and restarts of either side.
 *
 * <p>How far the log is complete depends on whose entries are waited for, since one source may lag
 * behind another. Those who wait for the same sources share one reading of the log.
 */
@Component
class LiveFeed {

    /** How often the log is asked while somebody listens. */
    private static final Duration INTERVAL = Duration.ofMillis(400);

    /** How many entries are read, and given out, at once. */
    static final int BATCH = 500;

    /** How many characters of rows are kept for listeners; who is further behind asks the log. */
    private static final long KEPT_CHARACTERS = 4_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);
    private static final UUID LAST_ID = new UUID(-1L, -1L);

    /** The place before every entry. */
    static final Keyset BEGINNING = new Keyset(Instant.EPOCH, new UUID(0, 0));

    private final AuditTrail trail;
    private final Timeline timeline;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wanted = lock.newCondition();
    private final Map<Sources, Lane> lanes = new HashMap<>();
    private int listeners;
    private boolean reading;
    private boolean closed;

    LiveFeed(AuditTrail trail, Timeline timeline) {
        this.trail = trail;
        this.timeline = timeline;
    }

    /**
     * The newest entries, oldest first.
     *
     * @param after everything after this place, up to {@code completeUntil}, is in {@code entries};
     *     null before the first look
     * @param completeUntil until when the log is complete; null if that is not known
     * @param number grows with each look; 0 before the first
     */
    record Window(
            @Nullable Keyset after,
            List<RecordedView> entries,
            @Nullable Instant completeUntil,
            long number) {

        /** Returns whether everything after a place is here. */
        boolean reaches(Keyset place) {
            return after != null && !isBefore(place, after);
        }
    }

    static boolean isBefore(Keyset one, Keyset other) {
        int byTime = one.at().compareTo(other.at());
        return byTime < 0
                || byTime == 0
                        && dev.daybook.domain.history.EntryPosition.compareIds(one.id(), other.id())
                                < 0;
    }

    static Keyset place(RecordedView view) {
        AuditEntry entry = view.recorded().entry();
        return new Keyset(entry.committedAt(), entry.id());
    }

    /** Returns the place after everything that committed until a moment. */
    static Keyset placeAfter(Instant moment) {
        return new Keyset(moment, LAST_ID);
    }

    /**
     * Whose entries somebody waits for.
     *
     * @param names the sources; null for all
     */
    record Sources(@Nullable Set<String> names) {

        static final Sources ALL = new Sources(null);

        boolean isNone() {
            return names != null && names.isEmpty();
        }

        boolean has(RecordedEntry recorded) {
            return names == null || names.contains(recorded.entry().source());
        }

        @Nullable Instant completeUntil(AuditTrail trail) {
            return names == null ? trail.completeUntil(null) : trail.completeUntilOfAll(names);
        }
    }

    /** What is read for all who wait for the same sources. */
    private final class Lane {

        private final Sources sources;
        private final Condition advanced = lock.newCondition();
        private Window window = new Window(null, List.of(), null, 0);
        private int seats;

        Lane(Sources sources) {
            this.sources = sources;
        }
    }

    /** A listener's place in the feed. */
    final class Seat implements AutoCloseable {

        private @Nullable Lane lane;
        private long known;

        private Seat() {}

        /**
         * Returns the newest window of some sources, as soon as it is another one than before, or
         * after a while as it is; null once the listening ends.
         */
        @Nullable Window await(Sources sources, Duration longest) throws InterruptedException {
            lock.lock();
            try {
                Lane here = move(sources);
                long left = longest.toNanos();
                while (here.window.number() == known && !closed && left > 0) {
                    left = here.advanced.awaitNanos(left);
                }
                known = here.window.number();
                return closed ? null : here.window;
            } finally {
                lock.unlock();
            }
        }

        /** Lets the window that was returned last be returned again. */
        void again() {
            lock.lock();
            try {
                known = 0;
            } finally {
                lock.unlock();
            }
        }

        private Lane move(Sources sources) {
            Lane here = lane;
            if (here == null || !here.sources.equals(sources)) {
                leave();
                here = lanes.computeIfAbsent(sources, Lane::new);
                here.seats++;
                lane = here;
                known = 0;
                if (here.window.number() == 0) {
                    wanted.signal();
                }
            }
            return here;
        }

        private void leave() {
            if (lane != null && --lane.seats == 0) {
                lanes.remove(lane.sources);
            }
        }

        /** Counts the listener out; when nobody is left, the log is not read any more. */
        @Override
        public void close() {
            lock.lock();
            try {
                leave();
                listeners--;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Counts a listener in, and begins to read if it is the first; null if there are too many. */
    @Nullable Seat enter(int most) {
        lock.lock();
        try {
            if (listeners >= most) {
                return null;
            }
            listeners++;
            if (!reading && !closed) {
                reading = true;
                Thread.ofVirtual().name("live-feed").start(this::run);
            }
            return new Seat();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all listening, so that a stop need not wait for it. */
    @EventListener(ContextClosedEvent.class)
    void close() {
        lock.lock();
        try {
            closed = true;
            wanted.signal();
            lanes.values().forEach(lane -> lane.advanced.signalAll());
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        List<Lane> read = next();
        while (read != null) {
            try {
                read.forEach(this::look);
            } catch (RuntimeException e) {
                LOG.warn("The live feed could not read the log; trying again: {}", e.getMessage());
                pause();
            }
            read = next();
        }
    }

    /** Waits for the time to look again, and returns what to read; null when nobody listens. */
    private @Nullable List<Lane> next() {
        lock.lock();
        try {
            long left = INTERVAL.toNanos();
            while (!closed && listeners > 0 && left > 0 && !isAnyNew()) {
                left = wanted.awaitNanos(left);
            }
            if (closed || listeners == 0) {
                reading = false;
                return null;
            }
            return List.copyOf(lanes.values());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reading = false;
            return null;
        } finally {
            lock.unlock();
        }
    }

    private boolean isAnyNew() {
        return lanes.values().stream().anyMatch(lane -> lane.window.number() == 0);
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads on from where the last look ended to where the log is complete now. */
    private void look(Lane lane) {
        Instant until = lane.sources.completeUntil(trail);
        Window old = lane.window;
        Instant known = old.completeUntil();
        if (until == null) {
            if (known != null || old.number() == 0) {
                publish(lane, old.after(), old.entries(), null);
            }
            return;
        }
        if (old.after() == null || known == null) {
            publish(lane, placeAfter(until), List.of(), until);
            return;
        }
        if (!until.isAfter(known)) {
            return;
        }
        List<RecordedEntry> read = trail.forward(Set.of(), placeAfter(known), until, BATCH);
        if (read.size() == BATCH) {
            // More than one batch: listeners read on their own, from their places.
            publish(lane, placeAfter(until), List.of(), until);
            return;
        }
        List<RecordedView> entries = new ArrayList<>(old.entries());
        entries.addAll(timeline.complete(read.stream().filter(lane.sources::has).toList()));
        Keyset after = old.after();
        long characters = 0;
        int kept = 0;
        for (RecordedView view : entries.reversed()) {
            characters += size(view);
            if (kept == BATCH || characters > KEPT_CHARACTERS) {
                break;
            }
            kept++;
        }
        if (kept < entries.size()) {
            after = place(entries.get(entries.size() - kept - 1));
            entries = entries.subList(entries.size() - kept, entries.size());
        }
        publish(lane, after, List.copyOf(entries), until);
    }

    /** Returns about how many characters an entry's rows have. */
    static long size(RecordedView view) {
        long size = 500;
        var after = view.view().after();
        var before = view.view().before();
        for (int i = 0; after != null && i < after.size(); i++) {
            size += after.tokenAt(i).length();
        }
        for (int i = 0; before != null && i < before.size(); i++) {
            size += before.tokenAt(i).length();
        }
        return size;
    }

    private void publish(
            Lane lane,
            @Nullable Keyset after,
            List<RecordedView> entries,
            @Nullable Instant until) {
        lock.lock();
        try {
            lane.window = new Window(after, entries, until, lane.window.number() + 1);
            lane.advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Writes a place as the id of an event. */
    static String text(Keyset place) {
        return WireTime.text(place.at()) + "_" + place.id();
    }

    /** Reads what {@link #text} wrote; null if it is something else. */
    static @Nullable Keyset read(String text) {
        int end = text.indexOf('_');
        Instant at = end < 0 ? null : WireTime.parse(text.substring(0, end));
        if (at == null) {
            return null;
        }
        try {
            return new Keyset(at, UUID.fromString(text.substring(end + 1)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
