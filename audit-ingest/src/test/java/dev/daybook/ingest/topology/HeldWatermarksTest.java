package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.ingest.change.Decoded;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

class HeldWatermarksTest {

    private final HeldWatermarks held = new HeldWatermarks();

    @Test
    void oneThatSaysAllThatThoseBeforeItDoTakesTheirPlace() {
        held.add(mark(3, "10:00", "B", "A"), 2);
        held.add(mark(4, null, "C", "B"), 2);
        held.add(mark(5, "11:00", "D", "C"), 2);

        assertThat(released()).containsExactly("11:00 A-D");
    }

    @Test
    void noneIsLeftOutWhosePositionTheNextDoesNotName() {
        held.add(mark(3, "10:00", "B", "A"), 2);
        held.add(mark(4, "11:00", "E", "D"), 2);
        held.add(mark(5, "12:00", "F", null), 2);
        held.add(mark(6, "13:00", "G", null), 2);

        assertThat(released()).containsExactly("10:00 A-B", "11:00 D-E", "13:00 null-G");
    }

    @Test
    void aPositionKeepsTheTimeThatWasClaimedBefore() {
        held.add(mark(3, "10:00", "B", "A"), 2);
        held.add(mark(4, null, "C", "B"), 2);

        assertThat(released()).containsExactly("10:00 A-C");
    }

    private List<String> released() {
        List<String> released = new ArrayList<>();
        held.release(
                Long.MAX_VALUE,
                next -> {
                    Decoded.Heartbeat of = next.heartbeat();
                    released.add(
                            String.valueOf(of.completeUntil()).substring(11, 16)
                                    + " "
                                    + of.previous()
                                    + "-"
                                    + of.position());
                });
        return released;
    }

    private static HeldWatermarks.Held mark(
            long offset, @Nullable String until, String position, @Nullable String previous) {
        return new HeldWatermarks.Held(
                offset,
                offset,
                0,
                new Decoded.Heartbeat(
                        until == null ? null : Instant.parse("2026-11-22T" + until + ":00Z"),
                        position,
                        previous,
                        0,
                        1),
                0,
                1);
    }
}
