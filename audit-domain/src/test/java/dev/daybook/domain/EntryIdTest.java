package dev.daybook.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

class EntryIdTest {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");

    @Test
    void isTheSameWhateverIsKnownOfTheTable() {
        ChangeEvent before = change(NOON, 7L, 1, "0/1", null, List.of());
        ChangeEvent after = change(NOON, 7L, 1, "0/1", null, List.of("id"));

        assertThat(EntryId.of(before)).isEqualTo(EntryId.of(after));
    }

    @Test
    void isTheSameAtAnotherOffsetWhereTheRecordItselfTellsItApart() {
        assertThat(EntryId.of(change(NOON, null, 10, null, "3:idx", List.of())))
                .isEqualTo(EntryId.of(change(NOON, null, 11, null, "3:idx", List.of())));
    }

    @Test
    void differsWhereAnythingThatIdentifiesTheChangeDiffers() {
        Map<UUID, ChangeEvent> seen = new HashMap<>();
        List<ChangeEvent> changes = new ArrayList<>();
        for (Long transaction : new Long[] {null, 7L, 8L}) {
            for (long sequence = 1; sequence < 4; sequence++) {
                for (String position : new String[] {null, "", "0/1", "0/2"}) {
                    for (Instant at :
                            new Instant[] {NOON, NOON.plusNanos(1_000), NOON.plusSeconds(1)}) {
                        changes.add(change(at, transaction, sequence, position, null, List.of()));
                    }
                }
            }
        }
        changes.add(change(NOON, 7L, 1, "0/1", "", List.of()));
        changes.add(change(NOON, 7L, 1, "0/1", "1", List.of()));

        for (ChangeEvent change : changes) {
            assertThat(seen.put(EntryId.of(change), change)).isNull();
        }
    }

    @Test
    void sortsByCommitTimeAndGivesItBack() {
        Seeds.forEach(
                200,
                random -> {
                    List<ChangeEvent> changes = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        changes.add(change(instant(random), 1L, i, "p" + i, null, List.of()));
                    }
                    changes.sort(Comparator.comparing(ChangeEvent::committedAt));
                    List<String> ids = changes.stream().map(c -> EntryId.of(c).toString()).toList();

                    assertThat(ids).isSorted();
                    for (ChangeEvent change : changes) {
                        UUID id = EntryId.of(change);
                        assertThat(EntryId.committedAt(id)).isEqualTo(change.committedAt());
                        assertThat(id.version()).isEqualTo(8);
                        assertThat(id.variant()).isEqualTo(2);
                    }
                });
    }

    @Test
    void knowsAnotherUuidFromItsOwn() {
        assertThat(EntryId.committedAt(UUID.fromString("6f2c2ad4-3f4e-4b0a-9d7e-1f0e8f7f0a11")))
                .isNull();
    }

    private static Instant instant(Random random) {
        return Instant.ofEpochSecond(
                random.nextInt(2_000_000_000), random.nextInt(1_000_000) * 1_000L);
    }

    private static ChangeEvent change(
            Instant at,
            @Nullable Long transaction,
            long sequence,
            @Nullable String position,
            @Nullable String discriminator,
            List<String> key) {
        return new ChangeEvent(
                "shop",
                new TableId("public", "orders"),
                Operation.UPDATE,
                at,
                transaction,
                sequence,
                position,
                key,
                null,
                RowImage.of(Map.of("id", "1")),
                List.of(),
                discriminator);
    }
}
