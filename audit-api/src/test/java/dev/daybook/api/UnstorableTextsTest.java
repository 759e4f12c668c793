package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Entries;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON may say what PostgreSQL's text cannot hold; one such value takes nothing from anybody. */
class UnstorableTextsTest {

    private final AuditDatabase database = ApiFixture.sharedDatabase();
    private final ApiFixture api = ApiFixture.shared();

    @ParameterizedTest
    @ValueSource(strings = {"u0000", "ud800", "udc00x"})
    void aValueThatTextCannotHoldIsShownAndHindersNoQuestion(String escape) {
        // Given
        String table = "bins_" + escape;
        database.store(
                Entries.insert("id", "1", "status", "\"a\\" + escape + "b\"")
                        .table(table, "t")
                        .at(0)
                        .entry());
        database.store(
                Entries.update("id", "1", "status", "\"plain\"").table(table, "t").at(1).entry());

        // Then
        for (String question :
                new String[] {
                    "/api/v1/entries?table=" + table + ".t&field=status",
                    "/api/v1/entries?table=" + table + ".t&field=nosuch",
                    "/api/v1/entries?field=status&limit=1",
                    "/api/v1/entities/" + table + ".t/1/history?field=status",
                    "/api/v1/entities/" + table + ".t/1/history",
                    "/api/v1/entities/" + table + ".t/1/state",
                    "/api/v1/entities/" + table + ".t/1/diff?from=2020-01-01T00:00:00Z",
                    "/api/v1/coverage"
                }) {
            assertThat(api.get(question).statusCode())
                    .as(question)
                    .isEqualTo(question.endsWith("nosuch") ? 404 : 200);
        }
        assertThat(
                        api.json("/api/v1/entities/" + table + ".t/1/history")
                                .at("/data/1/after")
                                .toString())
                .isNotEmpty();
    }
}
