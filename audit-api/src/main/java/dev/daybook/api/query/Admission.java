package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Admits questions to the database by their kind, so that searches, however many there are, leave
 * connections for those who ask for a row. What finds no place waits in order, for a while and with
 * a bounded number of others; beyond that it is refused.
 */
public final class Admission {

    /** The kinds of questions. */
    public enum Kind {
        /** A row, an entry, a transaction: found by its index. */
        ROW,
        /** What reads many entries to answer with a few. */
        SEARCH
    }

    private final Gate rows;
    private final Gate searches;

    /**
     * @param connections how many connections there are; one is left for keys and health
     * @param searches how many of them searches may take
     * @param waiting how many questions of a kind may wait
     * @param longest how long a question waits at most
     */
    public Admission(int connections, int searches, int waiting, Duration longest) {
        this.rows = new Gate(Math.max(1, connections - searches - 1), waiting, longest);
        this.searches = new Gate(searches, waiting, longest);
    }

    /**
     * Answers a question when there is a place for it.
     *
     * @throws ProblemException if there are too many
     */
    <T> T admit(Kind kind, Supplier<T> question) {
        Gate gate = gate(kind);
        gate.enter();
        try {
            return question.get();
        } finally {
            gate.leave();
        }
    }

    /**
     * Answers a question whose answer has begun to be written, or is waited for by several: it
     * waits for its place as long as that takes, since a refusal would cut the answer off.
     *
     * @throws ProblemException if the thread is interrupted
     */
    <T> T awaited(Kind kind, Supplier<T> question) {
        Gate gate = gate(kind);
        gate.await();
        try {
            return question.get();
        } finally {
            gate.leave();
        }
    }

    private Gate gate(Kind kind) {
        return switch (kind) {
            case ROW -> rows;
            case SEARCH -> searches;
        };
    }

    private static final class Gate {

        private final Semaphore places;
        private final AtomicInteger waiting = new AtomicInteger();
        private final int mostWaiting;
        private final Duration longest;

        Gate(int places, int mostWaiting, Duration longest) {
            this.places = new Semaphore(places, true);
            this.mostWaiting = mostWaiting;
            this.longest = longest;
        }

        void enter() {
            if (places.tryAcquire() || waitForPlace()) {
                return;
            }
            throw refused();
        }

        void await() {
            try {
                places.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw refused();
            }
        }

        private static ProblemException refused() {
            return new ProblemException(
                    Problem.BUSY,
                    "Too many requests of this kind wait for the database: try again in a second,"
                            + " or ask fewer at once.");
        }

        private boolean waitForPlace() {
            try {
                return waiting.incrementAndGet() <= mostWaiting
                        && places.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } finally {
                waiting.decrementAndGet();
            }
        }

        void leave() {
            places.release();
        }
    }
}
