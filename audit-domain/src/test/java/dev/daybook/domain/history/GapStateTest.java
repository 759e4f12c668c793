package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.UUID;

/** What was known of a row is not said of a time in whose way a gap lies. */
class GapStateTest {

    private static final RowRef ROW =
            new RowRef("shop", new TableName("public", "t"), new EntityKey("1"));

    private final InMemoryAuditTrail trail = new InMemoryAuditTrail();
    private final Timeline timeline = new Timeline(trail);

    private static Instant at(long second) {
        return Entries.START.plusSeconds(second);
    }

    private void put(Entries entry, long second) {
        trail.store(entry.table("public", "t").at(second).transaction(second).entry());
    }

    private void gap(
            @Nullable String source,
            @Nullable String table,
            @Nullable Long from,
            @Nullable Long until) {
        trail.storeGap(
                new Gap(
                        UUID.randomUUID(),
                        source,
                        table,
                        from == null ? null : at(from),
                        until == null ? null : at(until),
                        "source",
                        "not-published",
                        "It was not published.",
                        at(1_000),
                        null));
    }

    private RowState stateAt(long second) {
        return timeline.stateAt(ROW, at(second));
    }

    @Test
    void behindAGapNothingIsSaidUntilTheRowIsSeenAgain() {
        put(Entries.insert("id", "1", "a", "1", "b", "1"), 10);
        gap("shop", "public.t", 20L, 30L);
        put(Entries.update("id", "1", "a", "2").unknown("b"), 40);

        assertThat(stateAt(15).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(15).facts()).containsOnlyKeys("id", "a", "b");
        assertThat(stateAt(20).presence()).isEqualTo(Presence.EXISTS);
        for (long behind : new long[] {21, 30, 39}) {
            assertThat(stateAt(behind).presence()).isEqualTo(Presence.UNKNOWN);
            assertThat(stateAt(behind).facts()).isEmpty();
            assertThat(stateAt(behind).unknownColumns()).containsExactly("id", "a", "b");
        }
        // The value of b was carried over the gap, in which it may have become another.
        assertThat(stateAt(40).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(40).facts()).containsOnlyKeys("id", "a");
        assertThat(stateAt(40).unknownColumns()).containsExactly("b");
    }

    @Test
    void whileAGapIsOpenWhatComesInItIsOvertakenByWhatDoesNot() {
        gap("shop", "public.t", 5L, null);
        put(Entries.insert("id", "1", "a", "1"), 10);

        assertThat(stateAt(10).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(11).presence()).isEqualTo(Presence.UNKNOWN);
        assertThat(stateAt(11).last()).isNotNull();
    }

    @Test
    void aRowThatWasDeletedMayBeBackBehindAGap() {
        put(Entries.insert("id", "1"), 10);
        put(Entries.delete("id", "1"), 15);
        gap("shop", null, null, 30L);

        assertThat(stateAt(50).presence()).isEqualTo(Presence.UNKNOWN);
    }

    @Test
    void gapsOfOthersAndBeforeARowsLatestEntryDoNotMatter() {
        put(Entries.insert("id", "1"), 10);
        gap("vault", null, 20L, 30L);
        gap("shop", "public.u", 20L, 30L);
        gap("shop", "public.t", 1L, 9L);
        gap("shop", "public.t", 60L, 70L);

        assertThat(stateAt(50).presence()).isEqualTo(Presence.EXISTS);
        assertThat(
                        timeline.stateAt(
                                        new RowRef("shop", ROW.table(), new EntityKey("2")), at(80))
                                .presence())
                .isEqualTo(Presence.NEVER_SEEN);
    }
}
