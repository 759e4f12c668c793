package dev.daybook.api;

import static dev.daybook.domain.history.Entries.START;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

class ColumnTypesTest {

    private static final String ROW = "/api/v1/entities/types.item/1";
    private static final String FIRST =
            "/api/v1/tables/types.item/columns?source=shop&at=2026-11-22T09:30:00.000000Z";
    private static final String SECOND =
            "/api/v1/tables/types.item/columns?source=shop&at=2026-11-22T09:30:10.000000Z";

    private final ApiFixture api = ApiFixture.shared();
    private static AuditEntry insert;

    /** A table whose column "doc" is text first, and jsonb after ten seconds. */
    @BeforeAll
    static void storeATableOfManyTypes() {
        AuditDatabase database = ApiFixture.sharedDatabase();
        database.store(change("create-table", 0, "\"oid\":7,\"table-def\":" + definition("text")));
        insert = row(Entries.insert(), "{1,NULL}", 1);
        database.store(insert);
        database.store(
                change(
                        "alter-table",
                        10,
                        "\"oid\":7,\"rewritten\":[\"doc\"],\"was\":"
                                + definition("text")
                                + ",\"table-def\":"
                                + definition("jsonb")));
        database.store(row(Entries.update(), "{2}", 20));
    }

    private static AuditEntry change(String word, long at, String control) {
        return Entries.tableChange(word, "{" + control + "}").table("types", "item").at(at).entry();
    }

    private static String definition(String docType) {
        String[][] columns = {
            {"id", "bigint"},
            {"doc", docType},
            {"list", "integer[]"},
            {"plain", "timestamp without time zone"},
            {"zoned", "timestamp with time zone"},
            {"bytes", "bytea"},
            {"amount", "numeric(30,10)"}
        };
        StringBuilder json = new StringBuilder("{\"columns\":{");
        for (int i = 0; i < columns.length; i++) {
            json.append(i == 0 ? "" : ",")
                    .append(
                            "\"%s\":{\"number\":%d,\"postgres-type\":\"%s\"}"
                                    .formatted(columns[i][0], i + 1, columns[i][1]));
        }
        return json.append("},\"primary-key\":[\"id\"]}").toString();
    }

    private static AuditEntry row(Entries entry, String list, long at) {
        return entry.table("types", "item")
                .at(at)
                .after(
                        "id",
                        "1",
                        "doc",
                        "\"{\\\"a\\\": 1.0}\"",
                        "list",
                        "\"" + list + "\"",
                        "plain",
                        "\"2026-11-25T10:00:00Z\"",
                        "zoned",
                        "\"2026-11-25T10:00:00Z\"",
                        "bytes",
                        "\"0xDEADBEEF\"",
                        "amount",
                        "12345678901234567890.1000000000")
                .entry();
    }

    @Test
    void valuesHaveTheShapeOfTheTypeThatTheirColumnHadAndTheAnswerRefersToIt() {
        // When
        JsonNode state = api.json(ROW + "/state");

        // Then
        assertThat(state.at("/row").toString())
                .isEqualTo(
                        "{\"id\":1,\"doc\":{\"a\":1.0},\"list\":[2],\"plain\":\"2026-11-25T10:00:00\","
                                + "\"zoned\":\"2026-11-25T10:00:00Z\",\"bytes\":\"0xDEADBEEF\","
                                + "\"amount\":12345678901234567890.1000000000}");
        assertThat(state.at("/types").asString()).isEqualTo(SECOND);
    }

    @Test
    void anEntryIsOfTheTypesThatHeldWhenItCommitted() {
        // When
        JsonNode history = api.json(ROW + "/history").at("/data");

        // Then
        assertThat(history.at("/0/after/doc").isObject()).isTrue();
        assertThat(history.at("/0/types").asString()).isEqualTo(SECOND);
        assertThat(history.at("/1/operation").asString()).isEqualTo("table-change");
        assertThat(history.at("/1/types").isNull()).isTrue();
        assertThat(history.at("/2/after/doc").asString()).isEqualTo("{\"a\": 1.0}");
        assertThat(history.at("/2/after/list").toString()).isEqualTo("[1,null]");
        assertThat(history.at("/2/types").asString()).isEqualTo(FIRST);
    }

    @Test
    void everyAnswerWithRowsGivesTheSameValues() {
        // Given
        JsonNode entry = api.json("/api/v1/entries/" + insert.id());
        Long transaction = insert.transactionId();

        // Then
        assertThat(entry.at("/after/list").toString()).isEqualTo("[1,null]");
        assertThat(
                        api.json(
                                        "/api/v1/entries?table=types.item&operation=insert&transaction="
                                                + transaction)
                                .at("/data/0"))
                .isEqualTo(entry);
        assertThat(api.json("/api/v1/transactions/shop/" + transaction).at("/data/0"))
                .isEqualTo(entry);
        String exported =
                api.get("/api/v1/entries/export?table=types.item&operation=insert").body();
        assertThat(ApiFixture.parse(exported.lines().findFirst().orElseThrow())).isEqualTo(entry);
        assertThat(api.get("/api/v1/entries/export?table=types.item&format=csv").body())
                .contains(",list,,\"[1,null]\",absent,");
        assertThat(api.json(ROW + "/diff?from=2026-11-22T09:30:02Z").at("/changes/0").toString())
                .contains("\"field\":\"list\",\"from\":[1,null],\"to\":[2],");
    }

    @Test
    void theColumnsOfATableAreSaidAsTheyWereAtAnInstant() {
        // When
        JsonNode now = api.json("/api/v1/tables/types.item/columns");

        // Then
        assertThat(now.at("/since").asString()).isEqualTo("2026-11-22T09:30:10.000000Z");
        assertThat(now.at("/key").toString()).isEqualTo("[\"id\"]");
        assertThat(now.at("/columns/1").toString())
                .isEqualTo("{\"name\":\"doc\",\"type\":\"jsonb\"}");
        assertThat(api.json(SECOND)).isEqualTo(now);
        assertThat(api.json(FIRST).at("/columns/1/type").asString()).isEqualTo("text");
        api.problem("/api/v1/tables/types.nosuch/columns", 404, "unknown-table");
        api.problem("/api/v1/tables/types.item/columns?source=nosuch", 404, "unknown-source");
    }

    @Test
    void aTableThatNothingDefinesHasTheColumnsOfItsEntriesWithoutTypes() {
        // Given
        ApiFixture.sharedDatabase()
                .store(Entries.insert("id", "1").table("types", "bare").at(START).entry());

        // Then
        assertThat(api.json("/api/v1/entities/types.bare/1/state").at("/types").isNull()).isTrue();
        assertThat(api.json("/api/v1/tables/types.bare/columns?source=shop").toString())
                .isEqualTo(
                        "{\"source\":\"shop\",\"table\":\"types.bare\",\"since\":null,\"key\":null,"
                                + "\"columns\":[{\"name\":\"id\",\"type\":null}]}");
    }

    @Test
    void aDefinitionThatComesAfterTheRowsOfASnapshotIsTheirsToo() {
        // Given
        AuditDatabase database = ApiFixture.sharedDatabase();
        database.store(
                Entries.snapshot("id", "1", "doc", "\"{}\"").table("types", "still").entry());
        database.store(
                Entries.tableChange(
                                "define-table",
                                "{\"oid\":8,\"table-def\":" + definition("jsonb") + "}")
                        .table("types", "still")
                        .at(5)
                        .entry());

        // When
        JsonNode history = api.json("/api/v1/entities/types.still/1/history").at("/data");

        // Then
        assertThat(history.size()).isEqualTo(1);
        assertThat(history.at("/0/after/doc").isObject()).isTrue();
        assertThat(api.json(history.at("/0/types").asString()).at("/columns/1/type").asString())
                .isEqualTo("jsonb");
    }

    @Test
    void numbersAsStringsReachIntoDocumentsAndArrays() {
        // When
        JsonNode row = api.json(ROW + "/state?numbers=string").at("/row");

        // Then
        assertThat(row.at("/doc").toString()).isEqualTo("{\"a\":\"1.0\"}");
        assertThat(row.at("/list").toString()).isEqualTo("[\"2\"]");
        assertThat(row.at("/amount").asString()).isEqualTo("12345678901234567890.1000000000");
    }
}
