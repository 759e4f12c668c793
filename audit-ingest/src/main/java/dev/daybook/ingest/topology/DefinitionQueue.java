package dev.daybook.ingest.topology;

import dev.daybook.contract.Quote;
import dev.daybook.contract.TableName;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Keeps changes whose table is not defined yet, in order, until it is or the wait is over. What
 * waits is in a store, and waits on after a restart.
 */
final class DefinitionQueue {

    private static final Logger log = LoggerFactory.getLogger(DefinitionQueue.class);

    private final ParkedRecords parked;
    private final Duration wait;
    private final IngestMetrics metrics;
    private final Map<Table, Waiting> waiting = new LinkedHashMap<>();

    /** Tables whose definition was waited for in vain; their changes wait no more. */
    private final UndefinedTables undefined;

    private final Map<String, Long> lastOffsets = new LinkedHashMap<>();

    DefinitionQueue(ParkedRecords parked, int partition, Duration wait, IngestMetrics metrics) {
        this.parked = parked;
        this.undefined = new UndefinedTables(parked, partition);
        this.wait = wait;
        this.metrics = metrics;
    }

    /** A table of a source, whose changes come in one topic. */
    record Table(String topic, String source, TableName name) {}

    /** Takes the heartbeats that an earlier run held back. */
    @FunctionalInterface
    interface HeldHeartbeats {
        void accept(ChangeFeed feed, Incoming record, Decoded.Heartbeat heartbeat);
    }

    private static final class Waiting {
        private final long until;
        private final List<Long> offsets = new ArrayList<>();

        Waiting(long until) {
            this.until = until;
        }
    }

    /**
     * Takes back what an earlier run left in the store; its wait begins anew.
     *
     * @param feeds gives a topic's feed, or null if no source has the topic any more
     * @param heartbeats takes the heartbeats that were held back
     */
    void restore(
            Function<String, @Nullable ChangeFeed> feeds, long now, HeldHeartbeats heartbeats) {
        parked.forEach(
                record -> {
                    if (undefined.restore(record, feeds)) {
                        return;
                    }
                    ChangeFeed feed = feeds.apply(record.place().topic());
                    if (feed == null) {
                        return;
                    }
                    switch (feed.decode(record)) {
                        case Decoded.Change change ->
                                note(feed.table(record, change), record.place().offset(), now);
                        case Decoded.Heartbeat heartbeat ->
                                heartbeats.accept(feed, record, heartbeat);
                        default -> {}
                    }
                });
    }

    /**
     * Puts a change into the queue; returns false if its table was waited for before, in vain.
     *
     * @param whole whether the record itself may be kept, or its place alone
     */
    boolean add(Table table, Incoming record, boolean whole, long now) {
        if (undefined.contains(table)) {
            return false;
        }
        parked.put(record, whole);
        note(table, record.place().offset(), now);
        return true;
    }

    /** Keeps a heartbeat whose watermark is held back. */
    void hold(Incoming heartbeat) {
        parked.put(heartbeat, true);
    }

    /** Takes heartbeats out of the store whose watermark is written. */
    void released(String topic, long first, long last) {
        parked.remove(topic, first, last);
    }

    private void note(Table table, long offset, long now) {
        waiting.computeIfAbsent(table, t -> new Waiting(now + wait.toMillis())).offsets.add(offset);
        lastOffsets.merge(table.topic(), offset, Math::max);
        metrics.parked(1);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Returns the least offset of a topic's changes that wait, or {@link Long#MAX_VALUE}. */
    long firstWaiting(String topic) {
        long first = Long.MAX_VALUE;
        for (Map.Entry<Table, Waiting> table : waiting.entrySet()) {
            if (table.getKey().topic().equals(topic)) {
                first = Math.min(first, table.getValue().offsets.getFirst());
            }
        }
        return first;
    }

    /** Returns the offset of the topic's change that began to wait last, or -1. */
    long lastWaiting(String topic) {
        return lastOffsets.getOrDefault(topic, -1L);
    }

    /**
     * Lets the changes of each table go that is defined by now, or has been waited for long enough.
     *
     * @param key gives the key of a table, or null if nothing defines it yet
     * @param to takes a record, and its table's definition is waited for no longer
     * @param gone takes the place of a record that its topic does not have any more
     */
    void release(
            long now,
            Function<Table, @Nullable List<String>> key,
            BiConsumer<Table, Incoming> to,
            BiConsumer<Table, Place> gone) {
        for (Iterator<Map.Entry<Table, Waiting>> all = waiting.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<Table, Waiting> next = all.next();
            Table table = next.getKey();
            boolean defined = key.apply(table) != null;
            if (!defined && now < next.getValue().until) {
                continue;
            }
            if (!defined) {
                undefined.add(table, next.getValue().offsets.getFirst());
                log.warn(
                        "No definition of {} of {} came within {}: its changes are recorded without"
                                + " a key until one does. Let DMS include control details, or set"
                                + " daybook.ingest.keys[{}].",
                        Quote.of(table.name().toString()),
                        table.source(),
                        wait,
                        Quote.of(table.name().toString()));
            }
            all.remove();
            for (long offset : next.getValue().offsets) {
                parked.take(
                        table.topic(),
                        offset,
                        record -> to.accept(table, record),
                        place -> gone.accept(table, place));
            }
            metrics.parked(-next.getValue().offsets.size());
        }
    }

    UndefinedTables undefined() {
        return undefined;
    }

    /** Stops counting what waits: it is another task's now. */
    void close() {
        waiting.values().forEach(table -> metrics.parked(-table.offsets.size()));
        waiting.clear();
    }
}
