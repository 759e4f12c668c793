package dev.daybook.domain.history;

import dev.daybook.contract.Operation;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Tells somebody who may see some tables how complete the log is for these. */
final class ConfinedCoverage {

    /** A part's own words may name any table. */
    private static final String REASON_IS_HIDDEN =
            "Why, a key or token that sees all tables shows.";

    private final ConfinedTrail seen;
    private final AuditTrail whole;

    private ConfinedCoverage(ConfinedTrail seen, AuditTrail whole) {
        this.seen = seen;
        this.whole = whole;
    }

    /**
     * Returns the coverage of the tables that are seen.
     *
     * @param seen the log as it is seen
     */
    static Coverage of(ConfinedTrail seen, AuditTrail whole) {
        return new ConfinedCoverage(seen, whole).coverage();
    }

    private Coverage coverage() {
        EntryCounts all = seen.count(EntryQuery.ALL, EnumSet.of(Facet.SOURCE), Coverage.COUNTED);
        List<SourceCoverage> sources = sources(all);
        Set<String> names = new HashSet<>();
        sources.forEach(source -> names.add(source.source()));
        Coverage known = whole.coverage();
        return new Coverage(
                sources,
                all.entries(),
                !all.complete(),
                0,
                known.standstills().stream()
                        .filter(one -> names.contains(one.source()))
                        .map(
                                one ->
                                        new Standstill(
                                                one.source(),
                                                one.since(),
                                                one.stage(),
                                                REASON_IS_HIDDEN))
                        .toList(),
                seen.gaps(),
                known.incidents().stream()
                        .filter(
                                incident ->
                                        incident.table() != null && seen.covers(incident.table()))
                        .toList(),
                keylessTables());
    }

    private List<SourceCoverage> sources(EntryCounts all) {
        EntryQuery changes =
                new EntryQuery.Builder()
                        .operations(Choice.allBut(List.of(Operation.SNAPSHOT)))
                        .build();
        EntryQuery unsigned = changes.but().attributed(EntryQuery.Attributed.NO).build();
        EntryCounts newest = seen.count(changes, EnumSet.of(Facet.SOURCE), Coverage.WINDOW);
        EntryCounts unattributed = seen.count(unsigned, EnumSet.of(Facet.SOURCE), Coverage.WINDOW);
        List<SourceCoverage> sources = new ArrayList<>();
        for (ValueCount source : all.facets().getOrDefault(Facet.SOURCE, List.of())) {
            String name = String.valueOf(source.value());
            long recent = of(newest, name);
            sources.add(
                    new SourceCoverage(
                            name,
                            whole.completeUntil(name),
                            0,
                            recent,
                            Math.min(recent, of(unattributed, name))));
        }
        sources.sort(Comparator.comparing(SourceCoverage::source));
        return sources;
    }

    private static long of(EntryCounts counts, String source) {
        return counts.facets().getOrDefault(Facet.SOURCE, List.of()).stream()
                .filter(count -> source.equals(count.value()))
                .mapToLong(ValueCount::entries)
                .sum();
    }

    /** Returns the tables of whose rows some of the newest entries have no key. */
    private List<KeylessTable> keylessTables() {
        Map<List<String>, Keyless> found =
                new TreeMap<>(
                        Comparator.<List<String>, String>comparing(List::getFirst)
                                .thenComparing(List::getLast));
        for (RecordedEntry recorded :
                seen.search(EntryQuery.ALL, null, null, ConfinedTrail.NEWEST)) {
            AuditEntry entry = recorded.entry();
            if (entry.entityKey() == null && isOfRow(entry.operation())) {
                found.computeIfAbsent(
                                List.of(entry.source(), entry.table().toString()),
                                name -> new Keyless())
                        .add(entry);
            }
        }
        List<KeylessTable> tables = new ArrayList<>();
        found.forEach(
                (name, keyless) -> tables.add(keyless.table(name.getFirst(), name.getLast())));
        return tables;
    }

    private static boolean isOfRow(Operation operation) {
        return switch (operation) {
            case SNAPSHOT, INSERT, UPDATE, DELETE -> true;
            case TRUNCATE, TABLE_CHANGE -> false;
        };
    }

    /** What entries of one table show of its key. */
    private static final class Keyless {

        private final Set<String> columns = new HashSet<>();
        private @Nullable Set<String> ofEveryOldRow;
        private long entries;
        private long changes;

        void add(AuditEntry entry) {
            entries++;
            if (entry.after() != null) {
                columns.addAll(entry.after().columns());
            }
            if (entry.operation() == Operation.UPDATE || entry.operation() == Operation.DELETE) {
                changes++;
                if (entry.before() != null) {
                    Set<String> old = entry.before().columns();
                    if (ofEveryOldRow == null) {
                        ofEveryOldRow = new TreeSet<>(old);
                    } else {
                        ofEveryOldRow.retainAll(old);
                    }
                }
            }
        }

        KeylessTable table(String source, String name) {
            Set<String> shared = ofEveryOldRow == null ? Set.of() : ofEveryOldRow;
            return new KeylessTable(
                    source,
                    name,
                    entries,
                    changes,
                    shared.size() < columns.size() ? List.copyOf(shared) : List.of());
        }
    }
}
