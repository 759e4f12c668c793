package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

class RejectionIdTest {

    /** Stored ids must be computed again by every later version: do not change these. */
    @Test
    void isWhatEarlierVersionsStored() {
        assertThat(RejectionId.of(Stage.INGEST, "changes.shop", 1, 42L, "The value is not JSON."))
                .hasToString("9461b3ac-a1e1-857c-a81d-d21c672316d6");
        assertThat(
                        RejectionId.of(
                                Stage.SOURCE,
                                "changes.shop",
                                null,
                                null,
                                "A value is too large: größer."))
                .hasToString("b15631ad-4509-8290-8a27-b280569d9694");
        assertThat(RejectionId.of(Stage.SINK, "entries", 0, Long.MAX_VALUE, ""))
                .hasToString("7cdd79e5-dfa1-860a-b4ed-c83ebfcf49a1");
    }

    @Test
    void differsWhereStagePlaceOrReasonDiffers() {
        Set<UUID> seen = new HashSet<>();
        int rejections = 0;
        for (Stage stage : Stage.values()) {
            for (String topic : List.of("changes.shop", "changes.shop2")) {
                for (Integer partition : List.of(0, 1, 11)) {
                    for (Long offset : List.of(0L, 1L, 11L)) {
                        for (String reason : List.of("", "no key", "no keys")) {
                            rejections++;
                            seen.add(RejectionId.of(stage, topic, partition, offset, reason));
                        }
                    }
                }
            }
        }

        assertThat(seen).hasSize(rejections);
        assertThat(seen).allMatch(id -> id.version() == 8 && id.variant() == 2);
    }
}
