package dev.daybook.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;

import dev.daybook.domain.NamePattern;
import dev.daybook.domain.Redaction;
import dev.daybook.domain.TableCatalog;
import dev.daybook.domain.TableDefinition;

import io.micrometer.core.instrument.Meter;

import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Marked values go through the ingest on every path, and stand in no topic behind the change topic,
 * in no store's changelog, no metric and no line of a log.
 */
class RedactionLeakTest {

    /** What is looked for; in the base64 of a rejected record as well. */
    private static final String MARK = "sEcReT-7391";

    private static final List<Redaction.Rule> RULES =
            List.of(
                    rule("*.customers", "email", Redaction.Action.MASK, "mail"),
                    rule("*.customers", "phone", Redaction.Action.DROP, ""),
                    rule("*.customers", "card", Redaction.Action.HASH, ""),
                    rule("*.tokens", "token", Redaction.Action.HASH, ""),
                    rule("daybook.transaction_context", "reason", Redaction.Action.MASK, ""),
                    rule("daybook.transaction_context", "attributes", Redaction.Action.DROP, ""));

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private @Nullable TopologyFixture ingest;

    @BeforeEach
    void listen() {
        lines.start();
        root.addAppender(lines);
    }

    @AfterEach
    void close() {
        root.detachAppender(lines);
        if (ingest != null) {
            ingest.close();
        }
    }

    @Test
    void noMarkedValueOfDmsOrOurCaptureGoesOn() {
        TopologyFixture shop = started(TopologyFixture.DMS, (source, table) -> null);
        Map<String, String> key = Map.of("daybook.key", "[\"id\"]");
        // Rows, their images and their keys; our own capture and DMS, whose records wait.
        for (String operation : List.of("load", "insert", "update", "delete")) {
            shop.send(data("customers", operation, customer(operation)), key);
            shop.send(data("customers", operation, customer(operation)));
            shop.send(
                    data("tokens", operation, "\"token\":\"" + MARK + operation + "\""),
                    tokenKey());
        }
        shop.driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(shop.driver.getKeyValueStore("parked").approximateNumEntries()).isPositive();
        shop.driver.advanceWallClockTime(Duration.ofSeconds(20));
        // Rejected: broken, of no table, of the wrong shape, with a header that is none.
        shop.send("{\"data\":{\"email\":\"" + MARK + "\"");
        shop.send("{\"email\":\"" + MARK + "\"}");
        shop.send("\"" + MARK + "\"");
        shop.send(data("customers", "upsert", customer("x")));
        shop.send(data("customers", "insert", customer("x")), Map.of("daybook.key", MARK));
        shop.send("{\"op\":\"c\",\"source\":{},\"after\":{\"email\":\"" + MARK + "\"}}");
        shop.send(MARK.getBytes(StandardCharsets.UTF_8), null, Map.of());
        // What DMS reports of a row that it could not apply.
        shop.send(
                """
                {"data":{"TASK_NAME":"t","TABLE_OWNER":"public","TABLE_NAME":"customers","ERROR_TIME":"t",
                 "STATEMENT":"INSERT INTO customers VALUES ('%s')","ERROR":"duplicate %s"},
                 "metadata":{"timestamp":"2026-11-22T09:30:00Z","record-type":"data","operation":"insert",
                 "schema-name":"","table-name":"awsdms_apply_exceptions"}}"""
                        .formatted(MARK, MARK));
        // Who and why.
        shop.send(
                data(
                                "transaction_context",
                                "insert",
                                "\"actor\":\"anna\",\"reason\":\"%1$s\",\"request_id\":null,\"attributes\":\"{\\\"a\\\":\\\"%1$s\\\"}\""
                                        .formatted(MARK))
                        .replace("\"schema-name\":\"public\"", "\"schema-name\":\"daybook\""));

        List<String> written = written(shop);
        assertThat(written).anyMatch(text -> text.contains("\"[redacted: mail]\""));
        assertThat(written).anyMatch(text -> text.contains("anna"));
        assertThat(written).anyMatch(text -> text.startsWith("test-parked-changelog "));
        assertThat(written).anyMatch(text -> text.contains("dms-apply-exception"));
        nothingMarked(shop, written);
        assertThat(counted(shop, "rejected")).isEqualTo(8);
    }

    @Test
    void noMarkedValueOfDebeziumGoesOn() {
        TopologyFixture shop = started(DebeziumSource.SOURCE, DebeziumSource.CATALOG);
        String source =
                "\"source\":{\"connector\":\"postgresql\",\"schema\":\"public\",\"table\":\"customers\","
                        + "\"txId\":7,\"lsn\":9,\"ts_us\":1795339800000000}";
        String row =
                "{\"id\":1,\"email\":\""
                        + MARK
                        + "\",\"phone\":\""
                        + MARK
                        + "\",\"card\":\""
                        + MARK
                        + "\"}";
        for (String op : List.of("r", "c", "u", "d")) {
            String before = op.equals("u") || op.equals("d") ? row : "null";
            String after = op.equals("d") ? "null" : row;
            shop.send(
                    "{\"id\":1}".getBytes(StandardCharsets.UTF_8),
                    ("{\"before\":"
                                    + before
                                    + ",\"after\":"
                                    + after
                                    + ","
                                    + source
                                    + ",\"op\":\""
                                    + op
                                    + "\"}")
                            .getBytes(StandardCharsets.UTF_8),
                    Map.of("__debezium.context.task", MARK));
        }
        shop.send("{\"id\":1,\"email\":\"" + MARK + "\"}");
        shop.send("\0\0\0\0\1" + MARK);
        shop.send(
                "{\"before\":null,\"after\":{\"email\":\""
                        + MARK
                        + "\"},"
                        + source
                        + ",\"op\":\"x\"}");

        List<String> written = written(shop);
        assertThat(written).anyMatch(text -> text.contains("\"[redacted: mail]\""));
        assertThat(counted(shop, "rejected")).isEqualTo(3);
        nothingMarked(shop, written);
    }

    @Test
    void noMarkedValueGoesOnInWhatAFaultOfTheIngestSays() {
        TopologyFixture shop =
                started(
                        TopologyFixture.DMS,
                        (source, table) -> {
                            throw new IllegalStateException("cannot read " + MARK);
                        });

        shop.send(data("customers", "insert", customer("x")));

        List<String> written = written(shop);
        assertThat(written).anyMatch(text -> text.contains("ingest-fault"));
        nothingMarked(shop, written);
    }

    @Test
    void aChangeThatWaitsComesBackFromItsTopicOrIsSaidToBeGone() {
        TopologyFixture shop = started(TopologyFixture.DMS, (source, table) -> null);
        shop.send(data("customers", "insert", customer("a")));
        shop.send(data("customers", "insert", customer("b").replace("\"id\":1", "\"id\":2")));
        shop.sent.remove(new dev.daybook.ingest.change.Place("changes.shop", 0, 1));
        shop.define(
                TopicCatalog.key("shop", new dev.daybook.contract.TableName("public", "customers")),
                new Records()
                        .table(
                                "shop",
                                new dev.daybook.contract.TableName("public", "customers"),
                                TableDefinition.ofKey(List.of("id")),
                                TopologyFixture.NOW));

        shop.driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(shop.read("entries"))
                .singleElement()
                .satisfies(
                        entry ->
                                assertThat(entry.value.get("entity_key").asString())
                                        .isEqualTo("1"));
        assertThat(shop.read("rejected"))
                .singleElement()
                .satisfies(
                        gone ->
                                assertThat(gone.value.get("code").asString())
                                        .isEqualTo("original-gone"));
        assertThat(counted(shop, "rejected")).isOne();
        assertThat(counted(shop, "insert")).isOne();
    }

    private TopologyFixture started(TopologySettings.Source source, TableCatalog catalog) {
        TopologyFixture fixture = TopologyFixture.redacting(source, catalog, RULES);
        ingest = fixture;
        return fixture;
    }

    private static Map<String, String> tokenKey() {
        return Map.of("daybook.key", "[\"token\"]");
    }

    private static String customer(String value) {
        String marked = "\"" + MARK + value + "\"";
        return "\"id\":1,\"email\":%1$s,\"phone\":%1$s,\"card\":%1$s".formatted(marked);
    }

    private static String data(String table, String operation, String row) {
        String before =
                operation.equals("update")
                        ? ",\"before-image\":{" + row.replace("7391", "7391o") + "}"
                        : "";
        return """
               {"data":{%s}%s,"metadata":{"timestamp":"2026-11-22T09:30:00Z","record-type":"data",
                "operation":"%s","partition-key-type":"primary-key","partition-key-value":"public.%s.%s",
                "schema-name":"public","table-name":"%s","transaction-id":7,"transaction-record-id":%d,
                "commit-timestamp":"2026-11-22T09:30:00Z","stream-position":"0/1.1.0/1"}}"""
                .formatted(
                        row,
                        before,
                        operation,
                        table,
                        MARK,
                        table,
                        Math.abs((row + operation).hashCode()));
    }

    /** Returns all that was written, keys and headers included. */
    private static List<String> written(TopologyFixture shop) {
        List<String> texts = new ArrayList<>();
        for (String topic : shop.driver.producedTopicNames()) {
            for (TestRecord<byte[], byte[]> record :
                    shop.driver
                            .createOutputTopic(
                                    topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                            .readRecordsToList()) {
                texts.add(topic + " " + text(record.key()) + " " + text(record.value()));
                record.headers().forEach(header -> texts.add(header.key() + text(header.value())));
            }
        }
        return texts;
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void nothingMarked(TopologyFixture shop, List<String> written) {
        assertThat(written).isNotEmpty();
        List<String> all = new ArrayList<>(written);
        for (Meter meter : shop.meters.getMeters()) {
            all.add(meter.getId().toString());
        }
        for (ILoggingEvent line : lines.list) {
            all.add(line.getFormattedMessage());
            if (line.getThrowableProxy() != null) {
                all.add(ThrowableProxyUtil.asString(line.getThrowableProxy()));
            }
        }
        for (String text : all) {
            assertThat(text).doesNotContain(MARK);
            // At each of the three places that it may have in groups of three bytes.
            for (int shift = 0; shift < 3; shift++) {
                String base64 =
                        Base64.getEncoder()
                                .encodeToString(
                                        (" ".repeat(shift) + MARK)
                                                .getBytes(StandardCharsets.UTF_8));
                assertThat(text).doesNotContain(base64.substring(4, base64.length() - 4));
            }
        }
    }

    private static double counted(TopologyFixture shop, String outcome) {
        return shop
                .meters
                .find("daybook.ingest.records")
                .tag("outcome", outcome)
                .counters()
                .stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private static Redaction.Rule rule(
            String table, String column, Redaction.Action action, String name) {
        return new Redaction.Rule(new NamePattern(table), new NamePattern(column), action, name);
    }
}
