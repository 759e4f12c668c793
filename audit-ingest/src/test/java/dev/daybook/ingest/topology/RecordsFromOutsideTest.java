package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.daybook.ingest.topology.TopologyFixture.Out;

import io.micrometer.core.instrument.Counter;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What the ingest makes of records that nothing of ours wrote. */
class RecordsFromOutsideTest {

    private static final Map<String, String> KEYED = Map.of("daybook.key", "[\"id\"]");

    private final TopologyFixture ingest = new TopologyFixture();

    @AfterEach
    void close() {
        ingest.close();
    }

    // What a control record claims

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "complete-until | 9999-12-31T23:59:59.999999Z | 0    | 4",
                "complete-until | 2026-11-22T10:01:00.000001Z | 0    | 4",
                "partitions     | 2026-11-22T09:00:00Z        | 0    | 2",
                "partition 99   | 2026-11-22T09:00:00Z        | 99   | 4",
                "partition 1    | 2026-11-22T09:00:00Z        | 1    | 4",
                "partitions     | 2026-11-22T09:00:00Z        | 0    | 0",
                "partitions     | 2026-11-22T09:00:00Z        | 0    | 2147483647",
                "only one       | 2026-11-22T09:00:00Z        | null | 4",
                "only one       | 2026-11-22T09:00:00Z        | 0    | null",
            })
    void aHeartbeatThatClaimsWhatCannotBeIsRejected(
            String named, String completeUntil, String partition, String partitions) {
        ingest.send(heartbeat(completeUntil, partition, partitions));

        assertThat(ingest.read("entries")).isEmpty();
        Out rejected = ingest.read("rejected").getFirst();
        assertThat(rejected.value.get("code").asString()).isEqualTo("bad-heartbeat");
        assertThat(rejected.value.get("reason").asString()).contains(named);
        assertThat(records("rejected")).isEqualTo(1);
        assertThat(records("heartbeat")).isZero();
    }

    @Test
    void aHeartbeatWithinTheAllowanceForClocksIsAWatermark() {
        ingest.send(heartbeat("2026-11-22T10:01:00Z", "0", "4"));
        ingest.send(heartbeat("2026-11-22T10:00:00Z", "null", "null"));

        assertThat(ingest.read("entries")).hasSize(2);
    }

    @Test
    void aHeartbeatOfAClockThatIsAheadStillNamesTheOneBefore() {
        ingest.send(linked("heartbeat", "\"complete-until\":\"2026-11-22T09:30:00Z\",", "28", "1"));
        ingest.send(
                linked("heartbeat", "\"complete-until\":\"2026-11-22T11:30:00Z\",", "60", "28"));
        ingest.send(
                linked("heartbeat", "\"complete-until\":\"2026-11-22T09:30:01Z\",", "68", "60"));

        List<Out> written = ingest.read("entries");
        assertThat(written)
                .extracting(out -> out.headers.get("daybook.kind"))
                .containsExactly("watermark", "position", "watermark");
        assertThat(written.get(1).value.get("previous").asString()).isEqualTo("00000000/00000028");
        assertThat(ingest.read("rejected"))
                .singleElement()
                .satisfies(
                        out ->
                                assertThat(out.value.get("code").asString())
                                        .isEqualTo("bad-heartbeat"));
    }

    @Test
    void aHeartbeatOfAClockThatIsAheadStillNamesTheOneBeforeWhileAChangeWaits() {
        ingest.send(data("insert", "orders", "{\"id\":1}"));
        ingest.send(linked("heartbeat", "\"complete-until\":\"2026-11-22T09:30:00Z\",", "28", "1"));
        ingest.send(
                linked("heartbeat", "\"complete-until\":\"2026-11-22T11:30:00Z\",", "60", "28"));
        assertThat(codes()).containsExactly("bad-heartbeat");
        ingest.send(
                linked("heartbeat", "\"complete-until\":\"2026-11-22T09:30:01Z\",", "68", "60"));
        assertThat(ingest.read("entries")).isEmpty();
        ingest.definedElsewhere();
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(1));

        List<Out> written = ingest.read("entries");
        assertThat(written).hasSize(2);
        assertThat(written.get(1).value.get("previous").asString()).isEqualTo("00000000/00000001");
        assertThat(written.get(1).value.get("position").asString()).isEqualTo("00000000/00000068");
        assertThat(written.get(1).value.get("complete_until").asString())
                .isEqualTo("2026-11-22T09:30:01.000000Z");
    }

    @Test
    void aHeartbeatAndAPositionNameTheOneBefore() {
        ingest.send(linked("heartbeat", "\"complete-until\":\"2026-11-22T09:30:00Z\",", "28", "1"));
        ingest.send(linked("position", "", "60", "28"));

        List<Out> written = ingest.read("entries");
        assertThat(written)
                .extracting(out -> out.headers.get("daybook.kind"))
                .containsExactly("watermark", "position");
        assertThat(written.get(0).value.get("previous").asString()).isEqualTo("00000000/00000001");
        assertThat(written.get(1).value.toString())
                .isEqualTo(
                        "{\"source\":\"shop\",\"changes_partition\":0,\"changes_partitions\":4,"
                                + "\"position\":\"00000000/00000060\",\"previous\":\"00000000/00000028\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"previous\":\"0/1\"",
                "\"previous\":7",
                "\"before\":\"00000000/00000001\""
            })
    void aPositionThatIsNoneIsRejected(String previous) {
        ingest.send(
                linked("position", "", "28", "1")
                        .replace("\"previous\":\"00000000/00000001\"", previous));

        assertThat(ingest.read("entries")).isEmpty();
        assertThat(codes()).hasSize(1);
    }

    private static String linked(String operation, String claim, String position, String previous) {
        return heartbeat("", "0", "4")
                .replace(
                        "\"complete-until\":\"\",\"position\":\"0/1\"",
                        claim
                                + "\"position\":\"00000000/"
                                + "0".repeat(8 - position.length())
                                + position
                                + "\",\"previous\":\"00000000/"
                                + "0".repeat(8 - previous.length())
                                + previous
                                + "\"")
                .replace("\"heartbeat\"", "\"" + operation + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9999-12-31T23:59:59-18:00", "0001-01-01T00:00:00+18:00"})
    void aTimeWhoseOffsetLeavesTheCalendarIsRejected(String time) {
        ingest.send(
                data("insert", "orders", "{\"id\":1}").replace("2026-11-22T09:30:00.120001Z", time),
                KEYED);
        ingest.send(heartbeat(time, "0", "4"));

        assertThat(codes()).containsExactly("bad-timestamp", "bad-timestamp");
        assertThat(ingest.read("entries")).isEmpty();
    }

    // Identity

    @Test
    void thereAndBackWithinOneTimeIsThreeEntriesInOrder() {
        ingest.definedElsewhere();
        for (String note : List.of("a", "b", "a")) {
            ingest.send(unnumbered("update", "{\"id\":22,\"note\":\"" + note + "\"}"));
        }

        List<Out> entries = ingest.read("entries");
        assertThat(entries)
                .extracting(entry -> entry.value.get("sequence").asLong())
                .containsExactly(0L, 1L, 2L);
        assertThat(entries)
                .extracting(entry -> entry.value.get("after").get("note").asString())
                .containsExactly("a", "b", "a");
        Set<String> ids = new HashSet<>();
        entries.forEach(entry -> ids.add(entry.value.get("id").asString()));
        assertThat(ids).hasSize(3);
    }

    // What is rejected can be stored

    @Test
    void aRejectionHoldsNothingThatPostgresCannotStore() {
        ingest.send(
                "{\"data\":{},\"metadata\":{\"record-type\":\"data\",\"operation\":\"ups\\u0000ert\","
                        + "\"schema-name\":\"public\",\"table-name\":\"par\\u0000cels\\ud800\"}}");

        Out rejected = ingest.read("rejected").getFirst();
        assertThat(rejected.value.get("code").asString()).isEqualTo("unknown-operation");
        assertThat(rejected.value.get("source").asString()).isEqualTo("shop");
        assertThat(rejected.value.get("table_name").asString())
                .isEqualTo("public.par\uFFFDcels\uFFFD");
        assertThat(rejected.value.get("reason").asString()).contains("ups\uFFFDert");
    }

    @Test
    void aNameThatForgesALogLineStaysOnItsOwn() {
        Logger logger = (Logger) LoggerFactory.getLogger("dev.daybook.ingest.topology");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(lines);
        try {
            ingest.send(
                    "{\"metadata\":{\"record-type\":\"\\r\\u001b[2J\\u0085purged\\u2028\","
                            + "\"schema-name\":\"public\",\"table-name\":\"par\\ncels WARN Log purged\"}}");
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(null);
        }

        assertThat(lines.list).hasSize(1);
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .allSatisfy(
                        line ->
                                assertThat(line.chars())
                                        .noneMatch(
                                                c ->
                                                        Character.isISOControl(c)
                                                                || c == 0x2028
                                                                || c == 0x2029));
    }

    @Test
    void aNameOrPositionThatPostgresCannotStoreIsRejectedByTheIngest() {
        ingest.send(data("insert", "par\\u0000cels", "{\"id\":1}"), KEYED);
        ingest.send(
                data("insert", "orders", "{\"id\":1}").replace("0A1B2C30\"", "0A\\u0000\""), KEYED);

        ingest.send(data("insert", "orders", "{\"id\":1,\"\\ud800x\":1}"), KEYED);

        assertThat(codes())
                .containsExactly("name-not-storable", "name-not-storable", "name-not-storable");
        assertThat(records("rejected")).isEqualTo(3);
        assertThat(records("insert")).isZero();
    }

    @Test
    void aValueThatHoldsNulIsKeptAsItCame() {
        ingest.send(data("insert", "orders", "{\"id\":1,\"note\":\"a\\u0000b\"}"), KEYED);

        assertThat(ingest.read("entries").getFirst().value.get("after").get("note").asString())
                .isEqualTo("a\u0000b");
    }

    @Test
    void aContextThatPostgresCannotStoreIsRejected() {
        ingest.send(
                data("insert", "transaction_context", "{\"actor\":\"an\\u0000na\"}")
                        .replace("\"public\"", "\"daybook\""));

        assertThat(codes()).containsExactly("context-not-storable");
    }

    @Test
    void deepAttributesOfAContextStayJson() {
        String deep = "[".repeat(1_500) + "]".repeat(1_500);
        ingest.send(
                data(
                                "insert",
                                "transaction_context",
                                "{\"actor\":\"anna\",\"attributes\":\"" + deep + "\"}")
                        .replace("\"public\"", "\"daybook\""));

        assertThat(ingest.read("transactions").getFirst().value.get("attributes").isArray())
                .isTrue();
    }

    @Test
    void aRejectionFitsItsTopicWhateverTheRecordHolds() {
        String whole = "x".repeat(1_100_000);
        ingest.send(
                "{\"data\":{},\"metadata\":{\"record-type\":\"data\",\"operation\":\""
                        + whole
                        + "\",\"schema-name\":\"public\",\"table-name\":\""
                        + whole
                        + "\"}}");

        Out rejected = ingest.read("rejected").getFirst();
        assertThat(rejected.value.get("code").asString()).isEqualTo("unknown-operation");
        assertThat(rejected.value.get("reason").asString())
                .endsWith(
                        "The record's value left out: too large for the topic of rejected records.");
        assertThat(rejected.value.get("record_value").isNull()).isTrue();
        assertThat(rejected.value.toString().length()).isLessThan(20_000);
    }

    // One record, one outcome

    @Test
    void everyRecordReadIsAnEntryARejectionOrRecognised() {
        ingest.definedElsewhere();
        ingest.send(data("insert", "orders", "{\"id\":1}"), Map.of("daybook.key", "nonsense"));
        ingest.send(data("insert", "orders", "{\"id\":\"a\\u0000\"}"), KEYED);
        ingest.send(
                "{\"data\":{\"actor\":\"anna\"},\"metadata\":{\"record-type\":\"data\",\"operation\":\"insert\","
                        + "\"schema-name\":\"daybook\",\"table-name\":\"transaction_context\"}}");
        ingest.send(data("insert", "orders", "{\"id\":1}"), KEYED);
        ingest.send(data("update", "unheard_of", "{\"id\":1}"));
        ingest.send(data("update", "awsdms_status", "{\"id\":1}").replace("\"public\"", "\"\""));
        ingest.send("{\"metadata\":{\"record-type\":\"control\"}}");
        ingest.send("[]");
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));

        double read = 8;
        double rejected = ingest.read("rejected").size();
        double entries = ingest.read("entries").size();
        double recognised = records("dms-table") + records("control-without-table");
        assertThat(entries).isEqualTo(2);
        assertThat(rejected).isEqualTo(4);
        assertThat(recognised).isEqualTo(2);
        assertThat(sum("daybook.ingest.records")).isEqualTo(read);
        assertThat(records("rejected")).isEqualTo(rejected);
        assertThat(sum("daybook.ingest.rejected")).isEqualTo(rejected);
        assertThat(records("insert") + records("update")).isEqualTo(entries);
    }

    @Test
    void anEntryTooLargeForItsTopicIsCountedAsRejectedAndKeepsItsBytes() {
        String table = "\\\"".repeat(200_000);
        String record = data("insert", table, "{\"id\":1}");
        ingest.send(record, KEYED);

        Out rejected = ingest.read("rejected").getFirst();
        assertThat(rejected.value.get("code").asString()).isEqualTo("value-too-large");
        assertThat(rejected.value.get("source").asString()).isEqualTo("shop");
        assertThat(Base64.getDecoder().decode(rejected.value.get("record_value").asString()))
                .isEqualTo(record.getBytes(StandardCharsets.UTF_8));
        assertThat(records("insert")).isZero();
        assertThat(records("rejected")).isEqualTo(1);
        assertThat(ingest.read("entries")).isEmpty();
    }

    // No entry of no row

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "insert | null",
                "delete | null",
                "update | null",
                "load   | {}",
                "insert | {}",
                "delete | {\"id\":null,\"note\":null}"
            })
    void aRecordWithoutARowIsRejected(String operation, String data) {
        ingest.definedElsewhere();
        ingest.send(data(operation, "orders", data));

        assertThat(codes()).containsExactly("no-data");
        assertThat(ingest.read("entries")).isEmpty();
    }

    @Test
    void aRowOfNullsOfATableWithoutAKeyIsKept() {
        ingest.send(data("insert", "log", "{}"), Map.of("daybook.key", "[]"));

        assertThat(ingest.read("entries").getFirst().value.get("after").toString()).isEqualTo("{}");
    }

    @Test
    void aTransactionIdThatIsNoNumberCostsTheJoinAndNotTheChange() {
        Stream.of("\"0x1A2B\"", "\"5.20.31744\"", "-1", "18446744073709551615", "\"\"")
                .forEach(
                        id ->
                                ingest.send(
                                        data("insert", "orders", "{\"id\":1}")
                                                .replace(
                                                        "\"transaction-id\":7431",
                                                        "\"transaction-id\":" + id),
                                        KEYED));

        List<Out> entries = ingest.read("entries");
        assertThat(entries).hasSize(5);
        assertThat(entries)
                .allSatisfy(
                        entry -> {
                            assertThat(entry.value.get("transaction_id").isNull()).isTrue();
                            assertThat(entry.value.get("sequence").asLong()).isEqualTo(2);
                        });
        assertThat(sum("daybook.ingest.degraded")).isEqualTo(5);
    }

    @Test
    void aRowHasOneKeyHoweverItsNumberIsWritten() {
        for (String id : List.of("12345678901234567", "1.2345678901234567e+16")) {
            ingest.send(data("insert", "orders", "{\"id\":" + id + "}"), KEYED);
        }

        assertThat(ingest.read("entries"))
                .extracting(entry -> entry.value.get("entity_key").asString())
                .containsExactly("12345678901234567", "12345678901234567");
    }

    @Test
    void aKeyThatMayHaveBeenRoundedIsCounted() {
        ingest.definedElsewhere();
        for (String id : List.of("12345678901234567", "1.2e+16", "1.2345678901234567e+16")) {
            ingest.send(data("insert", "orders", "{\"id\":" + id + "}"));
        }

        assertThat(
                        ingest.meters
                                .counter(
                                        "daybook.ingest.degraded",
                                        "source",
                                        "shop",
                                        "member",
                                        "key-rounded")
                                .count())
                .isEqualTo(1);
    }

    // What waits

    @Test
    void aWatermarkGoesAsSoonAsWhatCameBeforeItHas() {
        for (int table = 0; table < 8; table++) {
            ingest.send(data("insert", "tenant_" + table, "{\"id\":1}"));
            ingest.send(heartbeat("2026-11-22T09:30:0" + table + ".000000Z", "0", "4"));
            ingest.driver.advanceWallClockTime(Duration.ofSeconds(6));
        }

        List<String> marks =
                ingest.read("entries").stream()
                        .filter(out -> !out.headers.isEmpty())
                        .map(out -> out.value.get("complete_until").asString())
                        .toList();
        assertThat(marks)
                .hasSizeGreaterThanOrEqualTo(6)
                .isSorted()
                .startsWith("2026-11-22T09:30:00.000000Z");
    }

    // Keys that records show

    @Test
    void theKeyIsLearnedFromItsValueAndUsedForRecordsWithoutOne() {
        ingest.send(valued("load", "tags", "{\"id\":138,\"name\":\"a\"}", "public.tags.138"));
        ingest.send(valued("update", "tags", "{\"id\":138,\"name\":\"b\"}", "public.tags.138"));
        ingest.send(valued("delete", "tags", "{\"id\":138}", "public.tags.138"));
        ingest.send(data("update", "tags", "{\"id\":138,\"name\":\"c\"}"));

        assertThat(keys()).containsExactly("138", "138", "138", "138");
        assertThat(ingest.read("tables").getFirst().key)
                .isEqualTo("shop\u001Fpublic.tags\u001Flearned");
    }

    @Test
    void aRecordWhoseValueMatchesTwoColumnsWaitsUntilAnotherLeavesOne() {
        ingest.send(valued("load", "tags", "{\"id\":138,\"code\":\"138\"}", "138"));
        assertThat(ingest.read("entries")).isEmpty();

        ingest.send(valued("load", "tags", "{\"id\":139,\"code\":\"x\"}", "139"));
        ingest.driver.advanceWallClockTime(Duration.ofMillis(100));

        assertThat(keys()).containsExactlyInAnyOrder("138", "139");
    }

    @Test
    void aKeyThatMayBeTwoColumnsIsNotGuessed() {
        ingest.send(valued("load", "tags", "{\"id\":138,\"code\":\"138\"}", "138"));
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));

        assertThat(ingest.read("entries").getFirst().value.get("entity_key").isNull()).isTrue();
        assertThat(
                        ingest.meters
                                .counter(
                                        "daybook.ingest.keyless",
                                        "source",
                                        "shop",
                                        "reason",
                                        "key-ambiguous")
                                .count())
                .isEqualTo(1);
    }

    @Test
    void aLearnedKeyIsDroppedWhenARecordContradictsIt() {
        ingest.send(valued("load", "tags", "{\"id\":1,\"no\":2}", "public.tags.1"));
        ingest.send(valued("load", "tags", "{\"id\":1,\"no\":3}", "public.tags.1.3"));
        ingest.driver.advanceWallClockTime(Duration.ofSeconds(11));

        assertThat(ingest.read("entries"))
                .extracting(entry -> entry.value.get("entity_key").isNull())
                .containsExactly(false, true);
    }

    private List<String> keys() {
        return ingest.read("entries").stream()
                .map(entry -> entry.value.get("entity_key").asString())
                .toList();
    }

    private static String valued(String operation, String table, String data, String value) {
        return """
        {"data":%s,"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data","operation":"%s",
        "partition-key-type":"primary-key","partition-key-value":"%s","schema-name":"public","table-name":"%s"}}\
        """
                .formatted(data, operation, value, table);
    }

    // DMS's own tables

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "awsdms_apply_exceptions      | insert | dms-apply-exception     | ERROR",
                "awsdms_apply_exceptions      | load   | dms-apply-exception     | ERROR",
                "awsdms_apply_exceptions      | update | dms-apply-exception     | ERROR",
                "AWSDMS_APPLY_EXCEPTIONS      | insert | dms-apply-exception     | ERROR",
                "awsdms_full_load_exceptions  | insert | dms-full-load-exception | ERROR",
                "awsdms_suspended_tables      | insert | dms-table-suspended     | suspend_reason",
                "awsdms_validation_failures_v1 | insert | dms-validation-failure | FAILURE_TYPE",
            })
    void whatDmsSaysIsMissingIsRejectedForTheTableItNames(
            String table, String operation, String code, String causeColumn) {
        ingest.send(
                data(
                                operation,
                                table,
                                "{\"TABLE_OWNER\":\"public\",\"TABLE_NAME\":\"parcels\",\""
                                        + causeColumn
                                        + "\":\"too many errors\"}")
                        .replace("\"schema-name\":\"public\"", "\"schema-name\":\"\""));

        Out rejected = ingest.read("rejected").getFirst();
        assertThat(rejected.value.get("code").asString()).isEqualTo(code);
        assertThat(rejected.value.get("table_name").asString()).isEqualTo("public.parcels");
        assertThat(rejected.value.get("reason").asString()).contains("too many errors");
    }

    @Test
    void aTableSuspendedByDmsIsNotWholeAgainBecauseItsRowGoes() {
        ingest.send(
                data("delete", "awsdms_suspended_tables", "{\"table_name\":\"parcels\"}")
                        .replace("\"schema-name\":\"public\"", "\"schema-name\":\"\""));

        assertThat(ingest.read("rejected")).isEmpty();
        assertThat(records("dms-table")).isEqualTo(1);
    }

    @Test
    void aTaskThatDmsSaysDoesNotRunIsRejectedAndOneThatRunsIsRecognised() {
        for (String status : List.of("FULL LOAD", "CHANGE PROCESSING (CDC)", "NOT RUNNING")) {
            ingest.send(
                    data("update", "awsdms_status", "{\"task_status\":\"" + status + "\"}")
                            .replace("\"public\"", "\"\""));
        }

        assertThat(codes()).containsExactly("dms-task-stopped");
        assertThat(records("dms-table")).isEqualTo(2);
    }

    @Test
    void aUsersTableNamedLikeDmssHasAHistory() {
        ingest.send(data("insert", "awsdms_orders", "{\"id\":1}"), KEYED);
        ingest.send(data("insert", "awsdms_status", "{\"id\":1}"), KEYED);

        assertThat(ingest.read("entries"))
                .extracting(entry -> entry.value.get("table_name").asString())
                .containsExactly("public.awsdms_orders", "public.awsdms_status");
    }

    @Test
    void dmssTablesInTheSourceAreDmssInAnySchema() {
        ingest.send(data("update", "awsdms_heartbeat", "{\"hb_key\":1}"));
        ingest.send(data("delete", "awsdms_ddl_audit", "{\"c_key\":1}"));

        assertThat(records("dms-table")).isEqualTo(2);
        assertThat(ingest.read("entries")).isEmpty();
    }

    private List<String> codes() {
        return ingest.read("rejected").stream()
                .map(rejected -> rejected.value.get("code").asString())
                .toList();
    }

    private double records(String outcome) {
        return ingest
                .meters
                .find("daybook.ingest.records")
                .tag("outcome", outcome)
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private double sum(String meter) {
        return ingest.meters.find(meter).counters().stream().mapToDouble(Counter::count).sum();
    }

    private static String heartbeat(String completeUntil, String partition, String partitions) {
        return """
        {"control":{"complete-until":"%s","position":"0/1","partition":%s,"partitions":%s},
        "metadata":{"timestamp":"2026-11-22T09:30:01.1Z","record-type":"control","operation":"heartbeat",
        "partition-key-type":"task-id","schema-name":"","table-name":""}}\
        """
                .formatted(completeUntil, partition, partitions);
    }

    private static String unnumbered(String operation, String data) {
        return """
        {"data":%s,"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
        "operation":"%s","partition-key-type":"schema-table","schema-name":"public","table-name":"orders",
        "transaction-id":7431}}\
        """
                .formatted(data, operation);
    }

    private static String data(String operation, String table, String data) {
        return """
        {"data":%s,"metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data",
        "operation":"%s","partition-key-type":"primary-key","schema-name":"public","table-name":"%s",
        "transaction-id":7431,"transaction-record-id":2,"commit-timestamp":"2026-11-22T09:30:00.120001Z",
        "stream-position":"00000000/0A1B2C3D.2.00000000/0A1B2C30"}}\
        """
                .formatted(data, operation, table);
    }
}
