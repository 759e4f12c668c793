package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.change.Place;
import dev.daybook.ingest.topology.TransactionCounts.Missing;
import dev.daybook.ingest.topology.TransactionReader.Told;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What Debezium's ENDs count, held to what came. */
class TransactionCountsTest {

    private static final TableName ORDERS = new TableName("public", "orders");
    private static final TableName ITEMS = new TableName("shop.x", "items y");
    private static final long DAY = 86_400_000_000L;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TransactionCounts counts = new TransactionCounts();
    private long now;
    private long offset;

    @Test
    void aChangeThatDoesNotComeIsMissingWithPlaceAndTime() {
        change(7, ORDERS, 1);
        change(7, ORDERS, 3);
        end(7, 700, Map.of("public.orders", 3L));

        assertThat(counts.missing(now + 59_999, PATIENCE)).isEmpty();
        assertThat(counts.missing(now + 60_000, PATIENCE))
                .containsExactly(
                        new Missing(
                                7,
                                ORDERS,
                                3,
                                2,
                                new Place("shop.transaction", 0, offset),
                                700,
                                at(7).minusNanos(1_000),
                                at(7)));
        assertThat(counts.missing(now + 120_000, PATIENCE)).isEmpty();
    }

    @Test
    void aTransactionOfWhichNothingCameIsMissedByTheTimeOfItsEnd() {
        settled(6, 600);
        end(7, 700, Map.of("public.orders", 2L));

        assertThat(late())
                .singleElement()
                .satisfies(
                        missing -> {
                            assertThat(missing.came()).isZero();
                            assertThat(missing.from()).isEqualTo(at(7).minusNanos(1_000));
                            assertThat(missing.to()).isEqualTo(at(7).plusNanos(999_000));
                        });
    }

    @Test
    void aTableThatIsNotReadIsNotHeldToItsCount() {
        settled(6, 600);
        change(7, ORDERS, 1);
        end(7, 700, Map.of("public.orders", 1L, "public.elsewhere", 40L, "message", 2L));

        assertThat(late()).isEmpty();
    }

    @Test
    void whatTheCaptureSendsAgainAfterARestartIsNotMissingAndNothingIsForgotten() {
        settled(6, 600);
        change(7, ORDERS, 1);
        change(7, ITEMS, 1);
        change(7, ITEMS, 2);
        end(7, 700, Map.of("public.orders", 1L, "shop.x.items y", 2L));
        // The capture resumes in the middle of the transaction.
        change(7, ITEMS, 2);
        end(7, 700, Map.of("public.orders", 1L, "shop.x.items y", 2L));
        // The same after the ingest has started anew, too.
        restart();
        change(7, ITEMS, 2);
        end(7, 700, Map.of("public.orders", 1L, "shop.x.items y", 2L));

        assertThat(late()).isEmpty();

        // One that the restart found half read goes on.
        change(8, ITEMS, 1);
        restart();
        change(8, ITEMS, 2);
        end(8, 800, Map.of("shop.x.items y", 2L));
        change(9, ITEMS, 1);
        end(9, 900, Map.of("shop.x.items y", 3L));
        restart();

        assertThat(late())
                .singleElement()
                .satisfies(
                        missing -> {
                            assertThat(missing.transaction()).isEqualTo(9);
                            assertThat(missing.table()).isEqualTo(ITEMS);
                            assertThat(missing.came()).isEqualTo(1);
                        });
    }

    @Test
    void aTransactionThatTheCaptureLeavesUnfinishedIsHeldToNothing() {
        change(7, ORDERS, 1);
        settled(80, 8_000);
        change(90, ORDERS, 1);

        assertThat(late()).isEmpty();
        assertThat(counts.state()).doesNotContain("\n7\t").contains("\n90\t");
    }

    @Test
    void whatMayHaveExpiredIsNotMissing() {
        settled(6, 600);
        counts.expiredBefore(now + 1);
        change(7, ORDERS, 2);
        end(7, 700, Map.of("public.orders", 2L));
        restart();
        change(8, ORDERS, 1);
        now += 2;
        end(8, 800, Map.of("public.orders", 2L));

        assertThat(late()).extracting(Missing::transaction).containsExactly(8L);
    }

    @Test
    void anotherWalWhosePositionsBeginEarlierIsHeldToItsCounts() {
        settled(800, 80_000);
        change(900, ORDERS, 1);
        end(900, 90, Map.of("public.orders", 2L));

        assertThat(late()).extracting(Missing::transaction).containsExactly(900L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void inWhateverOrderTheyComeOnlyWhatIsMissingIsMissing(long seed) {
        Random random = new Random(seed);
        know();
        List<Runnable> changes = new ArrayList<>();
        Deque<Runnable> ends = new ArrayDeque<>();
        List<Long> lost = new ArrayList<>();
        for (long i = 3; i < 200; i++) {
            long transaction = i;
            TableName table = random.nextBoolean() ? ORDERS : ITEMS;
            long counted = 1L + random.nextInt(20);
            long missing = random.nextInt(10) == 0 ? 1 + random.nextLong(counted) : 0;
            for (long order = 1; order <= counted; order++) {
                long number = order;
                for (int times = number == missing ? 0 : 1 + random.nextInt(2);
                        times > 0;
                        times--) {
                    changes.add(() -> change(transaction, table, number));
                }
            }
            // They stand in one partition, in order.
            ends.add(
                    () ->
                            end(
                                    transaction,
                                    transaction * 10,
                                    Map.of(TransactionReader.collection(table), counted)));
            if (missing > 0) {
                lost.add(transaction);
            }
        }
        Collections.shuffle(changes, random);
        for (Runnable change : changes) {
            change.run();
            if (random.nextInt(changes.size()) < 220 && !ends.isEmpty()) {
                ends.remove().run();
            }
            if (random.nextInt(50) == 0) {
                restart();
                know();
            }
        }
        ends.forEach(Runnable::run);

        assertThat(late())
                .extracting(Missing::transaction)
                .containsExactlyInAnyOrderElementsOf(lost);
    }

    /** Has a change of each table read. */
    private void know() {
        change(1, ORDERS, 1);
        change(2, ITEMS, 1);
    }

    @Test
    void theReaderTakesWhatDebeziumWritesWithASchemaAndWithout() {
        TransactionReader reader = new TransactionReader();
        String change =
                """
                {"op":"c","after":{"id":1,"transaction":{"id":"1:2"}},"source":{"ts_ms":1795641790223,
                 "ts_us":1795641790223937,"schema":"public","table":"orders"},
                 "transaction":{"id":"762:28895176","total_order":2,"data_collection_order":1}}""";
        String end =
                """
                {"status":"END","id":"762:28895296","event_count":2,"data_collections":[
                 {"data_collection":"public.orders","event_count":2}],"ts_ms":1795641790223}""";
        Told.Change told = new Told.Change(762, ORDERS, 1, 1_795_641_790_223_937L);
        Told.End ended =
                new Told.End(762, 28895296, Map.of("public.orders", 2L), 1_795_641_790_223_000L);

        assertThat(reader.read(bytes(change))).isEqualTo(told);
        assertThat(reader.read(bytes("{\"schema\":{\"id\":1},\"payload\":" + change + "}")))
                .isEqualTo(told);
        assertThat(reader.read(bytes("{\"payload\":" + end + ",\"schema\":{}}"))).isEqualTo(ended);
        for (String other :
                List.of(
                        "null",
                        "{}",
                        "no JSON",
                        "{\"ts_ms\":1}",
                        change.replace("\"transaction\":{\"id\":\"762", "\"none\":{\"id\":\"762"),
                        change.replace("\"orders\"", "\"\""),
                        end.replace("END", "BEGIN"),
                        end.replace("762:28895296", "762"))) {
            assertThat(reader.read(bytes(other))).as(other).isNull();
        }
        assertThat(reader.read(null)).isNull();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void change(long transaction, TableName table, long order) {
        counts.read(new Told.Change(transaction, table, order, transaction * DAY), now);
    }

    private void end(long transaction, long position, Map<String, Long> tables) {
        counts.read(
                new Told.End(transaction, position, tables, transaction * DAY),
                new Place("shop.transaction", 0, ++offset),
                now,
                now);
    }

    private void settled(long transaction, long position) {
        settled(transaction, position, ORDERS);
    }

    private void settled(long transaction, long position, TableName table) {
        change(transaction, table, 1);
        end(transaction, position, Map.of(TransactionReader.collection(table), 1L));
    }

    private void restart() {
        counts = TransactionCounts.of(counts.state(), now);
    }

    private List<Missing> late() {
        now += 61_000;
        return counts.missing(now, PATIENCE);
    }

    private static Instant at(long transaction) {
        return Instant.EPOCH.plusSeconds(transaction * 86_400);
    }
}
