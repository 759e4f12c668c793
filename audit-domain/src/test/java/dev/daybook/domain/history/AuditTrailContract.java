package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Operation;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.NamePattern;
import dev.daybook.domain.TransactionRef;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryQuery.Attributed;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * What every {@link AuditTrail} does. Whatever is stored here is stored in a simple model too,
 * which says what to expect.
 */
public abstract class AuditTrailContract {

    private static final TableName TABLE = new TableName("public", "orders");

    private final InMemoryAuditTrail model = new InMemoryAuditTrail();
    private AuditTrail trail = model;

    /** A log that holds nothing. */
    protected abstract AuditTrail emptyTrail();

    protected abstract void store(AuditEntry entry);

    protected abstract void storeContext(TransactionRef transaction, Attribution context);

    protected abstract void storeRejected(RejectedRecord record);

    protected abstract void storeGap(Gap gap);

    protected abstract void storeWatermark(
            String source,
            int changesPartition,
            int entriesPartition,
            int changesPartitions,
            int entriesPartitions,
            Instant completeUntil);

    @BeforeEach
    void begin() {
        trail = emptyTrail();
    }

    private void put(AuditEntry entry) {
        store(entry);
        model.store(entry);
    }

    private void put(TransactionRef transaction, Attribution context) {
        storeContext(transaction, context);
        model.storeContext(transaction, context);
    }

    private static Attribution context(@Nullable String actor, @Nullable String attributes) {
        String loginRole = actor == null ? null : "role of " + actor;
        return Attribution.ofContext(actor, null, "a reason", "r-1", attributes, loginRole);
    }

    /** A few hundred entries of few rows, over several months, many of them at the same time. */
    private void fill() {
        Random random = new Random(42);
        String[] keys = {"1", "2", "", "a/b", "x".repeat(250) + "1", "x".repeat(250) + "2"};
        for (int i = 0; i < 300; i++) {
            String key = '"' + keys[random.nextInt(keys.length)] + '"';
            String other = '"' + keys[random.nextInt(keys.length)] + '"';
            String n = String.valueOf(random.nextInt(3));
            Entries entry =
                    switch (random.nextInt(9)) {
                        case 0 -> Entries.snapshot("id", key, "n", n);
                        case 1 -> Entries.insert("id", key, "n", n);
                        case 2 -> Entries.delete("id", key);
                        case 3 -> Entries.truncate();
                        case 4 -> Entries.update("id", key, "n", n).before("id", other);
                        case 5 -> Entries.update("id", key, "n", n).before("id", key, "n", "1");
                        case 6 -> Entries.update("id", key).unknown("n");
                        case 7 -> Entries.tableChange("alter-table", "{\"oid\":7}");
                        default -> Entries.update("id", key, "n", n);
                    };
            long seconds = random.nextInt(6) * 86_400L * 20 + random.nextInt(5);
            long transaction = random.nextInt(20);
            entry.at(Entries.START.plusSeconds(seconds).plusNanos(random.nextInt(3) * 1_000L))
                    .sequence(i)
                    .source(random.nextInt(4) == 0 ? "other" : "shop")
                    .table("public", random.nextInt(4) == 0 ? "lines" : "orders");
            if (random.nextInt(5) > 0) {
                entry.transaction(transaction);
            } else {
                entry.transaction(null);
            }
            if (random.nextInt(3) == 0) {
                entry.actor(random.nextBoolean() ? "anna" : "bert");
            }
            AuditEntry built = entry.entry();
            put(built);
            if (built.transactionId() != null && random.nextInt(3) == 0) {
                put(
                        new TransactionRef(
                                built.source(), built.transactionId(), built.committedAt()),
                        context(
                                random.nextInt(4) == 0
                                        ? null
                                        : random.nextBoolean() ? "anna" : "cleo",
                                random.nextBoolean() ? "{\"a\": 1.0}" : null));
            }
        }
    }

    private static List<UUID> ids(List<RecordedEntry> entries) {
        return entries.stream().map(e -> e.entry().id()).toList();
    }

    private static void assertSame(List<RecordedEntry> actual, List<RecordedEntry> expected) {
        assertThat(ids(actual)).isEqualTo(ids(expected));
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i).entry()).isEqualTo(expected.get(i).entry());
            assertThat(actual.get(i).attribution()).isEqualTo(expected.get(i).attribution());
        }
    }

    @Test
    void anEmptyLogFindsNothing() {
        RowRef row = new RowRef("shop", TABLE, new EntityKey("1"));

        assertThat(trail.sourcesOf(TABLE, row.key())).isEmpty();
        assertThat(trail.ofRow(row, null, 10)).isEmpty();
        assertThat(trail.search(EntryQuery.ALL, null, null, 10)).isEmpty();
        assertThat(trail.entry(Entries.insert("id", "1").entry().id())).isNull();
        assertThat(trail.entry(UUID.randomUUID())).isNull();
        assertThat(trail.transactions("shop", 1, 10)).isEmpty();
        assertThat(trail.rejected(RejectedQuery.ALL, null, null, 10)).isEmpty();
        assertThat(trail.completeUntil(null)).isNull();
        assertThat(trail.coverage())
                .isEqualTo(
                        new Coverage(
                                List.of(), 0, false, 0, List.of(), List.of(), List.of(),
                                List.of()));
    }

    @Test
    void aRowsEntriesComeInOrderFromAnyPlace() {
        // Given
        fill();

        for (String source : List.of("shop", "other", "none")) {
            for (String key : List.of("1", "2", "", "a/b", "x".repeat(250) + "1", "absent")) {
                RowRef row = new RowRef(source, TABLE, new EntityKey(key));
                List<RecordedEntry> all = model.ofRow(row, null, 1000);

                // Then
                assertThat(trail.sourcesOf(TABLE, row.key()))
                        .isEqualTo(model.sourcesOf(TABLE, row.key()));
                assertSame(trail.ofRow(row, null, 1000), all);
                assertSame(trail.ofRow(row, null, 3), model.ofRow(row, null, 3));
                for (int i = 0; i < all.size(); i += 7) {
                    EntryPosition place = all.get(i).position();
                    assertSame(trail.ofRow(row, place, 5), model.ofRow(row, place, 5));
                    assertThat(trail.earlier(row, place, 5))
                            .isEqualTo(model.earlier(row, place, 5));
                }
                EntryPosition end = EntryPosition.afterAllAt(Entries.START.plusSeconds(86_400));
                assertThat(trail.earlier(row, end, 1000)).isEqualTo(model.earlier(row, end, 1000));
            }
        }
    }

    @Test
    void whatHappenedToATableAsAWholeComesInOrderFromAnyPlace() {
        // Given
        fill();

        for (TableName table : List.of(TABLE, new TableName("public", "absent"))) {
            assertThat(trail.sourcesOf(table)).isEqualTo(model.sourcesOf(table));
            assertThat(trail.sourcesOf(Set.of(table))).isEqualTo(model.sourcesOf(Set.of(table)));
            for (String source : List.of("shop", "other", "none")) {
                List<RecordedEntry> all = model.ofTable(source, table, null, 1000);

                // Then
                assertSame(trail.ofTable(source, table, null, 1000), all);
                for (int limit : new int[] {1, 3, 1000}) {
                    assertSame(
                            trail.changesOf(source, table, limit),
                            model.changesOf(source, table, limit));
                }
                for (int i = 0; i < all.size(); i += 5) {
                    EntryPosition place = all.get(i).position();
                    assertSame(
                            trail.ofTable(source, table, place, 3),
                            model.ofTable(source, table, place, 3));
                }
            }
        }
    }

    @Test
    void severalPlacesAreAskedForAtOnce() {
        // Given
        fill();
        List<RowPlace> places = new ArrayList<>();
        for (String source : List.of("shop", "other", "none")) {
            for (String key : List.of("1", "2", "", "x".repeat(250) + "1", "absent")) {
                for (int days : new int[] {-1, 0, 20, 50, 1000}) {
                    places.add(
                            new RowPlace(
                                    new RowRef(source, TABLE, new EntityKey(key)),
                                    new EntryPosition(
                                            Entries.START.plusSeconds(86_400L * days + 2),
                                            100,
                                            new UUID(0, 0))));
                }
            }
        }

        // Then
        assertThat(trail.earlier(places, 3)).isEqualTo(model.earlier(places, 3));
        assertThat(trail.earlier(places.subList(0, 1), 1))
                .isEqualTo(model.earlier(places.subList(0, 1), 1));
    }

    @Test
    void theSearchFindsWhatEachFilterSaysAndPagesThroughAll() {
        // Given
        fill();
        Instant some = Entries.START.plusSeconds(86_400 * 30);
        List<EntryQuery> queries = new ArrayList<>();
        for (@Nullable String source : new @Nullable String[] {null, "shop"}) {
            for (@Nullable TableName table : new @Nullable TableName[] {null, TABLE}) {
                queries.add(query(source, table, null, null, false, null, null, null, null, null));
                queries.add(
                        query(source, table, null, "anna", false, null, null, null, null, null));
                queries.add(
                        query(source, table, null, "cleo", false, null, null, null, some, null));
                queries.add(query(source, table, null, null, true, null, null, null, null, some));
                queries.add(query(source, table, null, null, false, "n", null, null, null, null));
                queries.add(query(source, table, null, null, false, null, null, 7L, null, null));
                queries.add(
                        query(
                                source,
                                table,
                                null,
                                "bert",
                                false,
                                "n",
                                Operation.UPDATE,
                                null,
                                null,
                                some));
                for (Operation operation : Operation.values()) {
                    queries.add(
                            query(
                                    source, table, null, null, false, null, operation, null, some,
                                    null));
                }
            }
            for (String key : List.of("1", "", "x".repeat(250) + "2")) {
                EntityKey entity = new EntityKey(key);
                queries.add(
                        query(source, TABLE, entity, null, false, null, null, null, null, null));
                queries.add(
                        query(source, TABLE, entity, "anna", false, null, null, null, null, null));
                queries.add(query(source, TABLE, entity, null, true, "n", null, null, null, null));
            }
        }

        for (EntryQuery query : queries) {
            // When
            List<RecordedEntry> found = new ArrayList<>();
            Keyset place = null;
            List<RecordedEntry> page;
            do {
                page = trail.search(query, place, null, 37);
                found.addAll(page);
                if (!page.isEmpty()) {
                    AuditEntry last = page.getLast().entry();
                    place = new Keyset(last.committedAt(), last.id());
                }
            } while (page.size() == 37);

            // Then
            assertThat(ids(found))
                    .as("%s", query)
                    .isEqualTo(ids(model.search(query, null, null, 1000)));
            assertSame(found, model.search(query, null, null, 1000));
            checkWindows(query);
        }
    }

    /** Window by window, each of which leaves nothing out, a search finds what it finds at once. */
    private void checkWindows(EntryQuery query) {
        List<RecordedEntry> found = new ArrayList<>();
        Keyset place = null;
        do {
            Keyset downTo = trail.reach(query, place, 11);
            found.addAll(trail.search(query, place, downTo, 1000));
            place = downTo;
        } while (place != null);
        assertThat(ids(found))
                .as("%s", query)
                .isEqualTo(ids(model.search(query, null, null, 1000)));
    }

    private static EntryQuery query(
            @Nullable String source,
            @Nullable TableName table,
            @Nullable EntityKey key,
            @Nullable String actor,
            boolean unattributed,
            @Nullable String field,
            @Nullable Operation operation,
            @Nullable Long transaction,
            @Nullable Instant from,
            @Nullable Instant to) {
        return new EntryQuery.Builder()
                .sources(Choice.of(source))
                .tables(Choice.of(table))
                .keys(Choice.of(key))
                .actors(Choice.of(actor))
                .attributed(unattributed ? Attributed.NO : Attributed.EITHER)
                .fields(Choice.of(field))
                .operations(Choice.of(operation))
                .transaction(transaction)
                .from(from)
                .to(to)
                .build();
    }

    /** Several values of a filter, values that are left out, and both. */
    private static List<EntryQuery> choices() {
        TableName lines = new TableName("public", "lines");
        Instant some = Entries.START.plusSeconds(86_400 * 30);
        EntityKey one = new EntityKey("1");
        EntityKey slash = new EntityKey("a/b");
        return List.of(
                new EntryQuery.Builder().tables(Choice.only(List.of(TABLE, lines))).build(),
                new EntryQuery.Builder()
                        .tables(Choice.only(List.of(TABLE, lines)))
                        .operations(Choice.only(List.of(Operation.INSERT, Operation.DELETE)))
                        .from(some)
                        .build(),
                new EntryQuery.Builder().tables(Choice.allBut(List.of(lines))).build(),
                new EntryQuery.Builder().actors(Choice.only(List.of("anna", "cleo"))).build(),
                new EntryQuery.Builder().actors(Choice.allBut(List.of("anna"))).to(some).build(),
                new EntryQuery.Builder()
                        .actors(Choice.of("anna"))
                        .tables(Choice.only(List.of(TABLE, lines)))
                        .build(),
                new EntryQuery.Builder().attributed(Attributed.YES).build(),
                new EntryQuery.Builder().sources(Choice.allBut(List.of("other"))).build(),
                new EntryQuery.Builder()
                        .operations(Choice.allBut(List.of(Operation.SNAPSHOT, Operation.UPDATE)))
                        .build(),
                new EntryQuery.Builder().fields(Choice.only(List.of("n", "absent"))).build(),
                new EntryQuery.Builder().fields(Choice.allBut(List.of("n"))).build(),
                new EntryQuery.Builder()
                        .tables(Choice.of(TABLE))
                        .keys(Choice.only(List.of(one, slash)))
                        .build(),
                new EntryQuery.Builder()
                        .tables(Choice.of(TABLE))
                        .keys(Choice.allBut(List.of(one)))
                        .build(),
                new EntryQuery.Builder().reasons(Choice.of("a reason")).build(),
                new EntryQuery.Builder()
                        .reasons(Choice.allBut(List.of("a reason")))
                        .attributed(Attributed.NO)
                        .build(),
                new EntryQuery.Builder()
                        .requests(Choice.of("r-1"))
                        .tables(Choice.of(lines))
                        .build(),
                new EntryQuery.Builder().requests(Choice.of("none")).build(),
                new EntryQuery.Builder().loginRoles(Choice.of("role of anna")).build(),
                new EntryQuery.Builder()
                        .loginRoles(Choice.of("role of anna"))
                        .actors(Choice.of("anna"))
                        .build(),
                new EntryQuery.Builder()
                        .loginRoles(Choice.of("role of anna"))
                        .actors(Choice.of("bert"))
                        .build(),
                new EntryQuery.Builder()
                        .loginRoles(Choice.of("role of bert"))
                        .tables(Choice.of(TABLE))
                        .keys(Choice.of(one))
                        .build(),
                new EntryQuery.Builder()
                        .loginRoles(Choice.allBut(List.of("role of anna")))
                        .build());
    }

    @Test
    void severalValuesMeanOrAndWhatIsLeftOutIsLeftOut() {
        // Given
        fill();

        for (EntryQuery query : choices()) {
            // Then
            assertSame(
                    trail.search(query, null, null, 1000), model.search(query, null, null, 1000));
            assertSame(trail.search(query, null, null, 9), model.search(query, null, null, 9));
            checkWindows(query);
        }
    }

    @Test
    void entriesAreReadForwardFromAnyPlaceUpToAMoment() {
        // Given
        fill();
        Instant until = Entries.START.plusSeconds(86_400 * 60);
        Set<TableName> lines = Set.of(new TableName("public", "lines"), new TableName("a", "b"));

        for (Set<TableName> tables : List.of(Set.<TableName>of(), lines, Set.of(TABLE))) {
            // When
            List<RecordedEntry> found = new ArrayList<>();
            Keyset place = new Keyset(Instant.EPOCH, new UUID(0, 0));
            List<RecordedEntry> part;
            do {
                part = trail.forward(tables, place, until, 17);
                assertSame(part, model.forward(tables, place, until, 17));
                found.addAll(part);
                if (!part.isEmpty()) {
                    AuditEntry last = part.getLast().entry();
                    place = new Keyset(last.committedAt(), last.id());
                }
            } while (part.size() == 17);

            // Then
            EntryQuery all =
                    new EntryQuery.Builder()
                            .tables(Choice.only(tables))
                            .to(until.plusNanos(1_000))
                            .build();
            assertThat(ids(found).reversed()).isEqualTo(ids(model.search(all, null, null, 1000)));
        }
    }

    @Test
    void whatASearchFindsIsCountedByEachFacet() {
        // Given
        fill();
        Set<Facet> facets = EnumSet.allOf(Facet.class);
        facets.remove(Facet.FIELD);
        List<EntryQuery> queries = new ArrayList<>(choices());
        queries.removeIf(query -> !query.fields().isAny());
        queries.add(EntryQuery.ALL);
        queries.add(
                query(
                        "shop",
                        TABLE,
                        new EntityKey("1"),
                        "anna",
                        false,
                        null,
                        null,
                        null,
                        null,
                        null));
        queries.add(query(null, null, null, null, true, null, null, null, null, null));
        queries.add(query(null, null, null, "cleo", false, null, null, null, null, null));
        queries.add(query(null, null, null, null, false, null, null, 7L, null, null));

        for (EntryQuery query : queries) {
            // Then
            assertThat(trail.count(query, facets, 1000))
                    .as("%s", query)
                    .usingRecursiveComparison()
                    .ignoringFields("lag")
                    .isEqualTo(model.count(query, facets, 1000));
            // The two logs have recorded the entries at other times.
            assertThat(trail.count(query, facets, 1000).lag() == null)
                    .isEqualTo(model.count(query, facets, 1000).lag() == null);

            // When
            EntryCounts bounded = trail.count(query, EnumSet.noneOf(Facet.class), 20);

            // Then
            long all = model.search(query, null, null, 1000).size();
            assertThat(bounded.entries()).isLessThanOrEqualTo(Math.min(20, all));
            assertThat(bounded.complete() ? all : bounded.entries()).isEqualTo(bounded.entries());
            assertThat(bounded.backTo() == null).isEqualTo(bounded.complete());
            assertThat(bounded.facets()).isEmpty();
        }
    }

    @Test
    void actorsAreListedWithTheirFirstAndLastTime() {
        // Given
        assertThat(trail.actors(null, 10)).isEmpty();
        fill();
        put(
                new TransactionRef("shop", 1, Entries.START.minusSeconds(5)),
                context("z".repeat(300), null));

        // Then
        assertThat(trail.actors(null, 100)).isEqualTo(model.actors(null, 100));
        assertThat(trail.actors(null, 2)).isEqualTo(model.actors(null, 2));
        assertThat(trail.actors("b", 2)).isEqualTo(model.actors("b", 2));
        assertThat(trail.actors("z".repeat(299), 2)).isEqualTo(model.actors("z".repeat(299), 2));
    }

    @Test
    void aTransactionHasTheOneBeforeItAndTheOneAfterIt() {
        // Given
        fill();
        for (SourceTransaction transaction : model.transactions("shop", 7, 100)) {
            // When
            Neighbours found = trail.neighbours(transaction.transaction());

            // Then
            Neighbours expected = model.neighbours(transaction.transaction());
            assertSame(listed(found.before()), listed(expected.before()));
            assertSame(listed(found.after()), listed(expected.after()));
        }
    }

    private static List<RecordedEntry> listed(@Nullable RecordedEntry entry) {
        return entry == null ? List.of() : List.of(entry);
    }

    @Test
    void anEntryIsFoundByItsIdWithAllItsParts() {
        // Given
        AuditEntry entry =
                Entries.update("id", "2", "text", "\"\\u00e9\\n\\\"\"", "n", "1.10")
                        .before("id", "1", "n", "1e400", "nothing", "null", "json", "\"{ }\"")
                        .unknown("doc", "a\"b,c")
                        .actor("column")
                        .at(Entries.START.plusNanos(123_456_000))
                        .entry();
        put(entry);

        // When
        RecordedEntry found = trail.entry(entry.id());

        // Then
        assertThat(found).isNotNull();
        assertThat(found.entry()).isEqualTo(entry);
        assertThat(found.entry().before().tokens()).isEqualTo(entry.before().tokens());
        assertThat(found.attribution()).isEqualTo(Attribution.ofColumn("column"));
    }

    @Test
    void transactionsOfOneNumberAreToldApartAndKeepTheirOrder() {
        // Given
        fill();
        put(new TransactionRef("shop", 7, Entries.START.minusSeconds(5)), context("only", "1"));

        for (long id = 0; id < 20; id++) {
            // When
            List<SourceTransaction> transactions = trail.transactions("shop", id, 100);

            // Then
            assertThat(transactions).isEqualTo(model.transactions("shop", id, 100));
            assertThat(trail.transactions("shop", id, 2))
                    .isEqualTo(model.transactions("shop", id, 2));
            for (SourceTransaction transaction : transactions) {
                TransactionRef ref = transaction.transaction();
                List<RecordedEntry> all = model.ofTransaction(ref, null, 100);
                assertSame(trail.ofTransaction(ref, null, 100), all);
                if (!all.isEmpty()) {
                    EntryPosition place = all.getFirst().position();
                    assertSame(
                            trail.ofTransaction(ref, place, 1), model.ofTransaction(ref, place, 1));
                }
            }
        }
    }

    @Test
    void rejectedRecordsAreListedNewestFirst() {
        // Given
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            RejectedRecord record =
                    new RejectedRecord(
                            new UUID(random.nextLong(), random.nextLong()),
                            Entries.START.plusSeconds(random.nextInt(5)),
                            random.nextBoolean() ? "shop" : null,
                            random.nextBoolean() ? "ingest" : "sink",
                            random.nextBoolean() ? "not-json" : "value-too-large",
                            "A reason.",
                            random.nextBoolean() ? "changes.shop" : null,
                            random.nextBoolean() ? 3 : null,
                            random.nextBoolean() ? 99L : null,
                            random.nextBoolean() ? "public.orders" : null,
                            null,
                            random.nextBoolean() ? "AAEC/w==" : null);
            storeRejected(record);
            model.storeRejected(record);
        }

        // Then
        Instant middle = Entries.START.plusSeconds(2);
        for (RejectedQuery query :
                List.of(
                        RejectedQuery.ALL,
                        new RejectedQuery("shop", null, null, null, null, null),
                        new RejectedQuery(null, Stage.SINK, "not-json", null, middle, null),
                        new RejectedQuery(null, null, null, "public.orders", null, middle))) {
            List<RejectedRecord> all = model.rejected(query, null, null, 100);
            assertThat(trail.rejected(query, null, null, 100)).isEqualTo(all);
            List<RejectedRecord> found = new ArrayList<>();
            Keyset end = null;
            do {
                Keyset downTo = trail.reachRejected(query, end, 2);
                found.addAll(trail.rejected(query, end, downTo, 100));
                end = downTo;
            } while (end != null);
            assertThat(found).isEqualTo(all);
            RejectedRecord fifth = all.get(4);
            Keyset place = new Keyset(fifth.rejectedAt(), fifth.id());
            assertThat(trail.rejected(query, place, null, 3))
                    .isEqualTo(model.rejected(query, place, null, 3));
        }
        assertThat(trail.coverage()).isEqualTo(model.coverage());
    }

    @Test
    void aSourceIsCompleteUntilItsLeastPairOnceAllHaveReported() {
        // Given
        Instant early = Entries.START;
        Instant late = early.plusSeconds(60);
        storeWatermark("shop", 0, 0, 1, 2, late);

        // Then
        assertThat(trail.completeUntil("shop")).isNull();
        assertThat(trail.completeUntil(null)).isNull();

        // When
        storeWatermark("shop", 0, 1, 1, 2, early);

        // Then
        assertThat(trail.completeUntil("shop")).isEqualTo(early);
        assertThat(trail.completeUntil(null)).isEqualTo(early);

        // When
        storeWatermark("other", 0, 0, 1, 1, early.minusSeconds(1));

        // Then
        assertThat(trail.completeUntil("shop")).isEqualTo(early);
        assertThat(trail.completeUntil(null)).isEqualTo(early.minusSeconds(1));
        assertThat(trail.completeUntil("absent")).isNull();
        assertThat(trail.coverage().sources())
                .extracting(SourceCoverage::source, SourceCoverage::completeUntil)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("other", early.minusSeconds(1)),
                        org.assertj.core.groups.Tuple.tuple("shop", early));
    }

    @Test
    void coverageListsTheGapsAndTheReloadBehindThem() {
        // Given
        Instant at = Entries.START;
        put(Entries.snapshot("id", "1").table("public", "t").source("shop").at(at).entry());
        put(
                Entries.snapshot("id", "1")
                        .table("public", "t")
                        .source("shop")
                        .at(at.plusSeconds(60))
                        .entry());
        Gap closed = gap("public.t", at, at.plusSeconds(30), at.plusSeconds(60));
        Gap open = gap("public.t", at.plusSeconds(70), null, null);
        Gap ofAnyTable = gap(null, at.plusSeconds(1), at.plusSeconds(2), at.plusSeconds(60));

        // When
        for (Gap gap : List.of(closed, open, ofAnyTable)) {
            storeGap(gap);
            model.storeGap(gap);
        }

        // Then
        assertThat(trail.coverage().gaps()).containsExactly(open, ofAnyTable, closed);
        assertThat(gapsWithin(null, null)).containsExactly(open.id(), ofAnyTable.id(), closed.id());
        assertThat(gapsWithin(null, at.plusSeconds(1))).containsExactly(closed.id());
        assertThat(gapsWithin(at.plusSeconds(40), null)).containsExactly(open.id());
        TableName t = TableName.parse("public.t");
        assertThat(trail.gapsBetween("shop", t, at, at.plusSeconds(80)))
                .containsExactlyInAnyOrder(closed, ofAnyTable, open);
        assertThat(trail.gapsBetween("shop", t, at.plusSeconds(30), at.plusSeconds(80)))
                .containsExactly(open);
        assertThat(trail.gapsBetween("shop", t, at.plusSeconds(2), at.plusSeconds(70)))
                .containsExactly(closed);
        assertThat(trail.gapsBetween("shop", TableName.parse("public.u"), at, at.plusSeconds(80)))
                .containsExactly(ofAnyTable);
        assertThat(trail.gapsBetween("vault", t, at, at.plusSeconds(80))).isEmpty();
        assertThat(trail.coverage()).isEqualTo(model.coverage());
    }

    private List<UUID> gapsWithin(@Nullable Instant after, @Nullable Instant until) {
        return trail
                .gaps(GapQuery.of(Choice.any(), Choice.any(), after, until), Coverage.LISTED)
                .stream()
                .map(Gap::id)
                .toList();
    }

    @Test
    void gapsAreFoundByWhatTheyConcern() {
        // Given gaps of each combination, half of them open
        String[] sources = {null, "shop", "other"};
        String[] tables = {null, "public.t", "public.a_b", "public.axb", "public.a%b\\c", "s.t"};
        int second = 0;
        for (String source : sources) {
            for (String table : tables) {
                for (Integer length : new Integer[] {null, 10}) {
                    Instant from = at(second++);
                    Gap gap =
                            new Gap(
                                    UUID.randomUUID(),
                                    source,
                                    table,
                                    from,
                                    length == null ? null : from.plusSeconds(length),
                                    "source",
                                    "not-captured",
                                    "So it is.",
                                    from,
                                    null);
                    storeGap(gap);
                    model.storeGap(gap);
                }
            }
        }

        // Then
        Set<TableName> some = Set.of(TableName.parse("public.t"), TableName.parse("s.t"));
        int found = 0;
        for (Choice<String> ofSources :
                List.of(
                        Choice.<String>any(),
                        Choice.of("shop"),
                        Choice.only(List.of("shop", "other")),
                        Choice.allBut(List.of("shop")),
                        new Choice<>(Set.of("shop"), Set.of("shop")))) {
            for (Choice<TableName> ofTables :
                    List.of(
                            Choice.<TableName>any(),
                            Choice.only(some),
                            Choice.allBut(some),
                            Choice.of(TableName.parse("public.none")))) {
                for (String pattern :
                        List.of("*", "public.*", "public.a_b", "*a%b*", "*\\*", "p*t", "no.*")) {
                    for (Instant bound : new Instant[] {null, at(8)}) {
                        TableScope scope = new TableScope(List.of(new NamePattern(pattern)));
                        GapQuery query =
                                new GapQuery(ofSources, ofTables, scope, bound, null, false);
                        found += assertSameGaps(query);
                        assertSameGaps(
                                new GapQuery(ofSources, ofTables, scope, null, bound, false));
                        assertSameGaps(query.onlyOpen());
                    }
                }
            }
        }
        assertThat(found).isGreaterThan(1_000);
        GapQuery all = GapQuery.of(Choice.any(), Choice.any(), null, null);
        assertThat(trail.gaps(all, 36)).hasSize(36);
        assertThat(trail.gaps(all, 18)).hasSize(18).allMatch(gap -> gap.until() == null);
    }

    private int assertSameGaps(GapQuery query) {
        List<Gap> expected = model.gaps(query, 5);
        assertThat(trail.gaps(query, 5)).as(query.toString()).isEqualTo(expected);
        return expected.size();
    }

    @Test
    void aGapOfAWholeSourceIsClosedWhenTheLastOfItsTablesHasBeenReadAgain() {
        // Given tables of before the gap: read later, empty, dropped in time, without any change
        Instant at = Entries.START;
        Instant to = at.plusSeconds(30);
        put(row("orders", at).entry());
        put(row("customers", at).entry());
        put(Entries.tableChange("create-table", "{}").table("public", "empty").at(at).entry());
        put(row("gone", at).entry());
        put(Entries.tableChange("drop-table", "{}").table("public", "gone").at(at(5)).entry());
        put(Entries.insert("id", "1").table("public", "moved").at(at).entry());
        put(row("orders", at(10)).source("other").entry());
        put(row("elsewhere", at).source("other").entry());

        // Then
        assertReloaded(to, null);

        // When
        put(row("orders", at(40)).entry());
        put(row("orders", at(45)).source("other").entry());
        put(row("customers", at(50)).entry());
        put(row("customers", at(55)).entry());
        put(Entries.tableChange("create-table", "{}").table("public", "empty").at(at(41)).entry());

        // Then
        assertReloaded(to, null);

        // When
        put(
                Entries.tableChange("rename-table", "{\"to\":\"public.there\"}")
                        .table("public", "moved")
                        .at(at(42))
                        .entry());

        // Then
        assertReloaded(to, at(50));

        // When its rows go on under a name that is new, what was missed of them is missed there
        put(
                Entries.tableChange("rename-table", "{\"from\":\"public.moved\"}")
                        .table("public", "there")
                        .at(at(42))
                        .entry());

        // Then
        assertReloaded(to, null);

        // When
        put(row("there", at(58)).entry());

        // Then
        assertReloaded(to, at(58));

        // When a table is made later, all of it is known
        put(Entries.tableChange("create-table", "{}").table("public", "late").at(at(90)).entry());
        put(Entries.insert("id", "1").table("public", "late").at(at(91)).entry());

        // Then
        assertReloaded(to, at(58));
        assertReloaded(at(52), null);
    }

    @Test
    void aTableWithoutRowsIsReadAgainOnceTheCaptureClaimsToHavePassedIt() {
        // Given
        Instant at = Entries.START;
        put(Entries.delete("id", "1").at(at).entry());
        put(Entries.tableChange("capture-table", "{}").at(at(40)).entry());
        storeWatermark("shop", 0, 0, 1, 2, at(41));

        // Then
        assertReloaded(at(30), null);

        // When
        storeWatermark("shop", 0, 1, 1, 2, at(41));

        // Then
        assertReloaded(at(30), at(40));
    }

    private static Instant at(int second) {
        return Entries.START.plusSeconds(second);
    }

    private static Entries row(String table, Instant at) {
        return Entries.snapshot("id", "1").table("public", table).at(at);
    }

    /** Asserts when a gap of the source that ended then was closed. */
    private void assertReloaded(Instant until, @Nullable Instant reloaded) {
        Gap gap = gap(null, until.minusSeconds(10), until, reloaded);
        storeGap(gap);
        model.storeGap(gap);
        assertThat(trail.coverage().gaps()).contains(gap);
    }

    private static Gap gap(
            @Nullable String table,
            Instant from,
            @Nullable Instant until,
            @Nullable Instant reloadedAt) {
        return new Gap(
                UUID.randomUUID(),
                "shop",
                table,
                from,
                until,
                "source",
                "not-published",
                "The table was not published: reload it.",
                from.plusSeconds(5),
                reloadedAt);
    }

    @Test
    void coverageListsWhatTheCaptureReportsToBeMissing() {
        // Given
        Instant at = Entries.START;
        for (int i = 0; i < 4; i++) {
            RejectedRecord report =
                    new RejectedRecord(
                            UUID.randomUUID(),
                            at.plusSeconds(i),
                            "shop",
                            "ingest",
                            i == 3 ? "dms-apply-exception" : "dms-table-suspended",
                            "Report " + i,
                            "changes.shop",
                            0,
                            (long) i,
                            i == 3 ? null : "public.t",
                            null,
                            null);
            storeRejected(report);
            model.storeRejected(report);
        }
        put(
                Entries.snapshot("id", "1")
                        .table("public", "t")
                        .source("shop")
                        .at(at.plusSeconds(60))
                        .entry());

        // Then
        assertThat(trail.coverage().incidents())
                .containsExactlyInAnyOrder(
                        new Incident(
                                "shop",
                                "public.t",
                                "dms-table-suspended",
                                3,
                                at,
                                at.plusSeconds(2),
                                "Report 2",
                                at.plusSeconds(60)),
                        new Incident(
                                "shop",
                                null,
                                "dms-apply-exception",
                                1,
                                at.plusSeconds(3),
                                at.plusSeconds(3),
                                "Report 3",
                                at.plusSeconds(60)));
    }

    @Test
    void coverageNamesTablesOfWhoseRowsTheKeyIsNotKnownAndWhatMayBeTheKey() {
        // Given
        Instant at = Entries.START;
        for (Entries entry :
                List.of(
                        Entries.insert("id", "1", "n", "1"),
                        Entries.update("id", "2", "n", "1").before("id", "1"),
                        Entries.delete("id", "2"))) {
            put(entry.table("public", "t").source("shop").at(at).key().entry());
            at = at.plusSeconds(1);
        }
        put(Entries.insert("id", "1").table("public", "log").source("shop").at(at).key().entry());

        // Then
        assertThat(trail.coverage().keylessTables())
                .containsExactly(
                        new KeylessTable("shop", "public.log", 1, 0, List.of()),
                        new KeylessTable("shop", "public.t", 3, 2, List.of("id")));
        assertThat(trail.coverage()).isEqualTo(model.coverage());
    }

    @Test
    void coverageCountsChangesThatNobodyIsKnownToHaveMade() {
        // Given
        fill();

        // Then
        assertThat(trail.coverage()).isEqualTo(model.coverage());
    }
}
