package dev.daybook.ingest.dms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.daybook.contract.Operation;
import dev.daybook.contract.Seeds;
import dev.daybook.contract.TableName;
import dev.daybook.domain.TableDefinition;
import dev.daybook.ingest.change.Decoded;
import dev.daybook.ingest.change.Incoming;
import dev.daybook.ingest.change.Place;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

class DmsDecoderTest {

    private static final long RECORD_MILLIS = 1_795_339_800_000L;

    private final DmsDecoder decoder = new DmsDecoder(DmsFormat.DEFAULT);

    @Test
    void readsAChange() {
        Decoded.Change change =
                change(
                        """
                        {"data":{"id":42,"total":10.50,"note":null},"before-image":{"id":42,"total":9e0},
                        "metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data","operation":"update",
                        "partition-key-type":"primary-key","partition-key-value":"public.orders.42",
                        "schema-name":"public","table-name":"orders","transaction-id":7431,"transaction-record-id":2,
                        "prev-transaction-id":7430,"prev-transaction-record-id":9,
                        "commit-timestamp":"2026-11-22T09:30:00.120001Z","stream-position":"0/1.2.0/0"}}\
                        """);

        assertThat(change.operation()).isEqualTo(Operation.UPDATE);
        assertThat(change.data().tokens())
                .containsExactlyEntriesOf(orderedMap("id", "42", "total", "10.50", "note", "null"));
        assertThat(change.beforeImage().tokens()).isEqualTo(orderedMap("id", "42", "total", "9e0"));
        assertThat(change.at())
                .isEqualTo(
                        new Decoded.Coordinates(
                                new TableName("public", "orders"),
                                Instant.parse("2026-11-22T09:30:00.120001Z"),
                                7431L,
                                2L,
                                "0/1.2.0/0",
                                "public.orders.42",
                                null,
                                null));
    }

    @Test
    void theOrderOfMembersAndWhiteSpaceDoNotMatter() {
        String data = "\"data\":{\"id\":1}";
        String before = "\"before-image\":{\"id\":2}";
        List<String> metadata =
                List.of(
                        "\"record-type\":\"data\"",
                        "\"operation\":\"update\"",
                        "\"schema-name\":\"s\"",
                        "\"table-name\":\"t\"",
                        "\"transaction-id\":5",
                        "\"timestamp\":\"2026-11-22T09:30:00Z\"",
                        "\"kinesis\":{\"a\":[1,{}]}");
        Decoded expected =
                decode(object(List.of(data, before, "\"metadata\":" + object(metadata))));
        assertThat(expected).isInstanceOf(Decoded.Change.class);

        Seeds.forEach(
                200,
                random -> {
                    List<String> inner = new ArrayList<>(metadata);
                    Collections.shuffle(inner, random);
                    List<String> outer =
                            new ArrayList<>(
                                    List.of(
                                            data,
                                            before,
                                            "\"metadata\":" + object(inner),
                                            "\"x\":null"));
                    Collections.shuffle(outer, random);

                    assertThat(decode(spaced(random, object(outer)))).isEqualTo(expected);
                });
    }

    @Test
    void readsTheMultiLineFormWithTabsAndATrailingNewline() {
        Decoded.Change change =
                change(
                        "{\n"
                                + "\t\"data\":\t{\n"
                                + "\t\t\"id\":\t1\n"
                                + "\t},\n"
                                + "\t\"metadata\":\t{\n"
                                + "\t\t\"timestamp\":\t\"2026-11-22T09:30:00.000001Z\",\n"
                                + "\t\t\"record-type\":\t\"data\",\n"
                                + "\t\t\"operation\":\t\"load\",\n"
                                + "\t\t\"partition-key-type\":\t\"schema-table\",\n"
                                + "\t\t\"schema-name\":\t\"public\",\n"
                                + "\t\t\"table-name\":\t\"orders\"\n"
                                + "\t}\n"
                                + "}\n");

        assertThat(change.operation()).isEqualTo(Operation.SNAPSHOT);
        assertThat(change.at().committedAt())
                .isEqualTo(Instant.parse("2026-11-22T09:30:00.000001Z"));
        assertThat(change.at().transactionId()).isNull();
    }

    @Test
    void takesABeforeImageUnderItsConfiguredNamesOrAsPrefixedColumns() {
        assertThat(
                        change("{\"beforeImage\":{\"id\":1},\"data\":{\"id\":2}," + METADATA + "}")
                                .beforeImage()
                                .tokens())
                .isEqualTo(Map.of("id", "1"));

        DmsDecoder prefixed =
                new DmsDecoder(
                        new DmsFormat(
                                Set.of("old"),
                                "BI_",
                                new TableName("daybook", "transaction_context"),
                                "",
                                1 << 20));
        Decoded.Change change =
                (Decoded.Change)
                        prefixed.decode(
                                record(
                                        bytes(
                                                "{\"data\":{\"id\":2,\"BI_id\":1},"
                                                        + METADATA
                                                        + "}")));
        assertThat(change.data().tokens()).isEqualTo(Map.of("id", "2"));
        assertThat(change.beforeImage().tokens()).isEqualTo(Map.of("id", "1"));
    }

    @ParameterizedTest
    @CsvSource({
        "7,7",
        "'\"7\"',7",
        "1.5e1,15",
        "215426970434175,215426970434175",
        "9223372036854775807,9223372036854775807"
    })
    void readsTransactionIdsHoweverTheyAreWritten(String written, long id) {
        assertThat(
                        change(
                                        "{\"data\":{},\"metadata\":{\"record-type\":\"data\",\"operation\":\"insert\","
                                                + "\"table-name\":\"t\",\"transaction-id\":"
                                                + written
                                                + "}}")
                                .at()
                                .transactionId())
                .isEqualTo(id);
    }

    @Test
    void aRecordWithoutAnyTimeHasTheKafkaRecordsTime() {
        assertThat(
                        change(
                                        "{\"data\":{\"id\":1},\"metadata\":{\"record-type\":\"data\",\"operation\":\"insert\","
                                                + "\"table-name\":\"t\"}}")
                                .at()
                                .committedAt())
                .isEqualTo(Instant.ofEpochMilli(RECORD_MILLIS));
    }

    @Test
    void readsATableDefinition() {
        Decoded decoded =
                decode(
                        """
                        {"control":{"table-def":{"columns":{"id":{"type":"INT64","nullable":false},
                        "name":{"type":"WSTRING","length":40,"nullable":true},"doc":{"type":"STRING"}},
                        "primary-key":["id"],"collation-name":"x"}},"metadata":{"record-type":"control",
                        "operation":"create-table","schema-name":"public","table-name":"orders",
                        "timestamp":"2026-11-22T09:30:00Z"}}\
                        """);

        assertThat(decoded)
                .asInstanceOf(type(Decoded.TableChanged.class))
                .extracting(Decoded.TableChanged::definition)
                .isEqualTo(
                        new TableDefinition(
                                List.of(
                                        new TableDefinition.Column("id", "INT64", null, false),
                                        new TableDefinition.Column("name", "WSTRING", 40L, true),
                                        new TableDefinition.Column("doc", "STRING", null, true)),
                                List.of("id")));
    }

    /** The WAL source connector says a definition again at each start. */
    @Test
    void ourOwnDefinitionIsNoChangeOfItsTable() {
        String definition =
                definition("\"table-def\":{\"columns\":{\"doc\":{\"postgres-type\":\"jsonb\"}}}");

        assertThat(decode(definition))
                .asInstanceOf(type(Decoded.TableDefined.class))
                .extracting(Decoded.TableDefined::definition)
                .isEqualTo(
                        new TableDefinition(
                                List.of(new TableDefinition.Column("doc", "jsonb", null, true)),
                                List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"operation\":\"create-table\"",
                "\"operation\":\"drop-table\"",
                "\"operation\":\"add-column\"",
                "\"operation\":\"something-new\"",
                "\"operation\":null",
            })
    void takesControlRecordsOfAnyOperationWithOrWithoutControl(String operation) {
        String metadata =
                "\"metadata\":{\"record-type\":\"control\",\"schema-name\":\"\",\"table-name\":\"t\","
                        + operation
                        + "}";
        for (String control :
                List.of(
                        "",
                        "\"control\":{},",
                        "\"control\":null,",
                        "\"control\":[1],",
                        "\"control\":{\"table-def\":7},")) {
            assertThat(decode("{" + control + metadata + "}"))
                    .isInstanceOf(Decoded.TableChanged.class);
        }
    }

    @Test
    void passesOverDmssOwnTablesButNotOverItsErrors() {
        assertThat(decode(data("", "awsdms_status", "update")))
                .isEqualTo(new Decoded.Ignored("dms-table"));
        assertThat(decode(data("", "awsdms_apply_exceptions", "insert")))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("dms-apply-exception");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"table-def\":{\"columns\":{}},\"table-def\":{\"columns\":{}}",
                "\"table-def\":{\"columns\":{\"id\":{}},\"primary-key\":[\"id\"],\"primary-key\":[]}",
                "\"table-def\":{\"columns\":{\"id\":{\"type\":\"INT32\",\"type\":\"BLOB\"}}}",
                "\"table-def\":{\"columns\":{\"id\":{}},\"columns\":{\"other\":{}}}",
            })
    void aDefinitionThatSaysAThingTwiceIsRejected(String control) {
        assertThat(decode(definition(control)))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("duplicate-member");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"id\",\"id\"]", "[\"other\"]"})
    void aKeyNamesColumnsOfItsTableEachOnce(String key) {
        assertThat(
                        decode(
                                definition(
                                        "\"table-def\":{\"columns\":{\"id\":{}},\"primary-key\":"
                                                + key
                                                + "}")))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("bad-definition");
    }

    @Test
    void aHeartbeatThatSaysTwoTimesIsRejected() {
        assertThat(
                        decode(
                                "{\"control\":{\"complete-until\":\"2026-03-01T08:00:03Z\",\"complete-until\":"
                                        + "\"2026-03-02T08:00:03Z\"},\"metadata\":{\"record-type\":\"control\","
                                        + "\"operation\":\"heartbeat\"}}"))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("duplicate-member");
    }

    @Test
    void aDefinitionInAnyControlRecordIsTheNewDefinition() {
        assertThat(
                        decode(
                                definition("\"table-def\":{\"columns\":{\"state\":{}}}")
                                        .replace("create-table", "rename-column")))
                .asInstanceOf(type(Decoded.TableChanged.class))
                .extracting(Decoded.TableChanged::definition)
                .isNotNull();
    }

    @Test
    void bytesInAnotherEncodingSayWhich() {
        byte[] marked = bytes("\uFEFF{\"data\":{}}");
        byte[] wide = "{\"data\":{}}".getBytes(StandardCharsets.UTF_16LE);
        byte[] terminated = bytes("{\"data\":{}}\u0000");

        assertThat(reason(marked)).contains("byte order mark");
        assertThat(reason(wide)).contains("UTF-16");
        assertThat(reason(terminated)).contains("NUL byte follows");
    }

    @Test
    void aTimeInTheTopicThatIsNoTimeDoesNotStandIn() {
        Incoming record =
                new Incoming(
                        new Place("changes.shop", 0, 0),
                        null,
                        bytes(
                                "{\"data\":{\"id\":1},\"metadata\":{\"record-type\":\"data\","
                                        + "\"operation\":\"insert\",\"table-name\":\"t\"}}"),
                        Incoming.Headers.NONE,
                        Long.MAX_VALUE);

        assertThat(decoder.decode(record))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("bad-timestamp");
    }

    private String reason(byte[] value) {
        return ((Decoded.Malformed) decoder.decode(record(value))).reason();
    }

    private static String definition(String control) {
        return "{\"control\":{"
                + control
                + "},\"metadata\":{\"record-type\":\"control\",\"operation\":\"create-table\","
                + "\"schema-name\":\"public\",\"table-name\":\"parcels\"}}";
    }

    @Test
    void aContextRowIsToldFromItsRemoval() {
        assertThat(decode(data("daybook", "transaction_context", "insert")))
                .isInstanceOf(Decoded.Context.class);
        assertThat(decode(data("daybook", "transaction_context", "delete")))
                .isEqualTo(new Decoded.Ignored("context-removal"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "not-json          | {",
                "not-json          | ``",
                "not-an-object     | []",
                "not-an-object     | 42",
                "not-an-object     | \"text\"",
                "not-an-object     | null",
                "not-an-object     | true",
                "not-an-object     | [{\"data\":{\"id\":1}}]",
                "not-json          | {\"data\":{\"id\":01},\"metadata\":{}}",
                "not-json          | {\"metadata\":{}} {}",
                "not-json          | {\"data\":{\"id\":NaN}}",
                "no-metadata       | {}",
                "no-metadata       | {\"metadata\":7}",
                "unknown-record-type | {\"metadata\":{}}",
                "unknown-record-type | {\"metadata\":{\"record-type\":\"x\"}}",
                "no-table          |"
                        + " {\"data\":{},\"metadata\":{\"record-type\":\"data\",\"operation\":\"insert\"}}",
                "unknown-operation |"
                        + " {\"data\":{},\"metadata\":{\"record-type\":\"data\",\"operation\":\"upsert\",\"table-name\":\"t\"}}",
                "unknown-operation |"
                        + " {\"data\":{},\"metadata\":{\"record-type\":\"data\",\"table-name\":\"t\"}}",
                "no-data           |"
                        + " {\"metadata\":{\"record-type\":\"data\",\"operation\":\"insert\",\"table-name\":\"t\"}}",
                "not-an-image      | {\"data\":[1],\"metadata\":{}}",
                "duplicate-member  | {\"data\":{\"a\":1,\"a\":1},\"metadata\":{}}",
                "duplicate-member  | {\"data\":{\"a\":1,\"\\u0061\":1},\"metadata\":{}}",
                "duplicate-member  | {\"data\":{},\"data\":{},\"metadata\":{}}",
                "duplicate-member  | {\"x\":{},\"x\":{},\"metadata\":{}}",
                "duplicate-member  | {\"metadata\":{\"operation\":\"a\",\"operation\":\"b\"}}",
                "bad-timestamp     | {\"metadata\":{\"timestamp\":\"yesterday\"}}",
                "bad-number        | {\"metadata\":{\"transaction-record-id\":-1}}",
                "bad-number        | {\"metadata\":{\"transaction-record-id\":1.5}}",
                "bad-number        | {\"metadata\":{\"transaction-record-id\":1e999999999}}",
                "bad-number        | {\"metadata\":{\"transaction-record-id\":9223372036854775808}}",
                "bad-number        | {\"metadata\":{\"transaction-record-id\":\"abc\"}}",
                "bad-member        | {\"metadata\":{\"table-name\":7}}",
                "no-control        |"
                        + " {\"metadata\":{\"record-type\":\"control\",\"operation\":\"heartbeat\"}}",
                "bad-timestamp     |"
                        + " {\"control\":{},\"metadata\":{\"record-type\":\"control\",\"operation\":\"heartbeat\"}}",
            })
    void whatCannotBecomeAnEntrySaysWhy(String code, String record) {
        assertThat(decode(record))
                .asInstanceOf(type(Decoded.Malformed.class))
                .satisfies(
                        malformed -> {
                            assertThat(malformed.code()).isEqualTo(code);
                            assertThat(malformed.reason()).isNotBlank();
                        });
    }

    @Test
    void refusesARecordWithoutAValueAndOneTooLarge() {
        assertThat(decoder.decode(record(null)))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("no-value");
        assertThat(decoder.decode(record(new byte[DmsFormat.DEFAULT.maxBytes() + 1])))
                .asInstanceOf(type(Decoded.Malformed.class))
                .extracting(Decoded.Malformed::code)
                .isEqualTo("too-large");
    }

    @Test
    void anOutcomeOwesNothingToTheRecordBefore() {
        decode(data("daybook", "transaction_context", "insert"));

        assertThat(decode("{}"))
                .asInstanceOf(type(Decoded.Malformed.class))
                .satisfies(malformed -> assertThat(malformed.table()).isNull());
    }

    @Test
    void neverThrowsWhateverTheBytes() {
        String whole =
                "{\"data\":{\"id\":42,\"t\":\"x\\u00e9é\"},\"before-image\":{\"id\":1},"
                        + METADATA
                        + "}";
        Seeds.forEach(
                30_000,
                random -> {
                    byte[] mutated = bytes(whole);
                    for (int i = random.nextInt(4); i >= 0; i--) {
                        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
                    }

                    assertThat(decoder.decode(record(mutated))).isNotNull();
                });
    }

    private static final String METADATA =
            """
            "metadata":{"timestamp":"2026-11-22T09:30:00.123456Z","record-type":"data","operation":"update",\
            "partition-key-type":"schema-table","schema-name":"public","table-name":"orders","transaction-id":7}\
            """;

    private static String data(String schema, String table, String operation) {
        return "{\"data\":{\"id\":1},\"metadata\":{\"record-type\":\"data\",\"operation\":\""
                + operation
                + "\",\"schema-name\":\""
                + schema
                + "\",\"table-name\":\""
                + table
                + "\",\"transaction-id\":3}}";
    }

    private Decoded.Change change(String json) {
        Decoded decoded = decode(json);
        assertThat(decoded).isInstanceOf(Decoded.Change.class);
        return (Decoded.Change) decoded;
    }

    private Decoded decode(String json) {
        return decoder.decode(record(bytes(json)));
    }

    private static Incoming record(byte @Nullable [] value) {
        return new Incoming(
                new Place("changes.shop", 0, 0), null, value, Incoming.Headers.NONE, RECORD_MILLIS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String object(List<String> members) {
        return "{" + String.join(",", members) + "}";
    }

    /**
     * The text with white space where JSON allows it; the texts here hold no such characters in
     * strings.
     */
    private static String spaced(Random random, String json) {
        StringBuilder spaced = new StringBuilder();
        for (char c : json.toCharArray()) {
            boolean punctuation = "{}[],:".indexOf(c) >= 0 && !insideTime(spaced);
            if (punctuation && random.nextInt(3) == 0) {
                spaced.append(" \n\t\r".charAt(random.nextInt(4)));
            }
            spaced.append(c);
            if (punctuation && random.nextInt(3) == 0) {
                spaced.append(" \n\t\r".charAt(random.nextInt(4)));
            }
        }
        return spaced.toString();
    }

    private static boolean insideTime(CharSequence text) {
        return text.chars().filter(c -> c == '"').count() % 2 == 1;
    }

    private static Map<String, String> orderedMap(String... namesAndTokens) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndTokens.length; i += 2) {
            map.put(namesAndTokens[i], namesAndTokens[i + 1]);
        }
        return map;
    }
}
