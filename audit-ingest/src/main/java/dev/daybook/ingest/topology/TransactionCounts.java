package dev.daybook.ingest.topology;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.topology.TransactionReader.Told;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Holds the counts in the ENDs of Debezium's transactions to the changes that came. These stand in
 * other topics and partitions than the END and come in any order, some of them again. A change that
 * has not come long after everything has been read is missing.
 *
 * <p>Only of tables of which a change has been read: others are in topics that are not. Nothing is
 * held to a transaction without an END, nor to an END that was read before.
 */
final class TransactionCounts {

    /** How many transactions may wait, for their END or for changes; the oldest are given up. */
    private static final int MOST_OPEN = 20_000;

    /** How many settled transactions are remembered, so that what comes again is no new one. */
    private static final int MOST_SETTLED = 50_000;

    private static final int MOST_TABLES = 10_000;

    /** How many stretches of numbers are kept of a transaction. */
    private static final int MOST_STRETCHES = 100_000;

    private static final long SECOND = 1_000_000;

    private static final String LINE = "\n";
    private static final String PART = "\t";

    /**
     * Changes that did not come.
     *
     * @param counted how many changes of the table the END counts
     * @param came how many of them came
     * @param end where the END stands
     * @param position where the END stands in the WAL
     * @param from the last moment before the commit
     * @param to the commit, or the end of the millisecond that it was in
     */
    record Missing(
            long transaction,
            TableName table,
            long counted,
            long came,
            Place end,
            long position,
            Instant from,
            Instant to) {}

    /** A transaction of which not everything has come. */
    private static final class Open {
        private final Map<String, Numbers> came = new HashMap<>();
        private Map<String, Long> counted = Map.of();
        private @Nullable Place end;
        private long position;

        /** By its changes, in microseconds; 0 while none has said it. */
        private long committedAt;

        /** By the END, to the millisecond. */
        private long endedAt;

        /** When its END came, or without one the last change. */
        private long since;

        private boolean isComplete() {
            return end != null
                    && counted.entrySet().stream()
                            .allMatch(
                                    table -> {
                                        Numbers numbers = came.get(table.getKey());
                                        return numbers != null
                                                && numbers.hasAllUpTo(table.getValue());
                                    });
        }

        private int stretches() {
            return came.values().stream().mapToInt(numbers -> numbers.stretches.size()).sum();
        }
    }

    /** Whole numbers, as stretches without a hole. */
    private static final class Numbers {
        private final NavigableMap<Long, Long> stretches = new TreeMap<>();

        private void add(long from, long to) {
            long first = from;
            long last = to;
            Map.Entry<Long, Long> before = stretches.floorEntry(first);
            if (before != null && before.getValue() >= first - 1) {
                first = before.getKey();
                last = Math.max(last, before.getValue());
            }
            Map.Entry<Long, Long> next = stretches.higherEntry(first);
            while (next != null && next.getKey() <= last + 1) {
                last = Math.max(last, next.getValue());
                stretches.remove(next.getKey());
                next = stretches.higherEntry(first);
            }
            stretches.put(first, last);
        }

        private boolean hasAllUpTo(long last) {
            Map.Entry<Long, Long> first = stretches.firstEntry();
            return first != null && first.getKey() <= 1 && first.getValue() >= last;
        }

        private long countUpTo(long last) {
            long count = 0;
            for (Map.Entry<Long, Long> stretch : stretches.headMap(last, true).entrySet()) {
                count += Math.min(stretch.getValue(), last) - stretch.getKey() + 1;
            }
            return count;
        }
    }

    private final Map<Long, Open> open = new LinkedHashMap<>();
    private final Set<Long> settled = new LinkedHashSet<>();
    private final Map<String, TableName> tables = new LinkedHashMap<>();

    /** By partition, the position of the last END in the WAL. */
    private final Map<String, Long> lastEnds = new HashMap<>();

    /** The commit of the latest transaction whose END came, in microseconds. */
    private long latestEnd;

    /** ENDs that were written before then are not held to anything: changes may have expired. */
    private long heldFrom;

    /** Notes that what was written before then may have been deleted before it was read. */
    void expiredBefore(long millis) {
        heldFrom = Math.max(heldFrom, millis);
    }

    /** Takes a change into account; one that comes again changes nothing. */
    void read(Told.Change change, long now) {
        String collection = TransactionReader.collection(change.table());
        tables.put(collection, change.table());
        forgetOldest(tables.keySet(), MOST_TABLES);
        if (settled.contains(change.transaction())) {
            return;
        }
        Open transaction = open.computeIfAbsent(change.transaction(), number -> new Open());
        transaction
                .came
                .computeIfAbsent(collection, name -> new Numbers())
                .add(change.order(), change.order());
        if (transaction.committedAt == 0) {
            transaction.committedAt = change.committedAt();
        }
        if (transaction.end == null) {
            transaction.since = now;
        }
        if (transaction.isComplete() || transaction.stretches() > MOST_STRETCHES) {
            settle(change.transaction());
        }
        giveUpOldest();
    }

    /**
     * Takes an END into account; one that comes again changes nothing.
     *
     * @param writtenAt the record's time in its topic, in milliseconds
     */
    void read(Told.End end, Place place, long writtenAt, long now) {
        Open begun = open.get(end.transaction());
        if (begun != null && begun.end != null) {
            return;
        }
        long committedAt =
                begun == null || begun.committedAt == 0 ? end.committedAt() : begun.committedAt;
        Long last = lastEnds.get(place.topic() + "-" + place.partition());
        // A position that goes back with a time that does not: another WAL.
        boolean again =
                last != null
                        && end.position() <= last
                        && (begun == null
                                || begun.committedAt <= latestEnd + SECOND
                                || end.position() == last);
        if (again || writtenAt < heldFrom || settled.contains(end.transaction())) {
            if (begun != null) {
                settle(end.transaction());
            }
            if (again) {
                return;
            }
        }
        lastEnds.put(place.topic() + "-" + place.partition(), end.position());
        latestEnd = Math.max(latestEnd, committedAt);
        if (settled.contains(end.transaction()) || writtenAt < heldFrom) {
            return;
        }
        Map<String, Long> counted = new HashMap<>(end.counts());
        counted.keySet().retainAll(tables.keySet());
        Open transaction = begun == null ? new Open() : begun;
        transaction.counted = counted;
        transaction.end = place;
        transaction.position = end.position();
        transaction.endedAt = end.committedAt();
        transaction.since = now;
        open.put(end.transaction(), transaction);
        if (transaction.isComplete()) {
            settle(end.transaction());
        }
        giveUpOldest();
    }

    private void settle(long transaction) {
        open.remove(transaction);
        settled.add(transaction);
        forgetOldest(settled, MOST_SETTLED);
    }

    private void giveUpOldest() {
        if (open.size() > MOST_OPEN) {
            settle(open.keySet().iterator().next());
        }
    }

    private static void forgetOldest(Set<?> from, int most) {
        if (from.size() > most) {
            Iterator<?> oldest = from.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /**
     * Returns what has been waited for long enough, and waits for it no longer. Transactions that
     * later ones have overtaken and that have no END will have none: their capture began anew.
     */
    List<Missing> missing(long now, Duration patience) {
        List<Missing> missing = new ArrayList<>();
        for (Map.Entry<Long, Open> next : List.copyOf(open.entrySet())) {
            Open transaction = next.getValue();
            if (now - transaction.since < patience.toMillis()) {
                continue;
            }
            Place end = transaction.end;
            if (end == null) {
                if (transaction.committedAt < latestEnd - 60 * SECOND) {
                    settle(next.getKey());
                }
                continue;
            }
            settle(next.getKey());
            transaction.counted.forEach(
                    (collection, counted) -> {
                        Numbers numbers = transaction.came.getOrDefault(collection, new Numbers());
                        TableName table = tables.get(collection);
                        if (table != null && !numbers.hasAllUpTo(counted)) {
                            missing.add(
                                    missing(
                                            next.getKey(),
                                            transaction,
                                            end,
                                            table,
                                            counted,
                                            numbers.countUpTo(counted)));
                        }
                    });
        }
        return missing;
    }

    private static Missing missing(
            long number, Open transaction, Place end, TableName table, long counted, long came) {
        boolean exact = transaction.committedAt != 0;
        Instant at = instant(exact ? transaction.committedAt : transaction.endedAt);
        return new Missing(
                number,
                table,
                counted,
                came,
                end,
                transaction.position,
                at.minus(1, ChronoUnit.MICROS),
                exact ? at : at.plus(999, ChronoUnit.MICROS));
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** Returns what is not settled, as text. */
    String state() {
        StringBuilder out = new StringBuilder();
        out.append(heldFrom).append(PART).append(latestEnd).append(LINE);
        lastEnds.forEach(
                (partition, position) ->
                        out.append(partition).append(PART).append(position).append(LINE));
        open.forEach(
                (number, transaction) -> {
                    Place end = transaction.end;
                    out.append(number)
                            .append(PART)
                            .append(transaction.committedAt)
                            .append(PART)
                            .append(end == null ? "" : end.topic())
                            .append(PART)
                            .append(end == null ? 0 : end.partition())
                            .append(PART)
                            .append(end == null ? 0 : end.offset())
                            .append(PART)
                            .append(transaction.position)
                            .append(PART)
                            .append(transaction.endedAt)
                            .append(PART);
                    transaction.counted.forEach(
                            (name, count) -> {
                                TableName table = tables.get(name);
                                if (table != null) {
                                    out.append(encoded(table.schema()))
                                            .append('.')
                                            .append(encoded(table.name()))
                                            .append('=')
                                            .append(count)
                                            .append(' ');
                                }
                            });
                    out.append(PART);
                    transaction.came.forEach(
                            (name, numbers) -> {
                                out.append(encoded(name)).append('=');
                                numbers.stretches.forEach(
                                        (from, to) ->
                                                out.append(from)
                                                        .append('-')
                                                        .append(to)
                                                        .append(','));
                                out.append(' ');
                            });
                    out.append(LINE);
                });
        return out.toString();
    }

    /** Names of tables hold anything; encoded they hold no separator. */
    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace(".", "%2E");
    }

    private static String decoded(String name) {
        return URLDecoder.decode(name, StandardCharsets.UTF_8);
    }

    /** Returns the counts as they were when they were written down; what waits does so anew. */
    static TransactionCounts of(String state, long now) {
        TransactionCounts counts = new TransactionCounts();
        boolean first = true;
        for (String line : state.split(LINE)) {
            String[] parts = line.split(PART, -1);
            if (first && parts.length == 2) {
                counts.heldFrom = Long.parseLong(parts[0]);
                counts.latestEnd = Long.parseLong(parts[1]);
                first = false;
            } else if (parts.length == 2) {
                counts.lastEnds.put(parts[0], Long.parseLong(parts[1]));
            } else if (parts.length == 9) {
                counts.open.put(Long.parseLong(parts[0]), counts.transaction(parts, now));
            }
        }
        return counts;
    }

    private Open transaction(String[] parts, long now) {
        Open transaction = new Open();
        transaction.committedAt = Long.parseLong(parts[1]);
        transaction.end =
                parts[2].isEmpty()
                        ? null
                        : new Place(parts[2], Integer.parseInt(parts[3]), Long.parseLong(parts[4]));
        transaction.position = Long.parseLong(parts[5]);
        transaction.endedAt = Long.parseLong(parts[6]);
        transaction.since = now;
        Map<String, Long> counted = new HashMap<>();
        for (String one : parts[7].split(" ")) {
            int dot = one.indexOf('.');
            int equals = one.indexOf('=');
            if (dot >= 0 && equals > dot) {
                TableName table =
                        new TableName(
                                decoded(one.substring(0, dot)),
                                decoded(one.substring(dot + 1, equals)));
                String collection = TransactionReader.collection(table);
                tables.put(collection, table);
                counted.put(collection, Long.parseLong(one.substring(equals + 1)));
            }
        }
        transaction.counted = counted;
        for (String one : parts[8].split(" ")) {
            int equals = one.indexOf('=');
            if (equals > 0) {
                Numbers numbers = new Numbers();
                for (String stretch : one.substring(equals + 1).split(",")) {
                    int dash = stretch.indexOf('-');
                    if (dash > 0) {
                        numbers.add(
                                Long.parseLong(stretch.substring(0, dash)),
                                Long.parseLong(stretch.substring(dash + 1)));
                    }
                }
                transaction.came.put(decoded(one.substring(0, equals)), numbers);
            }
        }
        return transaction;
    }
}
