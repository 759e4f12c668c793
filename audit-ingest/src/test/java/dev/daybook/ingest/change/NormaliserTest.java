package dev.daybook.ingest.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.RowImage;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

class NormaliserTest {

    @Test
    void equalRowsAtOneOffsetOfTwoPartitionsAreTwoAndOneReadAgainIsOne() {
        UUID first = id(new Place("changes.shop", 0, 7));

        assertThat(id(new Place("changes.shop", 1, 7))).isNotEqualTo(first);
        assertThat(id(new Place("changes.mill", 0, 7))).isNotEqualTo(first);
        assertThat(id(new Place("changes.shop", 0, 8))).isNotEqualTo(first);
        assertThat(id(new Place("changes.shop", 0, 7))).isEqualTo(first);
    }

    /** The id of a row of a table without a key, loaded by several threads at once. */
    private static UUID id(Place place) {
        RowImage row = new RowImage.Builder().add("note", "\"a\"").build();
        Decoded.Change change =
                new Decoded.Change(
                        new Decoded.Coordinates(
                                new TableName("public", "notes"),
                                Instant.parse("2026-03-01T08:00:00Z"),
                                null,
                                null,
                                null,
                                null,
                                null,
                                null),
                        Operation.SNAPSHOT,
                        row,
                        new RowImage.Builder().build(),
                        null);
        return Normaliser.event("shop", place, change, List.of(), null, false).id();
    }
}
