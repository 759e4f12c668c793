package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Operation;
import dev.daybook.contract.Seeds;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.TransactionRef;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;

/** Pages of filtered lists, put together, are the whole list without what was not asked for. */
class PagesTest {

    private static final RowRef ROW =
            new RowRef("shop", new TableName("public", "orders"), new EntityKey("1"));

    private final InMemoryAuditTrail trail = new InMemoryAuditTrail();
    private final Timeline timeline = new Timeline(trail);

    @Test
    void aFilteredHistoryIsTheHistoryFiltered() {
        fill(300, new Random(7));
        List<RecordedView> all =
                timeline.history(ROW, HistoryQuery.ALL, null, Integer.MAX_VALUE / 2).entries();

        Seeds.forEach(
                60,
                random -> {
                    HistoryQuery query =
                            new HistoryQuery(
                                    maybe(random, "anna"),
                                    null,
                                    random.nextInt(4) == 0,
                                    maybe(random, "n"),
                                    maybe(random, Operation.UPDATE),
                                    maybe(random, at(random.nextInt(300))),
                                    maybe(random, at(random.nextInt(300))));
                    int limit = 1 + random.nextInt(40);

                    assertThat(pages(query, limit))
                            .isEqualTo(all.stream().filter(asked(query)).toList());
                });
    }

    @Test
    void aLongHistoryGivesAPageBeforeItIsReadToItsEnd() {
        for (int i = 0; i < Timeline.LONGEST_SCAN + 500; i++) {
            trail.store(Entries.update("id", "1", "n", "" + i).before("id", "1").at(i).entry());
        }
        HistoryQuery query = new HistoryQuery("nobody", null, false, null, null, null, null);

        HistoryPage page = timeline.history(ROW, query, null, 10);

        assertThat(page.entries()).isEmpty();
        assertThat(page.next()).isNotNull();
        assertThat(timeline.history(ROW, query, page.next(), 10).next()).isNull();
    }

    @Test
    void aSearchThatFindsNothingGivesAPageBeforeTheLogIsReadToItsEnd() {
        for (int i = 0; i < Timeline.LONGEST_SEARCH + 100; i++) {
            trail.store(Entries.update("id", "1", "n", "" + i).before("id", "1").at(i).entry());
        }
        EntryQuery query = EntryQuery.ALL.but().operations(Choice.of(Operation.DELETE)).build();

        SearchPage page = timeline.search(query, null, 10);

        assertThat(page.entries()).isEmpty();
        assertThat(page.next()).isNotNull();
        assertThat(timeline.search(query, page.next(), 10).next()).isNull();
    }

    @Test
    void aFilteredSearchIsTheSearchFiltered() {
        fill(300, new Random(8));
        List<RecordedView> all =
                timeline.search(EntryQuery.ALL, null, Integer.MAX_VALUE / 2).entries();

        Seeds.forEach(
                60,
                random -> {
                    String actor = maybe(random, "anna");
                    String field = maybe(random, "n");
                    Operation operation = maybe(random, Operation.UPDATE);
                    EntryQuery query =
                            new EntryQuery.Builder()
                                    .sources(Choice.of(maybe(random, "shop")))
                                    .actors(Choice.of(actor))
                                    .fields(Choice.of(field))
                                    .operations(Choice.of(operation))
                                    .build();
                    HistoryQuery asHistory =
                            new HistoryQuery(actor, null, false, field, operation, null, null);
                    int limit = 1 + random.nextInt(40);
                    List<RecordedView> paged = new ArrayList<>();
                    Keyset place = null;
                    do {
                        SearchPage page = timeline.search(query, place, limit);
                        assertThat(page.entries()).hasSizeLessThanOrEqualTo(limit);
                        paged.addAll(page.entries());
                        place = page.next();
                    } while (place != null);

                    assertThat(paged)
                            .isEqualTo(
                                    all.stream()
                                            .filter(asked(asHistory))
                                            .filter(
                                                    v ->
                                                            field == null
                                                                    || v.recorded()
                                                                                    .entry()
                                                                                    .operation()
                                                                            != Operation.SNAPSHOT)
                                            .toList());
                });
    }

    @Test
    void rejectedRecordsComeInPages() {
        for (int i = 0; i < 25; i++) {
            trail.storeRejected(
                    new RejectedRecord(
                            new UUID(0, i),
                            at(i),
                            i % 2 == 0 ? "shop" : "other",
                            Stage.INGEST.word(),
                            "no-metadata",
                            "a reason",
                            null,
                            null,
                            null,
                            null,
                            null,
                            null));
        }
        RejectedQuery query = new RejectedQuery("shop", null, null, null, null, null);
        List<RejectedRecord> paged = new ArrayList<>();
        Keyset place = null;
        do {
            RejectedPage page = timeline.rejected(query, place, 4);
            assertThat(page.records()).hasSizeLessThanOrEqualTo(4);
            paged.addAll(page.records());
            place = page.next();
        } while (place != null);

        assertThat(paged).hasSize(13).allMatch(r -> "shop".equals(r.source()));
        assertThat(paged).isSortedAccordingTo((a, b) -> b.rejectedAt().compareTo(a.rejectedAt()));
    }

    private List<RecordedView> pages(HistoryQuery query, int limit) {
        List<RecordedView> paged = new ArrayList<>();
        EntryPosition place = null;
        do {
            HistoryPage page = timeline.history(ROW, query, place, limit);
            assertThat(page.entries()).hasSizeLessThanOrEqualTo(limit);
            paged.addAll(page.entries());
            place = page.next();
        } while (place != null);
        return paged;
    }

    private static Predicate<RecordedView> asked(HistoryQuery query) {
        return candidate -> {
            RecordedEntry recorded = candidate.recorded();
            Instant committed = recorded.entry().committedAt();
            String actor = recorded.attribution().actor();
            boolean snapshot = recorded.entry().operation() == Operation.SNAPSHOT;
            return (query.actor() == null || query.actor().equals(actor))
                    && (!query.unattributed() || actor == null && !snapshot)
                    && (query.field() == null
                            || candidate.view().changes().stream()
                                    .anyMatch(c -> c.field().equals(query.field())))
                    && (query.operation() == null
                            || recorded.entry().operation() == query.operation())
                    && (query.from() == null || !committed.isBefore(query.from()))
                    && (query.to() == null || committed.isBefore(query.to()));
        };
    }

    private void fill(int entries, Random random) {
        for (int i = 0; i < entries; i++) {
            String n = String.valueOf(random.nextInt(3));
            Entries entry =
                    switch (random.nextInt(6)) {
                        case 0 -> Entries.snapshot("id", "1", "n", n, "m", "1");
                        case 1 -> Entries.delete("id", "1");
                        case 2 -> Entries.insert("id", "1", "n", n, "m", "2");
                        default -> Entries.update("id", "1", "n", n).unknown("m");
                    };
            entry.at(i).transaction((long) i);
            if (random.nextInt(4) == 0) {
                entry.actor(random.nextBoolean() ? "anna" : "bert");
            }
            trail.store(entry.entry());
            if (random.nextInt(4) == 0) {
                trail.storeContext(
                        new TransactionRef("shop", i, at(i)),
                        Attribution.ofContext("anna", null, null, null, null, null));
            }
        }
    }

    private static Instant at(long seconds) {
        return Entries.START.plusSeconds(seconds);
    }

    private static <T> @Nullable T maybe(Random random, T value) {
        return random.nextInt(3) == 0 ? value : null;
    }
}
