package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.ingest.topology.TopologyFixture.Out;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.List;

/**
 * What becomes of a table is an entry of its own history, and says what is known of it from then.
 */
class TableChangesTest {

    private TopologyFixture ingest;

    @BeforeEach
    void start() {
        ingest = new TopologyFixture();
    }

    @AfterEach
    void stop() {
        ingest.close();
    }

    private static String control(String operation, String control, int second) {
        return "{%s\"metadata\":{\"timestamp\":\"2026-03-01T08:00:%02d.000000Z\",\"record-type\":\"control\",\"operation\":\"%s\",\"partition-key-type\":\"task-id\",\"partition-key-value\":\"T\",\"schema-name\":\"public\",\"table-name\":\"crates\"}}"
                .formatted(
                        control == null ? "" : "\"control\":" + control + ",", second, operation);
    }

    private static String definition(String... columns) {
        StringBuilder text = new StringBuilder("{\"table-def\":{\"columns\":{");
        for (String column : columns) {
            text.append('"').append(column).append("\":{\"type\":\"INT32\",\"nullable\":true},");
        }
        text.setLength(text.length() - 1);
        return text.append("},\"primary-key\":[\"id\"]}}").toString();
    }

    private static String update(String data, int second) {
        return "{\"data\":%s,\"metadata\":{\"timestamp\":\"2026-03-01T08:00:01Z\",\"record-type\":\"data\",\"operation\":\"update\",\"partition-key-type\":\"schema-table\",\"schema-name\":\"public\",\"table-name\":\"crates\",\"transaction-id\":7,\"transaction-record-id\":1,\"commit-timestamp\":\"2026-03-01T08:00:%02d.000000Z\",\"stream-position\":\"0/%d.1.0/1\"}}"
                .formatted(data, second, second);
    }

    private List<JsonNode> entries() {
        return ingest.read("entries").stream().map(out -> out.value).toList();
    }

    @Test
    void eachControlRecordIsAnEntryOfItsTableWithItsBodyAsItCame() {
        ingest.send(control("create-table", definition("id", "weight"), 0));
        ingest.send(control("add-column", null, 1));
        ingest.send(control("column-type-change", "{\"column-def\" : {\"name\":\"weight\"}}", 2));
        ingest.send(control("change-columns", "[]", 3));
        ingest.send(control("drop-table", "{}", 4));
        ingest.send(control("refresh-table", null, 5));

        List<Out> outs = ingest.read("entries");
        assertThat(outs)
                .allSatisfy(
                        out -> {
                            assertThat(out.key).isEqualTo("shop\u001Fpublic.crates");
                            assertThat(out.value.get("operation").asString())
                                    .isEqualTo("table-change");
                            assertThat(out.value.get("entity_key").isNull()).isTrue();
                            assertThat(out.value.get("unknown_columns").isNull()).isTrue();
                        })
                .extracting(
                        out ->
                                out.value.get("after").get("change").asString()
                                        + " "
                                        + out.value.get("after").get("control"))
                .containsExactly(
                        "create-table " + definition("id", "weight"),
                        "add-column null",
                        "column-type-change {\"column-def\":{\"name\":\"weight\"}}",
                        "change-columns []",
                        "drop-table {}",
                        "refresh-table null");
        assertThat(outs.get(1).value.get("committed_at").asString())
                .isEqualTo("2026-03-01T08:00:01.000000Z");
    }

    @Test
    void aColumnThatWasDroppedIsNotUnknownForEver() {
        ingest.send(control("create-table", definition("id", "status", "weight"), 0));
        ingest.send(control("drop-column", null, 3));
        ingest.send(update("{\"id\":50,\"status\":1}", 4));

        JsonNode entry = entries().get(2);
        assertThat(entry.get("entity_key").asString()).isEqualTo("50");
        assertThat(entry.get("unknown_columns").isNull()).isTrue();
    }

    @Test
    void aDefinitionInAnyControlRecordCountsFromThenOn() {
        ingest.send(control("create-table", definition("id", "status", "weight"), 0));
        ingest.send(control("add-column", null, 2));
        ingest.send(control("rename-column", definition("id", "state", "weight"), 3));
        ingest.send(update("{\"id\":53,\"state\":1,\"weight\":1}", 4));
        ingest.send(update("{\"id\":53,\"state\":1}", 5));

        List<JsonNode> entries = entries();
        assertThat(entries.get(3).get("unknown_columns").isNull()).isTrue();
        assertThat(entries.get(3).get("entity_key").asString()).isEqualTo("53");
        assertThat(entries.get(4).get("unknown_columns").toString()).isEqualTo("[\"weight\"]");
    }

    /** A null of a column that may be stored out of line still proves nothing. */
    @Test
    void whatIsKnownOfAColumnsTypeIsKeptUntilTheNextDefinition() {
        ingest.send(
                control(
                        "create-table",
                        "{\"table-def\":{\"columns\":{\"id\":{\"type\":\"INT32\"},\"doc\":{\"type\":\"NCLOB\"}},"
                                + "\"primary-key\":[\"id\"]}}",
                        0));
        ingest.send(control("add-column", null, 2));
        ingest.send(update("{\"id\":1,\"doc\":null,\"more\":null}", 4));

        assertThat(entries().get(2).get("after").toString()).isEqualTo("{\"id\":1,\"more\":null}");
    }

    @Test
    void aRowOfTheSourcesTableOfChangesIsAnEntryOfTheTableThatItNames() {
        String control =
                "{\\\"oid\\\" : 7, \\\"table-def\\\" : {\\\"columns\\\" : { \\\"id\\\" : {\\\"number\\\":1,"
                        + "\\\"postgres-type\\\":\\\"integer\\\"}}, \\\"primary-key\\\" : [\\\"id\\\"]}}";
        String row =
                "{\"data\":{\"operation\":\"create-table\",\"schema_name\":\"public\",\"table_name\":\"crates\","
                        + "\"control\":\""
                        + control
                        + "\"},\"metadata\":{\"timestamp\":\"2026-03-01T08:00:00Z\",\"record-type\":\"data\","
                        + "\"operation\":\"insert\",\"partition-key-type\":\"schema-table\",\"schema-name\":\"daybook\","
                        + "\"table-name\":\"table_change\",\"transaction-id\":9,\"transaction-record-id\":3,"
                        + "\"commit-timestamp\":\"2026-03-01T08:00:02.000000Z\",\"stream-position\":\"0/5.3.0/4\"}}";
        ingest.send(row);
        ingest.send(row);
        ingest.send(row.replace("\"operation\":\"insert\"", "\"operation\":\"delete\""));
        ingest.send(update("{\"id\":4}", 3));

        List<JsonNode> entries = entries();
        assertThat(entries).hasSize(3);
        assertThat(entries.get(0)).isEqualTo(entries.get(1));
        assertThat(entries.get(0).get("table_name").asString()).isEqualTo("public.crates");
        assertThat(entries.get(0).get("transaction_id").asLong()).isEqualTo(9);
        assertThat(entries.get(0).get("sequence").asLong()).isEqualTo(3);
        assertThat(entries.get(0).get("after").get("control").get("oid").asInt()).isEqualTo(7);
        assertThat(entries.get(2).get("entity_key").asString()).isEqualTo("4");
    }

    @Test
    void aRowOfTheTableOfChangesThatNamesNoTableIsRejected() {
        for (String data :
                List.of(
                        "{}",
                        "{\"operation\":\"x\",\"schema_name\":\"a\",\"table_name\":\"\",\"control\":\"{}\"}",
                        "{\"operation\":\"x\",\"schema_name\":\"a\",\"table_name\":\"t\",\"control\":null}",
                        "{\"operation\":\"x\",\"schema_name\":\"a\",\"table_name\":\"t\",\"control\":\"{} x\"}")) {
            ingest.send(
                    "{\"data\":"
                            + data
                            + ",\"metadata\":{\"timestamp\":\"2026-03-01T08:00:00Z\",\"record-type\":\"data\","
                            + "\"operation\":\"insert\",\"schema-name\":\"daybook\",\"table-name\":\"table_change\"}}");
        }

        assertThat(ingest.read("rejected")).hasSize(4);
        assertThat(ingest.read("entries")).isEmpty();
    }
}
