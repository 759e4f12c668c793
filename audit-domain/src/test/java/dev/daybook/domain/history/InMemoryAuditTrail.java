package dev.daybook.domain.history;

import dev.daybook.contract.IncidentCode;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.EntryCounts.Facet;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** An audit log in memory, as simple as can be. */
public class InMemoryAuditTrail implements AuditTrail {

    private static final Comparator<RecordedEntry> HISTORY =
            Comparator.comparing(RecordedEntry::position).reversed();
    private static final Comparator<RecordedEntry> SEARCH =
            Comparator.comparing((RecordedEntry e) -> e.entry().committedAt())
                    .thenComparing(e -> e.entry().id(), EntryPosition::compareIds)
                    .reversed();

    private static final RowState NOTHING = RowState.NEVER_SEEN;

    private static final Comparator<List<String>> BY_TEXT =
            Comparator.comparing((List<String> parts) -> String.join("\u0001", parts));

    private final List<Gap> gaps = new ArrayList<>();
    private final Map<UUID, AuditEntry> entries = new LinkedHashMap<>();
    private final Map<TransactionRef, Attribution> contexts = new HashMap<>();
    private final List<RejectedRecord> rejected = new ArrayList<>();
    private final Map<String, Map<String, Watermark>> watermarks = new HashMap<>();

    /** How far a pair of partitions has come. */
    public record Watermark(int pairs, Instant completeUntil) {}

    public void store(AuditEntry entry) {
        entries.putIfAbsent(entry.id(), entry);
    }

    /** Stores who and why; the first for a transaction counts. */
    public void storeContext(TransactionRef transaction, Attribution context) {
        contexts.putIfAbsent(transaction, context);
    }

    public void storeGap(Gap gap) {
        gaps.add(gap);
    }

    public void storeRejected(RejectedRecord record) {
        rejected.add(record);
    }

    public void storeWatermark(
            String source, int changesPartition, int entriesPartition, Watermark watermark) {
        watermarks
                .computeIfAbsent(source, name -> new HashMap<>())
                .put(changesPartition + "/" + entriesPartition, watermark);
    }

    private Stream<RecordedEntry> all() {
        return entries.values().stream().map(this::recorded);
    }

    private RecordedEntry recorded(AuditEntry entry) {
        Attribution context =
                entry.transactionId() == null
                        ? null
                        : contexts.get(
                                new TransactionRef(
                                        entry.source(),
                                        entry.transactionId(),
                                        entry.committedAt()));
        return new RecordedEntry(
                entry,
                entry.committedAt(),
                context == null
                        ? Attribution.ofColumn(entry.actor())
                        : Attribution.ofContext(
                                context.actor(),
                                entry.actor(),
                                context.reason(),
                                context.requestId(),
                                context.attributes(),
                                context.loginRole()));
    }

    private static boolean ofKey(AuditEntry entry, TableName table, EntityKey key) {
        return entry.table().equals(table)
                && (key.equals(entry.entityKey()) || key.equals(entry.oldEntityKey()));
    }

    @Override
    public List<String> sourcesOf(TableName table, EntityKey key) {
        TreeSet<String> sources = new TreeSet<>();
        entries.values().stream()
                .filter(entry -> ofKey(entry, table, key))
                .forEach(entry -> sources.add(entry.source()));
        return List.copyOf(sources);
    }

    private static boolean ofWholeTable(AuditEntry entry) {
        return entry.operation() == Operation.TRUNCATE
                || entry.operation() == Operation.TABLE_CHANGE;
    }

    @Override
    public List<String> sourcesOf(TableName table) {
        TreeSet<String> sources = new TreeSet<>();
        entries.values().stream()
                .filter(entry -> ofWholeTable(entry) && entry.table().equals(table))
                .forEach(entry -> sources.add(entry.source()));
        return List.copyOf(sources);
    }

    @Override
    public Set<String> sourcesOf(Set<TableName> tables) {
        Set<String> sources = new TreeSet<>();
        for (TableName table : tables) {
            sources.addAll(sourcesOf(table));
            EntryQuery query = new EntryQuery.Builder().tables(Choice.of(table)).build();
            search(query, null, null, 1).forEach(newest -> sources.add(newest.entry().source()));
        }
        return sources;
    }

    @Override
    public List<RecordedEntry> ofTable(
            String source, TableName table, @Nullable EntryPosition olderThan, int limit) {
        return all().filter(e -> e.entry().source().equals(source))
                .filter(e -> ofWholeTable(e.entry()) && e.entry().table().equals(table))
                .filter(e -> olderThan == null || e.position().isBefore(olderThan))
                .sorted(HISTORY)
                .limit(limit)
                .toList();
    }

    @Override
    public List<RecordedEntry> changesOf(String source, TableName table, int limit) {
        return ofTable(source, table, null, Integer.MAX_VALUE).stream()
                .filter(e -> e.entry().operation() == Operation.TABLE_CHANGE)
                .limit(limit)
                .toList();
    }

    @Override
    public List<RecordedEntry> ofRow(RowRef row, @Nullable EntryPosition olderThan, int limit) {
        return all().filter(
                        recorded -> {
                            AuditEntry entry = recorded.entry();
                            return entry.source().equals(row.source())
                                    && (ofKey(entry, row.table(), row.key())
                                            || ofWholeTable(entry)
                                                    && entry.table().equals(row.table()));
                        })
                .filter(e -> olderThan == null || e.position().isBefore(olderThan))
                .sorted(HISTORY)
                .limit(limit)
                .toList();
    }

    @Override
    public List<AuditEntry> earlier(RowRef row, EntryPosition olderThan, int limit) {
        return ofRow(row, olderThan, limit).stream().map(RecordedEntry::entry).toList();
    }

    @Override
    public List<List<AuditEntry>> earlier(List<RowPlace> places, int each) {
        return places.stream().map(place -> earlier(place.row(), place.olderThan(), each)).toList();
    }

    @Override
    public List<RecordedEntry> search(
            EntryQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        return all().filter(matches(query))
                .filter(
                        e ->
                                downTo == null
                                        || !before(e.entry().committedAt(), e.entry().id(), downTo))
                .filter(
                        e ->
                                olderThan == null
                                        || before(
                                                e.entry().committedAt(), e.entry().id(), olderThan))
                .sorted(SEARCH)
                .limit(limit)
                .toList();
    }

    @Override
    public List<RecordedEntry> forward(
            Set<TableName> tables, Keyset newerThan, Instant until, int limit) {
        return all().filter(e -> tables.isEmpty() || tables.contains(e.entry().table()))
                .filter(e -> !e.entry().committedAt().isAfter(until))
                .filter(e -> !before(e.entry().committedAt(), e.entry().id(), newerThan))
                .filter(e -> !e.entry().id().equals(newerThan.id()))
                .sorted(SEARCH.reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public @Nullable Keyset reach(EntryQuery query, @Nullable Keyset olderThan, int entries) {
        EntryQuery indexed =
                new EntryQuery.Builder()
                        .tables(Choice.only(query.tables().only()))
                        .keys(Choice.of(query.keys().single()))
                        .actors(Choice.of(query.actors().single()))
                        .loginRoles(
                                query.actors().single() == null
                                        ? Choice.of(query.loginRoles().single())
                                        : Choice.any())
                        .transaction(query.transactionId())
                        .from(query.from())
                        .to(query.to())
                        .build();
        List<RecordedEntry> read = search(indexed, olderThan, null, entries);
        return read.size() < entries
                ? null
                : new Keyset(read.getLast().entry().committedAt(), read.getLast().entry().id());
    }

    @Override
    public @Nullable Keyset reachRejected(
            RejectedQuery query, @Nullable Keyset olderThan, int records) {
        List<RejectedRecord> read =
                rejected(
                        new RejectedQuery(null, null, null, null, query.from(), query.to()),
                        olderThan,
                        null,
                        records);
        return read.size() < records
                ? null
                : new Keyset(read.getLast().rejectedAt(), read.getLast().id());
    }

    private static boolean before(Instant at, UUID id, Keyset place) {
        int byTime = at.compareTo(place.at());
        return byTime < 0 || byTime == 0 && EntryPosition.compareIds(id, place.id()) < 0;
    }

    private static Predicate<RecordedEntry> matches(EntryQuery query) {
        return recorded -> {
            AuditEntry e = recorded.entry();
            return query.mayMatch(recorded)
                    && (query.fields().only().isEmpty()
                            || query.fields().only().stream().anyMatch(f -> mayTouch(e, f)));
        };
    }

    private static boolean mayTouch(AuditEntry entry, String field) {
        if (entry.operation() == Operation.SNAPSHOT
                || entry.operation() == Operation.TABLE_CHANGE) {
            return false;
        }
        String after = entry.after() == null ? null : entry.after().token(field);
        String before = entry.before() == null ? null : entry.before().token(field);
        return entry.operation() == Operation.DELETE || after != null && !after.equals(before);
    }

    @Override
    public EntryCounts count(EntryQuery query, Set<Facet> facets, int most) {
        Keyset downTo = query.selective() ? reach(query, null, most) : null;
        List<RecordedEntry> found = search(query, null, downTo, most + 1);
        boolean complete = downTo == null && found.size() <= most;
        Tally tally = new Tally(facets);
        found.stream()
                .limit(most)
                .forEach(e -> tally.add(new RecordedView(e, RowFold.view(e.entry(), NOTHING))));
        return tally.counts(
                complete,
                downTo == null
                        ? found.isEmpty()
                                ? null
                                : found.get(Math.min(most, found.size()) - 1).entry().committedAt()
                        : downTo.at());
    }

    @Override
    public List<ActorSeen> actors(@Nullable String from, int limit) {
        TreeMap<String, ActorSeen> seen = new TreeMap<>();
        entries.values().forEach(e -> seen(seen, e.actor(), e.committedAt()));
        contexts.forEach((ref, context) -> seen(seen, context.actor(), ref.committedAt()));
        return seen.values().stream()
                .filter(actor -> from == null || actor.actor().compareTo(from) >= 0)
                .limit(limit)
                .toList();
    }

    private static void seen(Map<String, ActorSeen> seen, @Nullable String actor, Instant at) {
        if (actor != null) {
            seen.merge(
                    actor,
                    new ActorSeen(actor, at, at),
                    (one, other) ->
                            new ActorSeen(
                                    actor,
                                    one.first().isBefore(at) ? one.first() : at,
                                    one.last().isAfter(at) ? one.last() : at));
        }
    }

    @Override
    public Neighbours neighbours(TransactionRef transaction) {
        List<RecordedEntry> all =
                all().filter(e -> e.entry().source().equals(transaction.source()))
                        .filter(e -> e.entry().transactionId() != null)
                        .sorted(SEARCH)
                        .toList();
        return new Neighbours(
                all.stream()
                        .filter(e -> e.entry().committedAt().isBefore(transaction.committedAt()))
                        .findFirst()
                        .orElse(null),
                all.reversed().stream()
                        .filter(e -> e.entry().committedAt().isAfter(transaction.committedAt()))
                        .findFirst()
                        .orElse(null));
    }

    @Override
    public @Nullable RecordedEntry entry(UUID id) {
        AuditEntry entry = entries.get(id);
        return entry == null ? null : recorded(entry);
    }

    @Override
    public List<SourceTransaction> transactions(String source, long transactionId, int limit) {
        TreeSet<Instant> times = new TreeSet<>(Comparator.reverseOrder());
        entries.values().stream()
                .filter(e -> e.source().equals(source))
                .filter(e -> Objects.equals(e.transactionId(), transactionId))
                .forEach(e -> times.add(e.committedAt()));
        contexts.keySet().stream()
                .filter(t -> t.source().equals(source) && t.id() == transactionId)
                .forEach(t -> times.add(t.committedAt()));
        return times.stream()
                .limit(limit)
                .map(at -> new TransactionRef(source, transactionId, at))
                .map(ref -> new SourceTransaction(ref, contexts.get(ref)))
                .toList();
    }

    @Override
    public List<RecordedEntry> ofTransaction(
            TransactionRef transaction, @Nullable EntryPosition newerThan, int limit) {
        return all().filter(e -> e.entry().source().equals(transaction.source()))
                .filter(e -> Objects.equals(e.entry().transactionId(), transaction.id()))
                .filter(e -> e.entry().committedAt().equals(transaction.committedAt()))
                .filter(e -> newerThan == null || newerThan.isBefore(e.position()))
                .sorted(HISTORY.reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public List<RejectedRecord> rejected(
            RejectedQuery query, @Nullable Keyset olderThan, @Nullable Keyset downTo, int limit) {
        return rejected.stream()
                .filter(r -> downTo == null || !before(r.rejectedAt(), r.id(), downTo))
                .filter(r -> query.source() == null || query.source().equals(r.source()))
                .filter(r -> query.stage() == null || query.stage().word().equals(r.stage()))
                .filter(r -> query.code() == null || query.code().equals(r.code()))
                .filter(r -> query.table() == null || query.table().equals(r.table()))
                .filter(r -> query.from() == null || !r.rejectedAt().isBefore(query.from()))
                .filter(r -> query.to() == null || r.rejectedAt().isBefore(query.to()))
                .filter(r -> olderThan == null || before(r.rejectedAt(), r.id(), olderThan))
                .sorted(
                        Comparator.comparing(RejectedRecord::rejectedAt)
                                .thenComparing(RejectedRecord::id, EntryPosition::compareIds)
                                .reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public @Nullable Instant completeUntil(@Nullable String source) {
        Instant least = null;
        for (Map.Entry<String, Map<String, Watermark>> entry : watermarks.entrySet()) {
            if (source != null && !source.equals(entry.getKey())) {
                continue;
            }
            Instant until = completeUntil(entry.getValue());
            if (until == null) {
                return null;
            }
            least = least == null || until.isBefore(least) ? until : least;
        }
        return least;
    }

    private static @Nullable Instant completeUntil(Map<String, Watermark> pairs) {
        int wanted = pairs.values().stream().mapToInt(Watermark::pairs).max().orElse(1);
        return pairs.size() < wanted
                ? null
                : pairs.values().stream()
                        .map(Watermark::completeUntil)
                        .min(Comparator.naturalOrder())
                        .orElse(null);
    }

    @Override
    public List<Gap> gaps() {
        return gaps.stream().sorted(Comparator.comparing(Gap::foundAt).reversed()).toList();
    }

    @Override
    public Coverage coverage() {
        TreeSet<String> sources = new TreeSet<>(watermarks.keySet());
        entries.values().forEach(e -> sources.add(e.source()));
        rejected.forEach(
                r -> {
                    if (r.source() != null) {
                        sources.add(r.source());
                    }
                });
        return new Coverage(
                sources.stream().map(this::coverage).toList(),
                entries.size(),
                false,
                rejected.stream().filter(r -> r.source() == null).count(),
                List.of(),
                gaps(),
                incidents(),
                keylessTables());
    }

    private List<Incident> incidents() {
        Map<List<String>, List<RejectedRecord>> reports = new TreeMap<>(BY_TEXT);
        for (RejectedRecord record : rejected) {
            if (Arrays.stream(IncidentCode.values())
                    .anyMatch(c -> c.word().equals(record.code()))) {
                reports.computeIfAbsent(
                                List.of(
                                        String.valueOf(record.source()),
                                        String.valueOf(record.table()),
                                        record.code()),
                                key -> new ArrayList<>())
                        .add(record);
            }
        }
        return reports.values().stream().map(this::incident).toList();
    }

    private Incident incident(List<RejectedRecord> reports) {
        List<RejectedRecord> sorted =
                reports.stream().sorted(Comparator.comparing(RejectedRecord::rejectedAt)).toList();
        RejectedRecord last = sorted.getLast();
        return new Incident(
                last.source(),
                last.table(),
                last.code(),
                sorted.size(),
                sorted.getFirst().rejectedAt(),
                last.rejectedAt(),
                last.reason(),
                last.table() == null
                        ? sourceReadAgain(last.source(), last.rejectedAt())
                        : readAgain(last.source(), last.table(), last.rejectedAt()));
    }

    private @Nullable Instant readAgain(@Nullable String source, String table, Instant since) {
        return all().map(RecordedEntry::entry)
                .filter(e -> e.operation() == Operation.SNAPSHOT)
                .filter(e -> e.source().equals(source))
                .filter(e -> e.table().toString().equals(table))
                .map(AuditEntry::committedAt)
                .filter(at -> !at.isBefore(since))
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    /** Of tables with snapshots alone. */
    private @Nullable Instant sourceReadAgain(@Nullable String source, Instant since) {
        Instant latest = null;
        for (String table :
                all().map(RecordedEntry::entry)
                        .filter(e -> e.source().equals(source))
                        .map(e -> e.table().toString())
                        .distinct()
                        .toList()) {
            Instant at = readAgain(source, table, since);
            if (at == null) {
                return null;
            }
            latest = latest == null || at.isAfter(latest) ? at : latest;
        }
        return latest;
    }

    private List<KeylessTable> keylessTables() {
        Map<List<String>, List<AuditEntry>> keyless = new TreeMap<>(BY_TEXT);
        all().map(RecordedEntry::entry)
                .filter(e -> e.entityKey() == null)
                .filter(
                        e ->
                                e.operation() != Operation.TRUNCATE
                                        && e.operation() != Operation.TABLE_CHANGE)
                .forEach(
                        e ->
                                keyless.computeIfAbsent(
                                                List.of(e.source(), e.table().toString()),
                                                key -> new ArrayList<>())
                                        .add(e));
        return keyless.entrySet().stream()
                .map(
                        table ->
                                keylessTable(
                                        table.getKey().get(0),
                                        table.getKey().get(1),
                                        table.getValue()))
                .toList();
    }

    private static KeylessTable keylessTable(
            String source, String table, List<AuditEntry> entries) {
        List<AuditEntry> changes =
                entries.stream()
                        .filter(
                                e ->
                                        e.operation() == Operation.UPDATE
                                                || e.operation() == Operation.DELETE)
                        .toList();
        Set<String> all = new TreeSet<>();
        @Nullable Set<String> common = null;
        for (AuditEntry entry : entries) {
            if (entry.after() != null) {
                all.addAll(entry.after().columns());
            }
        }
        for (AuditEntry entry : changes) {
            if (entry.before() != null) {
                if (common == null) {
                    common = new TreeSet<>(entry.before().columns());
                } else {
                    common.retainAll(entry.before().columns());
                }
            }
        }
        return new KeylessTable(
                source,
                table,
                entries.size(),
                changes.size(),
                common == null || common.size() >= all.size() ? List.of() : List.copyOf(common));
    }

    private SourceCoverage coverage(String source) {
        List<RecordedEntry> changes =
                all().filter(e -> e.entry().source().equals(source))
                        .filter(e -> e.entry().operation() != Operation.SNAPSHOT)
                        .toList();
        return new SourceCoverage(
                source,
                watermarks.containsKey(source) ? completeUntil(source) : null,
                rejected.stream().filter(r -> source.equals(r.source())).count(),
                changes.size(),
                changes.stream().filter(RecordedEntry::unattributed).count());
    }
}
