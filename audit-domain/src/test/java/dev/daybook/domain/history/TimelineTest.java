package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.EntryView.BeforeOrigin;
import dev.daybook.domain.history.FieldChange.FromOrigin;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Single cases, each with its rule; {@link TimelinePropertyTest} tries everything at once. */
class TimelineTest {

    private final InMemoryAuditTrail trail = new InMemoryAuditTrail();
    private final Timeline timeline = new Timeline(trail);

    private static RowRef row(String key) {
        return new RowRef("shop", new TableName("public", "orders"), new EntityKey(key));
    }

    private AuditEntry put(Entries entry) {
        AuditEntry built = entry.entry();
        trail.store(built);
        return built;
    }

    private List<EntryView> history(String key) {
        return timeline.history(row(key), HistoryQuery.ALL, null, 100).entries().stream()
                .map(RecordedView::view)
                .toList();
    }

    private static Instant at(long seconds) {
        return Entries.START.plusSeconds(seconds);
    }

    @Test
    void anOldValueComesFromTheBeforeImageElseFromAnEarlierEntryElseIsUnknown() {
        // Given
        put(Entries.insert("id", "1", "a", "1", "b", "1").at(1));
        put(Entries.update("id", "1", "a", "2", "b", "2", "c", "2").before("a", "1").at(2));

        // When
        EntryView view = history("1").getFirst();

        // Then
        assertThat(view.changes())
                .containsExactly(
                        new FieldChange("a", "1", "2", FromOrigin.BEFORE_IMAGE),
                        new FieldChange("b", "1", "2", FromOrigin.PREVIOUS_ENTRY),
                        new FieldChange("c", null, "2", FromOrigin.UNKNOWN));
        assertThat(view.beforeOrigin()).isEqualTo(BeforeOrigin.MIXED);
        assertThat(view.before()).isEqualTo(Entries.image("id", "1", "a", "1", "b", "1"));
        assertThat(view.completedBefore()).containsExactly("id", "b");
    }

    @Test
    void unknownIsNotNull() {
        // Given
        put(Entries.update("id", "1", "a", "null").unknown("b").at(1));
        put(Entries.update("id", "1", "a", "null", "b", "null").at(2));

        // When
        EntryView view = history("1").getFirst();
        RowState state = timeline.stateAt(row("1"), at(1));

        // Then
        assertThat(view.changes())
                .containsExactly(new FieldChange("b", null, "null", FromOrigin.UNKNOWN));
        assertThat(view.changes().getFirst().proven()).isFalse();
        assertThat(state.unknownColumns()).containsExactly("b");
        assertThat(state.facts()).containsOnlyKeys("id", "a");
    }

    @Test
    void aColumnLeftOutKeepsItsEarlierValueAndSaysSo() {
        // Given
        AuditEntry insert = put(Entries.insert("id", "1", "doc", "\"long\"", "n", "1").at(1));
        put(Entries.update("id", "1", "n", "2").unknown("doc").at(2));
        put(Entries.update("id", "1", "n", "3").unknown("doc").at(3));

        // When
        Fact fact = timeline.stateAt(row("1"), at(3)).facts().get("doc");
        EntryView view = history("1").getFirst();

        // Then
        assertThat(fact)
                .isEqualTo(
                        new Fact(
                                "\"long\"",
                                insert.id(),
                                insert.committedAt(),
                                Fact.Origin.CARRIED));
        assertThat(view.after().token("doc")).isEqualTo("\"long\"");
        assertThat(view.completedAfter()).containsExactly("doc");
        assertThat(view.changes()).extracting(FieldChange::field).containsExactly("n");
    }

    @Test
    void equalValuesAreNoChangeEvenIfWrittenDifferently() {
        // Given
        put(Entries.insert("id", "1", "n", "1.0").at(1));
        put(Entries.update("id", "1", "n", "1.00").at(2));

        // Then
        assertThat(history("1").getFirst().changes()).isEmpty();
        assertThat(timeline.stateAt(row("1"), at(2)).facts().get("n").token()).isEqualTo("1.00");
    }

    @Test
    void aDeleteKnowsTheWholeOldRow() {
        // Given
        put(Entries.insert("id", "1", "n", "1").at(1));
        put(Entries.delete("id", "1").at(2));
        put(Entries.insert("id", "1", "n", "2").at(3));

        // When
        List<EntryView> history = history("1");

        // Then
        assertThat(history.get(1).before()).isEqualTo(Entries.image("id", "1", "n", "1"));
        assertThat(history.get(1).changes())
                .containsExactly(
                        new FieldChange("id", "1", null, FromOrigin.BEFORE_IMAGE),
                        new FieldChange("n", "1", null, FromOrigin.PREVIOUS_ENTRY));
        assertThat(history.getFirst().before()).isNull();
        assertThat(history.getFirst().changes())
                .containsExactly(
                        new FieldChange("id", null, "1", FromOrigin.ABSENT),
                        new FieldChange("n", null, "2", FromOrigin.ABSENT));
        assertThat(timeline.stateAt(row("1"), at(2)).presence()).isEqualTo(Presence.DELETED);
    }

    @Test
    void aTruncationBelongsToTheRowsThatWereThere() {
        // Given
        put(Entries.truncate().at(0));
        put(Entries.insert("id", "1", "n", "1").at(1));
        put(Entries.truncate().at(2));
        put(Entries.truncate().at(3));
        put(Entries.insert("id", "2").at(4));

        // Then
        assertThat(timeline.history(row("1"), HistoryQuery.ALL, null, 100).entries())
                .extracting(view -> view.recorded().entry().operation().word())
                .containsExactly("truncate", "insert");
        assertThat(history("1").getFirst().before()).isEqualTo(Entries.image("id", "1", "n", "1"));
        assertThat(timeline.stateAt(row("1"), at(9)).presence()).isEqualTo(Presence.DELETED);
        assertThat(history("2")).hasSize(1);
        assertThat(timeline.stateAt(row("2"), at(3)).presence()).isEqualTo(Presence.NEVER_SEEN);
        assertThat(history("3")).isEmpty();
        assertThat(timeline.stateAt(row("3"), at(9)).presence()).isEqualTo(Presence.NEVER_SEEN);
    }

    @Test
    void aSnapshotAssertsWhatItCarriesAndForgetsTheRest() {
        // Given
        put(Entries.insert("id", "1", "a", "1", "b", "1").at(1));
        put(Entries.snapshot("id", "1", "a", "2").unknown("b").at(2));
        put(Entries.snapshot("id", "1", "a", "2", "b", "1").at(3));

        // When
        RowState state = timeline.stateAt(row("1"), at(2));

        // Then
        assertThat(state.facts().get("a").token()).isEqualTo("2");
        assertThat(state.unknownColumns()).containsExactly("b");
        assertThat(history("1").get(1).changes())
                .containsExactly(new FieldChange("a", "1", "2", FromOrigin.PREVIOUS_ENTRY));
        assertThat(history("1").getFirst().changes()).isEmpty();
    }

    @Test
    void aRowIsFollowedThroughChangesOfItsKey() {
        // Given
        put(Entries.insert("id", "1", "doc", "\"d\"", "n", "1").at(1));
        put(Entries.update("id", "2", "n", "1").before("id", "1").unknown("doc").at(2));
        put(Entries.update("id", "3", "n", "2").before("id", "2").unknown("doc").at(3));

        // When
        List<EntryView> third = history("3");
        List<EntryView> second = history("2");

        // Then
        assertThat(third).hasSize(1);
        assertThat(second).hasSize(2);
        assertThat(second.getFirst()).isEqualTo(third.getFirst());
        assertThat(third.getFirst().before())
                .isEqualTo(Entries.image("id", "2", "n", "1", "doc", "\"d\""));
        RowState gone = timeline.stateAt(row("1"), at(3));
        assertThat(gone.presence()).isEqualTo(Presence.DELETED);
        assertThat(gone.movedTo()).isEqualTo(new EntityKey("2"));
        assertThat(timeline.stateAt(row("3"), at(3)).facts().get("doc").token()).isEqualTo("\"d\"");
    }

    @Test
    void rowsThatExchangeTheirKeysAreNotMixedUp() {
        // Given
        put(Entries.insert("id", "1", "doc", "\"one\"").at(1));
        put(Entries.insert("id", "2", "doc", "\"two\"").at(1));
        put(
                Entries.update("id", "2")
                        .before("id", "1")
                        .unknown("doc")
                        .at(2)
                        .transaction(9L)
                        .sequence(1));
        put(
                Entries.update("id", "1")
                        .before("id", "2")
                        .unknown("doc")
                        .at(2)
                        .transaction(9L)
                        .sequence(2));

        // When
        EntryView toTwo = history("2").get(1);
        EntryView toOne = history("1").getFirst();

        // Then
        assertThat(toTwo.before().token("doc")).isEqualTo("\"one\"");
        assertThat(toOne.before()).isEqualTo(Entries.image("id", "2"));
        assertThat(timeline.stateAt(row("2"), at(2)).presence()).isEqualTo(Presence.EXISTS);
        assertThat(timeline.stateAt(row("2"), at(2)).unknownColumns()).contains("doc");
        assertThat(timeline.stateAt(row("1"), at(2)).presence()).isEqualTo(Presence.EXISTS);
    }

    @Test
    void aDiffTellsWhatDiffersAndWhatCannotBeTold() {
        // Given
        put(Entries.insert("id", "1", "a", "1", "b", "1").at(1));
        put(Entries.update("id", "1", "a", "2", "b", "1", "c", "5").at(2));
        put(Entries.delete("id", "1").at(3));

        // When
        RowDiff lived = timeline.diff(row("1"), at(1), at(2));
        RowDiff died = timeline.diff(row("1"), at(2), at(3));

        // Then
        assertThat(lived.differences()).extracting(RowDiff.Difference::field).containsExactly("a");
        assertThat(lived.undecided()).containsExactly("c");
        assertThat(died.to().presence()).isEqualTo(Presence.DELETED);
        assertThat(died.differences())
                .extracting(RowDiff.Difference::field)
                .containsExactly("id", "a", "b", "c");
        assertThat(died.undecided()).isEmpty();
    }

    @Test
    void aLongHistoryIsReadInPagesThatKnowWhatWasBefore() {
        // Given
        put(Entries.insert("id", "1", "doc", "\"d\"", "n", "0").at(0));
        for (int i = 1; i <= 300; i++) {
            put(Entries.update("id", "1", "n", String.valueOf(i)).unknown("doc").at(i));
        }

        // When
        HistoryPage page = timeline.history(row("1"), HistoryQuery.ALL, null, 10);
        HistoryPage next = timeline.history(row("1"), HistoryQuery.ALL, page.next(), 10);

        // Then
        assertThat(page.entries()).hasSize(10);
        EntryView last = next.entries().getFirst().view();
        assertThat(last.after()).isEqualTo(Entries.image("id", "1", "n", "290", "doc", "\"d\""));
        assertThat(last.changes())
                .containsExactly(new FieldChange("n", "289", "290", FromOrigin.PREVIOUS_ENTRY));
    }

    @Test
    void aDiffNamesTheEntryThatTookTheRowAwayAndTheOneThatBroughtItBack() {
        // Given
        put(Entries.insert("id", "1", "n", "1").at(0));
        AuditEntry deleted = put(Entries.delete("id", "1").at(1));
        AuditEntry again = put(Entries.insert("id", "1", "n", "2").at(2));

        // When
        RowDiff gone = timeline.diff(row("1"), at(0), at(1));
        RowDiff back = timeline.diff(row("1"), at(1), at(2));

        // Then
        assertThat(gone.differences())
                .extracting(RowDiff.Difference::toEntry)
                .containsExactly(deleted.id(), deleted.id());
        assertThat(back.differences())
                .extracting(RowDiff.Difference::fromEntry, RowDiff.Difference::toEntry)
                .containsOnly(org.assertj.core.api.Assertions.tuple(deleted.id(), again.id()));
    }

    @Test
    void aRowThatIsNotTheOneDescribedTakesNothingFromIt() {
        // Two rows share the key 2 for a moment: 1 becomes 2, then the former 2 becomes 3.
        put(Entries.insert("id", "1", "n", "1").at(1));
        put(Entries.insert("id", "2", "n", "2").at(2));
        put(Entries.update("id", "2", "n", "1").before("id", "1", "n", "1").at(3).transaction(9L));
        put(
                Entries.update("id", "3", "n", "2")
                        .before("id", "2", "n", "2")
                        .at(3)
                        .transaction(9L)
                        .sequence(2));
        put(Entries.update("id", "2", "n", "5").at(4));

        assertThat(history("2").getFirst().changes())
                .containsExactly(new FieldChange("n", "1", "5", FromOrigin.PREVIOUS_ENTRY));
    }

    @Test
    void aRowThatChangedOftenInOneTransactionIsNotWalkedThroughFromEachOfItsEntries() {
        // Given
        put(Entries.insert("id", "1", "n", "0").at(1));
        for (int i = 1; i <= 1_000; i++) {
            put(Entries.update("id", "1", "n", "" + i).at(2).transaction(9L).sequence(i));
        }
        AtomicInteger read = new AtomicInteger();
        AuditTrail counted =
                (AuditTrail)
                        Proxy.newProxyInstance(
                                AuditTrail.class.getClassLoader(),
                                new Class<?>[] {AuditTrail.class},
                                (proxy, method, arguments) -> {
                                    Object answer = method.invoke(trail, arguments);
                                    if (method.getName().equals("earlier")
                                            && arguments.length == 3) {
                                        read.addAndGet(((List<?>) answer).size());
                                    }
                                    return answer;
                                });

        // When
        EntryCounts counts = new Timeline(counted).count(EntryQuery.ALL, Set.of(Facet.FIELD));

        // Then
        assertThat(counts.facets().get(Facet.FIELD)).containsExactly(new ValueCount("n", 1_000));
        assertThat(read.get()).isLessThan(10_000);
    }
}
