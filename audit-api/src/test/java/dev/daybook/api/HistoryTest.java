package dev.daybook.api;

import static dev.daybook.domain.history.Entries.START;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

class HistoryTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    @Test
    void aRowsHistoryIsServedNewestFirstWithWhoAndWhatChanged() {
        // Given
        AuditEntry insert =
                Entries.insert("id", "42", "status", "\"new\"", "total", "10.10").entry();
        AuditEntry update =
                Entries.update("id", "42", "status", "\"paid\"", "total", "10.10")
                        .at(5)
                        .transaction(7432L)
                        .entry();
        database.store(insert);
        database.store(update);
        database.storeContext(
                "shop",
                7432,
                START.plusSeconds(5),
                "anna",
                "payment",
                "r-1",
                "{\"ip\": 1.50}",
                "eve");

        // When
        JsonNode list = api.json("/api/v1/entities/public.orders/42/history");

        // Then
        assertThat(list.at("/data").size()).isEqualTo(2);
        JsonNode latest = list.at("/data/0");
        assertThat(latest.at("/id").asString()).isEqualTo(update.id().toString());
        assertThat(latest.at("/committed_at").asString()).isEqualTo("2026-11-22T09:30:05.000000Z");
        assertThat(latest.at("/actor").toString())
                .isEqualTo("{\"id\":\"anna\",\"source\":\"context\",\"login_role\":\"eve\"}");
        assertThat(latest.at("/attributes/ip").toString()).isEqualTo("1.50");
        assertThat(latest.at("/changes").toString())
                .isEqualTo(
                        "[{\"field\":\"status\",\"from\":\"new\",\"to\":\"paid\",\"from_origin\":\"previous-entry\"}]");
        assertThat(latest.at("/before/total").toString()).isEqualTo("10.10");
        assertThat(latest.at("/before_origin").asString()).isEqualTo("previous-entry");
        assertThat(list.at("/next_cursor").isNull()).isTrue();
        assertThat(list.at("/coverage/complete_until").isMissingNode()).isFalse();

        JsonNode one = api.json("/api/v1/entries/" + update.id());
        assertThat(one).isEqualTo(latest);
        assertThat(api.json("/api/v1/entries?table=public.orders&key=42").at("/data"))
                .isEqualTo(list.at("/data"));
    }

    @Test
    void theSourcesOwnCommitTimeStandsBesideTheLogsWhereTheyDiffer() {
        AuditEntry insert = Entries.insert("id", "1").table("public", "own times").at(1).entry();
        AuditEntry update =
                Entries.update("id", "1", "v", "2")
                        .table("public", "own times")
                        .at(2)
                        .transaction(98_001L)
                        .bySourceAt(START.minusSeconds(3600))
                        .entry();
        database.store(insert);
        database.store(update);

        JsonNode history = api.json("/api/v1/entities/public.own%20times/1/history").at("/data");

        assertThat(history.at("/0/committed_at").asString())
                .isEqualTo("2026-11-22T09:30:02.000000Z");
        assertThat(history.at("/0/source_committed_at").asString())
                .isEqualTo("2026-11-22T08:30:00.000000Z");
        assertThat(history.at("/1").has("source_committed_at")).isFalse();
    }

    @Test
    void aTablesOwnHistorySaysWhatBecameOfItAndItsRowsGoOnThroughARenaming() {
        // Given
        String was =
                "{\"columns\":{\"id\":{\"number\":1,\"postgres-type\":\"integer\"}},\"primary-key\":[\"id\"]}";
        database.store(
                Entries.insert("id", "1", "v", "1").table("public", "life former").at(1).entry());
        AuditEntry renamed =
                Entries.tableChange(
                                "rename-table",
                                "{\"oid\":7,\"from\":\"public.life former\",\"n\":1.50}")
                        .table("public", "life/present")
                        .at(2)
                        .entry();
        database.store(renamed);
        database.store(
                Entries.tableChange("rename-table", "{\"oid\":7,\"to\":\"public.life/present\"}")
                        .table("public", "life former")
                        .at(2)
                        .sequence(2)
                        .entry());
        database.store(
                Entries.tableChange(
                                "alter-table",
                                "{\"oid\":7,\"was\":"
                                        + was
                                        + ",\"table-def\":"
                                        + was.replace("\"id\":{", "\"key\":{")
                                                .replace("[\"id\"]", "[\"key\"]")
                                        + "}")
                        .table("public", "life/present")
                        .at(3)
                        .entry());
        String present = "/api/v1/tables/public.life%2Fpresent/history";

        // When
        JsonNode first = api.json(present + "?limit=1");
        JsonNode second =
                api.json(present + "?limit=1&cursor=" + first.at("/next_cursor").asString());
        JsonNode row = api.json("/api/v1/entities/public.life%2Fpresent/1/history");
        JsonNode state = api.json("/api/v1/entities/public.life%2Fpresent/1/state");
        JsonNode former = api.json("/api/v1/entities/public.life%20former/1/state");

        // Then
        assertThat(first.at("/data/0/operation").asString()).isEqualTo("table-change");
        assertThat(first.at("/data/0/table_change/columns").toString())
                .isEqualTo(
                        "[{\"change\":\"renamed\",\"name\":\"key\",\"from_name\":\"id\",\"type\":\"integer\",\"from_type\":null}]");
        assertThat(first.at("/data/0/table_change/to_key").toString()).isEqualTo("[\"key\"]");
        assertThat(second.at("/data/0/id").asString()).isEqualTo(renamed.id().toString());
        assertThat(second.at("/data/0/table_change/change").asString()).isEqualTo("rename-table");
        assertThat(second.at("/data/0/table_change/from").asString())
                .isEqualTo("public.life former");
        assertThat(second.at("/data/0/table_change/control/n").toString()).isEqualTo("1.50");
        assertThat(second.at("/data/0/after").isNull()).isTrue();
        assertThat(second.at("/next_cursor").isNull()).isTrue();
        assertThat(row.at("/data/2/operation").asString()).isEqualTo("insert");
        assertThat(row.at("/data/2/table_change").isNull()).isTrue();
        assertThat(state.at("/status").asString()).isEqualTo("exists");
        assertThat(state.at("/row/key").toString()).isEqualTo("1");
        assertThat(former.at("/status").asString()).isEqualTo("deleted");
        assertThat(former.at("/moved_to_table").asString()).isEqualTo("public.life/present");
        assertThat(api.json("/api/v1/entries/" + renamed.id())).isEqualTo(second.at("/data/0"));
    }

    @Test
    void aTableThatTheLogHasNotSeenIsNoTableWithoutAHistory() {
        assertThat(api.get("/api/v1/tables/public.never_seen/history").statusCode()).isEqualTo(404);
    }

    @Test
    void whatWasSignedUnderALoginRoleIsFoundWhoeverTheActorIs() {
        // Given
        AuditEntry forged =
                Entries.update("id", "1", "price", "1")
                        .table("public", "signed")
                        .transaction(910_001L)
                        .entry();
        AuditEntry honest =
                Entries.update("id", "1", "price", "2")
                        .table("public", "signed")
                        .transaction(910_002L)
                        .at(1)
                        .entry();
        database.store(forged);
        database.store(honest);
        database.storeContext("shop", 910_001, START, "chief-auditor", null, null, null, "mallory");
        database.storeContext(
                "shop", 910_002, START.plusSeconds(1), "chief-auditor", null, null, null, "app");

        for (String list :
                new String[] {
                    "/api/v1/entries?",
                    "/api/v1/entries?actor=chief-auditor&",
                    "/api/v1/entities/public.signed/1/history?"
                }) {
            // When
            JsonNode found = api.json(list + "login_role=mallory").at("/data");

            // Then
            assertThat(found.size()).as(list).isEqualTo(1);
            assertThat(found.at("/0/id").asString()).isEqualTo(forged.id().toString());
            assertThat(found.at("/0/actor/login_role").asString()).isEqualTo("mallory");
        }
        assertThat(
                        api.json("/api/v1/transactions/shop/910001")
                                .at("/context/login_role")
                                .asString())
                .isEqualTo("mallory");
    }
}
