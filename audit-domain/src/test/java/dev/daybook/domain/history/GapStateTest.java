package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.FieldChange.FromOrigin;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** What was known of a row is not said of a time up to which its changes are missing. */
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
            String source, @Nullable String table, String cause, long from, @Nullable Long until) {
        trail.storeGap(
                new Gap(
                        UUID.randomUUID(),
                        source,
                        table,
                        at(from),
                        until == null ? null : at(until),
                        "source",
                        cause,
                        "What is missing, and what to do.",
                        at(1_000),
                        null));
    }

    private RowState stateAt(long second) {
        return timeline.stateAt(ROW, at(second));
    }

    @Test
    void whileAGapIsOpenNothingIsSaidUntilTheRowIsSeenAgain() {
        put(Entries.insert("id", "1", "a", "1", "b", "1"), 10);
        gap("shop", "public.t", "not-published", 20, null);
        put(Entries.update("id", "1", "a", "2").unknown("b"), 40);

        assertThat(stateAt(20).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(20).facts()).containsOnlyKeys("id", "a", "b");
        for (long behind : new long[] {21, 39, 41}) {
            assertThat(stateAt(behind).presence()).isEqualTo(Presence.UNKNOWN);
            assertThat(stateAt(behind).facts()).isEmpty();
            assertThat(stateAt(behind).unknownColumns()).containsExactlyInAnyOrder("id", "a", "b");
        }
        // The value of b was carried over what is missing, in which it may have become another.
        assertThat(stateAt(40).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(40).facts()).containsOnlyKeys("id", "a");
        assertThat(stateAt(40).unknownColumns()).containsExactly("b");
    }

    @Test
    void aRowThatWasDeletedMayBeBackWhileAGapOfItsSourceIsOpen() {
        put(Entries.insert("id", "1"), 10);
        put(Entries.delete("id", "1"), 15);
        gap("shop", null, "slot-lost", 20, null);

        assertThat(stateAt(20).presence()).isEqualTo(Presence.DELETED);
        assertThat(stateAt(50).presence()).isEqualTo(Presence.UNKNOWN);
    }

    @Test
    void behindAGapThatHasEndedNothingIsSaidUntilTheTableIsReadAgainOrTheRowIsSeen() {
        put(Entries.insert("id", "1", "a", "1", "b", "1"), 10);
        gap("shop", "public.t", "expired", 20, 30L);

        assertThat(stateAt(20).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(25).presence()).isEqualTo(Presence.UNKNOWN);
        assertThat(stateAt(50).presence()).isEqualTo(Presence.UNKNOWN);

        put(Entries.update("id", "1", "a", "2").unknown("b"), 40);

        assertThat(stateAt(50).presence()).isEqualTo(Presence.EXISTS);
        assertThat(stateAt(50).facts()).containsOnlyKeys("id", "a");
        assertThat(stateAt(50).unknownColumns()).containsExactly("b");
    }

    @Test
    void onceTheTableHasBeenReadAgainTheEntriesSayWhatIsThere() {
        put(Entries.insert("id", "1"), 10);
        trail.storeGap(
                new Gap(
                        UUID.randomUUID(),
                        "shop",
                        "public.t",
                        at(20),
                        at(30),
                        "source",
                        "not-published",
                        "What is missing, and what to do.",
                        at(1_000),
                        at(35)));
        // Seen between the moment at which it was published again and the one that is noted.
        put(Entries.delete("id", "1"), 29);

        assertThat(stateAt(34).presence()).isEqualTo(Presence.UNKNOWN);
        assertThat(stateAt(35).presence()).isEqualTo(Presence.DELETED);
    }

    @Test
    void whatWasKnownBeforeAGapIsNoOldValueBehindIt() {
        put(Entries.insert("id", "1", "a", "1"), 10);
        gap("shop", "public.t", "expired", 20, 30L);
        put(Entries.update("id", "1", "a", "3"), 40);
        put(Entries.update("id", "1", "a", "4"), 50);

        List<RecordedView> history = timeline.history(ROW, HistoryQuery.ALL, null, 10).entries();
        List<RecordedView> found =
                timeline.search(new EntryQuery.Builder().build(), null, 10).entries();

        for (List<RecordedView> views : List.of(history, found)) {
            assertThat(changeOfA(views.get(0)).fromOrigin()).isEqualTo(FromOrigin.PREVIOUS_ENTRY);
            assertThat(changeOfA(views.get(0)).from()).isEqualTo("3");
            assertThat(changeOfA(views.get(1)).fromOrigin()).isEqualTo(FromOrigin.UNKNOWN);
            assertThat(changeOfA(views.get(1)).from()).isNull();
        }
    }

    @Test
    void whatIsReadAgainIsHeldToWhatWasKnown() {
        put(Entries.insert("id", "1", "a", "1"), 10);
        gap("shop", "public.t", "expired", 20, 30L);
        put(Entries.snapshot("id", "1", "a", "2"), 40);

        RecordedView again = timeline.history(ROW, HistoryQuery.ALL, null, 10).entries().getFirst();

        assertThat(changeOfA(again).from()).isEqualTo("1");
        assertThat(changeOfA(again).to()).isEqualTo("2");
    }

    private static FieldChange changeOfA(RecordedView view) {
        return view.view().changes().stream()
                .filter(change -> change.field().equals("a"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void gapsOfOthersDoNotMatter() {
        put(Entries.insert("id", "1"), 10);
        gap("vault", null, "slot-lost", 20, null);
        gap("shop", "public.u", "not-published", 20, null);
        gap("shop", "public.t", "not-published", 60, null);
        gap("shop", "public.t", "not-published", 5, 10L);
        // Its rows could not be read; its changes are there.
        gap("shop", "public.t", "load-failed", 20, null);

        assertThat(stateAt(50).presence()).isEqualTo(Presence.EXISTS);
        assertThat(
                        timeline.stateAt(
                                        new RowRef("shop", ROW.table(), new EntityKey("2")), at(80))
                                .presence())
                .isEqualTo(Presence.NEVER_SEEN);
    }
}
