package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Remembers the tables whose definition was waited for in vain, and from when until when changes of
 * them were recorded without a key. Should a definition come after all, the log has to say so: an
 * entry that is recorded is not changed.
 *
 * <p>Outlives a restart in the store of the records that wait, as a record of a topic that is no
 * source's: an earlier build passes over it.
 */
final class UndefinedTables {

    private static final String TOPIC = "\u001Fundefined\u001F";
    private static final String SEPARATOR = "\u001F";

    private final ParkedRecords store;
    private final int partition;
    private final Map<DefinitionQueue.Table, Keyless> tables = new HashMap<>();

    /**
     * @param partition the partition of the change topics that the task reads
     */
    UndefinedTables(ParkedRecords store, int partition) {
        this.store = store;
        this.partition = partition;
    }

    /**
     * The changes of a table that were recorded without a key.
     *
     * @param first the first one's place
     * @param from the earliest one's commit
     * @param to the latest one's commit
     */
    record Late(DefinitionQueue.Table table, Place first, Instant from, Instant to) {}

    private static final class Keyless {
        private final long first;
        private @Nullable Instant from;
        private @Nullable Instant to;
        private boolean kept;

        Keyless(long first) {
            this.first = first;
        }

        void add(Instant committedAt) {
            if (from == null || committedAt.isBefore(from)) {
                from = committedAt;
                kept = false;
            }
            if (to == null || committedAt.isAfter(to)) {
                to = committedAt;
                kept = false;
            }
        }
    }

    /**
     * @param first the offset of the table's first change that waited
     */
    void add(DefinitionQueue.Table table, long first) {
        tables.putIfAbsent(table, new Keyless(first));
    }

    boolean contains(DefinitionQueue.Table table) {
        return tables.containsKey(table);
    }

    /** Notes that a change was recorded without a key. */
    void recorded(DefinitionQueue.Table table, Instant committedAt, long now) {
        Keyless keyless = tables.get(table);
        if (keyless != null) {
            boolean first = keyless.from == null;
            keyless.add(committedAt);
            if (first) {
                keep(table, keyless, now);
            }
        }
    }

    /**
     * Forgets the tables whose key is known by now, and keeps what is new of the others.
     *
     * @param key gives the key of a table, or null if nothing defines it yet
     * @return those that have a key, and changes without it
     */
    List<Late> settle(long now, Function<DefinitionQueue.Table, @Nullable List<String>> key) {
        List<Late> late = new ArrayList<>();
        for (Iterator<Map.Entry<DefinitionQueue.Table, Keyless>> all = tables.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<DefinitionQueue.Table, Keyless> next = all.next();
            DefinitionQueue.Table table = next.getKey();
            Keyless keyless = next.getValue();
            List<String> columns = key.apply(table);
            if (columns == null) {
                keep(table, keyless, now);
                continue;
            }
            all.remove();
            store.take(TOPIC + table.topic(), keyless.first, note -> {}, none -> {});
            if (!columns.isEmpty() && keyless.from != null && keyless.to != null) {
                late.add(
                        new Late(
                                table,
                                new Place(table.topic(), partition, keyless.first),
                                keyless.from,
                                keyless.to));
            }
        }
        return late;
    }

    private void keep(DefinitionQueue.Table table, Keyless keyless, long now) {
        if (keyless.kept || keyless.from == null || keyless.to == null) {
            return;
        }
        keyless.kept = true;
        store.put(
                new Incoming(
                        new Place(TOPIC + table.topic(), partition, keyless.first),
                        bytes(table.name().toString()),
                        bytes(
                                WireTime.text(WireTime.micros(keyless.from))
                                        + SEPARATOR
                                        + WireTime.text(WireTime.micros(keyless.to))),
                        Incoming.Headers.NONE,
                        now),
                true);
    }

    /** Takes back what an earlier run kept; returns false if the record is another one. */
    boolean restore(Incoming record, Function<String, @Nullable ChangeFeed> feeds) {
        String topic = record.place().topic();
        byte[] name = record.key();
        byte[] times = record.value();
        if (!topic.startsWith(TOPIC) || name == null || times == null) {
            return false;
        }
        String changes = topic.substring(TOPIC.length());
        ChangeFeed feed = feeds.apply(changes);
        if (feed != null) {
            Keyless keyless = new Keyless(record.place().offset());
            for (String time : new String(times, StandardCharsets.UTF_8).split(SEPARATOR)) {
                keyless.add(Instant.parse(time));
            }
            keyless.kept = true;
            tables.put(
                    new DefinitionQueue.Table(
                            changes,
                            feed.source().name(),
                            TableName.parse(new String(name, StandardCharsets.UTF_8))),
                    keyless);
        }
        return true;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
