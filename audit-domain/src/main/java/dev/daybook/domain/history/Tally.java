package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts entries one by one. */
final class Tally {

    /** The most frequent first, then by value; none at all before every value. */
    private static final Comparator<ValueCount> ORDER =
            Comparator.comparingLong(ValueCount::entries)
                    .reversed()
                    .thenComparing(
                            ValueCount::value, Comparator.nullsFirst(Comparator.naturalOrder()));

    private final Map<Facet, Map<@Nullable String, long[]>> values = new EnumMap<>(Facet.class);
    private final Set<Object> transactions = new HashSet<>();
    private long entries;
    private long unattributed;
    private @Nullable Duration lag;

    Tally(Set<Facet> facets) {
        facets.forEach(facet -> values.put(facet, new HashMap<>()));
    }

    long entries() {
        return entries;
    }

    void add(RecordedView found) {
        RecordedEntry recorded = found.recorded();
        AuditEntry entry = recorded.entry();
        entries++;
        unattributed += recorded.unattributed() ? 1 : 0;
        if (entry.operation() != Operation.SNAPSHOT) {
            Duration its = Duration.between(entry.committedAt(), recorded.recordedAt());
            lag = lag == null || its.compareTo(lag) > 0 ? its : lag;
        }
        transactions.add(
                entry.transactionId() == null
                        ? entry.id()
                        : List.of(entry.source(), entry.transactionId(), entry.committedAt()));
        values.forEach((facet, counts) -> add(facet, counts, found));
    }

    private static void add(Facet facet, Map<@Nullable String, long[]> counts, RecordedView found) {
        RecordedEntry recorded = found.recorded();
        AuditEntry entry = recorded.entry();
        boolean change = entry.operation() != Operation.SNAPSHOT;
        switch (facet) {
            case OPERATION -> count(counts, entry.operation().word());
            case TABLE -> count(counts, entry.table().toString());
            case SOURCE -> count(counts, entry.source());
            case ACTOR -> {
                if (change || recorded.attribution().actor() != null) {
                    count(counts, recorded.attribution().actor());
                }
            }
            case REASON -> {
                if (change) {
                    count(counts, recorded.attribution().reason());
                }
            }
            case KEY -> {
                if (entry.entityKey() != null) {
                    count(counts, entry.entityKey().text());
                }
            }
            case FIELD -> {
                if (entry.operation() == Operation.UPDATE) {
                    found.view().changes().forEach(changed -> count(counts, changed.field()));
                }
            }
        }
    }

    private static void count(Map<@Nullable String, long[]> counts, @Nullable String value) {
        counts.computeIfAbsent(value, v -> new long[1])[0]++;
    }

    EntryCounts counts(boolean complete, @Nullable Instant backTo) {
        Map<Facet, List<ValueCount>> facets = new EnumMap<>(Facet.class);
        values.forEach(
                (facet, counts) -> {
                    List<ValueCount> all = new ArrayList<>();
                    counts.forEach((value, count) -> all.add(new ValueCount(value, count[0])));
                    all.sort(ORDER);
                    facets.put(
                            facet,
                            List.copyOf(
                                    all.subList(0, Math.min(all.size(), EntryCounts.MOST_VALUES))));
                });
        return new EntryCounts(
                entries,
                transactions.size(),
                unattributed,
                lag,
                complete,
                complete ? null : backTo,
                facets);
    }
}
