package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.ingest.topology.TopologyFixture.Out;

import io.micrometer.core.instrument.Counter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Real records of Debezium's connector: fifteen, each of which becomes what it says. */
class DebeziumRecordsTest {

    static final List<Sent> RECORDS = records();

    private TopologyFixture ingest =
            TopologyFixture.of(DebeziumSource.SOURCE, DebeziumSource.CATALOG);

    @AfterEach
    void close() {
        ingest.close();
    }

    @Test
    void aSnapshotRowWithoutSchemaHasNoValueThatOnlyASchemaTells() {
        JsonNode entry = entry(1);

        assertThat(text(entry, "operation")).isEqualTo("snapshot");
        assertThat(text(entry, "table_name")).isEqualTo("public.parcels");
        assertThat(text(entry, "entity_key")).isEqualTo("1");
        assertThat(text(entry, "committed_at")).isEqualTo("2026-11-25T21:22:59.855037Z");
        assertThat(entry.get("transaction_id").asLong()).isEqualTo(760);
        assertThat(text(entry, "position")).isEqualTo("00000000/01B8BDD8");
        assertThat(entry.get("unknown_columns").toString())
                .isEqualTo("[\"weight\",\"booked_at\",\"due\",\"wait\",\"slot\"]");
        assertThat(entry.get("after").toString())
                .isEqualTo(
                        """
                        {"id":1,"label":"first","price":12.25,"note":"short","attrs":"{\\"a\\": 1}",\
                        "sent_at":"2026-03-01T08:00:00.123456Z","tags":"{x,y}","photo":"0x0102FF",\
                        "fragile":true,"uid":"00000000-0000-4000-8000-000000000001","state":"calm"}""");
        assertThat(counted("daybook.ingest.degraded", "member", "value-without-type")).isOne();
    }

    @Test
    void aSnapshotRowWithSchemaHasEveryValueAsOurOwnCaptureSpellsIt() {
        JsonNode entry = entry(2);

        assertThat(text(entry, "operation")).isEqualTo("snapshot");
        assertThat(text(entry, "entity_key")).isEqualTo("1");
        assertThat(entry.get("unknown_columns").isNull()).isTrue();
        assertThat(entry.get("after").toString())
                .isEqualTo(
                        """
                        {"id":1,"label":"first","weight":1.500,"price":12.25,"note":"short",\
                        "attrs":"{\\"a\\": 1}","sent_at":"2026-03-01T08:00:00.123456Z",\
                        "booked_at":"2026-03-01T08:00:00.123456Z","due":"2026-03-05","tags":"{x,y}",\
                        "photo":"0x0102FF","fragile":true,"uid":"00000000-0000-4000-8000-000000000001",\
                        "wait":"26:03:04","state":"calm","slot":"10:11:12.5"}""");
    }

    @Test
    void anInsertIntoATableWithoutKeyHasItsNumberInTheTransaction() {
        JsonNode entry = entry(3);

        assertThat(text(entry, "operation")).isEqualTo("insert");
        assertThat(text(entry, "table_name")).isEqualTo("public.scans");
        assertThat(entry.get("entity_key").isNull()).isTrue();
        assertThat(entry.get("transaction_id").asLong()).isEqualTo(762);
        assertThat(entry.get("sequence").asLong()).isEqualTo(2);
        assertThat(text(entry, "committed_at")).isEqualTo("2026-11-25T21:23:10.223937Z");
        assertThat(entry.get("after").toString()).isEqualTo("{\"station\":\"north\",\"seen\":7}");
        assertThat(counted("daybook.ingest.keyless", "reason", "definition-unknown")).isZero();
    }

    @Test
    void anUnavailableValueIsUnknownAndNowhereAValue() {
        JsonNode entry = entry(4);

        assertThat(text(entry, "operation")).isEqualTo("update");
        assertThat(text(entry, "entity_key")).isEqualTo("2");
        assertThat(entry.get("transaction_id").asLong()).isEqualTo(763);
        assertThat(entry.get("unknown_columns").toString()).isEqualTo("[\"weight\",\"note\"]");
        assertThat(entry.get("before").isNull()).isTrue();
        assertThat(entry.toString()).doesNotContain("__debezium_unavailable_value");
    }

    @Test
    void halfOfAKeyChangeIsNoDelete() {
        recognised(5, "key-change");
    }

    @Test
    void aTombstoneIsRecognised() {
        recognised(6, "tombstone");
    }

    @Test
    void aKeyChangeIsOneUpdate() {
        JsonNode entry = entry(7);

        assertThat(text(entry, "operation")).isEqualTo("update");
        assertThat(text(entry, "entity_key")).isEqualTo("3");
        assertThat(text(entry, "old_entity_key")).isEqualTo("2");
        assertThat(entry.get("transaction_id").asLong()).isEqualTo(764);
        assertThat(entry.get("before").toString()).isEqualTo("{\"id\":2}");
        assertThat(entry.get("unknown_columns").toString()).contains("\"note\"");
    }

    @Test
    void anUpdateOfATableWithoutKeyHasTheWholeOldRow() {
        JsonNode entry = entry(8);

        assertThat(text(entry, "operation")).isEqualTo("update");
        assertThat(entry.get("entity_key").isNull()).isTrue();
        assertThat(entry.get("before").toString()).isEqualTo("{\"station\":\"north\",\"seen\":7}");
        assertThat(entry.get("after").toString()).isEqualTo("{\"station\":\"north\",\"seen\":8}");
    }

    @Test
    void aDeleteKnowsTheKeyOnly() {
        JsonNode entry = entry(9);

        assertThat(text(entry, "operation")).isEqualTo("delete");
        assertThat(text(entry, "entity_key")).isEqualTo("3");
        assertThat(entry.get("before").toString()).isEqualTo("{\"id\":3}");
        assertThat(entry.get("after").isNull()).isTrue();
    }

    @Test
    void aTruncationIsAnEntry() {
        JsonNode entry = entry(10);

        assertThat(text(entry, "operation")).isEqualTo("truncate");
        assertThat(text(entry, "table_name")).isEqualTo("public.scans");
        assertThat(entry.get("transaction_id").asLong()).isEqualTo(768);
    }

    @Test
    void aMessageOfAnotherPrefixIsRecognised() {
        recognised(11, "message");
    }

    @Test
    void aMessageWithOurPrefixSaysWhoDidItsTransaction() {
        Sent app = RECORDS.get(10);
        String content =
                Base64.getEncoder()
                        .encodeToString(
                                "{\"actor\":\"anna\",\"attributes\":{\"a\":1}}"
                                        .getBytes(StandardCharsets.UTF_8));
        send(
                new Sent(
                        "{\"prefix\":\"daybook\"}",
                        String.valueOf(app.value())
                                .replace("\"app\",\"content", "\"daybook\",\"content")
                                .replace("eyJ3aG8iOiJtYWRlIHVwIn0=", content),
                        Map.of()));

        JsonNode context = ingest.read("transactions").getFirst().value;
        assertThat(context.get("transaction_id").asLong()).isEqualTo(766);
        assertThat(text(context, "actor")).isEqualTo("anna");
        assertThat(context.get("attributes").toString()).isEqualTo("{\"a\":1}");
        assertThat(text(context, "committed_at")).isEqualTo("2026-11-25T21:23:10.234173Z");
    }

    @Test
    void aNumericThatIsNotANumberCameAsNull() {
        JsonNode entry = entry(12);

        assertThat(text(entry, "operation")).isEqualTo("update");
        assertThat(text(entry, "entity_key")).isEqualTo("1");
        assertThat(entry.get("after").get("price").isNull()).isTrue();
        assertThat(text(entry.get("after"), "sent_at")).isEqualTo("infinity");
    }

    @Test
    void theBeginningAndTheEndOfATransactionAreRecognised() {
        recognised(13, "transaction-begin");
        recognised(14, "transaction-end");
    }

    @Test
    void aConnectorsSignOfLifeMovesNoWatermark() {
        recognised(15, "connector-heartbeat");
    }

    @Test
    void eachOfTheFifteenHasOneOutcome() {
        RECORDS.forEach(this::send);

        List<Out> entries = ingest.read("entries");
        assertThat(entries).hasSize(9);
        assertThat(entries).extracting(entry -> text(entry.value, "id")).doesNotHaveDuplicates();
        assertThat(ingest.read("rejected")).isEmpty();
        assertThat(
                        ingest.meters.find("daybook.ingest.records").counters().stream()
                                .mapToDouble(Counter::count)
                                .sum())
                .isEqualTo(15);
    }

    @Test
    void aRecordOfTheOtherFormatIsRejectedNamingTheSetting() {
        send(
                new Sent(
                        "1",
                        "{\"data\":{\"id\":1},\"metadata\":{\"record-type\":\"data\",\"operation\":\"insert\","
                                + "\"schema-name\":\"public\",\"table-name\":\"parcels\"}}",
                        Map.of()));

        JsonNode rejected = ingest.read("rejected").getFirst().value;
        assertThat(text(rejected, "code")).isEqualTo("wrong-format");
        assertThat(text(rejected, "reason")).contains("daybook.ingest.sources.shop.format=dms");
    }

    @Test
    void recordsOfDebeziumAtASourceOfDmsAreRejectedNamingTheSetting() {
        ingest.close();
        ingest = new TopologyFixture();
        RECORDS.stream().filter(record -> record.value() != null).forEach(this::send);

        List<Out> rejected = ingest.read("rejected");
        assertThat(rejected).hasSize(14);
        assertThat(rejected)
                .allSatisfy(
                        record -> {
                            assertThat(text(record.value, "code")).isEqualTo("wrong-format");
                            assertThat(text(record.value, "reason"))
                                    .startsWith("This looks like a record of Debezium")
                                    .contains("daybook.ingest.sources.shop.format=debezium");
                        });
    }

    private JsonNode entry(int line) {
        send(RECORDS.get(line - 1));
        List<Out> entries = ingest.read("entries");
        assertThat(ingest.read("rejected")).isEmpty();
        assertThat(entries).hasSize(1);
        return entries.getFirst().value;
    }

    private void recognised(int line, String outcome) {
        send(RECORDS.get(line - 1));
        for (String topic : List.of("entries", "rejected", "transactions", "tables")) {
            assertThat(ingest.read(topic)).isEmpty();
        }
        assertThat(counted("daybook.ingest.records", "outcome", outcome)).isOne();
    }

    private void send(Sent record) {
        ingest.send(bytes(record.key()), bytes(record.value()), record.headers());
    }

    private double counted(String meter, String tag, String value) {
        Counter counter = ingest.meters.find(meter).tag(tag, value).counter();
        return counter == null ? 0 : counter.count();
    }

    private static String text(JsonNode node, String member) {
        return node.get(member).asString();
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    record Sent(@Nullable String key, @Nullable String value, Map<String, String> headers) {}

    /** Reads the records; numbers keep their digits. */
    private static List<Sent> records() {
        try {
            List<Sent> records = new ArrayList<>();
            for (String line :
                    Files.readAllLines(Path.of("src/test/resources/changes/debezium.ndjson"))) {
                JsonNode record = TopologyFixture.JSON.readTree(line);
                Map<String, String> headers = new HashMap<>();
                record.get("headers")
                        .properties()
                        .forEach(
                                header ->
                                        headers.put(header.getKey(), header.getValue().asString()));
                records.add(new Sent(json(record.get("key")), json(record.get("value")), headers));
            }
            return List.copyOf(records);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable String json(JsonNode node) {
        return node.isNull() ? null : node.toString();
    }
}
