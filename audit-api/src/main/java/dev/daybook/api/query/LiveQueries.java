package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.Logs.Log;
import dev.daybook.contract.Scope;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.Keyset;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.SearchPage;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Gives whole answers out: everything that a search finds, and what it will find from now on. */
@Component
public class LiveQueries {

    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** After which time a caller of whose tables there was nothing is looked after again. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(2);

    /** After which time what could not be read for a listener is read again: first, and at most. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    /** How many entries of an export are read first, and at most, at once. */
    private static final int EXPORTED_FIRST = 50;

    private static final int EXPORTED_AT_ONCE = 2_000;

    /** How many characters of rows are aimed at for what is read at once. */
    private static final long EXPORTED_CHARACTERS = 4_000_000;

    /** How many may listen to one instance. */
    static final int MOST_LISTENERS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(LiveQueries.class);

    private final Logs logs;
    private final LiveFeed feed;
    private final ReadLog reads;
    private final Admission admission;
    private final EntryQueries entries;

    LiveQueries(
            Logs logs, LiveFeed feed, ReadLog reads, Admission admission, EntryQueries entries) {
        this.logs = logs;
        this.feed = feed;
        this.reads = reads;
        this.admission = admission;
        this.entries = entries;
    }

    /** Takes what is given out, in order. What it throws ends the giving. */
    public interface Listener {

        /**
         * Takes an entry.
         *
         * @param place its place, to go on from another time
         */
        void entry(String place, RecordedView entry) throws IOException;

        /**
         * Takes the moment until which everything has been given out; null if that is not known.
         */
        void complete(@Nullable Instant until) throws IOException;
    }

    /**
     * Returns a search as the log spells it.
     *
     * @throws ProblemException if it names what the log has never seen
     */
    public EntryQuery checked(Caller caller, EntryQuery query) {
        caller.require(Scope.EXPORT);
        return admission.admit(Kind.ROW, () -> entries.checked(caller, query));
    }

    /**
     * Returns a place as {@link Listener} took it, or null for null.
     *
     * @throws ProblemException if it is none
     */
    public @Nullable String place(@Nullable String text) {
        if (text != null && LiveFeed.read(text) == null) {
            throw new ProblemException(
                    Problem.INVALID_CURSOR,
                    "Last-Event-ID is not the id of an event of this stream: send the last one that"
                            + " came, or leave it out.");
        }
        return text;
    }

    /**
     * Gives out what a search finds from a place on, oldest first, as soon as nothing can overtake
     * it any more; ends when the listener throws, or the application stops.
     *
     * @param after the place of the last entry that the listener has, or null for none
     */
    public void listen(Caller caller, EntryQuery query, @Nullable String after, Listener listener)
            throws IOException, InterruptedException {
        Keyset place = after == null ? null : LiveFeed.read(after);
        LiveFeed.Seat seat = feed.enter(MOST_LISTENERS);
        if (seat == null) {
            throw new ProblemException(
                    Problem.BUSY,
                    "Too many listen already: try again later, or ask with /entries.");
        }
        try (seat) {
            Listening listening = new Listening(caller, query, place, seat, listener);
            try {
                listening.follow();
            } finally {
                reads.read(
                        caller,
                        Filters.question(new Question("stream"), query).with("after", after),
                        listening.given);
            }
        }
    }

    /** What one listener has had, and is given next. */
    private final class Listening {

        private final Caller caller;
        private final EntryQuery query;
        private final Log log;
        private final LiveFeed.Seat seat;
        private final Listener listener;

        /** Up to where everything has been given out; null until that is known. */
        private @Nullable Keyset place;

        private int given;

        Listening(
                Caller caller,
                EntryQuery query,
                @Nullable Keyset after,
                LiveFeed.Seat seat,
                Listener listener) {
            this.caller = caller;
            this.query = query;
            this.log = logs.of(caller);
            this.seat = seat;
            this.listener = listener;
            this.place =
                    after == null && query.from() != null
                            ? LiveFeed.placeAfter(query.from().minusNanos(1_000))
                            : after;
        }

        /** Gives out until the application stops; a log that cannot be read is waited for. */
        void follow() throws IOException, InterruptedException {
            Duration retry = RETRY;
            boolean goesOn = true;
            while (goesOn) {
                try {
                    goesOn = giveNext();
                    retry = RETRY;
                } catch (DataAccessException | TransactionException unavailable) {
                    if (retry.equals(RETRY)) {
                        LOG.warn(
                                "A listener's entries could not be read; trying again: {}",
                                unavailable.getMessage());
                    }
                    // Whoever has gone away is noticed by this as well.
                    listener.complete(null);
                    TimeUnit.MILLISECONDS.sleep(retry.toMillis());
                    Duration next = retry.multipliedBy(2);
                    retry = next.compareTo(LONGEST_RETRY) < 0 ? next : LONGEST_RETRY;
                    seat.again();
                }
            }
        }

        /** Waits for the next window and gives out what it adds; false when there is none. */
        private boolean giveNext() throws IOException, InterruptedException {
            LiveFeed.Sources sources = sources(caller, query);
            LiveFeed.Window window = seat.await(sources, sources.isNone() ? FIRST_LOOK : HEARTBEAT);
            if (window == null) {
                return false;
            }
            if (place == null && sources.isNone() && query.sources().isAny()) {
                // There is nothing yet of what the caller sees: all that comes is new.
                place = LiveFeed.BEGINNING;
            }
            Instant until = window.completeUntil();
            if (until == null) {
                listener.complete(null);
                return true;
            }
            Keyset end = LiveFeed.placeAfter(until);
            Keyset from = place == null ? end : place;
            place = from;
            if (window.reaches(from)) {
                giveOf(window, from);
            } else {
                catchUp(from, until);
            }
            if (LiveFeed.isBefore(from, end)) {
                place = end;
            }
            listener.complete(until);
            return true;
        }

        private void giveOf(LiveFeed.Window window, Keyset from) throws IOException {
            for (RecordedView view : window.entries()) {
                if (LiveFeed.isBefore(from, LiveFeed.place(view))
                        && caller.tables().covers(view.recorded().entry().table())) {
                    give(asSeen(caller, log, view));
                }
            }
        }

        /** Gives out what lies between a place and a moment, from the log itself. */
        private void catchUp(Keyset from, Instant until) throws IOException {
            Keyset here = from;
            while (true) {
                Keyset after = here;
                List<RecordedEntry> read =
                        admission.awaited(
                                Kind.SEARCH,
                                () ->
                                        log.trail()
                                                .forward(
                                                        query.tables().only(),
                                                        after,
                                                        until,
                                                        LiveFeed.BATCH));
                for (RecordedView view :
                        admission.awaited(Kind.SEARCH, () -> log.timeline().complete(read))) {
                    here = give(view);
                }
                if (read.size() < LiveFeed.BATCH) {
                    return;
                }
            }
        }

        /** Gives an entry out if it is asked for; returns its place. */
        private Keyset give(RecordedView view) throws IOException {
            Keyset here = LiveFeed.place(view);
            if (query.matches(view)) {
                listener.entry(LiveFeed.text(here), view);
                given++;
            }
            place = here;
            return here;
        }
    }

    /** Returns the sources whose entries may come before those that a search finds. */
    private LiveFeed.Sources sources(Caller caller, EntryQuery query) {
        String one = query.sources().single();
        if (caller.tables().isAll()) {
            return one == null ? LiveFeed.Sources.ALL : new LiveFeed.Sources(Set.of(one));
        }
        Set<String> seen = logs.sources(caller.tables());
        return new LiveFeed.Sources(
                one == null ? seen : seen.contains(one) ? Set.of(one) : Set.of());
    }

    /**
     * Returns an entry as the caller sees it: what earlier entries add to it may be of a former
     * name of its table, which the caller may not see.
     */
    private RecordedView asSeen(Caller caller, Log log, RecordedView view) {
        boolean alone =
                view.view().completedBefore().isEmpty() && view.view().completedAfter().isEmpty();
        return alone || caller.tables().isAll()
                ? view
                : admission
                        .awaited(Kind.ROW, () -> log.timeline().complete(List.of(view.recorded())))
                        .getFirst();
    }

    /**
     * What was given out.
     *
     * @param entries how many entries
     * @param completeUntil until when the log was complete when it began
     * @param gaps see {@link Page#gaps}
     */
    public record Exported(long entries, @Nullable Instant completeUntil, List<Gap> gaps) {}

    /** Takes what is exported. */
    public interface Sink {

        /** Takes notice that entries follow, if there are any: the first part of them is read. */
        void begun() throws IOException;

        void entry(RecordedView entry) throws IOException;
    }

    /**
     * Gives everything out that a search finds, newest first. Two parts of it are held at a time:
     * one is read while the one before is written.
     */
    public Exported export(Caller caller, EntryQuery query, Sink sink) throws IOException {
        Log log = logs.of(caller);
        Instant completeUntil =
                admission.admit(
                        Kind.SEARCH, () -> log.trail().completeUntil(query.sources().single()));
        long given = 0;
        try {
            SearchPage page = exported(log, query, null, EXPORTED_FIRST);
            sink.begun();
            while (true) {
                Keyset next = page.next();
                Future<SearchPage> following =
                        next == null ? null : ahead(log, query, next, atOnce(page));
                for (RecordedView view : page.entries()) {
                    sink.entry(view);
                    given++;
                }
                if (following == null) {
                    return new Exported(
                            given,
                            completeUntil,
                            admission.admit(
                                    Kind.SEARCH,
                                    () ->
                                            log.gaps(
                                                    query.sources(),
                                                    query.tables(),
                                                    query.from(),
                                                    query.to())));
                }
                page = read(following);
            }
        } finally {
            reads.read(caller, Filters.question(new Question("export"), query), given);
        }
    }

    private SearchPage exported(Log log, EntryQuery query, @Nullable Keyset place, int limit) {
        return admission.awaited(Kind.SEARCH, () -> log.timeline().search(query, place, limit));
    }

    private Future<SearchPage> ahead(Log log, EntryQuery query, Keyset place, int limit) {
        FutureTask<SearchPage> page = new FutureTask<>(() -> exported(log, query, place, limit));
        Thread.ofVirtual().name("export-ahead").start(page);
        return page;
    }

    /** Returns how many entries to read next: fewer where they are large. */
    private static int atOnce(SearchPage page) {
        long characters = 1;
        for (RecordedView view : page.entries()) {
            characters += LiveFeed.size(view);
        }
        long fitting = EXPORTED_CHARACTERS * page.entries().size() / characters;
        return (int) Math.clamp(fitting, 1, EXPORTED_AT_ONCE);
    }

    private static SearchPage read(Future<SearchPage> page) {
        try {
            return page.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("The export was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
