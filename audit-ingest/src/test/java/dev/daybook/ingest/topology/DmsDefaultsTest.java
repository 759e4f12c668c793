package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.topology.TopologyFixture.Out;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What becomes of records under the settings that DMS has by default: nothing says the key. */
class DmsDefaultsTest {

    private static final TableName PARCELS = new TableName("public", "parcels");

    private static final List<String> RECORDS =
            List.of(
                    control("drop-table", ""),
                    control("create-table", ""),
                    data("load", "{\"id\":1,\"status\":\"new\"}", ""),
                    data("insert", "{\"id\":2,\"status\":\"new\"}", ""),
                    data("update", "{\"id\":2,\"status\":\"sent\"}", ""),
                    data("delete", "{\"id\":2}", ""),
                    data(
                            "update",
                            "{\"id\":3,\"status\":\"sent\"}",
                            "\"before-image\":{\"id\":1},"));

    private static final String DEFINITION =
            control(
                    "create-table",
                    "\"control\":{\"table-def\":{\"columns\":{\"id\":{\"type\":\"INT32\"}},\"primary-key\":[\"id\"]}},");

    private static String control(String operation, String more) {
        return "{%s\"metadata\":{\"timestamp\":\"2026-03-01T08:00:00.100000Z\",\"record-type\":\"control\",\"operation\":\"%s\",\"partition-key-type\":\"task-id\",\"schema-name\":\"public\",\"table-name\":\"parcels\"}}"
                .formatted(more, operation);
    }

    private static String data(String operation, String data, String before) {
        return "{\"data\":%s,%s\"metadata\":{\"timestamp\":\"2026-03-01T08:00:01.100000Z\",\"record-type\":\"data\",\"operation\":\"%s\",\"partition-key-type\":\"schema-table\",\"schema-name\":\"public\",\"table-name\":\"parcels\",\"transaction-id\":743}}"
                .formatted(data, before, operation);
    }

    private static List<JsonNode> gaps(TopologyFixture ingest) {
        return ingest.read("entries").stream()
                .filter(out -> "gap".equals(out.headers.get("daybook.kind")))
                .map(out -> out.value)
                .toList();
    }

    private static List<JsonNode> entries(TopologyFixture ingest) {
        return ingest.read("entries").stream()
                .map((Out out) -> out.value)
                .filter(entry -> !entry.get("operation").asString().equals("table-change"))
                .toList();
    }

    @Test
    void withoutAKeyEveryChangeIsKeptWithItsOldRowAndNoKeyIsGuessed() {
        try (TopologyFixture ingest = new TopologyFixture()) {
            RECORDS.forEach(ingest::send);
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));

            List<JsonNode> entries = entries(ingest);
            assertThat(entries).hasSize(5).allMatch(entry -> entry.get("entity_key").isNull());
            assertThat(entries.get(3).get("before").toString()).isEqualTo("{\"id\":2}");
            assertThat(entries.get(4).get("before").toString()).isEqualTo("{\"id\":1}");
        }
    }

    @Test
    void aConfiguredKeyIsThatOfEveryChangeAndTheFormerOneToo() {
        try (TopologyFixture ingest = new TopologyFixture(Map.of(PARCELS, List.of("id")))) {
            RECORDS.forEach(ingest::send);

            List<JsonNode> entries = entries(ingest);
            assertThat(entries)
                    .extracting(entry -> entry.get("entity_key").asString())
                    .containsExactly("1", "2", "2", "2", "3");
            assertThat(entries.get(4).get("old_entity_key").asString()).isEqualTo("1");
        }
    }

    @Test
    void aDefinitionThatComesAfterTheWaitGivesLaterChangesTheirKey() {
        try (TopologyFixture ingest = new TopologyFixture()) {
            ingest.send(RECORDS.get(3));
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));
            ingest.send(DEFINITION);
            ingest.send(RECORDS.get(4));

            assertThat(entries(ingest))
                    .extracting(entry -> entry.get("entity_key").toString())
                    .containsExactly("null", "\"2\"");
            assertThat(
                            ingest.meters
                                    .counter(
                                            "daybook.ingest.keyless",
                                            "source",
                                            "shop",
                                            "reason",
                                            "definition-unknown")
                                    .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void aDefinitionThatComesAfterTheWaitSaysWhichChangesAreInNoRowsHistory() {
        try (TopologyFixture ingest = new TopologyFixture()) {
            ingest.send(RECORDS.get(2));
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));
            ingest.send(RECORDS.get(3).replace("08:00:01.100000", "08:00:07.100000"));
            assertThat(gaps(ingest)).isEmpty();

            ingest.send(DEFINITION);
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));
            ingest.send(RECORDS.get(4));
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(20));

            JsonNode gap = gaps(ingest).getFirst();
            assertThat(gap.get("cause").asString()).isEqualTo("key-late");
            assertThat(gap.get("stage").asString()).isEqualTo("ingest");
            assertThat(gap.get("table_name").asString()).isEqualTo("public.parcels");
            assertThat(gap.get("from_time").asString()).isEqualTo("2026-03-01T08:00:01.099999Z");
            assertThat(gap.get("to_time").asString()).isEqualTo("2026-03-01T08:00:07.100001Z");
            assertThat(gaps(ingest)).as("it is said once").isEmpty();
        }
    }

    @Test
    void aTableThatTurnsOutToHaveNoKeyHasNothingLate() {
        try (TopologyFixture ingest = new TopologyFixture()) {
            ingest.send(RECORDS.get(2));
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));
            ingest.send(DEFINITION.replace("[\"id\"]", "[]"));
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(2));

            assertThat(gaps(ingest)).isEmpty();
        }
    }

    @Test
    void theDdlThatDmsNotesIsKeptWithWhoRanItAndWhatItWas() {
        try (TopologyFixture ingest = new TopologyFixture()) {
            String row =
                    "{\"c_key\":1,\"c_user\":\"app\",\"c_tag\":\"ALTER TABLE\",\"c_name\":\"parcels\",\"c_schema\":\"public\",\"c_ddlqry\":\"alter table parcels drop column weight\"}";
            ingest.send(
                    data("insert", row, "")
                            .replace(
                                    "\"parcels\",\"transaction",
                                    "\"awsdms_ddl_audit\",\"transaction"));
            ingest.send(
                    data("delete", "{\"c_key\":1}", "")
                            .replace("\"parcels\"", "\"awsdms_ddl_audit\""));

            JsonNode entry = entries(ingest).getFirst();
            assertThat(entry.get("table_name").asString()).isEqualTo("public.awsdms_ddl_audit");
            assertThat(entry.get("entity_key").asString()).isEqualTo("1");
            assertThat(entry.get("after").toString()).isEqualTo(row);
            assertThat(entries(ingest)).isEmpty();
        }
    }
}
