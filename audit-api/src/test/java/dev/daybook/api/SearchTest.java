package dev.daybook.api;

import static dev.daybook.api.ApiFixture.encoded;
import static dev.daybook.domain.history.Entries.START;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

class SearchTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    private AuditEntry stored(Entries entry) {
        AuditEntry built = entry.entry();
        database.store(built);
        return built;
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.at("/data").forEach(entry -> ids.add(entry.at("/id").asString()));
        return ids;
    }

    private static List<String> idsOf(AuditEntry... entries) {
        List<String> ids = new ArrayList<>();
        for (AuditEntry entry : entries) {
            ids.add(entry.id().toString());
        }
        return ids;
    }

    @Test
    void everyFilterFindsWhatItSays() {
        // Given
        AuditEntry snapshot = stored(Entries.snapshot("id", "1", "a", "1").table("f", "t").at(0));
        AuditEntry byContext =
                stored(
                        Entries.update("id", "1", "a", "2")
                                .table("f", "t")
                                .at(1)
                                .transaction(900_001L)
                                .sequence(3));
        database.storeContext("shop", 900_001, START.plusSeconds(1), "f-anna", null, null, null);
        AuditEntry byColumn =
                stored(
                        Entries.update("id", "1", "a", "2.0", "b", "1")
                                .before("id", "1", "a", "2", "b", "0")
                                .table("f", "t")
                                .at(2)
                                .actor("f-bert"));
        AuditEntry contextWins =
                stored(
                        Entries.update("id", "1", "a", "2", "b", "2")
                                .table("f", "t")
                                .at(3)
                                .transaction(900_002L)
                                .actor("f-bert"));
        database.storeContext(
                "shop", 900_002, START.plusSeconds(3), "f-anna", "why", "r", "[1.0,2]");
        AuditEntry byNobody = stored(Entries.delete("id", "1").table("f", "t").at(4));
        AuditEntry other = stored(Entries.insert("id", "1").table("f", "t2").source("other").at(5));
        String all = "/api/v1/entries?table=f.t";

        // Then
        assertThat(ids(api.json(all)))
                .isEqualTo(idsOf(byNobody, contextWins, byColumn, byContext, snapshot));
        assertThat(ids(api.json("/api/v1/entries?actor=f-anna")))
                .isEqualTo(idsOf(contextWins, byContext));
        assertThat(ids(api.json("/api/v1/entries?actor=f-bert"))).isEqualTo(idsOf(byColumn));
        assertThat(ids(api.json("/api/v1/entries?actor=f-anna&table=f.t&key=1&limit=1")))
                .isEqualTo(idsOf(contextWins));
        assertThat(ids(api.json("/api/v1/entries?actor=f-anna&table=f.t&key=2"))).isEmpty();
        assertThat(ids(api.json(all + "&unattributed=true"))).isEqualTo(idsOf(byNobody));
        assertThat(ids(api.json(all + "&operation=snapshot"))).isEqualTo(idsOf(snapshot));
        assertThat(ids(api.json("/api/v1/entries?transaction=900001"))).isEqualTo(idsOf(byContext));
        assertThat(ids(api.json(all + "&from=2026-11-22T09:30:02Z&to=2026-11-22T09:30:04Z")))
                .isEqualTo(idsOf(contextWins, byColumn));
        assertThat(ids(api.json(all + "&from=" + encoded("2026-11-22T10:30:03+01:00"))))
                .isEqualTo(idsOf(byNobody, contextWins));
        assertThat(ids(api.json(all + "&from=2026-11-22T10:30:03+01:00")))
                .isEqualTo(idsOf(byNobody, contextWins));
        assertThat(ids(api.json("/api/v1/entries?source=other&table=f.t2")))
                .isEqualTo(idsOf(other));
        assertThat(ids(api.json(all + "&field=b")))
                .isEqualTo(idsOf(byNobody, contextWins, byColumn));
        assertThat(ids(api.json(all + "&field=a"))).isEqualTo(idsOf(byNobody, byContext));

        String history = "/api/v1/entities/f.t/1/history";
        assertThat(ids(api.json(history)))
                .isEqualTo(idsOf(byNobody, contextWins, byColumn, byContext, snapshot));
        assertThat(ids(api.json(history + "?actor=f-anna")))
                .isEqualTo(idsOf(contextWins, byContext));
        assertThat(ids(api.json(history + "?field=a"))).isEqualTo(idsOf(byNobody, byContext));
        assertThat(ids(api.json(history + "?operation=delete"))).isEqualTo(idsOf(byNobody));
        assertThat(ids(api.json(history + "?unattributed=true"))).isEqualTo(idsOf(byNobody));
        assertThat(ids(api.json(history + "?from=2026-11-22T09:30:02Z&to=2026-11-22T09:30:04Z")))
                .isEqualTo(idsOf(contextWins, byColumn));
        JsonNode attributed = api.json("/api/v1/entries/" + contextWins.id());
        assertThat(attributed.at("/reason").asString()).isEqualTo("why");
        assertThat(attributed.at("/request_id").asString()).isEqualTo("r");
        assertThat(attributed.at("/attributes").toString()).isEqualTo("[1.0,2]");
        assertThat(api.json("/api/v1/entries/" + byColumn.id()).at("/actor").toString())
                .isEqualTo("{\"id\":\"f-bert\",\"source\":\"column\",\"login_role\":null}");
        assertThat(api.json("/api/v1/entries/" + byNobody.id()).at("/actor").toString())
                .isEqualTo("{\"id\":null,\"source\":\"none\",\"login_role\":null}");
    }

    @Test
    void pagesStayRightWhileEntriesArrive() {
        // Given
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            // Several at each commit time.
            expected.add(
                    stored(
                                    Entries.update("id", "1", "n", String.valueOf(i))
                                            .table("p", "t")
                                            .at(i / 4)
                                            .transaction(800_000L + i / 4)
                                            .sequence(i % 4 + 1))
                            .id()
                            .toString());
        }

        for (String path :
                List.of("/api/v1/entries?table=p.t", "/api/v1/entities/p.t/1/history?")) {
            // When
            List<String> found = new ArrayList<>();
            String cursor = null;
            int pages = 0;
            do {
                JsonNode page =
                        api.json(
                                path
                                        + "&limit="
                                        + (3 + pages % 3)
                                        + (cursor == null ? "" : "&cursor=" + cursor));
                found.addAll(ids(page));
                cursor =
                        page.at("/next_cursor").isNull()
                                ? null
                                : page.at("/next_cursor").asString();
                stored(Entries.update("id", "1", "n", "0").table("p", "t").at(1000 + pages++));
            } while (cursor != null);

            // Then
            found.removeIf(id -> !expected.contains(id));
            Set<String> once = new HashSet<>(found);
            assertThat(once).hasSameSizeAs(found).hasSameSizeAs(expected);
            if (path.contains("history")) {
                Collections.reverse(found);
                assertThat(found).isEqualTo(expected);
            }
        }
    }

    @Test
    void aTransactionShowsAllItDidAndTellsApartThoseOfOneNumber() {
        // Given
        AuditEntry old =
                stored(Entries.insert("id", "1").table("x", "t").at(-90_000_000).transaction(55L));
        AuditEntry first =
                stored(
                        Entries.insert("id", "2")
                                .table("x", "t")
                                .at(1)
                                .transaction(55L)
                                .sequence(1));
        AuditEntry second =
                stored(Entries.truncate().table("x", "u").at(1).transaction(55L).sequence(2));
        stored(Entries.insert("id", "2").table("x", "t").source("o").at(1).transaction(55L));
        database.storeContext("shop", 55, START.plusSeconds(1), "x-anna", "r", "q", "{}");

        // When
        JsonNode latest = api.json("/api/v1/transactions/shop/55");
        JsonNode page = api.json("/api/v1/transactions/shop/55?limit=1");
        JsonNode next =
                api.json(
                        "/api/v1/transactions/shop/55?limit=1&cursor="
                                + page.at("/next_cursor").asString());
        JsonNode former =
                api.json(
                        "/api/v1/transactions/shop/55?committed_at="
                                + latest.at("/other_commits/0").asString());

        // Then
        assertThat(ids(latest)).isEqualTo(idsOf(first, second));
        assertThat(latest.at("/context/actor").asString()).isEqualTo("x-anna");
        assertThat(latest.at("/other_commits").size()).isEqualTo(1);
        assertThat(ids(page)).isEqualTo(idsOf(first));
        assertThat(ids(next)).isEqualTo(idsOf(second));
        assertThat(next.at("/next_cursor").isNull()).isTrue();
        assertThat(ids(former)).isEqualTo(idsOf(old));
        assertThat(former.at("/context").isNull()).isTrue();
        api.problem("/api/v1/transactions/shop/56", 404, "not-found");
        api.problem("/api/v1/transactions/nowhere/55", 404, "unknown-source");
    }

    @Test
    void stateAndDiffFollowARowThroughItsLife() {
        // Given
        stored(Entries.insert("id", "7", "doc", "\"long\"", "n", "1.10").table("s", "t").at(10));
        stored(Entries.update("id", "7", "n", "2").unknown("doc").table("s", "t").at(20));
        AuditEntry moved =
                stored(
                        Entries.update("id", "8", "n", "2")
                                .before("id", "7")
                                .unknown("doc")
                                .table("s", "t")
                                .at(30));
        stored(Entries.truncate().table("s", "t").at(40));
        String path = "/api/v1/entities/s.t/";

        // When
        JsonNode early = api.json(path + "7/state?at=2026-11-22T09:30:05Z");
        JsonNode middle = api.json(path + "7/state?at=2026-11-22T09:30:20Z");
        JsonNode gone = api.json(path + "7/state");
        JsonNode arrived = api.json(path + "8/state?at=2026-11-22T09:30:30Z");
        JsonNode truncated = api.json(path + "8/state");
        JsonNode diff = api.json(path + "7/diff?from=2026-11-22T09:30:10Z&to=2026-11-22T09:30:20Z");
        JsonNode away = api.json(path + "7/diff?from=2026-11-22T09:30:20Z");
        JsonNode back = api.json(path + "7/diff?from=1970-01-01T00:00:00Z&to=2026-11-22T09:30:10Z");

        // Then
        assertThat(early.at("/status").asString()).isEqualTo("never-seen");
        assertThat(early.at("/row").isNull()).isTrue();
        assertThat(middle.at("/status").asString()).isEqualTo("exists");
        assertThat(middle.at("/row").toString()).isEqualTo("{\"id\":7,\"n\":2,\"doc\":\"long\"}");
        assertThat(middle.at("/origins/doc/origin").asString()).isEqualTo("carried");
        assertThat(gone.at("/status").asString()).isEqualTo("deleted");
        assertThat(gone.at("/moved_to").asString()).isEqualTo("8");
        assertThat(gone.at("/last_entry/id").asString()).isEqualTo(moved.id().toString());
        assertThat(arrived.at("/row").toString()).isEqualTo("{\"id\":8,\"n\":2,\"doc\":\"long\"}");
        assertThat(truncated.at("/status").asString()).isEqualTo("deleted");
        assertThat(truncated.at("/last_entry/operation").asString()).isEqualTo("truncate");
        assertThat(diff.at("/changes").toString())
                .contains("\"field\":\"n\",\"from\":1.10,\"to\":2");
        assertThat(diff.at("/undecided").size()).isZero();
        assertThat(away.at("/changes").size()).isEqualTo(3);
        for (JsonNode change : away.at("/changes")) {
            assertThat(change.at("/to_entry").asString())
                    .as("who took the row away: %s", change)
                    .isEqualTo(moved.id().toString());
        }
        assertThat(back.at("/from_status").asString()).isEqualTo("never-seen");
        assertThat(back.at("/changes/0/from_entry").isNull()).isTrue();

        JsonNode history = api.json(path + "8/history");
        assertThat(history.at("/data/1/before").toString())
                .isEqualTo("{\"id\":7,\"n\":2,\"doc\":\"long\"}");
        assertThat(history.at("/data/1/before_origin").asString()).isEqualTo("mixed");
        assertThat(history.at("/data/1/after").toString())
                .isEqualTo("{\"id\":8,\"n\":2,\"doc\":\"long\"}");
        assertThat(history.at("/data/1/completed_after").toString()).isEqualTo("[\"doc\"]");
        assertThat(history.at("/data/0/operation").asString()).isEqualTo("truncate");
        assertThat(history.at("/data/0/before/doc").asString()).isEqualTo("long");
    }

    @Test
    void aRowInSeveralSourcesMustBeNamedWithItsSource() {
        // Given
        stored(Entries.insert("id", "1").table("two", "t").source("s1"));
        stored(Entries.insert("id", "1").table("two", "t").source("s2"));

        // Then
        JsonNode problem = api.problem("/api/v1/entities/two.t/1/history", 400, "ambiguous-source");
        assertThat(problem.at("/detail").asString()).contains("s1, s2").contains("source");
        assertThat(api.json("/api/v1/entities/two.t/1/history?source=s2").at("/data").size())
                .isEqualTo(1);
    }

    @Test
    void coverageAndRejectedSayWhatIsMissing() {
        // Given
        int elsewhere = api.json("/api/v1/coverage").at("/rejected_elsewhere").asInt();
        for (int changes = 0; changes < 2; changes++) {
            for (int entries = 0; entries < 2; entries++) {
                database.execute(
                        "insert into audit.watermark values ('cov', ?, ?, 2, 2, ?::timestamptz,"
                                + " null)",
                        changes,
                        entries,
                        "2026-11-22T09:3" + (changes + entries) + ":00Z");
            }
        }
        database.execute(
                "insert into audit.watermark values ('half', 0, 0, 2, 2, '2026-11-22T09:30:00Z',"
                        + " null)");
        for (int i = 0; i < 3; i++) {
            database.execute(
                    """
                    insert into audit.rejected (id, rejected_at, source, stage, code, reason, topic,
                        partition, record_offset, record_value)
                    values (gen_random_uuid(), ?::timestamptz, ?, 'ingest', 'not-utf-8', 'It is not.',
                        'changes.cov', 0, ?, '\\x00ff')
                    """,
                    "2026-11-22T09:30:0" + i + "Z",
                    i == 2 ? null : "cov",
                    (long) i);
        }

        // When
        JsonNode coverage = api.json("/api/v1/coverage");
        JsonNode page = api.json("/api/v1/rejected?code=not-utf-8&limit=2");
        JsonNode next =
                api.json(
                        "/api/v1/rejected?code=not-utf-8&limit=2&cursor="
                                + page.at("/next_cursor").asString());

        // Then
        JsonNode cov = coverage.at("/data/0");
        assertThat(cov.at("/source").asString()).isEqualTo("cov");
        assertThat(cov.at("/complete_until").asString()).isEqualTo("2026-11-22T09:30:00.000000Z");
        assertThat(cov.at("/rejected").asInt()).isEqualTo(2);
        assertThat(coverage.at("/rejected_elsewhere").asInt()).isEqualTo(elsewhere + 1);
        assertThat(coverage.at("/data/1/complete_until").isNull()).isTrue();
        assertThat(coverage.at("/entries_estimated").asBoolean()).isFalse();
        assertThat(page.at("/data").size()).isEqualTo(2);
        assertThat(page.at("/data/0/offset").asInt()).isEqualTo(2);
        assertThat(page.at("/data/0/record_value").asString()).isEqualTo("AP8=");
        assertThat(next.at("/data").size()).isEqualTo(1);
        assertThat(next.at("/next_cursor").isNull()).isTrue();
        assertThat(api.json("/api/v1/entries?source=cov").at("/coverage/complete_until").asString())
                .isEqualTo("2026-11-22T09:30:00.000000Z");
        assertThat(api.json("/api/v1/entries?source=half").at("/coverage/complete_until").isNull())
                .isTrue();
    }
}
