package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;

/**
 * A table lives through random transactions, and a capture writes down less than happened: no or
 * partial before-images, columns left out as unchanged. Whatever is then read from the log must be
 * true, and, where the log began with the table, all of it must be known.
 */
class TimelinePropertyTest {

    private static final int KEYS = 5;
    private static final TableName TABLE = new TableName("public", "orders");

    static LongStream seeds() {
        return LongStream.range(1, 61);
    }

    /** What really happened: the table, and each entry's true old and new row. */
    private static final class World {

        private final Random random;
        private final boolean exchanges;
        private final Map<String, Map<String, String>> table = new HashMap<>();
        private final Map<UUID, Truth> truths = new HashMap<>();
        private final List<AuditEntry> log = new ArrayList<>();

        /** The table after each transaction, by commit time. */
        private final Map<Instant, Map<String, Map<String, String>>> states = new LinkedHashMap<>();

        private final boolean fullIdentity;
        private long transaction;
        private long sequence;
        private Instant now = Entries.START;

        record Truth(@Nullable Map<String, String> before, @Nullable Map<String, String> after) {}

        World(long seed, boolean exchanges) {
            this.random = new Random(seed);
            this.exchanges = exchanges;
            this.fullIdentity = random.nextInt(4) == 0;
        }

        void live(int transactions) {
            for (int i = 0; i < transactions; i++) {
                transaction++;
                sequence = 0;
                now = now.plusSeconds(1);
                int changes = 1 + random.nextInt(4);
                for (int c = 0; c < changes; c++) {
                    change();
                }
                Map<String, Map<String, String>> copy = new HashMap<>();
                table.forEach((key, row) -> copy.put(key, Map.copyOf(row)));
                states.put(now, copy);
            }
        }

        private String key() {
            return String.valueOf(random.nextInt(KEYS));
        }

        private String value() {
            return switch (random.nextInt(4)) {
                case 0 -> "null";
                case 1 -> "\"\"";
                default -> String.valueOf(random.nextInt(4));
            };
        }

        private void change() {
            String key = key();
            Map<String, String> row = table.get(key);
            switch (random.nextInt(12)) {
                case 0 -> {
                    if (random.nextInt(3) == 0) {
                        table.clear();
                        write(Entries.truncate(), null, null);
                    }
                }
                case 1 -> {
                    if (row != null) {
                        table.remove(key);
                        Entries entry = Entries.delete("id", key);
                        if (fullIdentity) {
                            entry.before(texts(row));
                        }
                        write(entry, row, null);
                    }
                }
                case 2 -> {
                    if (row != null && sequence == 0) {
                        write(Entries.snapshot(texts(row)), row, row);
                    }
                }
                case 3 -> {
                    String other = key();
                    if (row != null && !table.containsKey(other)) {
                        table.remove(key);
                        move(row, key, other);
                    } else if (exchanges && row != null && !other.equals(key)) {
                        Map<String, String> second = table.get(other);
                        table.remove(key);
                        table.remove(other);
                        move(row, key, other);
                        if (random.nextBoolean()) {
                            move(second, other, key);
                        } else {
                            Entries entry = Entries.delete("id", other);
                            if (fullIdentity) {
                                entry.before(texts(second));
                            }
                            write(entry, second, null);
                        }
                    }
                }
                default -> {
                    if (row == null) {
                        Map<String, String> fresh = new LinkedHashMap<>();
                        fresh.put("id", key);
                        fresh.put("a", value());
                        fresh.put("b", value());
                        fresh.put("doc", value());
                        table.put(key, fresh);
                        write(Entries.insert(texts(fresh)), null, fresh);
                    } else {
                        update(row, key);
                    }
                }
            }
        }

        private void move(Map<String, String> row, String from, String to) {
            Map<String, String> moved = new LinkedHashMap<>(row);
            moved.put("id", to);
            table.put(to, moved);
            Entries entry = updated(row, moved);
            if (!fullIdentity) {
                entry.before("id", from);
            }
            write(entry, row, moved);
        }

        private void update(Map<String, String> row, String key) {
            Map<String, String> changed = new LinkedHashMap<>(row);
            for (String column : List.of("a", "b", "doc")) {
                if (random.nextInt(3) == 0) {
                    changed.put(column, value());
                }
            }
            table.put(key, changed);
            Entries entry = updated(row, changed);
            if (!fullIdentity && random.nextInt(3) == 0) {
                entry.before("a", Objects.requireNonNull(row.get("a")));
            }
            write(entry, row, changed);
        }

        /** An update's record: an unchanged "doc" is left out, as TOAST values are. */
        private Entries updated(Map<String, String> old, Map<String, String> row) {
            Map<String, String> sent = new LinkedHashMap<>(row);
            boolean left = Objects.equals(old.get("doc"), row.get("doc")) && random.nextInt(4) > 0;
            if (left) {
                sent.remove("doc");
            }
            Entries entry = Entries.update(texts(sent));
            if (left) {
                entry.unknown("doc");
            }
            if (fullIdentity) {
                entry.before(texts(old));
            }
            return entry;
        }

        private static String[] texts(Map<String, String> row) {
            List<String> texts = new ArrayList<>();
            row.forEach(
                    (column, token) -> {
                        texts.add(column);
                        texts.add(token);
                    });
            return texts.toArray(String[]::new);
        }

        private void write(
                Entries entry,
                @Nullable Map<String, String> before,
                @Nullable Map<String, String> after) {
            AuditEntry built = entry.at(now).transaction(transaction).sequence(++sequence).entry();
            log.add(built);
            truths.put(built.id(), new Truth(before, after));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsReadIsTrueAndComplete(long seed) {
        World world = new World(seed, false);
        world.live(30);
        check(world, 0, true);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsReadIsTrueThoughRowsExchangeTheirKeys(long seed) {
        World world = new World(seed, true);
        world.live(30);
        check(world, 0, false);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsReadIsTrueThoughTheLogBeganLate(long seed) {
        World world = new World(seed, false);
        world.live(30);
        check(world, new Random(seed).nextInt(world.log.size()), false);
    }

    private static void check(World world, int missing, boolean complete) {
        InMemoryAuditTrail trail = new InMemoryAuditTrail();
        world.log.subList(missing, world.log.size()).forEach(trail::store);
        Timeline timeline = new Timeline(trail);
        List<RecordedView> each = new ArrayList<>();
        for (int k = 0; k < KEYS; k++) {
            RowRef row = new RowRef("shop", TABLE, new EntityKey(String.valueOf(k)));
            List<RecordedView> all = timeline.history(row, HistoryQuery.ALL, null, 1000).entries();
            for (RecordedView recorded : all) {
                checkView(recorded, row, world, complete);
            }
            for (int limit : new int[] {1, 3}) {
                assertThat(paged(timeline, row, limit)).isEqualTo(all);
            }
            checkStates(timeline, row, world, missing, complete);
            for (RecordedView recorded : all) {
                if (recorded.recorded().entry().entityKey() != null) {
                    assertThat(timeline.complete(List.of(recorded.recorded())))
                            .containsExactly(recorded);
                    each.add(recorded);
                }
            }
        }
        // Together they are what each is alone, whichever others are there.
        assertThat(together(timeline, each)).isEqualTo(each);
        List<RecordedView> some = new ArrayList<>();
        for (int i = 0; i < each.size(); i += 3) {
            some.add(each.get(i));
        }
        assertThat(together(timeline, some)).isEqualTo(some);
    }

    private static List<RecordedView> together(Timeline timeline, List<RecordedView> views) {
        return timeline.complete(views.stream().map(RecordedView::recorded).toList());
    }

    private static List<RecordedView> paged(Timeline timeline, RowRef row, int limit) {
        List<RecordedView> found = new ArrayList<>();
        EntryPosition place = null;
        do {
            HistoryPage page = timeline.history(row, HistoryQuery.ALL, place, limit);
            found.addAll(page.entries());
            place = page.next();
        } while (place != null);
        return found;
    }

    private static void checkView(
            RecordedView recorded, RowRef row, World world, boolean complete) {
        EntryView view = recorded.view();
        AuditEntry entry = recorded.recorded().entry();
        World.Truth truth = Objects.requireNonNull(world.truths.get(entry.id()));
        Map<String, String> before = truth.before();
        if (entry.operation() == Operation.TRUNCATE) {
            return;
        }
        // Nothing is claimed that was not so.
        if (view.before() != null) {
            assertThat(before).isNotNull();
            assertThat(before.entrySet()).containsAll(view.before().tokens().entrySet());
        }
        if (view.after() != null) {
            assertThat(truth.after()).isNotNull();
            assertThat(truth.after().entrySet()).containsAll(view.after().tokens().entrySet());
        }
        Map<String, FieldChange> changes = new HashMap<>();
        for (FieldChange change : view.changes()) {
            assertThat(changes.put(change.field(), change)).isNull();
            String from = before == null ? null : before.get(change.field());
            String to = truth.after() == null ? null : truth.after().get(change.field());
            assertThat(change.to()).isEqualTo(to);
            if (change.proven()) {
                assertThat(change.from()).isEqualTo(from);
                assertThat(from).isNotEqualTo(to);
            }
        }
        // Nothing that was so is left out.
        if (before != null && truth.after() != null) {
            for (String column : truth.after().keySet()) {
                if (!Objects.equals(before.get(column), truth.after().get(column))) {
                    assertThat(changes).containsKey(column);
                }
            }
        }
        if (complete && before != null && truth.after() != before) {
            assertThat(view.before()).isEqualTo(RowImage.of(before));
            assertThat(view.changes()).allMatch(FieldChange::proven);
            if (truth.after() != null) {
                assertThat(view.after()).isEqualTo(RowImage.of(truth.after()));
            }
        }
    }

    private static void checkStates(
            Timeline timeline, RowRef row, World world, int missing, boolean complete) {
        Instant begin = world.log.get(missing).committedAt();
        world.states.forEach(
                (at, table) -> {
                    if (at.isBefore(begin)) {
                        return;
                    }
                    Map<String, String> truth = table.get(row.key().text());
                    RowState state = timeline.stateAt(row, at);
                    switch (state.presence()) {
                        case EXISTS -> {
                            assertThat(truth).isNotNull();
                            state.facts()
                                    .forEach(
                                            (column, fact) ->
                                                    assertThat(fact.token())
                                                            .isEqualTo(truth.get(column)));
                            assertThat(state.facts().size() + state.unknownColumns().size())
                                    .isEqualTo(truth.size());
                            if (complete) {
                                assertThat(state.unknownColumns()).isEmpty();
                            }
                        }
                        case DELETED -> assertThat(truth).isNull();
                        case NEVER_SEEN -> {
                            if (missing == 0) {
                                assertThat(truth).isNull();
                            }
                        }
                    }
                });
    }
}
