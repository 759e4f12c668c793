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
                "shop", 7432, START.plusSeconds(5), "anna", "payment", "r-1", "{\"ip\": 1.50}");

        // When
        JsonNode list = api.json("/api/v1/entities/public.orders/42/history");

        // Then
        assertThat(list.at("/data").size()).isEqualTo(2);
        JsonNode latest = list.at("/data/0");
        assertThat(latest.at("/id").asString()).isEqualTo(update.id().toString());
        assertThat(latest.at("/committed_at").asString()).isEqualTo("2026-11-22T09:30:05.000000Z");
        assertThat(latest.at("/actor").toString())
                .isEqualTo("{\"id\":\"anna\",\"source\":\"context\"}");
        assertThat(latest.at("/attributes/ip").toString()).isEqualTo("1.50");
        assertThat(latest.at("/changes").toString())
                .isEqualTo(
                        "[{\"field\":\"status\",\"from\":\"new\",\"to\":\"paid\",\"from_origin\":\"previous-entry\"}]");
        assertThat(latest.at("/before/total").toString()).isEqualTo("10.10");
        assertThat(latest.at("/before_origin").asString()).isEqualTo("previous-entry");
        assertThat(list.at("/next_cursor").isNull()).isTrue();
        assertThat(list.at("/coverage/complete_until").isNull()).isTrue();

        JsonNode one = api.json("/api/v1/entries/" + update.id());
        assertThat(one).isEqualTo(latest);
        assertThat(api.json("/api/v1/entries?table=public.orders&key=42").at("/data"))
                .isEqualTo(list.at("/data"));
    }
}
