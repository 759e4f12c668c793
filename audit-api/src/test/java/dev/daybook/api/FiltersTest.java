package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What a search finds and leaves out, counted and over time. */
class FiltersTest {

    private static final Instant BEGIN = Instant.parse("2026-10-05T08:00:00Z");
    private static ApiFixture api;

    @BeforeAll
    static void fill() {
        AuditDatabase database = ApiFixture.sharedDatabase();
        api = ApiFixture.shared();
        String[] actors = {"g-anna", "g-bert", null};
        for (int i = 0; i < 30; i++) {
            AuditEntry entry =
                    Entries.update(
                                    "id",
                                    String.valueOf(i % 5),
                                    "price",
                                    String.valueOf(i),
                                    "stock",
                                    i % 3 == 0 ? String.valueOf(i) : "7")
                            .before(
                                    "id",
                                    String.valueOf(i % 5),
                                    "price",
                                    i % 2 == 0 ? "0.5" : String.valueOf(i),
                                    "stock",
                                    "7")
                            .table("filters", i % 2 == 0 ? "even" : "odd")
                            .at(BEGIN.plusSeconds(600L * i))
                            .transaction(7_000L + i / 2)
                            .sequence(i)
                            .entry();
            database.store(entry);
            String actor = actors[i % 3];
            if (actor != null) {
                database.storeContext(
                        "shop",
                        7_000L + i / 2,
                        entry.committedAt(),
                        actor,
                        i < 15 ? "price round" : null,
                        "req-" + i % 2,
                        null);
            }
        }
    }

    private static List<String> found(String query) {
        List<String> prices = new ArrayList<>();
        api.json(
                        "/api/v1/entries?limit=500&from=2026-10-05T00:00:00Z&to=2026-10-06T00:00:00Z"
                                + query)
                .at("/data")
                .forEach(entry -> prices.add(entry.at("/after/price").asString()));
        return prices;
    }

    @Test
    void aRepeatedParameterMeansOrAndOneWithAMinusLeavesOut() {
        assertThat(found("&table=filters.even&table=filters.odd")).hasSize(30);
        assertThat(found("&table=filters.even&actor=g-anna&actor=g-bert")).hasSize(10);
        assertThat(found("&table=filters.even&-actor=g-anna")).hasSize(10);
        assertThat(found("&table=filters.even&unattributed=false")).hasSize(10);
        assertThat(found("&table=filters.even&-operation=update")).isEmpty();
        assertThat(found("&table=filters.even&key=0&key=2")).hasSize(6);
        assertThat(found("&table=filters.even&-key=0")).hasSize(12);
        assertThat(found("&table=filters.even&table=filters.odd&reason=" + encoded("price round")))
                .hasSize(10);
        assertThat(found("&-table=filters.even&request=req-1&request=req-2")).hasSize(10);
    }

    @Test
    void anUpdateThatChangedNothingButWhatIsLeftOutIsLeftOut() {
        // "odd" changes only stock, and that every third time.
        assertThat(found("&table=filters.odd&field=stock")).hasSize(5);
        assertThat(found("&table=filters.odd&-field=stock")).hasSize(10);
        assertThat(found("&table=filters.even&-field=stock&-field=price")).isEmpty();
        assertThat(found("&table=filters.even&field=stock&field=price")).hasSize(15);
    }

    @Test
    void countsAreThoseOfTheSearch() {
        // When
        JsonNode counts =
                api.json(
                        "/api/v1/entries/counts?table=filters.even&table=filters.odd"
                                + "&facet=actor&facet=table&facet=operation&facet=reason");

        // Then
        assertThat(counts.at("/entries").asInt()).isEqualTo(30);
        assertThat(counts.at("/unattributed").asInt()).isEqualTo(10);
        assertThat(counts.at("/transactions").asInt()).isEqualTo(30);
        assertThat(counts.at("/complete").asBoolean()).isTrue();
        assertThat(counts.at("/back_to").isNull()).isTrue();
        assertThat(counts.at("/facets").toString())
                .contains(
                        "{\"facet\":\"operation\",\"values\":[{\"value\":\"update\",\"entries\":30}]}",
                        "{\"facet\":\"actor\",\"values\":[{\"value\":null,\"entries\":10},"
                                + "{\"value\":\"g-anna\",\"entries\":10},"
                                + "{\"value\":\"g-bert\",\"entries\":10}]}",
                        "{\"value\":\"price round\",\"entries\":10}");
    }

    @Test
    void columnsAreCountedByWhatChanged() {
        // When
        JsonNode counts =
                api.json("/api/v1/entries/counts?table=filters.even&facet=field&facet=key");

        // Then
        assertThat(counts.at("/facets").toString())
                .contains(
                        "{\"facet\":\"field\",\"values\":[{\"value\":\"price\",\"entries\":15},"
                                + "{\"value\":\"stock\",\"entries\":5}]}",
                        "{\"value\":\"4\",\"entries\":3}");
    }

    @Test
    void theVolumeOfEachSpanIsCounted() {
        // When
        JsonNode volume =
                api.json(
                        "/api/v1/entries/volume?table=filters.even&table=filters.odd&step=1h"
                                + "&from=2026-10-05T07:30:00Z&to=2026-10-05T14:00:00Z");

        // Then
        List<Integer> spans = new ArrayList<>();
        volume.at("/data").forEach(span -> spans.add(span.at("/entries").asInt()));
        assertThat(spans).containsExactly(3, 6, 6, 6, 6, 3, 0);
        assertThat(volume.at("/data/0/unattributed").asInt()).isEqualTo(1);
        assertThat(volume.at("/data/0/estimated").asBoolean()).isFalse();
        assertThat(volume.at("/data/0/lag_seconds").asDouble()).isPositive();
        assertThat(volume.at("/data/0/tables/0/value").asString()).startsWith("filters.");
        assertThat(volume.at("/data/6/to").asString()).isEqualTo("2026-10-05T14:00:00.000000Z");
        JsonNode ofColumn =
                api.json(
                        "/api/v1/entries/volume?table=filters.odd&field=stock&step=1d"
                                + "&from=2026-10-05T00:00:00Z&to=2026-10-06T00:00:00Z");
        assertThat(ofColumn.at("/data/0/entries").asInt()).isEqualTo(5);
    }

    @Test
    void actorsAndNeighboursAreListed() {
        // When
        JsonNode actors = api.json("/api/v1/actors?from_actor=f-&limit=1");

        // Then
        assertThat(actors.at("/data/0/actor").asString()).isEqualTo("g-anna");
        assertThat(actors.at("/data/0/first").asString()).isEqualTo("2026-10-05T08:00:00.000000Z");
        assertThat(actors.at("/next_from").asString()).isEqualTo("g-bert");

        // When
        JsonNode near =
                api.json(
                        "/api/v1/transactions/shop/7000/neighbours?committed_at="
                                + BEGIN.plusSeconds(600));

        // Then
        assertThat(near.at("/before/id").asInt()).isEqualTo(7000);
        assertThat(near.at("/after/id").asInt()).isEqualTo(7001);
        assertThat(near.at("/after/actor/source").asString()).isEqualTo("none");
    }

    @Test
    void whatNoEntryCanPassIsRefused() {
        api.problem("/api/v1/entries?key=1", 400, "invalid-parameter");
        api.problem("/api/v1/entries?key=1&table=a.b&table=a.c", 400, "invalid-parameter");
        api.problem("/api/v1/entries?actor=a&actor=b&unattributed=true", 400, "invalid-parameter");
        api.problem(
                "/api/v1/entries?from=2026-10-05T00:00:00Z&from=2026-10-05T00:00:00Z",
                400,
                "invalid-parameter");
        api.problem("/api/v1/entries?-from=2026-10-05T00:00:00Z", 400, "unknown-parameter");
        api.problem("/api/v1/entries?-operation=upsert", 400, "invalid-parameter");
        api.problem("/api/v1/entries?table=filters.nil&table=filters.none", 404, "unknown-table");
        api.problem("/api/v1/entries/counts?facet=key", 400, "invalid-parameter");
        api.problem("/api/v1/entries/counts?facet=colour", 400, "invalid-parameter");
        api.problem("/api/v1/entries/volume?step=1w", 400, "invalid-parameter");
        api.problem(
                "/api/v1/entries/volume?step=1s&from=2026-10-05T00:00:00Z",
                400,
                "invalid-parameter");
    }
}
