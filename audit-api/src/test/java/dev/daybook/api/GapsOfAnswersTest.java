package dev.daybook.api;

import static dev.daybook.domain.history.Entries.START;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.GapCause;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import tools.jackson.databind.JsonNode;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** An answer about what a gap concerns names the gap beside up to when the log is complete. */
class GapsOfAnswersTest {

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
}
