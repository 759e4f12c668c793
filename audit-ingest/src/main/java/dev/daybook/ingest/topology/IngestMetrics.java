package dev.daybook.ingest.topology;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what the ingest does; the names are listed in {@code docs/reference/ingest.md}. */
final class IngestMetrics {

    private final MeterRegistry registry;
    private final Clock clock;
    private final AtomicLong parked = new AtomicLong();
    private final Counter threadFailures;
    private final Map<String, OfSource> sources = new ConcurrentHashMap<>();

    IngestMetrics(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        Gauge.builder("daybook.ingest.parked", parked, AtomicLong::get)
                .description("Changes that wait for their table's definition")
                .register(registry);
        threadFailures =
                Counter.builder("daybook.ingest.thread.failures")
                        .description("Stream threads that failed and were replaced")
                        .register(registry);
    }

    /** Returns the counters of one source. */
    OfSource of(String source) {
        return sources.computeIfAbsent(source, OfSource::new);
    }

    /** Counts a stream thread that failed. */
    void threadFailed() {
        threadFailures.increment();
    }

    void parked(long more) {
        parked.addAndGet(more);
    }

    /** The counters of one source; safe for several threads. */
    final class OfSource {

        private final String source;
        private final Map<String, Counter> outcomes = new ConcurrentHashMap<>();
        private final Map<String, Counter> rejections = new ConcurrentHashMap<>();
        private final Map<String, Counter> keyless = new ConcurrentHashMap<>();
        private final Map<String, Counter> degraded = new ConcurrentHashMap<>();
        private final Map<String, Counter> replayed = new ConcurrentHashMap<>();

        /**
         * The latest change's commit time in milliseconds; plain, since any recent value will do.
         */
        private volatile long lastCommitMillis;

        private OfSource(String source) {
            this.source = source;
            TimeGauge.builder(
                            "daybook.ingest.last.change.age",
                            this,
                            TimeUnit.MILLISECONDS,
                            OfSource::lastChangeAge)
                    .description(
                            "Time since the commit of the change handled last; NaN before the"
                                    + " first")
                    .tag("source", source)
                    .register(registry);
        }

        /** Counts a record by its outcome: once, when the outcome is known. */
        void outcome(String outcome) {
            // get() first: computeIfAbsent would lock and allocate for each record.
            Counter counter = outcomes.get(outcome);
            if (counter == null) {
                counter =
                        outcomes.computeIfAbsent(
                                outcome,
                                word ->
                                        Counter.builder("daybook.ingest.records")
                                                .description(
                                                        "Change records by what they turned out to"
                                                                + " be")
                                                .tag("source", source)
                                                .tag("outcome", word)
                                                .register(registry));
            }
            counter.increment();
        }

        void rejected(String code) {
            rejections
                    .computeIfAbsent(
                            code,
                            word ->
                                    Counter.builder("daybook.ingest.rejected")
                                            .description(
                                                    "Change records that could not become entries")
                                            .tag("source", source)
                                            .tag("code", word)
                                            .register(registry))
                    .increment();
        }

        /** Counts an entry without a key. */
        void keyless(String why) {
            Counter counter = keyless.get(why);
            if (counter == null) {
                counter =
                        keyless.computeIfAbsent(
                                why,
                                word ->
                                        Counter.builder("daybook.ingest.keyless")
                                                .description("Row entries without a key, by why")
                                                .tag("source", source)
                                                .tag("reason", word)
                                                .register(registry));
            }
            counter.increment();
        }

        /** Counts a change with a member that could not be used. */
        void degraded(String member) {
            degraded.computeIfAbsent(
                            member,
                            word ->
                                    Counter.builder("daybook.ingest.degraded")
                                            .description(
                                                    "Changes with a member that could not be used")
                                            .tag("source", source)
                                            .tag("member", word)
                                            .register(registry))
                    .increment();
        }

        /** Counts a rejected record that was replayed. */
        void replayed(String outcome) {
            replayed.computeIfAbsent(
                            outcome,
                            word ->
                                    Counter.builder("daybook.ingest.replayed")
                                            .description(
                                                    "Rejected records that were replayed, by what"
                                                            + " they turned out to be")
                                            .tag("source", source)
                                            .tag("outcome", word)
                                            .register(registry))
                    .increment();
        }

        void change(Instant committedAt) {
            lastCommitMillis = committedAt.toEpochMilli();
        }

        private double lastChangeAge() {
            long last = lastCommitMillis;
            return last == 0 ? Double.NaN : Math.max(0, clock.millis() - last);
        }
    }
}
