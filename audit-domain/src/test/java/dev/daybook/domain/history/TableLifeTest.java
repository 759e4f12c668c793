package dev.daybook.domain.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.ChangedTable.ColumnChange;
import dev.daybook.domain.history.FieldChange.FromOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What happens to a table ends what was known of its rows, as far as it may be other now. */
class TableLifeTest {

    private static final String ID = "\"id\":{\"number\":1,\"postgres-type\":\"integer\"}";

    private final InMemoryAuditTrail trail = new InMemoryAuditTrail();
    private final Timeline timeline = new Timeline(trail);

    private AuditEntry put(Entries entry) {
        AuditEntry built = entry.entry();
        trail.store(built);
        return built;
    }

    private static RowRef row(String table, String key) {
        return new RowRef("shop", new TableName("public", table), new EntityKey(key));
    }

    private RowState latest(String table, String key) {
        return timeline.stateAt(row(table, key), Entries.START.plusSeconds(1_000));
    }

    private List<RecordedView> history(String table, String key) {
        return timeline.history(row(table, key), HistoryQuery.ALL, null, 100).entries();
    }

    private List<String> operations(String table, String key) {
        return history(table, key).stream()
                .map(view -> view.recorded().entry())
                .map(entry -> entry.table().name() + " " + entry.operation().word())
                .toList();
    }

    private void rename(String from, String to, long at, long sequence) {
        put(
                Entries.tableChange("rename-table", "{\"oid\":7,\"from\":\"public." + from + "\"}")
                        .table("public", to)
                        .at(at)
                        .transaction(at)
                        .sequence(sequence));
        put(
                Entries.tableChange("rename-table", "{\"oid\":7,\"to\":\"public." + to + "\"}")
                        .table("public", from)
                        .at(at)
                        .transaction(at)
                        .sequence(sequence + 1));
    }

    private static String definition(String columns, String key) {
        return "{\"columns\":{" + columns + "},\"primary-key\":[" + key + "]}";
    }

    private static String altered(String was, String isNow, String rewritten) {
        return "{\"oid\":7,\"table-def\":"
                + isNow
                + ",\"was\":"
                + was
                + ",\"rewritten\":["
                + rewritten
                + "]}";
    }

    @Test
    void aRowsHistoryGoesOnThroughARenamingOfItsTable() {
        put(Entries.insert("id", "1", "v", "\"x\"").table("public", "former").at(1));
        rename("former", "present", 2, 1);
        put(Entries.update("id", "1", "v", "\"y\"").table("public", "present").at(3));

        assertThat(operations("present", "1"))
                .containsExactly("present update", "present table-change", "former insert");
        assertThat(history("present", "1").getFirst().view().changes())
                .containsExactly(new FieldChange("v", "\"x\"", "\"y\"", FromOrigin.PREVIOUS_ENTRY));
        assertThat(latest("former", "1").presence()).isEqualTo(Presence.DELETED);
        assertThat(latest("former", "1").movedToTable())
                .isEqualTo(new TableName("public", "present"));
    }

    @Test
    void aPageOfAHistoryGoesOnWhereTheOneBeforeItEndedInARenamedTable() {
        put(Entries.insert("id", "1", "v", "1").table("public", "a").at(1));
        put(Entries.update("id", "1", "v", "2").table("public", "a").at(2));
        rename("a", "b", 3, 1);
        put(Entries.insert("id", "1", "v", "other").table("public", "a").at(4));
        rename("b", "c", 5, 1);
        put(Entries.update("id", "1", "v", "3").table("public", "c").at(6));

        EntryPosition place = null;
        StringBuilder read = new StringBuilder();
        do {
            HistoryPage page = timeline.history(row("c", "1"), HistoryQuery.ALL, place, 1);
            page.entries()
                    .forEach(
                            view ->
                                    read.append(view.recorded().entry().table().name())
                                            .append(view.recorded().entry().operation().word())
                                            .append(' '));
            place = page.next();
        } while (place != null);

        assertThat(read.toString())
                .isEqualTo("cupdate ctable-change btable-change aupdate ainsert ");
    }

    @Test
    void tablesThatExchangeTheirNamesLendEachOtherNothing() {
        put(Entries.insert("id", "1", "v", "\"from a\"").table("public", "a").at(1));
        put(Entries.insert("id", "1", "v", "\"from b\"").table("public", "b").at(1));
        put(Entries.insert("id", "2", "v", "\"only b\"").table("public", "b").at(1).sequence(2));
        rename("a", "swap", 2, 1);
        rename("b", "a", 2, 3);
        rename("swap", "b", 2, 5);
        put(Entries.update("id", "1", "v", "\"new\"").table("public", "a").at(3));
        put(Entries.update("id", "1", "v", "\"new\"").table("public", "b").at(4));

        assertThat(history("a", "1").getFirst().view().changes())
                .containsExactly(
                        new FieldChange("v", "\"from b\"", "\"new\"", FromOrigin.PREVIOUS_ENTRY));
        assertThat(history("b", "1").getFirst().view().changes())
                .containsExactly(
                        new FieldChange("v", "\"from a\"", "\"new\"", FromOrigin.PREVIOUS_ENTRY));
        assertThat(latest("a", "2").presence()).isEqualTo(Presence.EXISTS);
        assertThat(latest("b", "2").presence()).isNotEqualTo(Presence.EXISTS);
    }

    @Test
    void aDroppedTablesRowsEndWithItAndCompleteNoneOfTheNextTable() {
        put(Entries.insert("id", "1", "v", "\"first\"", "w", "1").at(1));
        put(Entries.insert("id", "2", "v", "\"went\"").at(1).sequence(2));
        put(Entries.tableChange("drop-table", "{\"oid\":7}").at(2));
        put(Entries.tableChange("create-table", "{\"oid\":8}").at(3));
        put(Entries.update("id", "1", "v", "\"second\"").unknown("w").at(4));

        assertThat(latest("orders", "2").presence()).isEqualTo(Presence.DELETED);
        assertThat(operations("orders", "2"))
                .containsExactly("orders table-change", "orders insert");
        assertThat(latest("orders", "1").unknownColumns()).containsExactly("w");
        assertThat(history("orders", "1").getFirst().view().changes())
                .extracting(FieldChange::fromOrigin)
                .containsOnly(FromOrigin.UNKNOWN);
    }

    @Test
    void aRewrittenColumnsOldValueIsNotUsedAndTheOthersAre() {
        String columns =
                ID
                        + ",\"price\":{\"number\":2,\"postgres-type\":\"numeric\"},"
                        + "\"note\":{\"number\":3,\"postgres-type\":\"text\"}";
        put(Entries.insert("id", "1", "price", "5", "note", "\"a\"").at(1));
        put(
                Entries.tableChange(
                                "alter-table",
                                altered(
                                        definition(columns, "\"id\""),
                                        definition(columns, "\"id\""),
                                        "\"price\""))
                        .at(2));

        assertThat(latest("orders", "1").facts()).containsOnlyKeys("id", "note");
        assertThat(latest("orders", "1").unknownColumns()).containsExactly("price");
        put(Entries.update("id", "1", "price", "500", "note", "\"b\"").at(3));
        assertThat(history("orders", "1").getFirst().view().changes())
                .containsExactly(
                        new FieldChange("price", null, "500", FromOrigin.UNKNOWN),
                        new FieldChange("note", "\"a\"", "\"b\"", FromOrigin.PREVIOUS_ENTRY));
    }

    @Test
    void aColumnThatIsAnotherOneUnderTheSameNameStartsUnknown() {
        put(Entries.insert("id", "1", "x", "\"old\"", "note", "\"a\"").at(1));
        String was =
                definition(
                        ID
                                + ",\"x\":{\"number\":2,\"postgres-type\":\"text\"},"
                                + "\"note\":{\"number\":3,\"postgres-type\":\"text\"}",
                        "\"id\"");
        String isNow =
                definition(
                        ID
                                + ",\"x\":{\"number\":4,\"postgres-type\":\"text\"},"
                                + "\"comment\":{\"number\":3,\"postgres-type\":\"text\"}",
                        "\"id\"");
        AuditEntry altered = put(Entries.tableChange("alter-table", altered(was, isNow, "")).at(2));
        put(Entries.update("id", "1", "x", "null", "comment", "\"b\"").at(3));

        assertThat(history("orders", "1").getFirst().view().changes())
                .containsExactly(
                        new FieldChange("x", null, "null", FromOrigin.UNKNOWN),
                        new FieldChange("comment", "\"a\"", "\"b\"", FromOrigin.PREVIOUS_ENTRY));
        assertThat(ChangedTable.of(altered).columns())
                .containsExactly(
                        new ColumnChange(
                                ColumnChange.What.RENAMED, "comment", "note", "text", null),
                        new ColumnChange(ColumnChange.What.ADDED, "x", null, "text", null),
                        new ColumnChange(ColumnChange.What.DROPPED, "x", null, "text", null));
    }

    @Test
    void aColumnLeftOutAsUnchangedIsLookedForUnderItsFormerName() {
        String was = definition(ID + ",\"a\":{\"number\":2},\"b\":{\"number\":3}", "\"id\"");
        String isNow = definition(ID + ",\"c\":{\"number\":2},\"b\":{\"number\":3}", "\"id\"");
        put(Entries.insert("id", "1", "a", "\"large\"", "b", "1").at(1));
        put(Entries.tableChange("alter-table", altered(was, isNow, "")).at(2));
        put(Entries.update("id", "1", "b", "2").unknown("c").at(3));

        assertThat(latest("orders", "1").facts().get("c").token()).isEqualTo("\"large\"");
    }

    @Test
    void keysOfOtherColumnsAreOtherKeys() {
        String columns = ID + ",\"rank\":{\"number\":2},\"v\":{\"number\":3}";
        put(Entries.insert("id", "1", "rank", "2", "v", "\"one\"").at(1));
        put(Entries.insert("id", "2", "rank", "1", "v", "\"two\"").at(1).sequence(2));
        put(
                Entries.tableChange(
                                "alter-table",
                                altered(
                                        definition(columns, "\"id\""),
                                        definition(columns, "\"rank\""),
                                        ""))
                        .at(2));

        assertThat(latest("orders", "1").presence()).isEqualTo(Presence.UNKNOWN);
        put(Entries.update("id", "1", "rank", "2", "v", "\"ONE\"").key("rank").at(3));
        assertThat(history("orders", "2").getFirst().view().changes())
                .extracting(FieldChange::fromOrigin)
                .containsOnly(FromOrigin.UNKNOWN);
        assertThat(history("orders", "2").getFirst().view().before()).isNull();
    }

    @Test
    void nothingIsCarriedOverATimeWithoutAKey() {
        String columns = ID + ",\"v\":{\"number\":2}";
        put(Entries.insert("id", "1", "v", "\"a\"").at(1));
        put(
                Entries.tableChange(
                                "alter-table",
                                altered(definition(columns, "\"id\""), definition(columns, ""), ""))
                        .at(2));

        assertThat(latest("orders", "1").presence()).isEqualTo(Presence.UNKNOWN);
        assertThat(latest("orders", "1").facts()).isEmpty();
        assertThat(latest("orders", "1").unknownColumns()).contains("v");
    }

    @Test
    void aRowOfATablePartOfWhichWentIsUnknownUntilItIsSeen() {
        put(Entries.insert("id", "1", "v", "1").at(1));
        put(Entries.insert("id", "2", "v", "1").at(1).sequence(2));
        put(
                Entries.tableChange(
                                "drop-partition", "{\"oid\":7,\"partition\":\"public.orders_a\"}")
                        .at(2));
        put(Entries.update("id", "2", "v", "2").at(3));

        assertThat(latest("orders", "1").presence()).isEqualTo(Presence.UNKNOWN);
        assertThat(latest("orders", "2").presence()).isEqualTo(Presence.EXISTS);
        // It is there, so it did not go, and is what it was.
        assertThat(history("orders", "2").getFirst().view().changes())
                .containsExactly(new FieldChange("v", "1", "2", FromOrigin.PREVIOUS_ENTRY));
    }

    @Test
    void aPartitionThatBringsRowsEndsWhatWasKnownAndAnEmptyOneNothing() {
        put(Entries.insert("id", "1", "v", "1").at(1));
        put(
                Entries.tableChange(
                                "attach-partition",
                                "{\"oid\":7,\"partition\":\"public.a\",\"empty\":true}")
                        .at(2));
        assertThat(latest("orders", "1").facts()).containsOnlyKeys("id", "v");
        assertThat(operations("orders", "1")).containsExactly("orders insert");

        put(
                Entries.tableChange("detach-partition", "{\"oid\":7,\"partition\":\"public.a\"}")
                        .at(3));
        put(
                Entries.tableChange(
                                "attach-partition",
                                "{\"oid\":7,\"partition\":\"public.a\",\"empty\":false}")
                        .at(4));
        put(Entries.update("id", "1", "v", "2").at(5));

        assertThat(history("orders", "1").getFirst().view().changes())
                .extracting(FieldChange::fromOrigin)
                .containsOnly(FromOrigin.UNKNOWN);
    }

    @Test
    void aDefinitionLeavesWhatIsKnownOfTheRowsAndIsNoEntryOfTheirs() {
        put(Entries.insert("id", "1", "v", "1").at(1));
        put(Entries.tableChange("define-table", "{\"oid\":7}").at(2));

        assertThat(latest("orders", "1").facts()).containsOnlyKeys("id", "v");
        assertThat(operations("orders", "1")).containsExactly("orders insert");
    }

    @Test
    void ofDmssControlRecordsNothingIsInferredFromSilence() {
        put(Entries.insert("id", "1", "v", "1").at(1));
        put(Entries.tableChange("add-column", "null").transaction(null).at(2));

        assertThat(latest("orders", "1").presence()).isEqualTo(Presence.EXISTS);
        assertThat(latest("orders", "1").facts()).isEmpty();
        put(Entries.update("id", "1", "v", "2").at(3));
        put(Entries.tableChange("refresh-table", "[1]").transaction(null).at(4));
        assertThat(latest("orders", "1").presence()).isEqualTo(Presence.UNKNOWN);
        put(Entries.tableChange("drop-table", "{}").transaction(null).at(5));
        assertThat(latest("orders", "1").presence()).isEqualTo(Presence.DELETED);
    }

    @Test
    void aBodyThatNobodyKnowsIsReadAsFarAsItGoes() {
        for (String body :
                List.of(
                        "null",
                        "[]",
                        "7",
                        "{\"table-def\":7}",
                        "{\"table-def\":{\"columns\":[]}}",
                        "{\"table-def\":{\"columns\":{\"a\":7},\"primary-key\":7}}",
                        "{\"oid\":\"x\",\"from\":\"x\",\"from\":\"y\"}",
                        "{\"oid\":123456789012345678901,\"to\":\"nothing\"}")) {
            ChangedTable changed =
                    ChangedTable.of(Entries.tableChange("alter-table", body).entry());
            assertThat(changed.word()).isEqualTo("alter-table");
            assertThat(changed.columns()).isEmpty();
            assertThat(changed.from()).isNull();
        }
    }
}
