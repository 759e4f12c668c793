package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

class EntryIdTest {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final TableName ORDERS = new TableName("public", "orders");

    /** Stored ids must be computed again by every later version: do not change these. */
    @Test
    void isWhatEarlierVersionsStored() {
        assertThat(
                        id(
                                "shop",
                                ORDERS,
                                Operation.UPDATE,
                                NOON,
                                "00000000/0A1B2C3D.2.00000000/0A1B2C30",
                                7431L,
                                2,
                                null))
                .isEqualTo("01a20320-a27b-81c8-a9f4-dca8a8f7abb9");
        assertThat(
                        id(
                                "shop",
                                ORDERS,
                                Operation.SNAPSHOT,
                                NOON,
                                "00000000/0A1B2C3D.0.(0,1)",
                                null,
                                0,
                                null))
                .isEqualTo("01a20320-a27b-81c8-8445-a36961b15b80");
        assertThat(
                        id(
                                "bücher",
                                new TableName("Über.Sicht", "a\"b"),
                                Operation.INSERT,
                                NOON,
                                null,
                                null,
                                17,
                                "3:idx"))
                .isEqualTo("01a20320-a27b-81c8-9e76-460f6189264e");
        assertThat(
                        id(
                                "shop",
                                ORDERS,
                                Operation.DELETE,
                                Instant.EPOCH.minusNanos(1_000),
                                "",
                                0L,
                                1,
                                ""))
                .isEqualTo("ffffffff-ffff-83e7-9a2c-89b84c25d8ea");
        assertThat(
                        id(
                                "s",
                                new TableName("", "t"),
                                Operation.TRUNCATE,
                                Instant.EPOCH,
                                null,
                                null,
                                9,
                                null))
                .isEqualTo("00000000-0000-8000-ae9c-16c44ff39ba3");
    }

    @Test
    void differsWhereAnythingThatIdentifiesTheChangeDiffers() {
        Set<UUID> seen = new HashSet<>();
        int changes = 0;
        for (String source : List.of("shop", "shops", "")) {
            for (TableName table :
                    List.of(
                            ORDERS,
                            new TableName("public", "order"),
                            new TableName("", "orders"))) {
                for (Operation operation : Operation.values()) {
                    for (Long transaction : new @Nullable Long[] {null, 7L, 8L}) {
                        for (long sequence = 1; sequence < 4; sequence++) {
                            for (String position : new @Nullable String[] {null, "", "0/1"}) {
                                for (Instant at : List.of(NOON, NOON.plusNanos(1_000))) {
                                    changes++;
                                    seen.add(
                                            EntryId.of(
                                                    source,
                                                    table,
                                                    operation,
                                                    at,
                                                    position,
                                                    transaction,
                                                    sequence,
                                                    null));
                                }
                            }
                        }
                    }
                }
            }
        }
        for (String discriminator : List.of("", "1")) {
            changes++;
            seen.add(
                    EntryId.of(
                            "shop", ORDERS, Operation.UPDATE, NOON, "0/1", 7L, 1, discriminator));
        }

        assertThat(seen).hasSize(changes);
    }

    @Test
    void doesNotDependOnTheOffsetWhereADiscriminatorTellsTheChangeApart() {
        assertThat(EntryId.of("shop", ORDERS, Operation.UPDATE, NOON, null, null, 10, "3:idx"))
                .isEqualTo(
                        EntryId.of(
                                "shop", ORDERS, Operation.UPDATE, NOON, null, null, 11, "3:idx"));
    }

    @Test
    void sortsByCommitTimeAndGivesItBack() {
        Seeds.forEach(
                200,
                random -> {
                    List<Instant> times = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        times.add(
                                Instant.ofEpochSecond(
                                        random.nextInt(2_000_000_000),
                                        random.nextInt(1_000_000) * 1_000L));
                    }
                    times.sort(null);
                    List<UUID> ids =
                            times.stream()
                                    .map(
                                            at ->
                                                    EntryId.of(
                                                            "shop",
                                                            ORDERS,
                                                            Operation.UPDATE,
                                                            at,
                                                            "p",
                                                            1L,
                                                            1,
                                                            null))
                                    .toList();

                    assertThat(ids.stream().map(UUID::toString)).isSorted();
                    assertThat(ids.stream().map(EntryId::committedAt)).isEqualTo(times);
                    assertThat(ids).allMatch(id -> id.version() == 8 && id.variant() == 2);
                });
    }

    @Test
    void knowsAnotherUuidFromItsOwn() {
        assertThat(EntryId.committedAt(UUID.fromString("6f2c2ad4-3f4e-4b0a-9d7e-1f0e8f7f0a11")))
                .isNull();
    }

    private static String id(
            String source,
            TableName table,
            Operation operation,
            Instant at,
            @Nullable String position,
            @Nullable Long transaction,
            long sequence,
            @Nullable String discriminator) {
        return EntryId.of(
                        source,
                        table,
                        operation,
                        at,
                        position,
                        transaction,
                        sequence,
                        discriminator)
                .toString();
    }
}
