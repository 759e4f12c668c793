package dev.daybook.api;

import static dev.daybook.domain.history.Entries.START;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.GapCause;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An answer about what a gap concerns names the gap beside up to when the log is complete. */
class GapsOfAnswersTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    private void gap(String table, GapCause cause, int from, Integer until) {
        database.execute(
                """
                insert into audit.gap (id, found_at, source, table_name, from_time, to_time, stage, cause,
                    reason)
                values (?, now(), 'shop', ?, ?, ?, 'source', ?, 'So it is.')
                """,
                UUID.randomUUID(),
                table,
                START.plusSeconds(from).atOffset(ZoneOffset.UTC),
                until == null ? null : START.plusSeconds(until).atOffset(ZoneOffset.UTC),
                cause.word());
    }

    private static List<String> causes(JsonNode answer) {
        List<String> causes = new ArrayList<>();
        answer.at("/coverage/gaps").forEach(gap -> causes.add(gap.at("/cause").asString()));
        assertThat(answer.at("/coverage/gaps").isArray()).isTrue();
        return causes;
    }

    @ParameterizedTest
    @EnumSource
    void everyAnswerAboutATableNamesItsOpenGap(GapCause cause) {
        // Given
        String name = "open_" + cause.ordinal();
        AuditEntry entry =
                Entries.insert("id", "1")
                        .table("gaps", name)
                        .at(50)
                        .transaction(917_100L + cause.ordinal())
                        .entry();
        database.store(entry);
        String table = "gaps." + name;
        gap(table, cause, 10, null);

        for (String answer :
                List.of(
                        "/entities/" + table + "/1/history",
                        "/entities/" + table + "/1/state",
                        "/entities/" + table + "/1/diff?from=2026-11-22T09:30:00Z",
                        "/entries?table=" + table,
                        "/entries/counts?facet=operation&table=" + table,
                        "/tables/" + table + "/history")) {
            // When
            JsonNode answered = api.json("/api/v1" + answer);

            // Then
            assertThat(causes(answered)).as(answer).containsExactly(cause.word());
            JsonNode gap = answered.at("/coverage/gaps/0");
            assertThat(gap.at("/table").asString()).isEqualTo(table);
            assertThat(gap.at("/from").asString()).isEqualTo("2026-11-22T09:30:10.000000Z");
            assertThat(gap.at("/until").isNull()).isTrue();
        }
        assertThat(causes(api.json("/api/v1/transactions/shop/" + (917_100 + cause.ordinal()))))
                .contains(cause.word());
        assertThat(api.get("/api/v1/entries/export?format=ndjson&table=" + table).body())
                .contains("\"gaps\":[{\"id\":", "\"cause\":\"" + cause.word() + "\"");
    }

    @Test
    void anAnswerNamesAGapThatIsOverWhereItReachesThere() {
        // Given
        database.store(Entries.insert("id", "1").table("gaps", "over").at(50).entry());
        gap("gaps.over", GapCause.NOT_CAPTURED, 10, 20);
        gap("gaps.other", GapCause.NO_KEY, 10, null);

        // When
        String entries = "/api/v1/entries?table=gaps.over";
        String history = "/api/v1/entities/gaps.over/1/history";

        // Then
        assertThat(causes(api.json(entries))).containsExactly("not-captured");
        assertThat(causes(api.json(history))).containsExactly("not-captured");
        assertThat(causes(api.json(entries + "&from=2026-11-22T09:30:20Z"))).isEmpty();
        assertThat(causes(api.json(history + "?to=2026-11-22T09:30:10Z"))).isEmpty();
        // What of the row is not known behind it, the state says itself.
        assertThat(causes(api.json("/api/v1/entities/gaps.over/1/state"))).isEmpty();
    }

    private static String gaps(String columns, String values) {
        return "insert into audit.gap (id, stage, cause, reason, %s) select gen_random_uuid(), 'source', %s"
                .formatted(columns, values);
    }

    @Test
    void theGapsOfATableAreNamedAmongAnyNumberOfOthers() {
        // Given
        AuditDatabase many = AuditDatabase.create();
        many.store(Entries.insert("id", "1").table("gaps", "late").at(50).entry());
        String columns = "found_at, source, table_name, from_time, to_time";
        many.execute(
                gaps(
                        columns,
                        "'unlogged', 'So it is.', '2026-11-21', 'shop', 'gaps.late', '2026-11-22', null"));
        many.execute(
                gaps(
                        columns,
                        "'expired', 'So it is.', '2026-11-21', null, null, '2026-11-20', '2026-11-21'"));
        many.execute(
                gaps(
                        columns,
                        "'no-key', 'So it is.', now(), 'shop', 'gaps.t' || n, '2026-11-22', null"
                                + " from generate_series(1, 5000) as n"));
        many.execute(
                gaps(
                        columns,
                        "'slot-lost', 'So it is.', now(), 'vault' || n, null, '2026-11-22', null"
                                + " from generate_series(1, 30) as n"));
        many.execute(
                gaps(
                        columns,
                        "'not-captured', 'So it is.', now(), 'vault', 'gaps.late', '2026-11-22', null"));
        String key = "a key that sees gaps.late";
        AccessTest.key(many, key, "{read,export}", "{gaps.l*}", null);

        try (ApiFixture alone = ApiFixture.start(many)) {
            // When
            String state = "/api/v1/entities/gaps.late/1/state?source=shop";
            String search = "/api/v1/entries?source=shop&table=gaps.late";

            // Then
            assertThat(causes(alone.json(state))).containsExactly("unlogged");
            assertThat(causes(alone.json(search))).containsExactly("unlogged", "expired");
            assertThat(causes(alone.json("/api/v1/entries"))).hasSize(20).doesNotContain("expired");
            assertThat(causes(alone.json("/api/v1/entries?-table=gaps.late&-source=shop")))
                    .hasSize(20)
                    .containsOnly("slot-lost");
            // Who sees the table alone is told nothing of what concerns others.
            for (String path :
                    List.of("/api/v1/entries", "/api/v1/entities/gaps.late/1/history", search)) {
                assertThat(causes(asked(alone, key, path)))
                        .as(path)
                        .containsExactly("unlogged", "expired");
            }
            assertThat(causes(asked(alone, key, state))).containsExactly("unlogged");
        }
    }

    private static JsonNode asked(ApiFixture api, String key, String path) {
        return JSON.readTree(api.send(api.request(path).header("X-API-Key", key).build()).body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"state", "state?source=shop", "diff?from=2026-11-22T09:30:00Z"})
    void aGapThatEndsWhileARowIsReadIsNamedAsOpen(String answer) throws Exception {
        // Given a row whose entries cannot be read yet
        AuditDatabase busy = AuditDatabase.create();
        busy.store(Entries.insert("id", "1").table("gaps", "t").at(50).entry());
        String open =
                "insert into audit.gap (id, found_at, source, table_name, from_time, to_time, stage, cause,"
                        + " reason) values ('00000000-0000-4000-8000-000000000001', now(), 'shop',"
                        + " 'gaps.t', '2026-11-22', %s, 'source', 'not-captured', 'So it is.')";
        busy.execute(open.formatted("null"));
        try (ApiFixture alone = ApiFixture.start(busy);
                Connection holder = busy.owner().getConnection();
                Statement statement = holder.createStatement()) {
            alone.json("/api/v1/entities/gaps.t/1/" + answer);
            holder.setAutoCommit(false);
            statement.execute("lock table audit.entry in access exclusive mode");

            // When
            CompletableFuture<JsonNode> answered =
                    CompletableFuture.supplyAsync(
                            () -> alone.json("/api/v1/entities/gaps.t/1/" + answer));
            while (!waits(busy)) {
                assertThat(answered).isNotDone();
                Thread.sleep(10);
            }
            busy.execute(open.formatted("'2026-11-22T09:30:20Z'"));
            holder.rollback();

            // Then
            assertThat(causes(answered.get(30, TimeUnit.SECONDS))).containsExactly("not-captured");
            assertThat(causes(alone.json("/api/v1/entities/gaps.t/1/" + answer))).isEmpty();
            assertThat(causes(alone.json("/api/v1/entries"))).containsExactly("not-captured");
        }
    }

    private static boolean waits(AuditDatabase database) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select exists (select from pg_stat_activity where wait_event_type = 'Lock'"
                                        + " and datname = current_database() and query like"
                                        + " '%left(old_entity_key%')")) {
            return row.next() && row.getBoolean(1);
        }
    }
}
