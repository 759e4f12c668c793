package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.TableName;
import dev.daybook.ingest.topology.TopologyFixture.Out;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;

class IngestTopologyTest {

    private static final Map<String, String> KEYED = Map.of("daybook.key", "[\"id\"]");

    private final TopologyFixture ingest = new TopologyFixture();

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void anUpdateBecomesAnEntryOfItsRow() {
        ingest.send(
                """
                {"data":{"id":42,"status":"paid","total":10.50},"before-image":{"id":42,"status":"new","total":10.50},
                "metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data","operation":"update",
                "partition-key-type":"primary-key","partition-key-value":"public.orders.42","schema-name":"public",
                "table-name":"orders","transaction-id":7431,"transaction-record-id":2,
                "commit-timestamp":"2026-11-22T09:30:00.120001Z",
                "stream-position":"00000000/0A1B2C3D.2.00000000/0A1B2C30"}}\
                """,
                Map.of("daybook.key", "[\"id\"]", "daybook.unchanged", "[\"note\"]"));

        // The id was computed from the recipe in contracts.md, by other means than EntryId.
        List<Out> entries = ingest.read("entries");
        assertThat(entries).hasSize(1);
        assertThat(entries.getFirst().key).isEqualTo("shop\u001Fpublic.orders\u001F42");
        assertThat(entries.getFirst().headers).isEmpty();
        assertThat(entries.getFirst().value)
                .isEqualTo(
                        TopologyFixture.JSON.readTree(
                                """
                                {"id":"01a20297-4e38-8001-a9f4-dca8a8f7abb9","committed_at":"2026-11-22T09:30:00.120001Z","source":"shop",
                                "table_name":"public.orders","entity_key":"42","old_entity_key":null,"operation":"update",
                                "transaction_id":7431,"sequence":2,"position":"00000000/0A1B2C3D.2.00000000/0A1B2C30",
                                "before":{"id":42,"status":"new","total":10.50},"after":{"id":42,"status":"paid","total":10.50},
                                "unknown_columns":["note"],"actor":null}\
                                """));
    }

    @Test
    void aCommitTimeThatWasRaisedHasTheSourcesOwnBesideItAndNoOtherId() {
        String change =
                """
                {"data":{"id":42},"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
                "operation":"insert","schema-name":"public","table-name":"orders","transaction-id":7431,
                "transaction-record-id":2,"commit-timestamp":"2026-11-22T09:30:00.120001Z",%s
                "stream-position":"00000000/0A1B2C3D.2.00000000/0A1B2C30"}}\
                """;
        ingest.send(change.formatted(""), KEYED);
        ingest.send(
                change.formatted("\"source-commit-timestamp\":\"2026-11-22T08:30:00.000007Z\","),
                KEYED);

        List<Out> entries = ingest.read("entries");
        assertThat(entries.get(0).value.has("source_committed_at")).isFalse();
        assertThat(entries.get(1).value.get("source_committed_at").asString())
                .isEqualTo("2026-11-22T08:30:00.000007Z");
        assertThat(entries.get(1).value.get("id")).isEqualTo(entries.get(0).value.get("id"));
        assertThat(entries.get(1).value.get("committed_at"))
                .isEqualTo(entries.get(0).value.get("committed_at"));
    }

    @Test
    void aDeleteKeepsWhatWasKnownOfTheRow() {
        ingest.send(data("delete", "orders", "{\"id\":42,\"note\":null}", ""), KEYED);

        Out entry = ingest.read("entries").getFirst();
        assertThat(entry.value.get("operation").asString()).isEqualTo("delete");
        assertThat(entry.value.get("entity_key").asString()).isEqualTo("42");
        assertThat(entry.value.get("before").toString()).isEqualTo("{\"id\":42,\"note\":null}");
        assertThat(entry.value.get("after").isNull()).isTrue();
    }

    @Test
    void aChangedKeyIsFoundUnderBoth() {
        ingest.send(
                data("update", "orders", "{\"id\":45}", ",\"before-image\":{\"id\":46}"), KEYED);

        Out entry = ingest.read("entries").getFirst();
        assertThat(entry.value.get("entity_key").asString()).isEqualTo("45");
        assertThat(entry.value.get("old_entity_key").asString()).isEqualTo("46");
    }

    @Test
    void theSameChangeHasTheSameIdAtAnotherOffset() {
        String change = data("insert", "orders", "{\"id\":1}", "");
        ingest.send(change, KEYED);
        ingest.send(change, KEYED);

        List<Out> entries = ingest.read("entries");
        assertThat(entries.get(0).value).isEqualTo(entries.get(1).value);
    }

    @Test
    void aTruncationIsAnEntryOfItsTable() {
        ingest.send(
                """
                {"control":{},"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"control",
                "operation":"truncate","partition-key-type":"task-id","partition-key-value":"shop",
                "schema-name":"public","table-name":"orders","transaction-id":7431,"transaction-record-id":3,
                "commit-timestamp":"2026-11-22T09:30:00.120001Z","stream-position":"0/1.3.0/1"}}\
                """);

        Out entry = ingest.read("entries").getFirst();
        assertThat(entry.key).isEqualTo("shop\u001Fpublic.orders");
        assertThat(entry.value.get("operation").asString()).isEqualTo("truncate");
        assertThat(entry.value.get("entity_key").isNull()).isTrue();
        assertThat(entry.value.get("transaction_id").asLong()).isEqualTo(7431);
    }

    @Test
    void aContextRowIsATransaction() {
        ingest.send(
                data(
                                "insert",
                                "transaction_context",
                                "{\"actor\":\"anna\",\"reason\":null,\"request_id\":\"r-1\","
                                        + "\"attributes\":\"{\\\"ip\\\": \\\"::1\\\"}\",\"login_role\":\"eve\"}",
                                "")
                        .replace("\"schema-name\":\"public\"", "\"schema-name\":\"daybook\""));
        ingest.send(
                data("delete", "transaction_context", "{\"actor\":\"anna\"}", "")
                        .replace("\"schema-name\":\"public\"", "\"schema-name\":\"daybook\""));

        List<Out> transactions = ingest.read("transactions");
        assertThat(transactions).hasSize(1);
        assertThat(transactions.getFirst().key).isEqualTo("shop\u001F7431");
        assertThat(transactions.getFirst().value.toString())
                .isEqualTo(
                        "{\"source\":\"shop\",\"transaction_id\":7431,"
                                + "\"committed_at\":\"2026-11-22T09:30:00.120001Z\",\"actor\":\"anna\",\"reason\":null,"
                                + "\"request_id\":\"r-1\",\"attributes\":{\"ip\":\"::1\"},\"login_role\":\"eve\"}");
        assertThat(ingest.read("entries")).isEmpty();
    }

    @Test
    void aGapOfTheSourceGoesToTheSinkBeforeTheWatermarksThatPassIt() {
        ingest.send(
                """
                {"control":{"gap-id":"0f2f4a31-8f0e-4b8e-9d3c-6f6a1f6a7c11",
                "found-at":"2026-11-22T09:30:03.000000Z","from-time":"2026-11-22T09:30:01.000000Z",
                "to-time":null,"from-position":"00000000/0A1B2C60","to-position":null,
                "cause":"not-published","reason":"The table was not published."},
                "metadata":{"timestamp":"2026-11-22T09:30:03.000000Z","record-type":"control",
                "operation":"gap","partition-key-type":"task-id","partition-key-value":"shop",
                "schema-name":"public","table-name":"orders"}}\
                """);

        Out gap = ingest.read("entries").getFirst();
        assertThat(gap.headers).containsEntry("daybook.kind", "gap");
        assertThat(gap.key).isEqualTo("shop\u001Fpublic.orders");
        assertThat(gap.value.toString())
                .isEqualTo(
                        "{\"id\":\"0f2f4a31-8f0e-4b8e-9d3c-6f6a1f6a7c11\",\"found_at\":"
                                + "\"2026-11-22T09:30:03.000000Z\",\"source\":\"shop\",\"stage\":"
                                + "\"source\",\"cause\":\"not-published\",\"reason\":\"The table was"
                                + " not published.\",\"table_name\":\"public.orders\",\"from_time\":"
                                + "\"2026-11-22T09:30:01.000000Z\",\"to_time\":null,"
                                + "\"from_position\":\"00000000/0A1B2C60\",\"to_position\":null}");
    }

    @Test
    void aGapWithoutACauseIsRejected() {
        ingest.send(
                """
                {"control":{"found-at":"2026-11-22T09:30:03.000000Z"},"metadata":{
                "record-type":"control","operation":"gap","schema-name":"","table-name":""}}\
                """);

        assertThat(ingest.read("rejected").getFirst().value.get("code").asString())
                .isEqualTo("bad-gap");
    }

    @Test
    void aHeartbeatIsAWatermarkBehindTheEntries() {
        ingest.send(data("insert", "orders", "{\"id\":1}", ""), KEYED);
        ingest.send(
                """
                {"control":{"complete-until":"2026-11-22T09:30:01.000000Z","position":"00000000/0A1B2C3D",
                "partition":0,"partitions":4},"metadata":{"timestamp":"2026-11-22T09:30:01.1Z",
                "record-type":"control","operation":"heartbeat","partition-key-type":"task-id",
                "partition-key-value":"shop","schema-name":"","table-name":""}}\
                """);

        Out watermark = ingest.read("entries").get(1);
        assertThat(watermark.headers).containsEntry("daybook.kind", "watermark");
        assertThat(watermark.value.toString())
                .isEqualTo(
                        "{\"source\":\"shop\",\"changes_partition\":0,\"changes_partitions\":4,"
                                + "\"complete_until\":\"2026-11-22T09:30:01.000000Z\",\"position\":\"00000000/0A1B2C3D\"}");
    }

    @Test
    void aDefinitionIsKeptAndGivesDmsChangesTheirKey() {
        ingest.send(
                """
                {"control":{"table-def":{"columns":{"id":{"type":"INT32","nullable":false},
                "note":{"type":"STRING","length":20,"nullable":true}},"primary-key":["id"]}},
                "metadata":{"timestamp":"2026-11-22T09:30:00Z","record-type":"control","operation":"create-table",
                "partition-key-type":"task-id","schema-name":"public","table-name":"orders"}}\
                """);
        ingest.send(data("update", "orders", "{\"id\":7}", ",\"before-image\":{}"));

        Out table = ingest.read("tables").getFirst();
        assertThat(table.key).isEqualTo("shop\u001Fpublic.orders");
        Out entry = ingest.read("entries").get(1);
        assertThat(entry.value.get("entity_key").asString()).isEqualTo("7");
        assertThat(entry.value.get("unknown_columns").toString()).isEqualTo("[\"note\"]");
        assertThat(entry.value.get("before").isNull()).isTrue();
    }

    @Test
    void whatIsNotJsonIsRejectedWithItsBytes() {
        ingest.send("{\"data\":");

        Out rejected = ingest.read("rejected").getFirst();
        assertThat(rejected.key).isEqualTo("ingest:changes.shop-0@0");
        assertThat(rejected.value.get("code").asString()).isEqualTo("not-json");
        assertThat(rejected.value.get("record_offset").asLong()).isZero();
        assertThat(Base64.getDecoder().decode(rejected.value.get("record_value").asString()))
                .isEqualTo("{\"data\":".getBytes(StandardCharsets.UTF_8));
        assertThat(
                        ingest.meters
                                .counter(
                                        "daybook.ingest.rejected",
                                        "source",
                                        "shop",
                                        "code",
                                        "not-json")
                                .count())
                .isEqualTo(1);
    }

    @Test
    void aDmsChangeWaitsForItsDefinition() {
        ingest.send(data("update", "orders", "{\"id\":7}", ""));
        ingest.send(HEARTBEAT);
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(5));
        assertThat(ingest.read("entries")).isEmpty();
        assertThat(parked()).isEqualTo(1);

        ingest.definedElsewhere();
        ingest.driver.advanceWallClockTime(Duration.ofMillis(100));

        List<Out> entries = ingest.read("entries");
        assertThat(entries.get(0).value.get("entity_key").asString()).isEqualTo("7");
        assertThat(entries.get(1).headers).containsEntry("daybook.kind", "watermark");
        assertThat(entries).hasSize(2);
        assertThat(parked()).isZero();
    }

    @Test
    void aDmsChangeWaitsOnlySoLongAndThoseAfterItNotAtAll() {
        ingest.send(data("update", "orders", "{\"id\":7}", ""));
        ingest.send(data("update", "orders", "{\"id\":8}", ""));
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));
        List<Out> entries = ingest.read("entries");
        assertThat(entries).hasSize(2);
        assertThat(entries.getFirst().key).isEqualTo("shop\u001Fpublic.orders");
        assertThat(entries.getFirst().value.get("entity_key").isNull()).isTrue();

        ingest.send(data("update", "orders", "{\"id\":9}", ""));
        assertThat(ingest.read("entries")).hasSize(1);
        ingest.definedElsewhere();
        ingest.send(data("update", "orders", "{\"id\":10}", ""));
        assertThat(ingest.read("entries").getFirst().value.get("entity_key").asString())
                .isEqualTo("10");
        assertThat(
                        ingest.meters
                                .counter(
                                        "daybook.ingest.keyless",
                                        "source",
                                        "shop",
                                        "reason",
                                        "definition-unknown")
                                .count())
                .isEqualTo(3);
    }

    @Test
    void theSameDmsChangeIsTheSameEntryBeforeAndAfterItsDefinition() {
        ingest.send(data("update", "orders", "{\"id\":7}", ""));
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));
        ingest.definedElsewhere();
        ingest.send(data("update", "orders", "{\"id\":7}", ""));

        List<Out> entries = ingest.read("entries");
        assertThat(entries.get(0).value.get("id")).isEqualTo(entries.get(1).value.get("id"));
    }

    @Test
    void aNullOfALobInADmsUpdateIsNotProven() {
        ingest.definedElsewhere();
        ingest.send(data("update", "orders", "{\"id\":7,\"note\":null,\"doc\":null}", ""));

        Out entry = ingest.read("entries").getFirst();
        assertThat(entry.value.get("after").toString()).isEqualTo("{\"id\":7,\"note\":null}");
        assertThat(entry.value.get("unknown_columns").toString()).isEqualTo("[\"doc\"]");
    }

    @Test
    void aNullInADmsDeleteIsAPlaceholder() {
        ingest.definedElsewhere();
        ingest.send(data("delete", "orders", "{\"id\":7,\"note\":null}", ""));

        Out entry = ingest.read("entries").getFirst();
        assertThat(entry.value.get("before").toString()).isEqualTo("{\"id\":7}");
        assertThat(entry.value.get("entity_key").asString()).isEqualTo("7");
    }

    @Test
    void aConfiguredKeyGoesBeforeAllElse() {
        try (TopologyFixture configured =
                new TopologyFixture(
                        Map.of(new TableName("public", "orders"), List.of("note", "id")))) {
            configured.send(data("insert", "orders", "{\"id\":7,\"note\":\"a\"}", ""));
            configured.send(data("insert", "orders", "{\"id\":7,\"note\":\"a\"}", ""), KEYED);

            assertThat(configured.read("entries"))
                    .extracting(entry -> entry.value.get("entity_key").asString())
                    .containsExactly("[\"a\",7]", "[\"a\",7]");
        }
    }

    @Test
    void aHeaderThatIsNoListOfColumnsIsRejected() {
        ingest.send(data("insert", "orders", "{\"id\":7}", ""), Map.of("daybook.key", "id"));

        assertThat(ingest.read("rejected").getFirst().value.get("code").asString())
                .isEqualTo("bad-header");
        assertThat(ingest.read("entries")).isEmpty();
    }

    @Test
    void aKeyThatPostgresCannotKeepIsRejected() {
        ingest.send(data("insert", "orders", "{\"id\":\"a\\u0000b\"}", ""), KEYED);

        assertThat(ingest.read("rejected").getFirst().value.get("code").asString())
                .isEqualTo("key-not-storable");
    }

    @Test
    void unnumberedRecordsAreIdentifiedByTheirPlace() {
        ingest.definedElsewhere();
        for (int i = 0; i < 2; i++) {
            ingest.send(
                    """
                    {"data":{"id":1},"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
                    "operation":"load","partition-key-type":"primary-key","schema-name":"public","table-name":"orders"}}\
                    """);
        }

        assertThat(ingest.read("entries"))
                .extracting(entry -> entry.value.get("id").asString())
                .doesNotHaveDuplicates()
                .hasSize(2);
    }

    private double parked() {
        return ingest.meters.get("daybook.ingest.parked").gauge().value();
    }

    private static final String HEARTBEAT =
            """
            {"control":{"complete-until":"2026-11-22T09:30:01.000000Z","position":"00000000/0A1B2C3D",
            "partition":0,"partitions":4},"metadata":{"timestamp":"2026-11-22T09:30:01.1Z",
            "record-type":"control","operation":"heartbeat","partition-key-type":"task-id",
            "partition-key-value":"shop","schema-name":"","table-name":""}}\
            """;

    private static String data(String operation, String table, String data, String more) {
        return """
        {"data":%s%s,"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
        "operation":"%s","partition-key-type":"primary-key","schema-name":"public","table-name":"%s",
        "transaction-id":7431,"transaction-record-id":2,"commit-timestamp":"2026-11-22T09:30:00.120001Z",
        "stream-position":"00000000/0A1B2C3D.2.00000000/0A1B2C30"}}\
        """
                .formatted(data, more, operation, table);
    }
}
