package dev.daybook.ingest.topology;

import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Follows the chain in which DMS names, with each record, the one that it sent before. Records of
 * several partitions come in any order: a record that is named and has not come is waited for, and
 * one that has come waits to be named. What is waited for too long is missing.
 */
final class ChainLinks {

    /** How many records are remembered, so that one that comes again is not taken for another. */
    private static final int REMEMBERED = 20_000;

    /** How many ends are written down: of one task's chain there is one, and some on their way. */
    private static final int WRITTEN_ENDS = 24;

    private static final String SEPARATOR = "\n";
    private static final String PART = "\t";

    /** A record's place in the chain: its transaction, and its number in it. */
    record Id(long transaction, long record) {
        @Override
        public String toString() {
            return transaction + "." + record;
        }

        private static Id parse(String text) {
            int dot = text.indexOf('.');
            return new Id(
                    Long.parseLong(text.substring(0, dot)),
                    Long.parseLong(text.substring(dot + 1)));
        }
    }

    /**
     * A record of the chain.
     *
     * @param previous the one that was sent before it, or null for the first of a task's run
     * @param position the capture's position, or null
     */
    record Link(
            Id id,
            @Nullable Id previous,
            Instant committedAt,
            @Nullable String position,
            Place place) {}

    /**
     * A record that did not come.
     *
     * @param missing the record that did not come
     * @param after the record that names it
     * @param before the last record before it that nothing has continued
     */
    record Broken(Id missing, Link after, Link before) {}

    private record Wanted(Link by, long since) {}

    private final Map<Id, Link> ends = new LinkedHashMap<>();
    private final Map<Id, Wanted> wanted = new LinkedHashMap<>();
    private final Set<Id> seen = new LinkedHashSet<>();

    /** What was sent before then may have expired before it was read. */
    private Instant expiredUntil = Instant.MIN;

    /** Notes that records sent before this one may have expired before they were read. */
    void beginWith(Link link) {
        if (link.committedAt().isAfter(expiredUntil)) {
            expiredUntil = link.committedAt();
        }
    }

    /**
     * Takes a record into account; one that comes again changes nothing. A record that has come may
     * be named by several: DMS resumes before the last one that it sent, and a task that begins
     * anew counts the records of its own tables from 1.
     */
    void read(Link link, long now) {
        if (!seen.add(link.id())) {
            return;
        }
        forgetOldest(seen);
        Id previous = link.previous();
        if (previous != null && ends.remove(previous) == null && !seen.contains(previous)) {
            wanted.put(previous, new Wanted(link, now));
        }
        if (wanted.remove(link.id()) == null) {
            ends.put(link.id(), link);
            forgetOldest(ends.keySet());
        }
    }

    private static void forgetOldest(Set<?> from) {
        if (from.size() > REMEMBERED) {
            Iterator<?> oldest = from.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /**
     * Returns the records that have been waited for long enough, and waits for them no longer. One
     * before which no record is known is where the chain begins for us, and not missing.
     */
    List<Broken> broken(long now, Duration patience) {
        List<Broken> broken = new ArrayList<>();
        for (Iterator<Map.Entry<Id, Wanted>> all = wanted.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Id, Wanted> next = all.next();
            if (now - next.getValue().since() >= patience.toMillis()) {
                all.remove();
                Link after = next.getValue().by();
                Link before = lastEndBefore(after);
                if (before != null && after.committedAt().isAfter(expiredUntil)) {
                    ends.remove(before.id());
                    broken.add(new Broken(next.getKey(), after, before));
                }
            }
        }
        if (wanted.isEmpty()) {
            forgetEarlierRuns();
        }
        return broken;
    }

    /**
     * Keeps the last end alone: where nothing is waited for, the chain leads from it to where it
     * begins, and the other ends are those of runs before.
     */
    private void forgetEarlierRuns() {
        Instant last = Instant.MIN;
        for (Link end : ends.values()) {
            last = end.committedAt().isAfter(last) ? end.committedAt() : last;
        }
        Instant latest = last;
        ends.values().removeIf(end -> end.committedAt().isBefore(latest));
    }

    private @Nullable Link lastEndBefore(Link link) {
        Link last = null;
        for (Link end : ends.values()) {
            if (!end.id().equals(link.id())
                    && !end.committedAt().isAfter(link.committedAt())
                    && (last == null || end.committedAt().isAfter(last.committedAt()))) {
                last = end;
            }
        }
        return last;
    }

    /** Returns what is waited for, and what waits, as text. */
    String state() {
        StringBuilder out = new StringBuilder();
        ends.values().stream()
                .sorted(Comparator.comparing(Link::committedAt).reversed())
                .limit(WRITTEN_ENDS)
                .forEach(end -> append(out, "", end));
        wanted.forEach(
                (id, by) -> {
                    if (by.by().committedAt().isAfter(expiredUntil)) {
                        append(out, id.toString(), by.by());
                    }
                });
        return out.toString();
    }

    private static void append(StringBuilder out, String wanted, Link link) {
        out.append(wanted)
                .append(PART)
                .append(link.id())
                .append(PART)
                .append(link.committedAt())
                .append(PART)
                .append(Objects.requireNonNullElse(link.position(), ""))
                .append(PART)
                .append(link.place().partition())
                .append(PART)
                .append(link.place().offset())
                .append(SEPARATOR);
    }

    /**
     * Returns the links as they were when they were written down; what is waited for waits anew.
     */
    static ChainLinks of(String state, String topic, long now) {
        ChainLinks links = new ChainLinks();
        for (String line : state.split(SEPARATOR)) {
            String[] parts = line.split(PART, -1);
            if (parts.length != 6) {
                continue;
            }
            Link link =
                    new Link(
                            Id.parse(parts[1]),
                            null,
                            Instant.parse(parts[2]),
                            parts[3].isEmpty() ? null : parts[3],
                            new Place(topic, Integer.parseInt(parts[4]), Long.parseLong(parts[5])));
            links.seen.add(link.id());
            if (parts[0].isEmpty()) {
                links.ends.put(link.id(), link);
            } else {
                links.wanted.put(Id.parse(parts[0]), new Wanted(link, now));
            }
        }
        return links;
    }
}
