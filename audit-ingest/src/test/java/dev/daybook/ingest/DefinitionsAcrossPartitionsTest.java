package dev.daybook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Table definitions that reach a change through the topic of definitions: from another partition,
 * from before a restart, or later than the change. Records carry no headers of ours, as DMS's do.
 */
class DefinitionsAcrossPartitionsTest {

    private static final String CONTROL_KEY = "QWERTYUIOPASDFGHJKLZXCVBNM.public.parcels";

    private static final String DEFINITION =
            """
            {"control":{"table-def":{"columns":{"id":{"type":"INT32","nullable":false},\
            "status":{"type":"WSTRING","length":20,"nullable":true}},"primary-key":["id"]}},\
            "metadata":{"timestamp":"2026-03-01T08:00:00.000000Z","record-type":"control",\
            "operation":"create-table","partition-key-type":"task-id","schema-name":"public",\
            "table-name":"parcels"}}\
            """;

    private static final String LOAD =
            """
            {"data":{"id":1,"status":"new"},"metadata":{"timestamp":"2026-03-01T08:00:01.000000Z",\
            "record-type":"data","operation":"load","partition-key-type":"schema-table",\
            "schema-name":"public","table-name":"parcels"}}\
            """;

    private static final String INSERT_ELSEWHERE =
            """
            {"data":{"id":9},"metadata":{"timestamp":"2026-03-01T08:00:02.000000Z",\
            "record-type":"data","operation":"insert","partition-key-type":"primary-key",\
            "schema-name":"public","table-name":"stations","transaction-id":5,\
            "transaction-record-id":1,"commit-timestamp":"2026-03-01T08:00:02.000000Z",\
            "stream-position":"0/1.1.0/1"}}\
            """;

    private static final String HEARTBEAT =
            """
            {"control":{"complete-until":"2026-03-01T08:00:03.000000Z","position":"0/2",\
            "partition":1,"partitions":2},"metadata":{"timestamp":"2026-03-01T08:00:03.000000Z",\
            "record-type":"control","operation":"heartbeat","partition-key-type":"task-id",\
            "schema-name":"","table-name":""}}\
            """;

    @TempDir static Path directory;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = new EmbeddedBroker(directory.resolve("kafka"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void aDefinitionFromBeforeARestartGivesAnotherPartitionsChangesTheirKey() {
        try (LiveIngest ingest = new LiveIngest(broker, directory, "restarted", Map.of())) {
            ingest.send(0, CONTROL_KEY, DEFINITION);
            ingest.read("tables", 1);
            ingest.restart();

            ingest.send(1, "public.parcels", LOAD);
            ingest.send(1, "public.stations", INSERT_ELSEWHERE, Map.of("daybook.key", "[\"id\"]"));
            ingest.send(1, null, HEARTBEAT);

            List<JsonNode> entries = rows(ingest, 2);
            assertThat(entries.get(0).get("operation").asString()).isEqualTo("snapshot");
            assertThat(entries.get(0).get("entity_key").asString()).isEqualTo("1");
            assertThat(entries.get(0).get("unknown_columns").isNull()).isTrue();
            assertThat(entries.get(1).get("entity_key").asString()).isEqualTo("9");
            JsonNode watermark = ingest.watermarks(1).getFirst();
            assertThat(watermark.get("changes_partition").asInt()).isEqualTo(1);
            assertThat(watermark.get("complete_until").asString())
                    .isEqualTo("2026-03-01T08:00:03.000000Z");
        }
    }

    @Test
    void aDefinitionReadInOnePartitionGivesChangesOfTheOtherTheirKey() {
        try (LiveIngest ingest = new LiveIngest(broker, directory, "apart", Map.of())) {
            ingest.send(0, CONTROL_KEY, DEFINITION);
            ingest.read("tables", 1);

            ingest.send(1, "public.parcels", LOAD);

            assertThat(rows(ingest, 1).getFirst().get("entity_key").asString()).isEqualTo("1");
        }
    }

    @Test
    void aChangeThatWaitsGoesOnWhenAnotherPartitionBringsItsDefinition() {
        try (LiveIngest ingest =
                new LiveIngest(
                        broker,
                        directory,
                        "waiting",
                        Map.of("daybook.ingest.definition-wait", "300s"))) {
            ingest.send(1, "public.parcels", LOAD);
            LiveIngest.until("the change waits", () -> ingest.parked() == 1);

            ingest.send(0, CONTROL_KEY, DEFINITION);

            assertThat(rows(ingest, 1).getFirst().get("entity_key").asString()).isEqualTo("1");
            LiveIngest.until("nothing waits", () -> ingest.parked() == 0);
        }
    }

    @Test
    void whatHeartbeatsSaidOutlivesARestartWhileChangesWait() {
        try (LiveIngest ingest =
                new LiveIngest(
                        broker,
                        directory,
                        "held",
                        Map.of("daybook.ingest.definition-wait", "300s"))) {
            ingest.send(1, null, heartbeat("00000000/00000001", "00000000/00000000"));
            ingest.watermarks(1);
            ingest.send(1, "public.parcels", LOAD);
            for (int i = 1; i < 4; i++) {
                ingest.send(
                        1, null, heartbeat("00000000/0000000" + (i + 1), "00000000/0000000" + i));
                if (i == 2) {
                    ingest.send(1, "public.parcels", LOAD.replace("\"id\":1", "\"id\":2"));
                }
            }
            LiveIngest.until("both changes wait", () -> ingest.parked() == 2);
            LiveIngest.until(
                    "the heartbeats are read",
                    () -> ingest.count("daybook.ingest.records", "outcome", "heartbeat") == 4);
            ingest.restart();
            LiveIngest.until("both changes wait again", () -> ingest.parked() == 2);

            ingest.send(0, CONTROL_KEY, DEFINITION);

            assertThat(
                            ingest.watermarks(3).stream()
                                    .map(
                                            watermark ->
                                                    watermark.get("previous").asString()
                                                            + " to "
                                                            + watermark.get("position").asString()))
                    .containsExactly(
                            "00000000/00000000 to 00000000/00000001",
                            "00000000/00000001 to 00000000/00000003",
                            "00000000/00000003 to 00000000/00000004");
            ingest.restart();
            ingest.send(1, null, heartbeat("00000000/00000005", "00000000/00000004"));
            assertThat(ingest.watermarks(4).getLast().get("position").asString())
                    .isEqualTo("00000000/00000005");
        }
    }

    @Test
    void aHeartbeatOfAClockThatIsAheadNamesTheOneBeforeWhileChangesWaitAndAfterARestart() {
        try (LiveIngest ingest =
                new LiveIngest(
                        broker,
                        directory,
                        "ahead",
                        Map.of("daybook.ingest.definition-wait", "300s"))) {
            ingest.send(1, null, heartbeat("00000000/00000001", "00000000/00000000"));
            ingest.watermarks(1);
            ingest.send(1, "public.parcels", LOAD);
            ingest.send(
                    1,
                    null,
                    heartbeat("00000000/00000002", "00000000/00000001")
                            .replace("\"complete-until\":\"2026-", "\"complete-until\":\"9999-"));
            ingest.read("rejected", 1);
            LiveIngest.until("the change waits", () -> ingest.parked() == 1);
            ingest.restart();
            LiveIngest.until("the change waits again", () -> ingest.parked() == 1);

            ingest.send(1, null, heartbeat("00000000/00000003", "00000000/00000002"));
            ingest.send(0, CONTROL_KEY, DEFINITION);

            JsonNode last = ingest.watermarks(2).getLast();
            assertThat(last.get("previous").asString()).isEqualTo("00000000/00000001");
            assertThat(last.get("position").asString()).isEqualTo("00000000/00000003");
            assertThat(last.get("complete_until").asString()).startsWith("2026-");
        }
    }

    private static String heartbeat(String position, String previous) {
        return HEARTBEAT.replace(
                "\"position\":\"0/2\"",
                "\"position\":\"%s\",\"previous\":\"%s\"".formatted(position, previous));
    }

    @Test
    void aDefinitionThatComesAfterTheWaitAndARestartSaysWhichChangesHaveNoKey() {
        try (LiveIngest ingest = new LiveIngest(broker, directory, "late", Map.of())) {
            ingest.send(1, "public.parcels", LOAD);
            assertThat(ingest.entries(1).getFirst().get("entity_key").isNull()).isTrue();
            ingest.restart();

            ingest.send(0, CONTROL_KEY, DEFINITION);

            JsonNode gap = ingest.kind("gap", 1).getFirst();
            assertThat(gap.get("cause").asString()).isEqualTo("key-late");
            assertThat(gap.get("table_name").asString()).isEqualTo("public.parcels");
            assertThat(gap.get("reason").asString()).contains("partition 1");
            ingest.send(1, "public.parcels", LOAD);
            assertThat(rows(ingest, 2).getFirst().get("entity_key").asString()).isEqualTo("1");
        }
    }

    /** The entries of rows; the table's definition has made one of the table. */
    private static List<JsonNode> rows(LiveIngest ingest, int count) {
        return ingest.entries(count + 1).stream()
                .filter(entry -> !entry.get("entity_key").isNull())
                .toList();
    }
}
